/* Roles by name first; where names say nothing, by what the values can only be. */
#include "match/roles.h"
#include "match/names.h"

#include "base/banned.h"

enum { ORDERED_ROWS_LEAST = 20, SHOWN_ROWS_LEAST = 3, SHOWN_ROWS_MOST = 10000 };

/* ---- Numbers that are times ---- */

bool roles_is_plausible(int64_t seconds)
{
    return seconds >= INT64_C(946684800) && seconds < INT64_C(2082758400);
}

bool roles_is_epoch(uint64_t epochs, uint64_t filled)
{
    return epochs > 0 && epochs * 10 >= filled * 9;
}

bool roles_may_be_time(enum normal_class class, bool is_epoch)
{
    return class == NORMAL_TIME || (is_epoch && (class == NORMAL_NUMBER || class == NORMAL_DECIMAL));
}

static bool is_unsettled(const struct ref_column *column)
{
    return !normal_is_instant(column->class) &&
           roles_may_be_time(column->class, roles_is_epoch(column->epochs, column->filled));
}

void roles_settle(struct ref_column *column)
{
    if (is_unsettled(column) && name_time(column->name) != NAME_NOTHING) {
        column->class = NORMAL_TIME;
    }
}

void roles_follow(struct ref_table *table, const struct set *set, size_t s)
{
    for (size_t c = 0; c < table->column_count; c++) {
        struct ref_column *column = &table->columns[c];
        const uint64_t *seen = column->seen == NULL ? NULL : column->seen[s];
        for (size_t i = 0; seen != NULL && i < set->column_count && is_unsettled(column); i++) {
            uint64_t k, n;
            align_containment(set, i, seen, &k, &n);
            if (set->columns[i].class == NORMAL_TIME && k >= 3 && k * 2 >= n) {
                column->class = NORMAL_TIME;
            }
        }
    }
}

/* ---- Roles ---- */

/* Of two columns of times: is the one never after the other, and before it in some rows? */
struct order {
    size_t both, before;
    bool is_broken;
};

static void compare(struct order *order, int64_t one, int64_t other)
{
    order->both++;
    order->before += one < other;
    order->is_broken = order->is_broken || one > other;
}

/* In the sample's first rows. */
static bool is_shown_before(const struct set *set, size_t one, size_t other)
{
    struct order order = {0};
    for (size_t r = 0; r < set->row_count && r < SHOWN_ROWS_MOST && !order.is_broken; r++) {
        int64_t here, there;
        uint32_t value = set_cell(set, r, one);
        uint32_t next = set_cell(set, r, other);
        if (value != 0 && next != 0 && set_seconds(set, value, &here) && set_seconds(set, next, &there)) {
            compare(&order, here, there);
        }
    }
    return !order.is_broken && order.both >= SHOWN_ROWS_LEAST && order.before > 0;
}

/* In the table's first rows. */
static bool is_before(const struct ref_column *one, const struct ref_column *other)
{
    size_t rows = one->early_count < other->early_count ? one->early_count : other->early_count;
    struct order order = {0};
    for (size_t r = 0; r < rows && !order.is_broken; r++) {
        if (one->early[r] != LOOK_NO_TIME && other->early[r] != LOOK_NO_TIME) {
            compare(&order, one->early[r], other->early[r]);
        }
    }
    return !order.is_broken && order.both >= ORDERED_ROWS_LEAST && order.before > 0;
}

size_t roles_place_here(const struct set *set, size_t column)
{
    size_t place = 0;
    for (size_t c = 0; c < set->column_count; c++) {
        bool is_time = roles_may_be_time(set->columns[c].class, set->columns[c].is_epoch);
        place += c != column && is_time && is_shown_before(set, c, column);
    }
    return place;
}

size_t roles_place_there(const struct ref_table *table, size_t column)
{
    size_t place = 0;
    for (size_t c = 0; c < table->column_count; c++) {
        const struct ref_column *other = &table->columns[c];
        bool is_time = roles_may_be_time(other->class, roles_is_epoch(other->epochs, other->filled));
        place += c != column && is_time && is_before(other, &table->columns[column]);
    }
    return place;
}

static bool is_whole(const struct ref_table *table, const struct ref_column *column)
{
    return column->filled * 10 >= table->rows * 9;
}

/* A column of times whose name does not say which. */
static bool is_nameless(const struct ref_table *table, size_t c)
{
    const struct ref_column *column = &table->columns[c];
    enum name_time says = name_time(column->name);
    return column->class == NORMAL_TIME && is_whole(table, column) && (says == NAME_NOTHING || says == NAME_SOME_TIME);
}

/* Of those that could be: the first, unless one behind it is never after it. */
static int earliest(const struct ref_table *table)
{
    int best = -1;
    for (size_t c = 0; c < table->column_count; c++) {
        if (is_nameless(table, c) && (best < 0 || is_before(&table->columns[c], &table->columns[best]))) {
            best = (int)c;
        }
    }
    return best;
}

/* A row was changed no sooner than it was made. Only one column may be so, and its name must leave it open: a time under
 * another name ("valid_to") may be later, too. */
static int only_later(const struct ref_table *table, int created)
{
    int found = -1;
    for (size_t c = 0; c < table->column_count; c++) {
        const struct ref_column *column = &table->columns[c];
        bool is_open = name_time(column->name) == NAME_SOME_TIME || !name_is_given(column->name);
        if ((int)c == created || !is_open || !is_nameless(table, c) || !is_before(&table->columns[created], column)) {
            continue;
        }
        if (found >= 0) {
            return -1;
        }
        found = (int)c;
    }
    return found;
}

static void by_name(const struct ref_table *table, struct ref_facts *facts)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct ref_column *column = &table->columns[i];
        if (column->class == NORMAL_NUMBER && facts->id < 0 && is_whole(table, column) &&
            (i == 0 || str_ends_nocase(column->name, STR("id")))) {
            facts->id = (int)i;
        }
        if (!normal_is_instant(column->class)) {
            continue;
        }
        enum name_time says = name_time(column->name);
        if (says == NAME_DELETED && facts->deleted < 0) {
            facts->deleted = (int)i;
        } else if (says == NAME_CHANGED && facts->updated < 0) {
            facts->updated = (int)i;
        } else if (says == NAME_CREATED && facts->created < 0 && is_whole(table, column)) {
            facts->created = (int)i;
        }
    }
}

void link_roles(const struct ref_table *table, struct ref_facts *facts)
{
    facts->created = facts->updated = facts->deleted = facts->id = -1;
    by_name(table, facts);
    facts->created = facts->created < 0 ? earliest(table) : facts->created;
    if (facts->created >= 0 && facts->updated < 0) {
        facts->updated = only_later(table, facts->created);
    }
    facts->created_is_time = facts->created >= 0 && table->columns[facts->created].class == NORMAL_TIME;
}
