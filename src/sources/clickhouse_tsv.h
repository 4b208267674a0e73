/* Lines of ClickHouse's TabSeparated format: values apart by tabs, escaped with backslashes, \N alone is a null. */
#ifndef ASSAY_SOURCES_CLICKHOUSE_TSV_H
#define ASSAY_SOURCES_CLICKHOUSE_TSV_H

#include "assay/words.h"

/* Cuts and unescapes in place; cells point into the line. Returns how many values there are, which may exceed room. */
size_t clickhouse_tsv(char *line, size_t len, struct str *cells, size_t room);

#endif
