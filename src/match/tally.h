/* What a table is like as a whole, counted by several threads, each for itself, and added up. */
#ifndef ASSAY_MATCH_TALLY_H
#define ASSAY_MATCH_TALLY_H

#include "match/decoys.h"
#include "match/minutes.h"

enum { LINK_HEAD_ROWS = 50, LINK_SKETCH_BITS = 14 };

/* A heap of the smallest places by creation; place[0] is the largest of them. */
struct link_head {
    int64_t place[LINK_HEAD_ROWS];
    size_t count;
};

struct ref_facts {
    uint64_t rows;
    int created, updated, deleted, id; /* columns of the table, or -1 */
    bool created_is_time;              /* finer than a day */
    struct minutes begun, changed;
    struct link_head head;
    double *distinct;     /* per column of the table: estimated different values; only for columns in pairs */
    uint64_t *filled;     /* per column */
    struct decoys decoys; /* rows of the table for the twin run, in the first linkage's pairs */
};
void ref_facts_close(struct ref_facts *facts);

/* One thread's share. */
struct tally {
    size_t columns;
    uint64_t rows;
    struct minutes_part begun, changed;
    struct link_head head;
    uint64_t *filled;
    uint8_t **sketch; /* per column, NULL: not asked for */
};

/* wanted: per column, whether its distinct values are to be told. err: LIMIT. */
MUST_USE int tally_open(struct tally *tally, size_t columns, const bool *wanted, struct err *err);
void tally_close(struct tally *tally);
/* Adds the second to the first. */
void tally_merge(struct tally *tally, const struct tally *other);
/* Into the facts, after the last merge; facts->distinct and filled are made. err: LIMIT. */
MUST_USE int tally_tell(const struct tally *tally, struct ref_facts *facts, struct err *err);

void link_head_add(struct link_head *heap, int64_t place);
static inline void tally_value(struct tally *tally, size_t column, uint64_t hash)
{
    size_t cell = hash >> (64 - LINK_SKETCH_BITS);
    uint64_t rest = hash << LINK_SKETCH_BITS;
    uint8_t rank = (uint8_t)(rest == 0 ? 64 - LINK_SKETCH_BITS + 1 : __builtin_clzll(rest) + 1);
    uint8_t *sketch = tally->sketch[column];
    tally->filled[column]++;
    if (sketch[cell] < rank) {
        sketch[cell] = rank;
    }
}

#endif
