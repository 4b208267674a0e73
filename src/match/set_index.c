/* Filters, finders, and what each column is, by several threads without a lock: whatever is made of a shard's hashes is one thread's,
 * and of the filters, whose places ascend by hash, each shard has its own stretch.
 *
 *   values of shard 0..15 ─▶ their other spellings, by shard of the hash ─▶ filters and finder of shard 0..15 */
#include <stdlib.h>

#include "base/pool.h"
#include "base/wide.h"
#include "match/names.h"
#include "match/roles.h"
#include "match/set_index.h"

#include "base/banned.h"

enum {
    FILTER_WORD_VALUES = 8,
    FETCHED = 64,           /* so few that what was sent for is still there */
    SHARED_VALUES = 1 << 15 /* fewer are indexed before another thread is there */
};

/* A spelling to be put: a value's own, or another one. */
struct spelled {
    uint32_t upper; /* half of its hash: all that places it */
    uint32_t value;
    uint8_t class;
};

struct spelled_list {
    struct spelled *list;
    size_t count, room;
};

struct part {
    size_t counts[NORMAL_CLASSES];           /* of the shard's values: spellings, others too */
    struct spelled_list aliases[SET_SHARDS]; /* of these values, by shard of the hash */
    unsigned classes;                        /* of what was put in the shard */
};

struct indexing {
    struct set *set;
    struct part parts[SET_SHARDS];
};

static int push(struct spelled_list *list, struct spelled spelled, struct err *err)
{
    if (list->count == list->room) {
        size_t room = list->room + list->room / 2 + 64;
        struct spelled *all = realloc(list->list, room * sizeof(*all));
        if (all == NULL) {
            return err_no_memory(err);
        }
        list->list = all;
        list->room = room;
    }
    list->list[list->count++] = spelled;
    return 0;
}

/* ---- Other spellings ---- */

struct alias {
    uint64_t hash;
    enum normal_class class;
};

/* A number of phone's length may be a phone without its marks; one of an instant's size an instant. */
static size_t aliases_of(const struct set *set, uint32_t value, struct alias aliases[static 2])
{
    struct str phone;
    struct pack_room room;
    int64_t seconds;
    size_t count = 0;
    enum normal_class own = set_class(set, value);
    if (own != NORMAL_NUMBER && own != NORMAL_DECIMAL) {
        return 0;
    }
    if (own == NORMAL_NUMBER && normal_number_as_phone(set_bytes(set, value, &room), &phone)) {
        aliases[count++] = (struct alias){set_hash(NORMAL_PHONE, phone), NORMAL_PHONE};
    }
    if (normal_number_as_time(set_bytes(set, value, &room), &seconds)) {
        enum normal_class class = seconds % 86400 == 0 ? NORMAL_DATE : NORMAL_TIME;
        aliases[count++] =
            (struct alias){set_hash(class, (struct str){(const char *)&seconds, sizeof(seconds)}), class};
    }
    return count;
}

/* Runs of the shard with the most values. */
static size_t runs_of(const struct set *set)
{
    return set->value_count / SET_SHARDS / SET_RUN + 1;
}

static void take_places(struct set *set, size_t number)
{
    struct set_shard *shard = &set->shards[number];
    uint32_t *places = set->places + number * runs_of(set);
    memcpy(places, shard->own_places, (shard->count + SET_RUN - 1) / SET_RUN * sizeof(*places));
    free(shard->own_places);
    shard->own_places = NULL;
    shard->places = places;
}

/* How many spellings of each class the shard's values have; the other ones, by shard. */
static int collect(void *self, size_t number, struct err *err)
{
    struct indexing *indexing = self;
    struct set *set = indexing->set;
    struct part *part = &indexing->parts[number];
    take_places(set, number);
    const struct set_shard *shard = &set->shards[number];
    const char *at = set_run(shard, 0);
    for (uint32_t i = 1; i < shard->count; i++) {
        struct alias aliases[2];
        uint32_t value = i << SET_SHARD_BITS | (uint32_t)number;
        at = i % SET_RUN == 0 ? set_run(shard, i) : at + pack_size(at);
        enum normal_class class = pack_class(at);
        bool is_number = class == NORMAL_NUMBER || class == NORMAL_DECIMAL;
        part->counts[class]++;
        for (size_t a = is_number ? aliases_of(set, value, aliases) : 0; a > 0; a--) {
            const struct alias *alias = &aliases[a - 1];
            struct spelled spelled = {(uint32_t)(alias->hash >> 32), value, (uint8_t)alias->class};
            part->counts[alias->class]++;
            TRY(push(&part->aliases[alias->hash >> (64 - SET_SHARD_BITS)], spelled, err));
        }
    }
    return 0;
}

/* ---- Putting ---- */

/* A filter has a word for each shard at least. */
static int open_filters(struct set *set, const size_t counts[static NORMAL_CLASSES], struct err *err)
{
    size_t words = 0;
    for (int class = NORMAL_EMAIL; class < NORMAL_CLASSES; class ++) {
        unsigned bits = SET_SHARD_BITS;
        while (((size_t)FILTER_WORD_VALUES << bits) < counts[class]) {
            bits++;
        }
        set->filters[class].shift = 64 - bits;
        words += counts[class] == 0 ? 0 : (size_t)1 << bits;
    }
    uint64_t *next = set->filter_words = wide_alloc(words * sizeof(*next));
    if (next == NULL) {
        return err_no_memory(err);
    }
    for (int class = NORMAL_EMAIL; class < NORMAL_CLASSES; class ++) {
        set->filters[class].words = counts[class] == 0 ? NULL : next;
        next += counts[class] == 0 ? 0 : (size_t)1 << (64 - set->filters[class].shift);
    }
    return 0;
}

static uint64_t hash_of(const struct spelled *spelled)
{
    return (uint64_t)spelled->upper << 32;
}

static inline __attribute__((always_inline)) void fetch_place(const struct set *set, const struct spelled *spelled)
{
    const struct set_filter *filter = &set->filters[spelled->class];
    __builtin_prefetch(&filter->words[hash_of(spelled) >> filter->shift], 1);
    set_prefetch(set, hash_of(spelled));
}

static void put(struct set *set, size_t number, struct part *part, const struct spelled *spelled)
{
    struct set_filter *filter = &set->filters[spelled->class];
    filter->words[hash_of(spelled) >> filter->shift] |= set_filter_bits(hash_of(spelled));
    finder_put(&set->shards[number].finder, set_within(hash_of(spelled)), spelled->value);
    part->classes |= 1U << spelled->class;
}

/* What a spelling is of two values, stays the first one's. */
static void put_alias(struct set *set, size_t number, struct part *part, const struct spelled *spelled)
{
    struct finder_walk walk = set_walk(set, hash_of(spelled));
    if (finder_next(&walk) == NULL) { /* most: their bytes are not needed */
        put(set, number, part, spelled);
        return;
    }
    struct pack_room room;
    struct str bytes = set_bytes(set, spelled->value, &room);
    struct str spelling = bytes;
    int64_t seconds = 0;
    if (spelled->class == NORMAL_PHONE) {
        (void)normal_number_as_phone(bytes, &spelling);
    } else {
        (void)normal_number_as_time(bytes, &seconds);
        spelling = (struct str){(const char *)&seconds, sizeof(seconds)};
    }
    if (set_find_hashed(set, hash_of(spelled), (enum normal_class)spelled->class, spelling) == 0) {
        put(set, number, part, spelled);
    }
}

/* The slots ascend by hash, as do the places, so one memory is gone through behind the other. */
static void put_values(struct set *set, size_t number, struct part *part)
{
    struct set_slots *slots = &set->shards[number].slots;
    for (size_t from = 0; from < slots->count; from += FETCHED) { /* their count is a power of two, and larger */
        struct spelled some[FETCHED];
        size_t count = 0;
        for (size_t i = from; i < from + FETCHED; i++) {
            some[count] =
                (struct spelled){.upper = (uint32_t)(slots->slots[i] >> 32), .value = (uint32_t)slots->slots[i]};
            count += slots->slots[i] != 0;
        }
        for (size_t i = 0; i < count; i++) {
            set_prefetch_place(set, some[i].value);
        }
        for (size_t i = 0; i < count; i++) {
            set_prefetch_bytes(set, some[i].value);
        }
        for (size_t i = 0; i < count; i++) {
            some[i].class = (uint8_t)set_class(set, some[i].value);
            put(set, number, part, &some[i]);
        }
    }
    free(slots->slots);
    *slots = (struct set_slots){0};
}

/* Finders of all shards, one behind the other. */
static int open_finders(struct indexing *indexing, struct err *err)
{
    struct set *set = indexing->set;
    size_t groups = 0;
    for (size_t i = 0; i < SET_SHARDS; i++) {
        size_t count = set->shards[i].count - 1;
        for (size_t s = 0; s < SET_SHARDS; s++) {
            count += indexing->parts[s].aliases[i].count;
        }
        set->shards[i].finder.groups = finder_groups(count);
        groups += finder_groups(count);
    }
    set->tags = wide_alloc(groups * FINDER_GROUP);
    set->numbers = wide_room(groups * FINDER_GROUP * sizeof(*set->numbers)); /* read where a tag stands only */
    if (set->tags == NULL || set->numbers == NULL) {
        return err_no_memory(err);
    }
    groups = 0;
    for (size_t i = 0; i < SET_SHARDS; i++) {
        set->shards[i].finder.tags = set->tags + groups * FINDER_GROUP;
        set->shards[i].finder.numbers = set->numbers + groups * FINDER_GROUP;
        groups += set->shards[i].finder.groups;
    }
    return 0;
}

/* A value's own spelling comes before what it is of another. */
static int put_shard(void *self, size_t number, struct err *err)
{
    struct indexing *indexing = self;
    struct set *set = indexing->set;
    struct part *part = &indexing->parts[number];
    (void)err;
    put_values(set, number, part);
    for (size_t s = 0; s < SET_SHARDS; s++) {
        const struct spelled_list *aliases = &indexing->parts[s].aliases[number];
        for (size_t i = 0; i < aliases->count; i++) {
            if (i + FETCHED < aliases->count) {
                fetch_place(set, &aliases->list[i + FETCHED]);
            }
            put_alias(set, number, part, &aliases->list[i]);
        }
    }
    return 0;
}

static int make_findable(struct indexing *indexing, unsigned workers, struct err *err)
{
    struct set *set = indexing->set;
    size_t counts[NORMAL_CLASSES] = {0};
    set->places = wide_room(SET_SHARDS * runs_of(set) * sizeof(*set->places));
    if (set->places == NULL) {
        return err_no_memory(err);
    }
    TRY(pool_share(workers, SET_SHARDS, collect, indexing, err));
    for (int class = NORMAL_EMAIL; class < NORMAL_CLASSES; class ++) {
        for (size_t i = 0; i < SET_SHARDS; i++) {
            counts[class] += indexing->parts[i].counts[class];
        }
    }
    TRY(open_filters(set, counts, err));
    TRY(open_finders(indexing, err));
    TRY(pool_share(workers, SET_SHARDS, put_shard, indexing, err));
    for (size_t i = 0; i < SET_SHARDS; i++) {
        set->classes |= indexing->parts[i].classes;
        set->hash_sum += set->shards[i].hash_sum;
    }
    return 0;
}

/* ---- Columns ---- */

/* A column of numbers may be one of times (roles.h). */
static void settle_epochs(const struct set *set, size_t c)
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
static int describe(void *self, size_t c, struct err *err)
{
    const struct set *set = ((const struct indexing *)self)->set;
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
        return err_no_memory(err);
    }
    for (size_t r = 0; r < set->row_count; r++) {
        uint32_t value = set_cell(set, r, c);
        column->values[value / 64] |= UINT64_C(1) << (value % 64);
    }
    column->values[0] &= ~UINT64_C(1); /* none */
    for (size_t i = 0; i <= set->value_count / 64; i++) {
        column->distinct += (uint64_t)__builtin_popcountll(column->values[i]);
    }
    return 0;
}

/* ---- All of it ---- */

static uint32_t numbers_of(const struct set *set)
{
    uint32_t most = 0;
    for (size_t i = 0; i < SET_SHARDS; i++) {
        most = set->shards[i].count > most ? set->shards[i].count : most;
    }
    return most * SET_SHARDS;
}

static void indexing_close(struct indexing *indexing)
{
    for (size_t i = 0; i < SET_SHARDS; i++) {
        for (size_t k = 0; k < SET_SHARDS; k++) {
            free(indexing->parts[i].aliases[k].list);
        }
    }
}

int set_index(struct set *set, unsigned workers, struct err *err)
{
    struct indexing indexing = {.set = set};
    set->value_count = numbers_of(set);
    workers = set->value_count < SHARED_VALUES ? 1 : workers;
    int result = make_findable(&indexing, workers, err);
    indexing_close(&indexing);
    return result == 0 ? pool_share(workers, set->column_count, describe, &indexing, err) : result;
}
