/* Second pass, over one table of the reference: which row of a set is which row of the table, and in which columns
 * they agree. Also all that the statistics need to know of the table as a whole: how often a value of the sample occurs
 * in it, how distinct its columns are, when its rows were created. */
#ifndef ASSAY_MATCH_LINK_H
#define ASSAY_MATCH_LINK_H

#include "match/align.h"
#include "match/links.h"
#include "match/tally.h"

enum { LINK_PAIRS_MAX = 64 };

/* A column of the set and a column of the table that may be the same. */
struct link_pair {
    size_t sample, reference;
    uint64_t k, n;   /* containment */
    bool is_time;    /* compared by difference too */
    size_t time;     /* its index among the times */
    uint8_t *counts; /* per value of the set: occurrences in the table's column, at most 255; NULL if not counted */
};

/* A set against the table. */
struct linkage {
    const struct set *set;
    size_t index; /* of the set in the query */
    struct link_pair pairs[LINK_PAIRS_MAX];
    size_t pair_count, time_count;
    int via_pair[LINK_VIAS];    /* pair that links so, or -1 */
    uint32_t *first[LINK_VIAS]; /* per value: first row + 1 that has it in that pair's column */
    uint32_t *next[LINK_VIAS];  /* per row: the next one */
    uint64_t identity_rows;     /* rows of the table whose e-mail (else phone) the set has */
    struct links links;         /* per row of the set */
    struct made_peek *peek;     /* of the first linkage: is shown the table's rows; borrowed, or NULL (made.h) */
};

/* Chooses the pairs of a set and a table from their containment. s: index of the set in the query. */
MUST_USE int linkage_open(struct linkage *linkage, const struct set *set, size_t s, const struct ref_table *table,
                          struct err *err);
void linkage_close(struct linkage *linkage);

/* Columns by which the table's rows are dated and ordered; sets created, updated, deleted, id and created_is_time. */
void link_roles(const struct ref_table *table, struct ref_facts *facts);

/* Streams the table once, on up to `workers` threads. */
MUST_USE int link_pass(struct linkage *linkages, size_t count, struct input *input, const struct ref_table *table,
                       unsigned workers, const struct assay_sink *sink, struct ref_facts *facts, struct err *err);

/* The same name but for case and separators? */
bool link_same_name(struct str here, struct str there);
/* Do two names of columns say that they hold the same ("pw" and "password_hash", "joined" and "created_at")? */
bool link_same_meaning(struct str here, struct str there);
/* One says when a row was created, the other when it was changed: equal only in rows that never changed. */
bool link_contrary_meaning(struct str here, struct str there);

#endif
