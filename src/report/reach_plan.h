/* What the map of reach draws (reach_map.c): its unit, a band for each database, and which tables have a cell of their own.
 * The largest tables do, as far as they are large enough to be seen; the others of a database are one cell, so that 100,000 tables
 * make a small picture and what is drawn sums to the whole. */
#ifndef ASSAY_REPORT_REACH_PLAN_H
#define ASSAY_REPORT_REACH_PLAN_H

#include "report/inside.h"
#include "report/treemap.h"

enum { CELLS_MAX = 200, RESTS = GROUPS + 1, BANDS_MAX = 8, FIGURE_W = 8200, MAP_H = 3600 };

/* One rectangle: a table, or several that are too small. Those stand together by what they hold, so that their ground is true too. */
struct cell {
    const struct reach_table *table; /* NULL: several */
    bool is_readable;
    enum reach_group group;
    size_t count;
    double weight;
};

/* A database with its cells; the last band may be several databases. */
struct band {
    size_t first, end; /* its tables in reached->tables */
    size_t databases, readable, count;
    double weight;
};

struct ranked {
    double weight;
    size_t index; /* in reached->tables */
};

struct plan {
    const struct reached *reached;
    bool by_bytes;         /* the unit: bytes, else rows */
    double weight;         /* of everything */
    struct ranked *ranked; /* all tables, the largest first */
    bool *is_drawn;        /* of each table: it has a cell of its own */
    struct band *bands;    /* those with a size, the largest first */
    size_t band_count;
    struct band shown[BANDS_MAX];
    size_t shown_count;
    size_t databases, servers;
    size_t drawn, rest, empty, unknown_open, unknown_closed, views; /* tables; together all of them */
};

/* False (and nothing to draw) when no table has a size. err: LIMIT (memory) sets *ret_failed. */
bool plan_make(struct arena *arena, const struct reached *reached, struct plan *ret_plan, bool *ret_failed);
/* The cells of a band, the largest first. */
size_t plan_cells(const struct plan *plan, const struct band *band, struct cell cells[static CELLS_MAX + RESTS]);

#endif
