/* What the tests of made_*.c share: the rows they look at, by role. */
#ifndef ASSAY_MATCH_MADE_INSIDE_H
#define ASSAY_MATCH_MADE_INSIDE_H

#include "match/made.h"
#include "match/made_words.h"

#define MADE_NO_COLUMN SIZE_MAX

struct made_rows {
    const struct set *set;
    size_t count;                    /* rows looked at, evenly spread over the set */
    enum made_role *roles;           /* per column */
    size_t email, first, last, full; /* columns, or MADE_NO_COLUMN */
    bool *is_person; /* per row looked at: the first one of its person; all, if nothing tells persons apart */
    uint64_t *keys;  /* scratch of `count` */
    struct made *out;
};

/* The cell of the i-th row looked at: its value's number, 0 for none. */
static inline uint32_t made_cell(const struct made_rows *rows, size_t i, size_t column)
{
    size_t row = (size_t)((uint64_t)i * rows->set->row_count / rows->count);
    return column == MADE_NO_COLUMN ? 0 : set_cell(rows->set, row, column);
}
/* Its spelling if it is of text's kind (no time or date), else empty. */
struct str made_text(const struct made_rows *rows, size_t i, size_t column, struct pack_room *room);
/* Adds a test; too many are counted. */
void made_add(const struct made_rows *rows, const struct made_test *test);
void made_sort(uint64_t *keys, size_t count);
/* Digits of a postcode-like cell, its leading zeros put back up to `width`; the first `want` bytes as a key, 0 for none. */
uint64_t made_head_key(struct str text, size_t width, size_t want);

/* made_form.h over columns; what values are in themselves. */
void made_test_values(const struct made_rows *rows, size_t column);
/* Times. */
void made_test_times(const struct made_rows *rows, size_t column);
/* Words, names, mail, places: what columns are beside each other. */
void made_test_people(const struct made_rows *rows);

#endif
