/* First pass over the reference: how much of every column of the sample lies in every column of the reference. */
#ifndef ASSAY_MATCH_ALIGN_H
#define ASSAY_MATCH_ALIGN_H

#include "assay/finding.h"
#include "match/look.h"

/* One column of one table of the reference. */
struct ref_column {
    struct str name;
    uint64_t by_class[NORMAL_CLASSES];
    enum normal_class class; /* of most cells */
    uint64_t filled;
    uint64_t epochs; /* numbers that are instants of our time, as seconds since 1970 or parts of them (roles.h) */
    bool day_first;
    int64_t *
        early; /* the first rows' times, LOOK_NO_TIME where there is none; NULL without any; in the reference's arena */
    size_t early_count;
    uint64_t **seen; /* per set: bits of its values that turned up here; NULL until one does */
    uint64_t *cells; /* per set: cells that hold one of its values; there if seen is */
};

struct ref_table {
    size_t input;    /* index of the reference it belongs to */
    uint32_t number; /* as the input numbers it */
    struct str name;
    struct ref_column *columns;
    size_t column_count;
    uint64_t rows;
};

struct reference {
    struct arena arena;
    struct ref_table *tables;
    size_t table_count, table_room;
    uint64_t rows; /* over all tables */
};

struct ahead; /* ahead.h */
/* Streams one input through the query, adding its tables, on up to `workers` threads. ahead: NULL for
 * none. */
MUST_USE int align_pass(struct reference *reference, struct input *input, size_t input_index, const struct query *query,
                        struct ahead *ahead, unsigned workers, const struct assay_sink *sink, struct err *err);
/* What most cells of a column are, from the counts of each class. */
void align_settle(struct ref_column *column);
/* Majority classes; after the last pass. */
void align_finish(struct reference *reference);
/* Forgets all tables but the first `count`: those of an input that could not be read to its end. */
void reference_truncate(struct reference *reference, const struct query *query, size_t count);
void reference_close(struct reference *reference, const struct query *query);

/* Of the rows of set s that have a value in column c, how many have one that lies in this column of the reference. */
void align_containment(const struct set *set, size_t c, const uint64_t *seen, uint64_t *ret_k, uint64_t *ret_n);

/* How many cells of this column hold one of set s's values that turned up in it, on average: 1 if none repeats. */
double align_repeats(const struct set *set, const struct ref_column *column, size_t s);

/* The sample's table and the reference's table that belong together; false if nothing is in common. */
bool align_choose(const struct reference *reference, const struct query *query, size_t *ret_set, size_t *ret_table);

#endif
