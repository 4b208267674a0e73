/* What the ratio is given, counted from linked rows (docs/statistics.md, A.2). */
#ifndef ASSAY_MATCH_COUNT_H
#define ASSAY_MATCH_COUNT_H

#include "match/columns.h"

/* Sorts the sample's rows into those that count and the others: fills states and excluded. */
MUST_USE int count_sort_rows(const struct evidence_input *in, struct evidence *out, struct err *err);

/* k, m, u and tau of a source-made column. */
void count_column(const struct evidence_input *in, const struct evidence *out, struct aligned *column);
/* May this linked row be compared in this column? updated: of count_updated_pair(). */
bool count_counts_in(const struct evidence_input *in, const struct evidence *out, size_t row,
                     const struct aligned *column, int updated);
/* Does the row agree in one of these columns (an index per aligned column)? */
bool count_agrees(const struct evidence_input *in, const struct evidence *out, size_t row, const bool *is_in);
/* Separate minutes of creation among the counting rows that agree in one of these columns. */
MUST_USE int count_clusters(const struct evidence_input *in, const struct evidence *out, const bool *is_in,
                            uint64_t *ret_clusters, struct err *err);
/* The pair of the column that says when a row was changed, -1 without one. */
int count_updated_pair(const struct evidence_input *in, const struct evidence *out);

/* When the sample's row was changed last as it shows it, by the table's clock. updated_pair: of count_updated_pair. */
bool count_shown(const struct evidence_input *in, const struct evidence *out, size_t row, int updated_pair,
                 int64_t *ret_seconds);

/* The pair by which people are known: e-mail, else phone, else a name. -1 without one. */
int count_identity_pair(const struct evidence_input *in, const struct evidence *out);
void count_identity(const struct evidence_input *in, const struct evidence *out, int identity,
                    struct ratio_input *ratio);
/* sets: room for RATIO_BACKGROUNDS_MAX. Returns how many could be compared. */
size_t count_backgrounds(const struct evidence_input *in, const struct evidence *out, int identity,
                         struct ratio_background *sets);
/* Are all rows that agree among the table's oldest quarter, while a quarter of the sample is unknown to it? */
bool count_is_early(const struct evidence_input *in, const struct evidence *out);
/* rows_linked, rows_matched, rows_agreeing, head_agree. */
void count_rows(const struct evidence_input *in, struct evidence *out);

#endif
