/* Rows of the reference, for what it shows of itself beside the sample (made.h). */
#ifndef ASSAY_MATCH_MADE_PEEK_H
#define ASSAY_MATCH_MADE_PEEK_H

#include "base/lock.h"
#include "match/align.h"

enum { MADE_PEEK_ROWS = 2000 };

/* Rows of the reference, every s-th one, so that they are the same however the reference is read. s is the smallest power of
 * two by which they fit; it grows as rows come, and the rows between are dropped, so nobody need know how many come. */
struct made_peek {
    struct arena arena, text; /* names and places; what the cells hold */
    struct lock lock;
    uint64_t stride;
    struct str *cells; /* MADE_PEEK_ROWS rows: row s * i at i; data NULL: null */
    bool *taken;
    size_t columns;
    struct table_shape shape;
    struct sets sets; /* after made_peek_end */
};

/* Of the table, its name and columns; its rows need not be known. err: LIMIT. */
MUST_USE int made_peek_open(struct made_peek *peek, const struct ref_table *table, struct err *err);
/* Threads: any number at once. peek NULL: nothing. */
MUST_USE int made_peek_take(struct made_peek *peek, const struct table_batch *batch, struct err *err);
MUST_USE int made_peek_end(struct made_peek *peek, struct err *err);
void made_peek_close(struct made_peek *peek);

#endif
