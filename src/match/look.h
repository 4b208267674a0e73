/* A batch of rows of the reference, column by column, looked up in every set: what each cell is, and which value of each
 * set. One per thread. */
#ifndef ASSAY_MATCH_LOOK_H
#define ASSAY_MATCH_LOOK_H

#include "match/set.h"
#include "sources/input.h"

/* Sets that are looked up together: the tables of the sample first, then those of every background file. */
struct query {
    const struct set **sets;
    size_t count, sample_count; /* sets[0, sample_count) are the sample's */
    unsigned wanted;            /* classes that some set holds */
};

/* One cell of the reference. */
struct cell_fact {
    uint64_t hash;   /* of its spelling and class; 0 for a null, and for a class that was not asked for */
    int64_t seconds; /* time, date, or a number that may be one; LOOK_NO_TIME */
    uint8_t class;   /* enum normal_class */
};
#define LOOK_NO_TIME INT64_MIN

/* A cell that a filter of the set let pass, under one of its spellings. */
struct look_candidate {
    const uint32_t *at;  /* where the index has a number for its hash; NULL: nowhere */
    uint32_t set, value; /* value: that number, so that its bytes can be fetched */
    uint16_t row;
};

/* Where in its cell a spelling lies. Numbers, not a pointer and a length: those would be read as one word of sixteen bytes, behind
 * two writes of eight. */
struct look_spelled {
    uint32_t offset, len; /* offset LOOK_ELSEWHERE: it does not */
};
#define LOOK_ELSEWHERE UINT32_MAX

struct look {
    const struct query *query;
    struct normalizer normalizer;
    size_t columns;          /* kept at once */
    struct cell_fact *facts; /* of column c from c * TABLE_BATCH_ROWS on */
    uint32_t *values;        /* of set s and column c from (s * columns + c) * TABLE_BATCH_ROWS on; 0: not in the set */
    uint16_t *hits;          /* the same places: rows that have a value, ascending */
    size_t *hit_counts;      /* of set s and column c at s * columns + c */
    uint64_t by_class[NORMAL_CLASSES];                           /* cells of the column that was looked up last */
    struct look_spelled spelled[TABLE_BATCH_ROWS];               /* its spellings */
    uint64_t phone[TABLE_BATCH_ROWS], instant[TABLE_BATCH_ROWS]; /* hashes of a number's other spellings; 0: none */
    bool has_aliases;                                            /* some of those are not 0 */
    struct look_candidate *candidates;
    size_t room;
};

/* columns: how many results are kept side by side. err: LIMIT. */
MUST_USE int look_open(struct look *look, const struct query *query, size_t columns, struct err *err);
void look_close(struct look *look);
/* Looks up column c of the batch; results go to place `at` (below look.columns). wanted: classes that are hashed, bits;
 * those that no set holds only have their hash taken. err: LIMIT. */
MUST_USE int look_column(struct look *look, const struct table_batch *batch, size_t c, size_t at, bool day_first,
                         unsigned wanted, struct err *err);

static inline const struct cell_fact *look_facts(const struct look *look, size_t at)
{
    return &look->facts[at * TABLE_BATCH_ROWS];
}
/* Per row: the value of set s, by its own class, else as a phone or an instant. The bytes were compared. */
static inline const uint32_t *look_values(const struct look *look, size_t s, size_t at)
{
    return &look->values[(s * look->columns + at) * TABLE_BATCH_ROWS];
}
/* The rows that have one, ascending. */
static inline const uint16_t *look_hits(const struct look *look, size_t s, size_t at, size_t *ret_count)
{
    *ret_count = look->hit_counts[s * look->columns + at];
    return &look->hits[(s * look->columns + at) * TABLE_BATCH_ROWS];
}

#endif
