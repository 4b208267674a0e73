/* Rows in memory, and the table of their distinct values. */
#include <stdlib.h>

#include "base/lock.h"
#include "base/own.h"
#include "base/str.h"
#include "base/wide.h"
#include "match/names.h"
#include "match/roles.h"
#include "match/set.h"
#include "sources/input.h"

#include "base/banned.h"

enum {
    VALUES_START = 1024,
    ROWS_START = 1024,
    CLASS_BITS = 4,
    FILTER_WORD_VALUES = 8,
    FETCHED = 64 /* so few that what was sent for is still there */
};

#define TAG UINT64_C(0xffffffff00000000)

uint64_t set_hash(enum normal_class class, struct str bytes)
{
    return str_hash(bytes) + (uint64_t) class * UINT64_C(0x9e3779b97f4a7c15);
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

/* A number is also found as the phone or the instant that it may be. */
static bool is_alias(const struct set *set, uint32_t value, enum normal_class class, struct str bytes)
{
    struct str phone;
    int64_t seconds;
    enum normal_class own = set_class(set, value);
    if (own != NORMAL_NUMBER && own != NORMAL_DECIMAL) {
        return false;
    }
    if (class == NORMAL_PHONE) {
        return own == NORMAL_NUMBER && normal_number_as_phone(set_bytes(set, value), &phone) && str_eq(phone, bytes);
    }
    return (class == NORMAL_TIME || class == NORMAL_DATE) && normal_number_as_time(set_bytes(set, value), &seconds) &&
           (seconds % 86400 == 0) == (class == NORMAL_DATE) && memcmp(bytes.data, &seconds, sizeof(seconds)) == 0;
}

static bool is_own(const struct set *set, uint32_t number, enum normal_class class, struct str bytes)
{
    const struct set_value *value = &set->values[number];
    return value->len_class == (uint32_t)(bytes.len << CLASS_BITS | class) &&
           memcmp(set->bytes + value->offset, bytes.data, bytes.len) == 0;
}

bool set_is_value(const struct set *set, uint32_t number, enum normal_class class, struct str bytes)
{
    return is_own(set, number, class, bytes) || is_alias(set, number, class, bytes);
}

uint32_t set_find_hashed(const struct set *set, uint64_t hash, enum normal_class class, struct str bytes)
{
    struct finder_walk walk = finder_find(&set->finder, hash);
    for (const uint32_t *at = finder_next(&walk); at != NULL; at = finder_next(&walk)) {
        if (set_is_value(set, *at, class, bytes)) {
            return *at;
        }
    }
    return 0;
}

uint32_t set_find(const struct set *set, enum normal_class class, struct str bytes)
{
    uint64_t hash = set_hash(class, bytes);
    return set_may_hold(set, class, hash) ? set_find_hashed(set, hash, class, bytes) : 0;
}

bool set_seconds(const struct set *set, uint32_t value, int64_t *ret_seconds)
{
    enum normal_class class = set_class(set, value);
    if (class == NORMAL_TIME || class == NORMAL_DATE) {
        memcpy(ret_seconds, set->bytes + set->values[value].offset, sizeof(*ret_seconds));
        return true;
    }
    return (class == NORMAL_NUMBER || class == NORMAL_DECIMAL) &&
           normal_number_as_time(set_bytes(set, value), ret_seconds);
}

/* ---- Growing ---- */

static void put_slot(struct set_slots *slots, uint64_t slot)
{
    size_t at = slot >> slots->shift;
    while (slots->slots[at] != 0) {
        at = (at + 1) & (slots->count - 1);
    }
    slots->slots[at] = slot;
}

/* A slot's tag holds the bits that place it, so growing looks at nothing else. */
static int grow_slots(struct set *set, struct err *err)
{
    struct set_slots before = set->slots;
    uint64_t *slots = wide_alloc(before.count * 2 * sizeof(*slots));
    if (slots == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u values", set->value_count);
    }
    set->slots.slots = slots;
    set->slots.count *= 2;
    set->slots.shift--;
    for (size_t i = 0; i < before.count; i++) {
        if (before.slots[i] != 0) {
            put_slot(&set->slots, before.slots[i]);
        }
    }
    free(before.slots);
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
    return 0;
}

/* Of the values so far; 0: none is it. No value has an alias yet. */
static uint32_t find_loaded(const struct set *set, uint64_t hash, enum normal_class class, struct str bytes)
{
    const struct set_slots *slots = &set->slots;
    for (size_t at = hash >> slots->shift; slots->slots[at] != 0; at = (at + 1) & (slots->count - 1)) {
        uint64_t slot = slots->slots[at];
        if (((slot ^ hash) & TAG) == 0 && is_own(set, (uint32_t)slot, class, bytes)) {
            return (uint32_t)slot;
        }
    }
    return 0;
}

/* Number of the value, added if it is new. */
static int number_of(struct set *set, uint64_t hash, enum normal_class class, struct str bytes, uint32_t *ret_number,
                     struct err *err)
{
    *ret_number = find_loaded(set, hash, class, bytes);
    if (*ret_number != 0) {
        return 0;
    }
    TRY(make_room(set, bytes.len, err));
    if (set->slots.used * 4 >= set->slots.count * 3) {
        TRY(grow_slots(set, err));
    }
    uint32_t number = set->value_count++;
    put_slot(&set->slots, (hash & TAG) | number);
    set->slots.used++;
    set->hash_sum += hash;
    set->values[number] = (struct set_value){.offset = (uint32_t)set->byte_count,
                                             .len_class = (uint32_t)(bytes.len << CLASS_BITS | class)};
    memcpy(set->bytes + set->byte_count, bytes.data, bytes.len);
    set->byte_count += bytes.len;
    *ret_number = number;
    return 0;
}

static int set_open(struct set *set, const struct table_shape *shape, struct err *err)
{
    arena_init(&set->arena, 0);
    set->value_room = VALUES_START;
    set->value_count = 1;
    set->slots.count = 2 * (size_t)VALUES_START;
    set->slots.shift = 64 - 11;
    set->values = calloc(set->value_room, sizeof(*set->values));
    set->slots.slots = calloc(set->slots.count, sizeof(uint64_t));
    set->columns = ARENA_NEW(&set->arena, struct set_column, shape->column_count, err);
    set->name = arena_str(&set->arena, str_slice(shape->name, 0, SET_NAME_BYTES_MAX), err);
    if (set->values == NULL || set->slots.slots == NULL || set->columns == NULL || set->name.data == NULL) {
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
    for (size_t c = 0; c < set->column_count; c++) {
        free(set->columns[c].values);
    }
    arena_clear(&set->arena);
    free(set->cells);
    free(set->values);
    free(set->bytes);
    free(set->slots.slots);
    finder_close(&set->finder);
    free(set->filter_words);
}

/* ---- Loading ---- */

/* A cell as its worker made it: what is left to do needs the set for itself. */
struct spelled {
    uint64_t hash;
    uint32_t offset, len; /* in the worker's text */
    enum normal_class class;
};

struct loader {
    struct normalizer normalizer;
    struct buf text;
    struct spelled cells[TABLE_BATCH_ROWS];
};

struct loading {
    struct sets *sets;
    struct loader *loaders; /* one per worker */
    struct lock lock;       /* of the sets' rows, values and columns */
};

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct sets *sets = ((struct loading *)self)->sets;
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

static int make_rows(struct set *set, size_t needed, struct err *err)
{
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

bool set_days_first(const struct table_batch *batch, size_t c)
{
    bool is_first = false;
    for (size_t r = 0; r < batch->rows && !is_first; r++) {
        is_first = normal_date_order(batch->cells[r * batch->columns + c]) > 0;
    }
    return is_first;
}

/* The first rows settle whether a column writes the day first; no other batch is under way then (formats/table.h). */
static void settle_dates(struct set *set, const struct table_batch *batch)
{
    for (size_t c = 0; c < batch->columns; c++) {
        set->columns[c].day_first = set->columns[c].day_first || set_days_first(batch, c);
    }
}

static int spell_column(struct loader *loader, const struct table_batch *batch, size_t c, bool day_first,
                        struct err *err)
{
    loader->normalizer.day_first = day_first;
    buf_reset(&loader->text);
    for (size_t r = 0; r < batch->rows; r++) {
        struct normal normal;
        normal_value(&loader->normalizer, batch->cells[r * batch->columns + c], &normal);
        struct spelled *cell = &loader->cells[r];
        *cell = (struct spelled){.offset = (uint32_t)loader->text.len, .len = (uint32_t)normal.bytes.len};
        cell->class = normal.class;
        if (normal.class != NORMAL_NONE) {
            cell->hash = set_hash(normal.class, normal.bytes);
            buf_put(&loader->text, normal.bytes);
        }
    }
    TRY(buf_check(&loader->normalizer.scratch, err));
    return buf_check(&loader->text, err);
}

/* Rows [from, to) of a column. */
static int add_cells(struct set *set, const struct loader *loader, const struct table_batch *batch, size_t c,
                     size_t from, size_t to, struct err *err)
{
    for (size_t r = from; r < to; r++) {
        __builtin_prefetch(&set->slots.slots[loader->cells[r].hash >> set->slots.shift], 1);
    }
    for (size_t r = from; r < to; r++) {
        const struct spelled *cell = &loader->cells[r];
        uint32_t number = 0;
        if (cell->class != NORMAL_NONE) {
            struct str bytes = {loader->text.data + cell->offset, cell->len};
            TRY(number_of(set, cell->hash, cell->class, bytes, &number, err));
        }
        set->columns[c].by_class[cell->class]++;
        set->cells[((size_t)batch->first_row + r) * set->column_count + c] = number;
    }
    return 0;
}

static int add_column(struct set *set, const struct loader *loader, const struct table_batch *batch, size_t c,
                      struct err *err)
{
    TRY(make_rows(set, (size_t)batch->first_row + batch->rows, err));
    for (size_t from = 0; from < batch->rows; from += FETCHED) {
        size_t to = batch->rows - from < FETCHED ? batch->rows : from + FETCHED;
        TRY(add_cells(set, loader, batch, c, from, to, err));
    }
    return 0;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct loading *loading = self;
    struct set *set = &loading->sets->sets[batch->table];
    struct loader *loader = &loading->loaders[batch->worker];
    if (batch->first_row == 0) {
        settle_dates(set, batch);
    }
    for (size_t c = 0; c < batch->columns; c++) {
        TRY(spell_column(loader, batch, c, set->columns[c].day_first, err));
        lock_take(&loading->lock);
        int result = add_column(set, loader, batch, c, err);
        lock_give(&loading->lock);
        TRY(result);
    }
    lock_take(&loading->lock);
    set->row_count += batch->rows;
    loading->sets->rows += batch->rows;
    lock_give(&loading->lock);
    return 0;
}

/* ---- Finding ---- */

struct alias {
    uint64_t hash;
    enum normal_class class;
};

/* A number of phone's length may be a phone without its marks; one of an instant's size an instant. */
static size_t aliases_of(const struct set *set, uint32_t value, struct alias aliases[static 2])
{
    struct str phone;
    int64_t seconds;
    size_t count = 0;
    enum normal_class own = set_class(set, value);
    if (own != NORMAL_NUMBER && own != NORMAL_DECIMAL) {
        return 0;
    }
    if (own == NORMAL_NUMBER && normal_number_as_phone(set_bytes(set, value), &phone)) {
        aliases[count++] = (struct alias){set_hash(NORMAL_PHONE, phone), NORMAL_PHONE};
    }
    if (normal_number_as_time(set_bytes(set, value), &seconds)) {
        enum normal_class class = seconds % 86400 == 0 ? NORMAL_DATE : NORMAL_TIME;
        aliases[count++] =
            (struct alias){set_hash(class, (struct str){(const char *)&seconds, sizeof(seconds)}), class};
    }
    return count;
}

/* How many spellings of each class there are, aliases too. */
static void count_spellings(const struct set *set, size_t counts[static NORMAL_CLASSES])
{
    struct alias aliases[2];
    for (uint32_t i = 1; i < set->value_count; i++) {
        counts[set_class(set, i)]++;
        for (size_t a = aliases_of(set, i, aliases); a > 0; a--) {
            counts[aliases[a - 1].class]++;
        }
    }
}

static int open_filters(struct set *set, const size_t counts[static NORMAL_CLASSES], struct err *err)
{
    size_t words = 0;
    for (int class = 0; class < NORMAL_CLASSES; class ++) {
        unsigned bits = 1;
        while (((size_t)FILTER_WORD_VALUES << bits) < counts[class]) {
            bits++;
        }
        set->filters[class].shift = 64 - bits;
        words += counts[class] == 0 ? 0 : (size_t)1 << bits;
    }
    uint64_t *next = set->filter_words = wide_alloc(words * sizeof(*next));
    if (next == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u values", set->value_count);
    }
    for (int class = 0; class < NORMAL_CLASSES; class ++) {
        set->filters[class].words = counts[class] == 0 ? NULL : next;
        next += counts[class] == 0 ? 0 : (size_t)1 << (64 - set->filters[class].shift);
    }
    return 0;
}

static inline void fetch_place(const struct set *set, enum normal_class class, uint64_t hash)
{
    __builtin_prefetch(&set->filters[class].words[hash >> set->filters[class].shift], 1);
    finder_prefetch(&set->finder, hash);
}

static void put_spelling(struct set *set, enum normal_class class, uint64_t hash, uint32_t value)
{
    struct set_filter *filter = &set->filters[class];
    filter->words[hash >> filter->shift] |= set_filter_bits(hash);
    finder_put(&set->finder, hash, value);
    set->classes |= 1U << class;
}

/* Slots [from, to), which hold the upper half of a hash: all that places a value. They ascend by it, as do the places, so one
 * memory is gone through behind the other. */
static void put_values(struct set *set, size_t from, size_t to)
{
    const uint64_t *slots = set->slots.slots;
    for (size_t i = from; i < to; i++) {
        __builtin_prefetch(&set->values[(uint32_t)slots[i]]);
    }
    for (size_t i = from; i < to; i++) {
        if (slots[i] != 0) {
            put_spelling(set, set_class(set, (uint32_t)slots[i]), slots[i], (uint32_t)slots[i]);
        }
    }
}

/* What a spelling is of two values, stays the first one's. */
static void put_alias(struct set *set, uint32_t value, const struct alias *alias)
{
    struct str bytes = set_bytes(set, value);
    struct str phone = bytes;
    int64_t seconds = 0;
    bool is_phone = alias->class == NORMAL_PHONE && normal_number_as_phone(bytes, &phone);
    if (!is_phone) {
        (void)normal_number_as_time(bytes, &seconds);
        phone = (struct str){(const char *)&seconds, sizeof(seconds)};
    }
    if (set_find_hashed(set, alias->hash, alias->class, phone) == 0) {
        put_spelling(set, alias->class, alias->hash, value);
    }
}

static void put_aliases(struct set *set, uint32_t from, uint32_t to)
{
    struct alias aliases[FETCHED][2];
    size_t counts[FETCHED];
    for (uint32_t i = from; i < to; i++) {
        size_t count = counts[i - from] = aliases_of(set, i, aliases[i - from]);
        for (size_t a = 0; a < count; a++) {
            fetch_place(set, aliases[i - from][a].class, aliases[i - from][a].hash);
        }
    }
    for (uint32_t i = from; i < to; i++) {
        for (size_t a = 0; a < counts[i - from]; a++) {
            put_alias(set, i, &aliases[i - from][a]);
        }
    }
}

/* Filters, the finder, and the other spellings numbers are found under. */
static int make_findable(struct set *set, struct err *err)
{
    size_t counts[NORMAL_CLASSES] = {0};
    size_t all = 0;
    count_spellings(set, counts);
    for (int class = 0; class < NORMAL_CLASSES; class ++) {
        all += counts[class];
    }
    TRY(open_filters(set, counts, err));
    TRY(finder_open(&set->finder, all, err));
    for (size_t i = 0; i < set->slots.count; i += FETCHED) {
        put_values(set, i, i + FETCHED); /* their count is a power of two, and larger */
    }
    free(set->slots.slots);
    set->slots = (struct set_slots){0};
    for (uint32_t i = 1; i < set->value_count; i += FETCHED) {
        put_aliases(set, i, set->value_count - i < FETCHED ? set->value_count : i + FETCHED);
    }
    return 0;
}

/* A column of numbers may be one of times (roles.h). */
static void settle_epochs(struct set *set, size_t c)
{
    struct set_column *column = &set->columns[c];
    uint64_t epochs = 0;
    bool is_number = column->class == NORMAL_NUMBER || column->class == NORMAL_DECIMAL;
    for (size_t r = 0; is_number && r < set->row_count; r++) {
        int64_t seconds;
        uint32_t value = set_cell(set, r, c);
        enum normal_class class = value == 0 ? NORMAL_NONE : set_class(set, value);
        epochs += (class == NORMAL_NUMBER || class == NORMAL_DECIMAL) && set_seconds(set, value, &seconds) &&
                  roles_is_plausible(seconds);
    }
    column->is_epoch = roles_is_epoch(epochs, column->filled);
    if (column->is_epoch && name_time(column->name) != NAME_NOTHING) {
        column->class = NORMAL_TIME;
    }
}

/* What most cells of a column are; how many different ones there are. */
static int describe(struct set *set, struct err *err)
{
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
        settle_epochs(set, c);
        column->values = calloc(set->value_count / 64 + 1, sizeof(*column->values));
        if (column->values == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %u values", set->value_count);
        }
        for (size_t r = 0; r < set->row_count; r++) {
            uint32_t value = set_cell(set, r, c);
            column->values[value / 64] |= UINT64_C(1) << (value % 64);
        }
        column->values[0] &= ~UINT64_C(1); /* none */
        for (size_t i = 0; i <= set->value_count / 64; i++) {
            column->distinct += (uint64_t)__builtin_popcountll(column->values[i]);
        }
    }
    return 0;
}

static void loaders_close(struct loading *loading, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        normalizer_close(&loading->loaders[i].normalizer);
        buf_free(&loading->loaders[i].text);
    }
    free(loading->loaders);
    lock_end(&loading->lock);
}

static int loaders_open(struct loading *loading, struct sets *sets, unsigned workers, struct err *err)
{
    *sets = (struct sets){0};
    *loading = (struct loading){.sets = sets, .loaders = calloc(workers, sizeof(*loading->loaders))};
    if (loading->loaders == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u threads", workers);
    }
    lock_init(&loading->lock);
    for (unsigned i = 0; i < workers; i++) {
        loading->loaders[i].normalizer.wanted = NORMAL_ALL;
    }
    return 0;
}

static int finish(struct sets *sets, struct err *err)
{
    for (size_t i = 0; i < sets->count; i++) {
        TRY(make_findable(&sets->sets[i], err));
        TRY(describe(&sets->sets[i], err));
    }
    return 0;
}

int sets_load(struct sets *sets, const char *path, const char *encoding, unsigned workers, struct err *err)
{
    struct loading loading;
    workers = workers == 0 ? 1 : workers;
    TRY(loaders_open(&loading, sets, workers, err));
    struct table_sink sink = {.self = &loading, .workers = workers, .table = on_table, .rows = on_rows};
    struct table_options options = {encoding, input_database};
    int result = table_read_path(path, &options, &sink, &sets->report, err);
    loaders_close(&loading, workers);
    if (result == 0 && sets->count == 1) {
        sets->sets[0].ends_open = sets->report.ends_open;
    }
    return result == 0 ? finish(sets, err) : result;
}

int sets_of(struct sets *sets, const struct table_shape *shape, const struct str *cells, size_t rows, struct err *err)
{
    struct loading loading;
    bool wanted;
    TRY(loaders_open(&loading, sets, 1, err));
    int result = on_table(&loading, 0, shape, &wanted, err);
    for (size_t first = 0; result == 0 && first < rows; first += TABLE_BATCH_ROWS) {
        struct table_batch batch = {.first_row = first, .columns = shape->column_count};
        batch.rows = rows - first < TABLE_BATCH_ROWS ? rows - first : TABLE_BATCH_ROWS;
        batch.cells = cells + first * shape->column_count;
        result = on_rows(&loading, &batch, err);
    }
    loaders_close(&loading, 1);
    return result == 0 ? finish(sets, err) : result;
}

void sets_close(struct sets *sets)
{
    for (size_t i = 0; i < sets->count; i++) {
        set_close(&sets->sets[i]);
    }
    free(sets->sets);
    table_report_close(&sets->report);
    *sets = (struct sets){0};
}
