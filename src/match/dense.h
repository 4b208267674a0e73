/* The values of one column of a set, numbered without gaps: what is kept for each of them (the first row that has it, how often
 * it occurs) then takes room for the column's values, not for all of the set's. */
#ifndef ASSAY_MATCH_DENSE_H
#define ASSAY_MATCH_DENSE_H

#include "match/set.h"

struct dense_part {
    uint64_t bits;   /* of 64 values: which are in the column */
    uint32_t before; /* values of the column below them */
};

struct dense {
    struct dense_part *parts; /* NULL: not made */
    uint32_t count;           /* numbers are 1 to count */
};

/* err: LIMIT. */
MUST_USE int dense_open(struct dense *dense, const struct set *set, size_t column, struct err *err);
void dense_close(struct dense *dense);

static inline __attribute__((always_inline)) void dense_prefetch(const struct dense *dense, uint32_t value)
{
    __builtin_prefetch(&dense->parts[value / 64]);
}
/* 0: not in the column. */
static inline uint32_t dense_of(const struct dense *dense, uint32_t value)
{
    const struct dense_part *part = &dense->parts[value / 64];
    uint64_t bit = UINT64_C(1) << (value % 64);
    return (part->bits & bit) == 0 ? 0 : part->before + 1 + (uint32_t)__builtin_popcountll(part->bits & (bit - 1));
}

#endif
