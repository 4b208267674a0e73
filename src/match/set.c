/* Rows in memory, and the table of their distinct values. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "match/input.h"
#include "match/set.h"

#include "base/banned.h"

enum { VALUES_START = 1024, ROWS_START = 1024, CLASS_BITS = 4 };

uint64_t set_hash(enum normal_class class, struct str bytes)
{
    return str_hash(bytes) + (uint64_t) class * UINT64_C(0x9e3779b97f4a7c15);
}

static size_t start_of(const struct set *set, uint64_t hash)
{
    return (size_t)hash & (set->slot_count - 1);
}

static struct str spelling(const struct set *set, const struct set_value *value)
{
    return (struct str){set->bytes + value->offset, value->len_class >> CLASS_BITS};
}

struct str set_bytes(const struct set *set, uint32_t value)
{
    return spelling(set, &set->values[value]);
}

enum normal_class set_class(const struct set *set, uint32_t value)
{
    return (enum normal_class)(set->values[value].len_class & ((1U << CLASS_BITS) - 1));
}

/* The number stored under this very spelling (an alias keeps its own), 0 if none. */
static uint32_t find_own(const struct set *set, uint64_t hash, enum normal_class class, struct str bytes)
{
    uint64_t tag = hash & UINT64_C(0xffffffff00000000);
    for (size_t at = start_of(set, hash); set->slots[at] != 0; at = (at + 1) & (set->slot_count - 1)) {
        uint64_t slot = set->slots[at];
        if ((slot & UINT64_C(0xffffffff00000000)) == tag) {
            uint32_t number = (uint32_t)slot;
            const struct set_value *value = &set->values[number];
            if (value->len_class == (uint32_t)(bytes.len << CLASS_BITS | class) &&
                memcmp(set->bytes + value->offset, bytes.data, bytes.len) == 0) {
                return number;
            }
        }
    }
    return 0;
}

uint32_t set_find(const struct set *set, enum normal_class class, struct str bytes)
{
    if ((set->classes >> class & 1U) == 0) {
        return 0;
    }
    return set->values[find_own(set, set_hash(class, bytes), class, bytes)].same_as;
}

bool set_seconds(const struct set *set, uint32_t value, int64_t *ret_seconds)
{
    enum normal_class class = set_class(set, value);
    if (class == NORMAL_TIME || class == NORMAL_DATE) {
        memcpy(ret_seconds, set->bytes + set->values[value].offset, sizeof(*ret_seconds));
        return true;
    }
    return class == NORMAL_NUMBER && normal_number_as_time(set_bytes(set, value), ret_seconds);
}

/* ---- Growing ---- */

static void put_slot(struct set *set, uint32_t number)
{
    uint64_t hash = set->values[number].hash;
    size_t at = start_of(set, hash);
    while (set->slots[at] != 0) {
        at = (at + 1) & (set->slot_count - 1);
    }
    set->slots[at] = (hash & UINT64_C(0xffffffff00000000)) | number;
}

static int grow_slots(struct set *set, struct err *err)
{
    uint64_t *slots = calloc(set->slot_count * 2, sizeof(*slots));
    if (slots == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u values", set->value_count);
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count *= 2;
    for (uint32_t i = 1; i < set->value_count; i++) {
        put_slot(set, i);
    }
    return 0;
}

static int make_room(struct set *set, size_t bytes, struct err *err)
{
    if (set->value_count == set->value_room) {
        uint32_t room = set->value_room + set->value_room / 2;
        struct set_value *values = room > set->value_room ? realloc(set->values, room * sizeof(*values)) : NULL;
        if (values == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %u values", set->value_count);
        }
        set->values = values;
        set->value_room = room;
    }
    if (set->byte_room - set->byte_count < bytes) {
        size_t room = set->byte_room + set->byte_room / 2 + bytes;
        char *all = room <= SET_BYTES_MAX ? realloc(set->bytes, room) : NULL;
        if (all == NULL) {
            return err_set(err, ERR_LIMIT, "the sample's values take more than %zu bytes", set->byte_room);
        }
        set->bytes = all;
        set->byte_room = room;
    }
    return (size_t)set->value_count * 2 < set->slot_count ? 0 : grow_slots(set, err);
}

/* Number of the value, added if it is new. same_as 0: its own. */
static int number_of(struct set *set, enum normal_class class, struct str bytes, uint32_t same_as, uint32_t *ret_number,
                     struct err *err)
{
    uint64_t hash = set_hash(class, bytes);
    *ret_number = find_own(set, hash, class, bytes);
    if (*ret_number != 0) {
        return 0;
    }
    TRY(make_room(set, bytes.len, err));
    uint32_t number = set->value_count++;
    set->values[number] = (struct set_value){
        .hash = hash, .offset = (uint32_t)set->byte_count, .same_as = same_as == 0 ? number : same_as};
    set->values[number].len_class = (uint32_t)(bytes.len << CLASS_BITS | class);
    memcpy(set->bytes + set->byte_count, bytes.data, bytes.len);
    set->byte_count += bytes.len;
    set->classes |= 1U << class;
    put_slot(set, number);
    *ret_number = number;
    return 0;
}

static int set_open(struct set *set, const struct table_shape *shape, struct err *err)
{
    arena_init(&set->arena, 0);
    set->value_room = VALUES_START;
    set->value_count = 1;
    set->slot_count = 2 * (size_t)VALUES_START;
    set->values = calloc(set->value_room, sizeof(*set->values));
    set->slots = calloc(set->slot_count, sizeof(*set->slots));
    set->columns = ARENA_NEW(&set->arena, struct set_column, shape->column_count, err);
    set->name = arena_str(&set->arena, str_slice(shape->name, 0, SET_NAME_BYTES_MAX), err);
    if (set->values == NULL || set->slots == NULL || set->columns == NULL || set->name.data == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a table of %zu columns", shape->column_count);
    }
    for (size_t i = 0; i < shape->column_count; i++) {
        set->columns[i].name = arena_str(&set->arena, str_slice(shape->columns[i], 0, SET_NAME_BYTES_MAX), err);
        if (set->columns[i].name.data == NULL) {
            return -1;
        }
    }
    set->column_count = shape->column_count;
    return 0;
}

static void set_close(struct set *set)
{
    arena_clear(&set->arena);
    free(set->cells);
    free(set->values);
    free(set->bytes);
    free(set->slots);
}

/* ---- Loading ---- */

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct sets *sets = self;
    (void)number;
    *ret_wanted = true;
    if (sets->count == SET_TABLES_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d tables in one sample", SET_TABLES_MAX);
    }
    struct set *all = realloc(sets->sets, (sets->count + 1) * sizeof(*all));
    if (all == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a table");
    }
    sets->sets = all;
    all[sets->count] = (struct set){0};
    sets->count++;
    return set_open(&all[sets->count - 1], shape, err);
}

static int add_rows(struct set *set, size_t rows, struct err *err)
{
    size_t needed = set->row_count + rows;
    if (needed <= set->row_room) {
        return 0;
    }
    size_t room = set->row_room + set->row_room / 2 + ROWS_START;
    room = room < needed ? needed : room;
    uint32_t *cells = room > UINT32_MAX ? NULL : realloc(set->cells, room * set->column_count * sizeof(*cells));
    if (cells == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", room);
    }
    set->cells = cells;
    set->row_room = room;
    return 0;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct sets *sets = self;
    struct set *set = &sets->sets[batch->table];
    TRY(add_rows(set, batch->rows, err));
    for (size_t c = 0; c < batch->columns; c++) {
        struct set_column *column = &set->columns[c];
        for (size_t r = 0; r < batch->rows && set->row_count == 0 && !column->day_first; r++) {
            column->day_first = normal_date_order(batch->cells[r * batch->columns + c]) > 0;
        }
        sets->normalizer.day_first = column->day_first;
        for (size_t r = 0; r < batch->rows; r++) {
            struct normal normal;
            uint32_t number = 0;
            normal_value(&sets->normalizer, batch->cells[r * batch->columns + c], &normal);
            if (normal.class != NORMAL_NONE) {
                TRY(number_of(set, normal.class, normal.bytes, 0, &number, err));
            }
            column->by_class[normal.class]++;
            set->cells[(set->row_count + r) * set->column_count + c] = number;
        }
    }
    TRY(buf_check(&sets->normalizer.scratch, err));
    set->row_count += batch->rows;
    sets->rows += batch->rows;
    return 0;
}

/* A number of phone's length may be a phone without its marks; one of an instant's size an instant. */
static int add_aliases(struct set *set, struct err *err)
{
    uint32_t own = set->value_count;
    for (uint32_t i = 1; i < own; i++) {
        char copy[16];
        struct str number = set_bytes(set, i);
        struct str phone;
        int64_t seconds;
        uint32_t ignored;
        if (set_class(set, i) != NORMAL_NUMBER || number.len > sizeof(copy)) {
            continue;
        }
        memcpy(copy, number.data, number.len); /* the bytes move when they grow */
        number.data = copy;
        if (normal_number_as_phone(number, &phone)) {
            TRY(number_of(set, NORMAL_PHONE, phone, i, &ignored, err));
        }
        if (normal_number_as_time(number, &seconds)) {
            TRY(number_of(set, seconds % 86400 == 0 ? NORMAL_DATE : NORMAL_TIME,
                          (struct str){(const char *)&seconds, sizeof(seconds)}, i, &ignored, err));
        }
    }
    return 0;
}

/* What most cells of a column are; how many different ones there are. */
static int describe(struct set *set, struct err *err)
{
    OWN(own_mem) unsigned char *seen = calloc(set->value_count / 8 + 1, 1);
    if (seen == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u values", set->value_count);
    }
    for (size_t c = 0; c < set->column_count; c++) {
        struct set_column *column = &set->columns[c];
        column->class = NORMAL_NONE;
        for (int class = NORMAL_EMAIL; class < NORMAL_CLASSES; class ++) {
            column->filled += column->by_class[class];
            if (column->class == NORMAL_NONE ? column->by_class[class] > 0
                                             : column->by_class[class] > column->by_class[column->class]) {
                column->class = (enum normal_class) class;
            }
        }
        memset(seen, 0, set->value_count / 8 + 1);
        for (size_t r = 0; r < set->row_count; r++) {
            uint32_t value = set_cell(set, r, c);
            unsigned char bit = (unsigned char)(1U << (value % 8));
            column->distinct += value != 0 && (seen[value / 8] & bit) == 0;
            seen[value / 8] |= bit;
        }
    }
    return 0;
}

int sets_load(struct sets *sets, const char *path, const char *encoding, struct err *err)
{
    *sets = (struct sets){.normalizer = {.wanted = NORMAL_ALL}};
    struct table_sink sink = {.self = sets, .table = on_table, .rows = on_rows};
    struct table_options options = {encoding, input_database};
    TRY(table_read_path(path, &options, &sink, &sets->report, err));
    for (size_t i = 0; i < sets->count; i++) {
        TRY(add_aliases(&sets->sets[i], err));
        TRY(describe(&sets->sets[i], err));
    }
    return 0;
}

void sets_close(struct sets *sets)
{
    for (size_t i = 0; i < sets->count; i++) {
        set_close(&sets->sets[i]);
    }
    free(sets->sets);
    normalizer_close(&sets->normalizer);
    table_report_close(&sets->report);
    *sets = (struct sets){0};
}
