/* A reference by whatever name a person gave it: a live database, a SQLite file, a dump, CSV, JSON Lines. Streams every
 * table, as often as it is asked to. */
#ifndef ASSAY_SOURCES_INPUT_H
#define ASSAY_SOURCES_INPUT_H

#include "formats/table.h"
#include "sources/source.h"

/* Reads a SQLite file in the middle of a folder, or as a sample: for struct table_options. err: IO, FORMAT, LIMIT. */
MUST_USE int input_database(const char *path, const struct table_sink *sink, struct table_report *report,
                            struct err *err);

struct input {
    const char *name;      /* as given */
    char display[512];     /* without a password */
    struct source *source; /* a live database, or NULL: a file */
    const struct source_table *tables;
    size_t table_count;
    struct table_report report; /* of a file */
};

/* Connects, or looks whether the file is a SQLite database. err: IO, USAGE, FORMAT. */
MUST_USE int input_open(struct input *input, const char *name, struct err *err);
void input_close(struct input *input);
/* Tells the sink of each table and its rows, in an order that does not change between calls. Tables that cannot be
 * read are not told (input.tables says which). Rows of a database are received on the caller's thread while the sink's workers
 * have those before. err: IO, FORMAT, LIMIT, or what the sink said. */
MUST_USE int input_stream(struct input *input, const struct table_sink *sink, struct err *err);

#endif
