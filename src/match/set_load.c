/* Loading: cells are spelled by several threads at once, and then put into the shards that their hashes belong to, one shard
 * after the other under its lock. Each thread begins with another shard, so that they are seldom at the same. */
#include <malloc.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/str.h"
#include "base/wide.h"
#include "match/set_index.h"
#include "normal/normal_quick.h"
#include "sources/input.h"

#include "base/banned.h"

enum {
    RUNS_START = 16,
    SLOTS_START_BITS = 7,
    CHUNK_BYTES = 1 << SET_CHUNK_BITS,
    CHUNK_START_BYTES = 1 << 12,
    CHUNKS_MAX = 1 << (32 - SET_CHUNK_BITS),
    ROWS_START = 1024,
    SPELLED_MAX = 8 * TABLE_BATCH_ROWS, /* cells that go into the shards together */
    FETCHED = 64                        /* so few that what was sent for is still there */
};

#define TAG UINT64_C(0xffffffff00000000)

/* ---- A shard ---- */

static void put_slot(struct set_slots *slots, uint64_t slot)
{
    size_t at = set_within(slot) >> slots->shift;
    while (slots->slots[at] != 0) {
        at = (at + 1) & (slots->count - 1);
    }
    slots->slots[at] = slot;
}

/* A slot's tag holds the bits that place it, so growing looks at nothing else. */
static int grow_slots(struct set_shard *shard, struct err *err)
{
    struct set_slots before = shard->slots;
    uint64_t *slots = wide_alloc(before.count * 2 * sizeof(*slots));
    if (slots == NULL) {
        return err_no_memory(err);
    }
    shard->slots.slots = slots;
    shard->slots.count *= 2;
    shard->slots.shift--;
    for (size_t i = 0; i < before.count; i++) {
        if (before.slots[i] != 0) {
            put_slot(&shard->slots, before.slots[i]);
        }
    }
    free(before.slots);
    return 0;
}

static int take_bytes(struct set *set, size_t count, struct err *err)
{
    uint64_t all = __atomic_add_fetch(&set->byte_room, count, __ATOMIC_RELAXED);
    return all <= SET_BYTES_MAX
               ? 0
               : err_set(err, ERR_LIMIT, "the sample's values take more than %zu bytes", (size_t)(all - count));
}

/* The last chunk, which holds one run alone. */
static int grow_chunk(struct set *set, struct set_shard *shard, size_t room, struct err *err)
{
    TRY(take_bytes(set, room - shard->chunk_room, err));
    char *chunk = realloc(shard->chunks[shard->chunk_count - 1], room);
    if (chunk == NULL) {
        return err_no_memory(err);
    }
    shard->chunks[shard->chunk_count - 1] = chunk;
    shard->chunk_room = room;
    return 0;
}

/* Chunks are small at first, as most tables are. A spelling that is longer than one has its own. */
static int add_chunk(struct set *set, struct set_shard *shard, size_t needed, struct err *err)
{
    size_t room = CHUNK_START_BYTES;
    for (size_t i = 0; i < shard->chunk_count && room < CHUNK_BYTES; i++) {
        room *= 4;
    }
    room = room < needed ? needed : room;
    TRY(take_bytes(set, room, err));
    if (shard->chunk_count == CHUNKS_MAX) {
        return err_set(err, ERR_LIMIT, "the sample's values take more than %d blocks of memory", CHUNKS_MAX);
    }
    char **chunks = realloc(shard->chunks, (shard->chunk_count + 1) * sizeof(*chunks));
    if (chunks == NULL) {
        return err_no_memory(err);
    }
    shard->chunks = chunks;
    chunks[shard->chunk_count] = malloc(room);
    if (chunks[shard->chunk_count] == NULL) {
        return err_no_memory(err);
    }
    shard->chunk_count++;
    shard->chunk_room = room;
    shard->used = 0;
    return 0;
}

static int make_places(struct set_shard *shard, uint32_t room, struct err *err)
{
    uint32_t *places = realloc(shard->own_places, room * sizeof(*places));
    if (places == NULL) {
        return err_no_memory(err);
    }
    shard->places = shard->own_places = places;
    shard->room = room;
    return 0;
}

/* Room for so many bytes behind the last value's, in the chunk that its run is in: if they do not fit there, the run moves. */
static int make_bytes(struct set *set, struct set_shard *shard, size_t needed, struct err *err)
{
    if (shard->chunk_room - shard->used >= needed) {
        return 0;
    }
    if (shard->count % SET_RUN == 0) {
        return add_chunk(set, shard, needed, err);
    }
    uint32_t *place = &shard->places[shard->count / SET_RUN];
    size_t from = *place % (1U << SET_CHUNK_BITS);
    size_t len = shard->used - from;
    if (from == 0) { /* alone in its chunk: long spellings */
        return grow_chunk(set, shard, len + needed, err);
    }
    const char *begun = shard->chunks[shard->chunk_count - 1] + from;
    TRY(add_chunk(set, shard, len + needed, err));
    memcpy(shard->chunks[shard->chunk_count - 1], begun, len);
    *place = (uint32_t)((shard->chunk_count - 1) << SET_CHUNK_BITS);
    shard->used = len;
    return 0;
}

/* Number of the value within the shard. */
static int add_value(struct set *set, struct set_shard *shard, enum normal_class class, struct str bytes,
                     uint32_t *ret_number, struct err *err)
{
    uint32_t run = shard->count / SET_RUN;
    if (shard->count >= UINT32_MAX >> (SET_SHARD_BITS + 1)) {
        return err_set(err, ERR_LIMIT, "more than %u values in one sample", shard->count * SET_SHARDS);
    }
    if (run == shard->room) {
        TRY(make_places(shard, shard->room + shard->room / 4 + RUNS_START, err));
    }
    TRY(make_bytes(set, shard, bytes.len + PACK_HEAD_MAX, err));
    if (shard->count % SET_RUN == 0) {
        shard->places[run] = (uint32_t)((shard->chunk_count - 1) << SET_CHUNK_BITS | shard->used);
    }
    shard->used += pack_put(shard->chunks[shard->chunk_count - 1] + shard->used, shard->affixes, class, bytes);
    *ret_number = shard->count++;
    return 0;
}

/* The first is none, so that no value has number 0. */
static int shard_open(struct set *set, struct set_shard *shard, struct err *err)
{
    uint32_t none;
    shard->slots.count = (size_t)1 << SLOTS_START_BITS;
    shard->slots.shift = 64 - SLOTS_START_BITS;
    shard->slots.slots = calloc(shard->slots.count, sizeof(uint64_t));
    shard->affixes = calloc(1, sizeof(*shard->affixes));
    return shard->slots.slots == NULL || shard->affixes == NULL
               ? err_no_memory(err)
               : add_value(set, shard, NORMAL_NONE, STR(""), &none, err);
}

static void shard_close(struct set_shard *shard)
{
    for (size_t i = 0; i < shard->chunk_count; i++) {
        free(shard->chunks[i]);
    }
    free(shard->chunks);
    free(shard->own_places);
    free(shard->affixes);
    free(shard->slots.slots);
}

/* Of the values so far; 0: none is it. No value has an alias yet. */
static uint32_t find_loaded(const struct set *set, const struct set_slots *slots, uint64_t hash,
                            enum normal_class class, struct str bytes)
{
    size_t at = set_within(hash) >> slots->shift;
    for (; slots->slots[at] != 0; at = (at + 1) & (slots->count - 1)) {
        uint64_t slot = slots->slots[at];
        if (((slot ^ hash) & TAG) == 0 && set_is_own(set, (uint32_t)slot, class, bytes)) {
            return (uint32_t)slot;
        }
    }
    return 0;
}

/* Number of the value, added if it is new. */
static int number_of(struct set *set, uint64_t hash, enum normal_class class, struct str bytes, uint32_t *ret_number,
                     struct err *err)
{
    size_t s = hash >> (64 - SET_SHARD_BITS);
    struct set_shard *shard = &set->shards[s];
    uint32_t number;
    *ret_number = find_loaded(set, &shard->slots, hash, class, bytes);
    if (*ret_number != 0) {
        return 0;
    }
    if (shard->slots.used * 4 >= shard->slots.count * 3) {
        TRY(grow_slots(shard, err));
    }
    TRY(add_value(set, shard, class, bytes, &number, err));
    *ret_number = number << SET_SHARD_BITS | (uint32_t)s;
    put_slot(&shard->slots, (hash & TAG) | *ret_number);
    shard->slots.used++;
    shard->hash_sum += hash;
    return 0;
}

/* ---- A table ---- */

static int set_open(struct set *set, const struct table_shape *shape, struct err *err)
{
    arena_init(&set->arena, 0);
    set->columns = ARENA_NEW(&set->arena, struct set_column, shape->column_count, err);
    set->name = arena_str(&set->arena, str_slice(shape->name, 0, SET_NAME_BYTES_MAX), err);
    if (set->columns == NULL || set->name.data == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a table of %zu columns", shape->column_count);
    }
    for (size_t i = 0; i < shape->column_count; i++) {
        set->columns[i].name = arena_str(&set->arena, str_slice(shape->columns[i], 0, SET_NAME_BYTES_MAX), err);
        if (set->columns[i].name.data == NULL) {
            return -1;
        }
    }
    set->column_count = shape->column_count;
    for (size_t i = 0; i < SET_SHARDS; i++) {
        TRY(shard_open(set, &set->shards[i], err));
    }
    return 0;
}

static void set_close(struct set *set)
{
    for (size_t c = 0; c < set->column_count; c++) {
        free(set->columns[c].values);
    }
    arena_clear(&set->arena);
    free(set->cells);
    for (size_t i = 0; i < SET_SHARDS; i++) {
        shard_close(&set->shards[i]);
    }
    free(set->places);
    free(set->tags);
    free(set->numbers);
    free(set->filter_words);
}

/* ---- Loading ---- */

/* A cell as its worker made it: what is left to do needs the shard for itself. */
struct spelled {
    uint64_t hash;
    uint32_t offset, len; /* in the worker's text */
    uint32_t at;          /* where its number goes */
    enum normal_class class;
};

struct loader {
    struct normalizer normalizer;
    struct buf text;
    struct spelled cells[SPELLED_MAX];
    uint16_t order[SPELLED_MAX]; /* of the cells: by shard */
    size_t count;
    uint32_t *numbers;                    /* of a batch's values, row after row */
    uint64_t (*by_class)[NORMAL_CLASSES]; /* of its columns */
    size_t number_room, column_room;
};

struct shard_lock {
    _Alignas(64) struct lock lock; /* or threads at one would wait for the other's memory */
};

struct loading {
    struct sets *sets;
    struct loader *loaders; /* one per worker */
    struct lock lock;       /* of the sets' rows and columns */
    struct shard_lock shards[SET_SHARDS];
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

/* Most cells are their own spelling, or an instant. */
static inline void spell(struct normalizer *normalizer, struct str cell, struct normal *ret_normal)
{
    enum normal_class class = normal_quick(cell, NORMAL_ALL, &normalizer->seconds);
    if (class == NORMAL_CLASSES) {
        normal_value(normalizer, cell, ret_normal);
        return;
    }
    struct str instant = {(const char *)&normalizer->seconds, sizeof(normalizer->seconds)};
    *ret_normal = (struct normal){.class = class, .bytes = normal_is_instant(class) ? instant : cell};
}

static int spell_column(struct loader *loader, const struct table_batch *batch, size_t c, bool day_first,
                        struct err *err)
{
    uint64_t *by_class = loader->by_class[c];
    loader->normalizer.day_first = day_first;
    memset(by_class, 0, sizeof(loader->by_class[c]));
    for (size_t r = 0; r < batch->rows; r++) {
        struct normal normal;
        spell(&loader->normalizer, batch->cells[r * batch->columns + c], &normal);
        struct spelled *cell = &loader->cells[loader->count++];
        *cell = (struct spelled){.offset = (uint32_t)loader->text.len, .len = (uint32_t)normal.bytes.len};
        cell->at = (uint32_t)(r * batch->columns + c);
        cell->class = normal.class;
        by_class[normal.class]++;
        if (normal.class != NORMAL_NONE) {
            cell->hash = set_hash(normal.class, normal.bytes);
            buf_put(&loader->text, normal.bytes);
        }
    }
    TRY(buf_check(&loader->normalizer.scratch, err));
    return buf_check(&loader->text, err);
}

/* Cells [from, to) of the order, all of one shard. */
static int add_cells(struct set *set, const struct loader *loader, size_t from, size_t to, struct err *err)
{
    for (size_t i = from; i < to; i++) {
        uint64_t hash = loader->cells[loader->order[i]].hash;
        const struct set_slots *slots = &set->shards[hash >> (64 - SET_SHARD_BITS)].slots;
        __builtin_prefetch(&slots->slots[set_within(hash) >> slots->shift], 1);
    }
    for (size_t i = from; i < to; i++) {
        const struct spelled *cell = &loader->cells[loader->order[i]];
        struct str bytes = {loader->text.data + cell->offset, cell->len};
        TRY(number_of(set, cell->hash, cell->class, bytes, &loader->numbers[cell->at], err));
    }
    return 0;
}

/* The order of the cells by shard, nulls left out; ends: behind the last of each shard. */
static void order_cells(struct loader *loader, size_t ends[static SET_SHARDS])
{
    size_t starts[SET_SHARDS] = {0};
    for (size_t i = 0; i < loader->count; i++) {
        const struct spelled *cell = &loader->cells[i];
        starts[cell->hash >> (64 - SET_SHARD_BITS)] += cell->class != NORMAL_NONE;
    }
    size_t before = 0;
    for (size_t s = 0; s < SET_SHARDS; s++) {
        size_t count = starts[s];
        ends[s] = before;
        before += count;
    }
    for (size_t i = 0; i < loader->count; i++) {
        const struct spelled *cell = &loader->cells[i];
        if (cell->class != NORMAL_NONE) {
            loader->order[ends[cell->hash >> (64 - SET_SHARD_BITS)]++] = (uint16_t)i;
        } else {
            loader->numbers[cell->at] = 0;
        }
    }
}

/* The spelled cells into the shards. */
static int add_spelled(struct loading *loading, struct loader *loader, struct set *set, unsigned worker,
                       struct err *err)
{
    size_t ends[SET_SHARDS];
    int result = 0;
    order_cells(loader, ends);
    for (size_t i = 0; i < SET_SHARDS && result == 0; i++) {
        size_t s = (i + (size_t)worker * (SET_SHARDS / 2 - 1)) % SET_SHARDS;
        size_t from = s == 0 ? 0 : ends[s - 1];
        lock_take(&loading->shards[s].lock);
        for (; from < ends[s] && result == 0; from += FETCHED) {
            result = add_cells(set, loader, from, ends[s] - from < FETCHED ? ends[s] : from + FETCHED, err);
        }
        lock_give(&loading->shards[s].lock);
    }
    loader->count = 0;
    buf_reset(&loader->text);
    return result;
}

static int make_numbers(struct loader *loader, const struct table_batch *batch, struct err *err)
{
    size_t needed = batch->rows * batch->columns;
    if (needed > loader->number_room || batch->columns > loader->column_room) {
        free(loader->numbers);
        free(loader->by_class);
        loader->numbers = calloc(needed, sizeof(*loader->numbers));
        loader->by_class = calloc(batch->columns, sizeof(*loader->by_class));
        bool good = loader->numbers != NULL && loader->by_class != NULL;
        loader->number_room = good ? needed : 0;
        loader->column_room = good ? batch->columns : 0;
    }
    return loader->number_room >= needed ? 0 : err_no_memory(err);
}

/* What each column's cells are, added up; the rows, at their place. */
static int keep_rows(struct set *set, const struct loader *loader, const struct table_batch *batch, struct err *err)
{
    TRY(make_rows(set, (size_t)batch->first_row + batch->rows, err));
    memcpy(&set->cells[(size_t)batch->first_row * set->column_count], loader->numbers,
           batch->rows * set->column_count * sizeof(*loader->numbers));
    for (size_t c = 0; c < batch->columns; c++) {
        for (int class = 0; class < NORMAL_CLASSES; class ++) {
            set->columns[c].by_class[class] += loader->by_class[c][class];
        }
    }
    set->row_count += batch->rows;
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
    TRY(make_numbers(loader, batch, err));
    loader->count = 0;
    buf_reset(&loader->text);
    for (size_t c = 0; c < batch->columns; c++) {
        TRY(spell_column(loader, batch, c, set->columns[c].day_first, err));
        if (SPELLED_MAX - loader->count < batch->rows || c + 1 == batch->columns) {
            TRY(add_spelled(loading, loader, set, batch->worker, err));
        }
    }
    lock_take(&loading->lock);
    int result = keep_rows(set, loader, batch, err);
    loading->sets->rows += result == 0 ? batch->rows : 0;
    lock_give(&loading->lock);
    return result;
}

static void loaders_close(struct loading *loading, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        normalizer_close(&loading->loaders[i].normalizer);
        buf_free(&loading->loaders[i].text);
        free(loading->loaders[i].numbers);
        free(loading->loaders[i].by_class);
    }
    free(loading->loaders);
    lock_end(&loading->lock);
    for (size_t i = 0; i < SET_SHARDS; i++) {
        lock_end(&loading->shards[i].lock);
    }
}

static int loaders_open(struct loading *loading, struct sets *sets, unsigned workers, struct err *err)
{
    *sets = (struct sets){0};
    *loading = (struct loading){.sets = sets, .loaders = calloc(workers, sizeof(*loading->loaders))};
    if (loading->loaders == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u threads", workers);
    }
    lock_init(&loading->lock);
    for (size_t i = 0; i < SET_SHARDS; i++) {
        lock_init(&loading->shards[i].lock);
    }
    for (unsigned i = 0; i < workers; i++) {
        loading->loaders[i].normalizer.wanted = NORMAL_ALL;
    }
    return 0;
}

static int finish(struct sets *sets, unsigned workers, struct err *err)
{
    for (size_t i = 0; i < sets->count; i++) {
        TRY(set_index(&sets->sets[i], workers, err));
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
    return result == 0 ? finish(sets, workers, err) : result;
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
    return result == 0 ? finish(sets, 1, err) : result;
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

void sets_forget(struct sets *sets)
{
    for (size_t i = 0; i < sets->count; i++) {
        struct set *set = &sets->sets[i];
        set->is_forgotten = true;
        free(set->filter_words);
        set->filter_words = NULL;
        memset(set->filters, 0, sizeof(set->filters));
        free(set->tags);
        free(set->numbers);
        set->tags = NULL;
        set->numbers = NULL;
        for (size_t s = 0; s < SET_SHARDS; s++) {
            set->shards[s].finder = (struct finder){0};
        }
    }
    (void)malloc_trim(0); /* they lie among others: what is free between those is given back too */
}
