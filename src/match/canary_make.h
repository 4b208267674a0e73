/* Making rows to plant that look like those of a table: what is known of the table, and one value at a time.
 *
 *   rows of the table ─ a fair draw of 1,024 ─▶ pool ─▶ what each column is (enum make) ─▶ values
 *
 * No canary takes two cells from one row of the table, and of names, addresses and secrets no whole cell: words are
 * recombined from different rows, secrets are drawn anew in the same scheme. */
#ifndef ASSAY_MATCH_CANARY_MAKE_H
#define ASSAY_MATCH_CANARY_MAKE_H

#include "assay/match.h"
#include "normal/normal.h"

enum { MAKE_POOL_ROWS = 1024, MAKE_COLUMNS_MAX = 64, MAKE_CELL_BYTES = 300, MAKE_WORDS_MAX = 8 };

/* How a column's values come to be. */
enum make {
    MAKE_NOTHING, /* left to the database, or empty */
    MAKE_EMAIL,
    MAKE_PHONE,
    MAKE_SECRET,  /* the same scheme, new characters */
    MAKE_WORDS,   /* words of different rows */
    MAKE_PICK,    /* some row's value: one that many have */
    MAKE_STAMP,   /* when the canary was created */
    MAKE_USERNAME /* as the part of an address before the @ */
};

struct make_column {
    struct str name; /* borrowed from the pool */
    enum make make;
    enum normal_class class;
    const char *why_empty; /* of MAKE_NOTHING */
    double filled;         /* share of the pool's rows that have a value */
    double distinct;       /* share of those that are different */
};

/* A fair draw of a table's rows. */
struct make_pool {
    struct str name;
    struct str *columns; /* owned, like all of it */
    size_t column_count;
    uint64_t seen; /* rows of the table */
    size_t count;
    struct str *cells;             /* row-major; each row's first cell owns the block of all; data NULL: nothing */
    char **blocks;                 /* per row */
    bool is_cut[MAKE_COLUMNS_MAX]; /* a cell was longer than MAKE_CELL_BYTES */
};

/* The system's random bytes, a block at a time. */
struct make_random {
    uint8_t bytes[256];
    size_t left;
    bool failed;
};
uint64_t make_below(struct make_random *random, uint64_t bound); /* 0 for bound 0 */

struct maker {
    const struct assay_canary_options *options;
    struct make_pool *pool;
    struct make_column columns[MAKE_COLUMNS_MAX];
    struct make_random random;
    struct normalizer normalizer;
    double word_bits[MAKE_COLUMNS_MAX][MAKE_WORDS_MAX]; /* 0: not counted yet */
};

/* What each column is. err: USAGE (an e-mail column and no domain), LIMIT. */
MUST_USE int make_columns(struct maker *maker, struct err *err);

/* One canary's cells. */
struct planted_row {
    struct buf cells[MAKE_COLUMNS_MAX]; /* empty (data NULL): nothing */
    double bits[MAKE_COLUMNS_MAX];      /* of randomness: log2 of how many it could have been, at least */
    int64_t created_s;
};
void make_row(struct maker *maker, struct planted_row *made);
void planted_row_clear(struct planted_row *made);

static inline struct str make_cell(const struct make_pool *pool, size_t row, size_t column)
{
    return pool->cells[row * pool->column_count + column];
}

#endif
