/* Rows of the table that a twin run gives to the sample's rows in place of their own (twin.h): a fixed number of them,
 * kept while the table streams past, each only as far as it can agree with the sample. Which rows are kept depends on the
 * seed and their number in the table alone, not on the order in which they come, so parts kept by several threads merge. */
#ifndef ASSAY_MATCH_DECOYS_H
#define ASSAY_MATCH_DECOYS_H

#include "match/look.h"

enum { DECOYS_MAX = 4096, DECOYS_PAIRS_MAX = 64 };

struct decoy_row {
    uint64_t rank;   /* hash of the seed and the row's number; the smallest are kept */
    uint64_t filled; /* bit p: it has a value in pair p's column */
    int64_t created; /* seconds; LOOK_NO_TIME */
};

struct decoys {
    uint64_t seed;
    size_t columns[DECOYS_PAIRS_MAX]; /* of the table, per pair of the sample's linkage */
    size_t pair_count;
    size_t count;
    struct decoy_row *rows; /* a heap, the largest rank first */
    uint32_t *values;       /* row d, pair p at d * pair_count + p: in the set's numbers, 0: not in the sample */
    int64_t *seconds;       /* the same places: times; LOOK_NO_TIME */
};

/* A batch of the table as it was looked up: column c at place c, the sample's set first. */
struct decoy_batch {
    uint64_t first_row;
    size_t rows;
    const struct look *look;
    int created; /* column of the table that says when a row was created, or -1 */
};

/* columns: per pair, its column of the table. err: LIMIT. */
MUST_USE int decoys_open(struct decoys *decoys, uint64_t seed, const size_t *columns, size_t pair_count,
                         struct err *err);
void decoys_offer(struct decoys *decoys, const struct decoy_batch *batch);
/* Adds what another thread kept of the same table, under the same seed. */
void decoys_merge(struct decoys *into, const struct decoys *from);
/* In order of their ranks: the same rows in the same order, however they came. After the last one was offered. */
MUST_USE int decoys_finish(struct decoys *decoys, struct err *err);
void decoys_close(struct decoys *decoys);

/* Forgets all pairs but the given ones, pair_count at most those it has; each gets its place in the list as its number. After
 * decoys_finish(). */
void decoys_keep(struct decoys *decoys, const size_t *pairs, size_t pair_count);

/* A number of the sample and the table's name that is the same for the same input, below 2^52. */
uint64_t decoys_seed(const struct set *set, struct str table_name);
/* Scatters bits (splitmix64's finalizer; Steele, Lea, Flood 2014). */
uint64_t decoys_mix(uint64_t x);

#endif
