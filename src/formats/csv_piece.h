/* CSV in pieces that can be split apart from each other: some hundred kilobytes of whole rows.
 *
 *   window ─ csv_piece_take ─▶ piece (its own bytes) ─ csv_piece_split ─▶ cells
 *
 * Taking finds where a row ends, in order, as one thread; splitting is what costs, and any number of threads can do it.
 * Both read a row in the same way, so what a piece gives does not depend on where pieces end. */
#ifndef ASSAY_FORMATS_CSV_PIECE_H
#define ASSAY_FORMATS_CSV_PIECE_H

#include "formats/csv_row.h"
#include "formats/window.h"

struct csv_piece {
    uint64_t number; /* 0, 1, ... as they were taken */
    char *buffer;    /* owned; handed to and fro with the window */
    size_t cap;
    char *data;      /* in the buffer: */
    size_t len;      /* rows begin in these bytes, */
    size_t reach;    /* and are read with these in sight; at least len */
    size_t lines_to; /* rows that begin before this end with their line, see struct csv_limit */
    bool is_tidy;    /* every quote encloses a cell, none encloses a line end */
    bool is_ended;   /* nothing follows reach */
    uint64_t *edges; /* of 64 bytes each: where cells end */
    size_t edge_room;
    /* What splitting made of it. Cell c of row r is cells[r * columns + c], in the buffer. */
    struct str *cells;
    size_t cell_room, rows;
    uint64_t blank, wrong; /* lines; rows with more or fewer cells */
};

/* A row that a stray quote makes endless was looked for up to here, in vain: until there a row ends with its line, or it would be
 * looked for again from every line. */
struct csv_limit {
    uint64_t lines_to; /* in bytes of the window's input */
};

/* The next piece, of rows of `columns` cells; *ret_taken is false at the end. Rows that never end are counted in
 * rejected and skipped. err: IO, LIMIT. */
MUST_USE int csv_piece_take(struct csv_piece *piece, struct window *window, struct csv_dialect dialect, size_t columns,
                            struct csv_limit *limit, uint64_t *rejected, bool *ret_taken, struct err *err);
MUST_USE int csv_piece_split(struct csv_piece *piece, struct csv_dialect dialect, size_t columns, struct err *err);
void csv_piece_free(struct csv_piece *piece);

#endif
