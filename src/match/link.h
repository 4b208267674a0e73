/* Second pass, over one table of the reference: which row of a set is which row of the table, and in which columns
 * they agree. Also all that the statistics need to know of the table as a whole: how often a value of the sample occurs
 * in it, how distinct its columns are, when its rows were created. */
#ifndef ASSAY_MATCH_LINK_H
#define ASSAY_MATCH_LINK_H

#include "base/lock.h"
#include "match/align.h"
#include "match/dense.h"
#include "match/links.h"
#include "match/names.h"
#include "match/roles.h"

enum { LINK_PAIRS_MAX = 64 };

/* A column of the set and a column of the table that may be the same. */
struct link_pair {
    size_t sample, reference;
    uint64_t k, n;     /* containment */
    bool is_time;      /* compared by difference too */
    size_t time;       /* its index among the times */
    unsigned unlikely; /* that they are the same times, where nothing but names and places is known */
    uint8_t
        *counts; /* per dense value of the set's column: occurrences in the table's, at most 255; NULL if not counted */
};

/* A set against the table. */
struct linkage {
    const struct set *set;
    size_t index; /* of the set in the query */
    struct link_pair pairs[LINK_PAIRS_MAX];
    size_t pair_count, time_count;
    int via_pair[LINK_VIAS];    /* pair that links so, or -1 */
    struct dense *dense;        /* per column of the set: made for those that link or are counted */
    uint32_t *first[LINK_VIAS]; /* per dense value: first row + 1 that has it in that pair's column */
    uint32_t *next[LINK_VIAS];  /* per row: the next one */
    uint64_t identity_rows;     /* rows of the table whose e-mail (else phone) the set has */
    struct links links;         /* per row of the set */
    struct made_peek *peek;     /* of the first linkage: rows of the table (made_peek.h); else NULL */
};

/* Chooses the pairs of a set and a table from their containment. s: index of the set in the query. is_guess: of a table of
 * which only the beginning is known; then pairs that may yet have a value in common are among them. */
MUST_USE int linkage_choose(struct linkage *linkage, const struct set *set, size_t s, const struct ref_table *table,
                            bool is_guess, struct err *err);
/* Occurrences of a value in the pair's column of the table, at most 255; counts is not NULL. */
static inline uint8_t link_occurs(const struct linkage *linkage, const struct link_pair *pair, uint32_t value)
{
    return pair->counts[dense_of(&linkage->dense[pair->sample], value)];
}
/* Are the values of this pair counted in the table? */
bool linkage_counts(const struct linkage *linkage, const struct ref_table *table, const struct link_pair *pair);
/* Makes all that linking needs for the chosen pairs. */
MUST_USE int linkage_open(struct linkage *linkage, const struct ref_table *table, const struct ref_facts *facts,
                          struct err *err);
void linkage_close(struct linkage *linkage);

/* A worker's own. */
struct linker {
    struct tally tally;
    struct decoys decoys;
    uint64_t *identity_rows; /* per linkage */
};

/* Rows being linked, by several threads. */
struct linking {
    struct linkage *linkages;
    size_t count;
    const struct ref_table *table; /* its columns' names and classes */
    struct ref_facts *facts;
    struct query query; /* the linkages' sets: linkage l is looked up as sets[l] */
    bool *is_paired;    /* per column of the table */
    struct linker *linkers;
    unsigned workers;
    struct lock lock; /* of the links */
};

/* The linkages' pairs are chosen and facts' roles found; opens both. err: LIMIT. */
MUST_USE int linking_open(struct linking *linking, struct linkage *linkages, size_t count,
                          const struct ref_table *table, struct ref_facts *facts, unsigned workers, struct err *err);
/* Must this column be looked up, and with which classes hashed? */
bool linking_wants(const struct linking *linking, size_t column, unsigned *ret_wanted);
/* A batch whose wanted columns lie in look, each in its own place. */
MUST_USE int linking_rows(struct linking *linking, const struct look *look, const struct table_batch *batch,
                          struct err *err);
/* What the workers counted, into the facts and the linkages. */
MUST_USE int linking_tell(struct linking *linking, struct err *err);
void linking_close(struct linking *linking);

/* Streams the table's rows below `end` on up to `workers` threads into a linking that is open. */
MUST_USE int link_pass(struct linking *linking, struct input *input, uint64_t end, const struct assay_sink *sink,
                       struct err *err);

/* All of it: chosen linkages, the roles, one pass over the whole table. */
MUST_USE int link_table(struct linkage *linkages, size_t count, struct input *input, const struct ref_table *table,
                        unsigned workers, const struct assay_sink *sink, struct ref_facts *facts, struct err *err);

#endif
