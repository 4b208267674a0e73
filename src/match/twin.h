/* What would it show if it were false? The same weighing, where every row of the sample that is linked by an e-mail or a
 * phone is compared with the source-made cells of some other row of the table (decoys.h), and no row is linked by a secret:
 * else the secret would still find its own row. Nothing that is left can come from the source, so the result is to be at
 * most 0 (docs/statistics.md, A.7). */
#ifndef ASSAY_MATCH_TWIN_H
#define ASSAY_MATCH_TWIN_H

#include "match/evidence.h"

enum { TWIN_RUNS_MAX = 20, TWIN_RUNS_MIN = 5, TWIN_ROWS_MAX = 2000000 /* compared over all runs, beyond the least */ };

struct twin {
    size_t runs;                     /* 0: there was no row to permute */
    uint64_t seed;                   /* of the decoys and of the runs */
    size_t decoys;                   /* rows of the table they were drawn from */
    uint64_t rows;                   /* of the sample, in each run */
    double lo, hi;                   /* the runs' headlines before the cap */
    struct ratio_values raw, capped; /* of the run with the largest */
    enum ratio_alternative headline;
    uint64_t k[LINK_PAIRS_MAX], m[LINK_PAIRS_MAX]; /* of that run, per aligned column; m = 0 where none is compared */
};

/* evidence: weighed. err: LIMIT. */
MUST_USE int twin_run(const struct evidence_input *in, const struct evidence *evidence, struct twin *ret_twin,
                      struct err *err);

#endif
