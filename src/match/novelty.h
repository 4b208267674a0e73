/* Is it new? A sample may come from the database and still be the leak that everybody has: rows that agree with the
 * database are looked up in earlier leaks of it (docs/statistics.md, A.8). */
#ifndef ASSAY_MATCH_NOVELTY_H
#define ASSAY_MATCH_NOVELTY_H

#include "match/evidence.h"
#include "match/set.h"

struct novelty {
    uint64_t rows_older;       /* of the earlier leaks */
    uint64_t rows, rows_known; /* that agree in a source-made column; of them, with one earlier row that has all those
                                    * values whose columns the earlier leaks have */
    uint64_t values, values_known; /* those values; of them, anywhere in an earlier leak */
    uint64_t columns_new;          /* bits of aligned columns that agree and of which no earlier leak has a value */
};

/* older: the earlier leaks' tables. err: LIMIT. */
MUST_USE int novelty_count(const struct evidence_input *in, const struct evidence *evidence, const struct sets *older,
                           size_t older_count, struct novelty *ret_novelty, struct err *err);

#endif
