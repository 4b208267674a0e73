/* What a column is, from a fair draw of the table's rows. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "match/canary_make.h"
#include "match/link.h"

#include "base/banned.h"

enum { TEXT_LONG = 80 };

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Share of the column's filled cells that are different. */
static double distinct_share(const struct make_pool *pool, size_t column, struct str *room)
{
    size_t count = 0, different = 0;
    for (size_t i = 0; i < pool->count; i++) {
        struct str cell = make_cell(pool, i, column);
        room[count] = cell;
        count += cell.data != NULL;
    }
    if (count > 1) {
        qsort(room, count, sizeof(*room), by_text);
    }
    for (size_t i = 0; i < count; i++) {
        different += i == 0 || !str_eq(room[i], room[i - 1]);
    }
    return count == 0 ? 0 : (double)different / (double)count;
}

static enum make make_of_text(const struct make_pool *pool, const struct make_column *column, size_t c,
                              const char **ret_why)
{
    size_t bytes = 0, words = 0, count = 0;
    for (size_t i = 0; i < pool->count; i++) {
        struct str cell = make_cell(pool, i, c);
        bytes += cell.len;
        count += cell.data != NULL;
        words += cell.data != NULL && str_find(cell, STR(" "), 0) != SIZE_MAX;
    }
    if (pool->is_cut[c] || bytes > count * TEXT_LONG) {
        *ret_why = "free text is not made up";
        return MAKE_NOTHING;
    }
    if (column->distinct < .5 && words * 2 < count) {
        return MAKE_PICK; /* a town, a state, a kind */
    }
    return words * 2 < count && column->distinct > .9 ? MAKE_USERNAME : MAKE_WORDS;
}

static bool is_creation(struct str name)
{
    return link_same_meaning(name, STR("created_at")) || link_same_meaning(name, STR("updated_at"));
}

static enum make make_of(const struct maker *maker, struct make_column *column, size_t c)
{
    bool is_unique = column->distinct >= .9;
    switch (column->class) {
    case NORMAL_EMAIL:
        return MAKE_EMAIL;
    case NORMAL_PHONE:
        column->why_empty = "a number made up might be somebody's; --phones takes those reserved for fiction";
        return maker->options->phones != NULL ? MAKE_PHONE : MAKE_NOTHING;
    case NORMAL_SECRET:
        return is_unique ? MAKE_SECRET : MAKE_PICK;
    case NORMAL_TIME:
        return is_unique || is_creation(column->name) ? MAKE_STAMP : MAKE_PICK;
    case NORMAL_DATE:
        return is_creation(column->name) ? MAKE_STAMP : MAKE_PICK;
    case NORMAL_NUMBER:
        column->why_empty = "left to the database";
        return is_creation(column->name) ? MAKE_STAMP : is_unique ? MAKE_NOTHING : MAKE_PICK;
    case NORMAL_DECIMAL:
        return MAKE_PICK;
    case NORMAL_TEXT:
        return make_of_text(maker->pool, column, c, &column->why_empty);
    case NORMAL_NONE:
    case NORMAL_CLASSES:
        break;
    }
    column->why_empty = "the table has no value there";
    return MAKE_NOTHING;
}

static void look(struct maker *maker, size_t c)
{
    size_t by_class[NORMAL_CLASSES] = {0};
    struct make_column *column = &maker->columns[c];
    size_t filled = 0;
    for (size_t i = 0; i < maker->pool->count; i++) {
        struct normal normal = {.class = NORMAL_NONE};
        struct str cell = make_cell(maker->pool, i, c);
        if (cell.data != NULL) {
            normal_value(&maker->normalizer, cell, &normal);
        }
        by_class[normal.class]++;
        filled += normal.class != NORMAL_NONE;
    }
    for (int class = NORMAL_EMAIL; class < NORMAL_CLASSES; class ++) {
        if (by_class[class] > 0 && (column->class == NORMAL_NONE || by_class[class] > by_class[column->class])) {
            column->class = (enum normal_class) class;
        }
    }
    column->filled = maker->pool->count == 0 ? 0 : (double)filled / (double)maker->pool->count;
}

int make_columns(struct maker *maker, struct err *err)
{
    const struct make_pool *pool = maker->pool;
    OWN(own_mem) struct str *room = calloc(pool->count + 1, sizeof(*room));
    if (room == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", pool->count);
    }
    for (size_t c = 0; c < pool->column_count; c++) {
        struct make_column *column = &maker->columns[c];
        *column = (struct make_column){.name = pool->columns[c]};
        look(maker, c);
        column->distinct = distinct_share(pool, c, room);
        column->make = make_of(maker, column, c);
        if (column->make == MAKE_EMAIL && maker->options->domain_count == 0) {
            err_set(err, ERR_USAGE,
                    "column %.*s holds e-mail addresses: under which domain are the planted ones to be?",
                    STR_FMT(column->name));
            return err_remedy(err, "--domain NAME, of whoever is to get the mail that is sent to them");
        }
    }
    return 0;
}
