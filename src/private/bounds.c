/* From a result to what it bounds (docs/private.md, "What the judge receives"). Pure arithmetic. */
#include <math.h>

#include "assay/private.h"
#include "base/stat.h"

#include "base/banned.h"

/* The least k with C(n, k) / C(n + m, k) <= 2^-20: so many wrong answers among the real points are seen but for that chance. */
static uint64_t unseen_answers(uint64_t n, uint64_t m)
{
    const double bound = -20 * log(2.0);
    uint64_t from = 0, to = n;
    while (from < to) { /* the ratio falls as k grows */
        uint64_t k = from + (to - from) / 2;
        double ln = stat_ln_choose((double)n, (double)k) - stat_ln_choose((double)(n + m), (double)k);
        if (ln <= bound) {
            to = k;
        } else {
            from = k + 1;
        }
    }
    return from;
}

/* None of `opened` failed: the share that would, at most, one-sided. Nothing opened: anything. */
static double share_at_most(uint32_t failed, uint32_t opened, double level)
{
    return opened == 0 ? 1 : stat_clopper_pearson(failed, opened, 2 * level - 1).hi;
}

static double at_most(double value, double most)
{
    return value < most ? value : most;
}

struct assay_private_bounds assay_private_bounds_of(const struct assay_private_seen *seen, double level)
{
    double n = (double)seen->asker_keys, count = (double)seen->count;
    struct interval foreign = stat_clopper_pearson(seen->odd[0], seen->searched[0], level);
    struct interval dropped = stat_clopper_pearson(seen->odd[2], seen->searched[2], level);
    struct assay_private_bounds bounds = {.unseen_answers = unseen_answers(seen->asker_keys, seen->traps),
                                          .bad_rows = share_at_most(seen->failed[0], seen->opened[0], level),
                                          .foreign_lo = foreign.lo,
                                          .foreign_hi = foreign.hi,
                                          .dropped_lo = dropped.lo,
                                          .dropped_hi = dropped.hi};
    double followed = share_at_most(seen->failed[2], seen->opened[2], level);
    double least = seen->is_fewer ? 0 : count;
    double most = seen->is_fewer && count > 0 ? count - 1 : count;
    bounds.committed_lo = least;
    bounds.committed_hi = at_most(most + (double)bounds.unseen_answers + followed * n, n);
    /* keys that are not the leak's, or not what their row says, may be among those that were counted */
    double unsure = at_most(bounds.foreign_hi + bounds.bad_rows, 1) * n;
    double low = least + (n - bounds.committed_hi) * bounds.dropped_lo - unsure;
    bounds.source_lo = low > 0 ? low : 0;
    bounds.source_hi = at_most(bounds.committed_hi + (n - bounds.committed_lo) * bounds.dropped_hi, n);
    return bounds;
}
