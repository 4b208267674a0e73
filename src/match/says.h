/* What match puts into the sink: measures, coverage, the summary (docs/json-lines.md). No value of a row is among it. */
#ifndef ASSAY_MATCH_SAYS_H
#define ASSAY_MATCH_SAYS_H

#include "match/backup.h"
#include "match/beside.h"

/* What a file's reader counted: rows, rejected rows by reason, damage. *ret_complete is cleared when something was lost. */
MUST_USE int says_file(const struct assay_sink *sink, const char *source, const char *role,
                       const struct table_report *report, bool *ret_complete, struct err *err);
/* One record per table of a reference: rows streamed, or why it was not read. */
MUST_USE int says_tables(const struct assay_sink *sink, const struct reference *reference, const struct input *input,
                         size_t input_index, bool *ret_complete, struct err *err);
/* Every pair of columns with a value in common, the aligned ones first. */
MUST_USE int says_measures(const struct assay_sink *sink, const struct reference *reference, const struct query *query,
                           const struct evidence_input *in, const struct evidence *evidence, struct err *err);

/* The alternatives by name; null where one was not computed. */
json_t *says_ratios(const struct ratio_values *values);

/* Seconds since 1970 as RFC 3339, or null. */
json_t *says_time(bool is_there, int64_t seconds);

struct says_summary {
    const struct evidence_input *in; /* NULL: nothing is in common */
    const struct evidence *evidence;
    const struct beside *beside;
    const struct sets *sample;
    const struct assay_match_options *options;
    const struct backups *backups;
    const struct made *made; /* or NULL: the sample has no rows */
    uint64_t rows_sample, rows_reference, rows_streamed;
    bool is_complete;
    double seconds;
};
MUST_USE int says_summary(const struct assay_sink *sink, const struct says_summary *what, struct err *err);

#endif
