/* Second pass, over one table of the reference: which row of a set is which row of the table, and in which columns
 * they agree. Also all that the statistics need to know of the table as a whole: how often a value of the sample occurs
 * in it, how distinct its columns are, when its rows were created. */
#ifndef ASSAY_MATCH_LINK_H
#define ASSAY_MATCH_LINK_H

#include "match/align.h"

enum { LINK_PAIRS_MAX = 64, LINK_TIMES_MAX = 4, LINK_HEAD_ROWS = 50, LINK_SKETCH_BITS = 14 };
#define LINK_NO_TIME ALIGN_NO_TIME

/* How a row was linked; the lower, the stronger (docs/statistics.md, A.2). */
enum link_via {
    LINK_EMAIL,
    LINK_PHONE,
    LINK_SECRET,
    LINK_OTHER /* any near-unique column: for counting rows, never for a ratio */,
    LINK_VIAS
};

/* A column of the set and a column of the table that may be the same. */
struct link_pair {
    size_t sample, reference;
    uint64_t k, n;   /* containment */
    bool is_time;    /* compared by difference too */
    size_t time;     /* its index among the times */
    uint8_t *counts; /* per value of the set: occurrences in the table's column, at most 255; NULL if not counted */
};

/* One row of the set. */
struct link {
    uint8_t via;                          /* enum link_via; LINK_VIAS: none */
    uint8_t hits;                         /* rows of the table it could be, at most 2 */
    uint64_t agree;                       /* bit p: pair p has equal values */
    uint64_t filled;                      /* bit p: the table's row has a value there */
    int64_t created, updated;             /* of the table's row; LINK_NO_TIME */
    int64_t order;                        /* its place by creation, for head rows */
    int64_t difference_s[LINK_TIMES_MAX]; /* sample - reference; LINK_NO_TIME */
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
    struct link *links;         /* per row of the set */
};

/* Rows of the table per minute, years 1970 to 2099. */
struct minutes {
    uint32_t **pages;
    uint64_t total, outside;
    int64_t first, last; /* minutes that hold rows */
};

struct ref_facts {
    uint64_t rows;
    int created, updated, id; /* columns of the table, or -1 */
    bool created_is_time;     /* finer than a day */
    struct minutes begun, changed;
    int64_t head[LINK_HEAD_ROWS]; /* a heap of the smallest places by creation */
    size_t head_count;
    double *distinct; /* per column of the table: estimated different values; only for columns in pairs */
    uint64_t *filled; /* per column */
};

/* Chooses the pairs of a set and a table from their containment. s: index of the set in the query. */
MUST_USE int linkage_open(struct linkage *linkage, const struct set *set, size_t s, const struct ref_table *table,
                          struct err *err);
void linkage_close(struct linkage *linkage);

/* Streams the table once. */
MUST_USE int link_pass(struct linkage *linkages, size_t count, const struct query *query, struct input *input,
                       const struct ref_table *table, const struct assay_sink *sink, struct ref_facts *facts,
                       struct err *err);
void ref_facts_close(struct ref_facts *facts);

/* The same name but for case and separators? */
bool link_same_name(struct str here, struct str there);
/* Do two names of columns say that they hold the same ("pw" and "password_hash", "joined" and "created_at")? */
bool link_same_meaning(struct str here, struct str there);
/* One says when a row was created, the other when it was changed: equal only in rows that never changed. */
bool link_contrary_meaning(struct str here, struct str there);

/* Rows of a minute since 1970; the minute that holds a second. */
uint32_t minutes_at(const struct minutes *minutes, int64_t minute);
int64_t minute_of(int64_t seconds);

#endif
