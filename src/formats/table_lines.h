/* Text whose rows are lines, or are made of some: what such readers have in common. */
#ifndef ASSAY_FORMATS_TABLE_LINES_H
#define ASSAY_FORMATS_TABLE_LINES_H

#include "formats/window.h"

/* Set but for the last two, which are table_lines.c's own. */
struct table_lines {
    struct window *window;
    const struct table_sink *sink;
    struct table_report *report;
    void *self;
    /* A line without its end, blank ones too; cells that lie in it live until the next pause. */
    int (*line)(void *self, struct str line, struct err *err);
    /* NULL, or: the lines given so far are about to move. Whoever is in the middle of a row keeps a copy of its cells. */
    int (*pause)(void *self, struct err *err);
    int (*end)(void *self, struct err *err); /* NULL, or: no line follows */
    size_t columns;
    bool is_wanted; /* as the sink said of the table, which is 0 */
    struct str *cells;
    size_t rows;
};

/* Where the next row's cells are to be put. */
static inline struct str *table_lines_cells(const struct table_lines *lines)
{
    return lines->cells + lines->rows * lines->columns;
}
/* They are there. err: what the sink said. */
MUST_USE int table_lines_row(struct table_lines *lines, struct err *err);
/* Every line to the end; those that no window holds are counted as too long. err: LIMIT, IO, what `line` or the sink said. */
MUST_USE int table_lines_read(struct table_lines *lines, struct err *err);

/* Lines of a head that have something, trimmed, up to 2,000; the last one is left out if the head may have cut it. */
struct head_lines {
    struct str rest;
    size_t seen;
    bool is_cut;
};
struct head_lines head_lines_of(struct str head);
bool head_lines_next(struct head_lines *lines, struct str *ret_line);

#endif
