/* What the map of reach draws. */
#include "report/reach_plan.h"

#include <stdlib.h>

#include "base/str.h"

#include "base/banned.h"

enum { CELL_MIN_AREA = 30000 }; /* below 300 square pixels a table stands with others */

/* ---- sizes ---- */

static bool has_size(const struct plan *plan, const struct reach_table *table)
{
    return !table->is_view && (plan->by_bytes ? table->bytes_known : table->rows_kind != ROWS_UNKNOWN);
}

static double weight_of(const struct plan *plan, const struct reach_table *table)
{
    uint64_t size = plan->by_bytes ? table->bytes : table->rows;
    return has_size(plan, table) ? (double)size : 0;
}

/* Rows, unless the bytes of more tables are known. */
static void choose_unit(struct plan *plan)
{
    size_t rows = 0, bytes = 0;
    for (size_t i = 0; i < plan->reached->table_count; i++) {
        rows += plan->reached->tables[i].rows_kind != ROWS_UNKNOWN;
        bytes += plan->reached->tables[i].bytes_known;
    }
    plan->by_bytes = bytes > rows;
}

/* ---- bands ---- */

static bool is_same_database(const struct reach_table *a, const struct reach_table *b)
{
    return str_eq(a->server, b->server) && str_eq(a->database, b->database);
}

static void find_bands(struct plan *plan)
{
    const struct reached *reached = plan->reached;
    for (size_t i = 0; i < reached->table_count; i++) {
        const struct reach_table *table = &reached->tables[i];
        bool is_new = i == 0 || !is_same_database(table, &reached->tables[i - 1]);
        plan->servers += i == 0 || !str_eq(table->server, reached->tables[i - 1].server);
        if (is_new) {
            plan->bands[plan->band_count++] = (struct band){.first = i, .databases = 1};
        }
        struct band *band = &plan->bands[plan->band_count - 1];
        band->end = i + 1;
        band->count++;
        band->readable += table->is_readable;
        band->weight += weight_of(plan, table);
        plan->weight += weight_of(plan, table);
        bool is_unknown = !table->is_view && !has_size(plan, table);
        plan->views += table->is_view;
        plan->unknown_open += is_unknown && table->is_readable;
        plan->unknown_closed += is_unknown && !table->is_readable;
        plan->empty += has_size(plan, table) && weight_of(plan, table) <= 0;
    }
}

static int by_weight(const void *left, const void *right)
{
    const struct band *a = left, *b = right;
    if (a->weight > b->weight || a->weight < b->weight) {
        return a->weight > b->weight ? -1 : 1;
    }
    return a->first < b->first ? -1 : a->first > b->first;
}

/* The largest databases each, all others as the last band. */
static void choose_bands(struct plan *plan)
{
    if (plan->band_count > 0) {
        qsort(plan->bands, plan->band_count, sizeof plan->bands[0], by_weight);
    }
    while (plan->band_count > 0 && plan->bands[plan->band_count - 1].weight <= 0) {
        plan->band_count--; /* nothing of it has a size: said beneath */
    }
    for (size_t i = 0; i < plan->band_count; i++) {
        if (i < BANDS_MAX) {
            plan->shown[plan->shown_count++] = plan->bands[i];
            continue;
        }
        struct band *last = &plan->shown[BANDS_MAX - 1];
        last->databases++;
        last->count += plan->bands[i].count;
        last->readable += plan->bands[i].readable;
        last->weight += plan->bands[i].weight;
    }
}

/* ---- which tables are drawn by themselves ---- */

static int by_size(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->weight > b->weight || a->weight < b->weight) {
        return a->weight > b->weight ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static void choose_tables(struct plan *plan)
{
    struct ranked *ranked = plan->ranked;
    const struct reached *reached = plan->reached;
    double least = plan->weight * CELL_MIN_AREA / ((double)FIGURE_W * MAP_H);
    size_t last = plan->band_count > BANDS_MAX ? BANDS_MAX - 1 : plan->shown_count;
    for (size_t i = 0; i < reached->table_count; i++) {
        ranked[i] = (struct ranked){weight_of(plan, &reached->tables[i]), i};
        plan->rest += ranked[i].weight > 0;
    }
    if (reached->table_count > 0) {
        qsort(ranked, reached->table_count, sizeof ranked[0], by_size);
    }
    for (size_t i = 0; i < reached->table_count && i < CELLS_MAX && ranked[i].weight >= least; i++) {
        for (size_t b = 0; b < last && ranked[i].weight > 0; b++) {
            if (ranked[i].index >= plan->shown[b].first && ranked[i].index < plan->shown[b].end) {
                plan->is_drawn[ranked[i].index] = true;
                plan->drawn++;
                plan->rest--;
            }
        }
    }
}

/* ---- the cells of a band ---- */

static int by_cell_weight(const void *left, const void *right)
{
    const struct cell *a = left, *b = right;
    if (a->weight > b->weight || a->weight < b->weight) {
        return a->weight > b->weight ? -1 : 1;
    }
    if ((a->table == NULL) != (b->table == NULL)) {
        return a->table == NULL ? 1 : -1;
    }
    if (a->table != NULL) {
        return str_cmp(a->table->name, b->table->name);
    }
    return a->is_readable != b->is_readable ? (a->is_readable ? -1 : 1) : (int)a->group - (int)b->group;
}

/* Tables without a cell of their own: a place for each group, the last for those that cannot be read. */
static void add_rest(const struct plan *plan, size_t index, struct cell rests[static RESTS])
{
    const struct reach_table *table = &plan->reached->tables[index];
    double weight = weight_of(plan, table);
    struct cell *rest = &rests[table->is_readable ? (int)table->group : (int)GROUPS];
    rest->count += weight > 0;
    rest->weight += weight;
}

size_t plan_cells(const struct plan *plan, const struct band *band, struct cell cells[static CELLS_MAX + RESTS])
{
    bool is_several = band->databases > 1;
    struct cell rests[RESTS] = {{.table = NULL}};
    size_t count = 0;
    for (size_t i = band->first; !is_several && i < band->end; i++) {
        const struct reach_table *table = &plan->reached->tables[i];
        if (plan->is_drawn[i]) {
            cells[count++] = (struct cell){table, table->is_readable, table->group, 1, weight_of(plan, table)};
        } else {
            add_rest(plan, i, rests);
        }
    }
    for (size_t b = BANDS_MAX - 1; is_several && b < plan->band_count; b++) {
        for (size_t i = plan->bands[b].first; i < plan->bands[b].end; i++) {
            add_rest(plan, i, rests);
        }
    }
    for (int i = 0; i < RESTS; i++) {
        rests[i].is_readable = i < GROUPS;
        rests[i].group = i < GROUPS ? (enum reach_group)i : GROUP_UNSEEN;
        if (rests[i].weight > 0) {
            cells[count++] = rests[i];
        }
    }
    if (count > 0) {
        qsort(cells, count, sizeof cells[0], by_cell_weight);
    }
    return count;
}

/* ---- all of it ---- */

bool plan_make(struct arena *arena, const struct reached *reached, struct plan *ret_plan, bool *ret_failed)
{
    size_t tables = reached->table_count + 1;
    *ret_plan = (struct plan){.reached = reached,
                              .ranked = ARENA_NEW(arena, struct ranked, tables, NULL),
                              .is_drawn = ARENA_NEW(arena, bool, tables, NULL),
                              .bands = ARENA_NEW(arena, struct band, tables, NULL)};
    *ret_failed = ret_plan->ranked == NULL || ret_plan->is_drawn == NULL || ret_plan->bands == NULL;
    if (*ret_failed) {
        return false;
    }
    choose_unit(ret_plan);
    find_bands(ret_plan);
    ret_plan->databases = ret_plan->band_count;
    choose_bands(ret_plan);
    if (ret_plan->weight <= 0) {
        return false;
    }
    choose_tables(ret_plan);
    return true;
}
