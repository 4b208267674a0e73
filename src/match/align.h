/* First pass over the reference: how much of every column of the sample lies in every column of the reference. */
#ifndef ASSAY_MATCH_ALIGN_H
#define ASSAY_MATCH_ALIGN_H

#include "assay/finding.h"
#include "match/input.h"
#include "match/set.h"

/* Sets that are looked up together: the tables of the sample first, then those of every background file. */
struct query {
    const struct set **sets;
    size_t count, sample_count; /* sets[0, sample_count) are the sample's */
    unsigned wanted;            /* classes that some set holds */
};

/* One column of one table of the reference. */
struct ref_column {
    struct str name;
    uint64_t by_class[NORMAL_CLASSES];
    enum normal_class class; /* of most cells */
    uint64_t filled;
    bool day_first;
    uint64_t **seen; /* per set: bits of its values that turned up here; NULL until one does */
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

/* Streams one input through the query, adding its tables. */
MUST_USE int align_pass(struct reference *reference, struct input *input, size_t input_index, const struct query *query,
                        const struct assay_sink *sink, struct err *err);
/* Majority classes; after the last pass. */
void align_finish(struct reference *reference);
/* Forgets all tables but the first `count`: those of an input that could not be read to its end. */
void reference_truncate(struct reference *reference, const struct query *query, size_t count);
void reference_close(struct reference *reference, const struct query *query);

/* Of the rows of set s that have a value in column c, how many have one that lies in this column of the reference. */
void align_containment(const struct set *set, size_t c, const uint64_t *seen, uint64_t *ret_k, uint64_t *ret_n);

/* One cell of the reference, before it is looked up. */
struct cell_fact {
    uint64_t hash;   /* of its spelling and class; 0 for a null */
    int64_t seconds; /* time, date, or a number that may be one; ALIGN_NO_TIME */
    uint8_t class;   /* enum normal_class */
    bool has_alias;  /* a number that a set may hold as a phone or an instant */
};
#define ALIGN_NO_TIME INT64_MIN

/* Column c of a batch, cell by cell, with every set's slots on their way into the cache. facts: room for the batch's rows. */
void align_facts(struct normalizer *normalizer, const struct query *query, const struct table_batch *batch, size_t c,
                 struct cell_fact *facts);
/* The cell as a value of the set, 0 if it has none such: by its own class, else as a phone or an instant. The bytes are
 * compared, not only their hash. */
uint32_t align_lookup(const struct set *set, struct normalizer *normalizer, struct str cell,
                      const struct cell_fact *fact);

/* The sample's table and the reference's table that belong together; false if nothing is in common. */
bool align_choose(const struct reference *reference, const struct query *query, size_t *ret_set, size_t *ret_table);

#endif
