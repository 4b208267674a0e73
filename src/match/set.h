/* The rows that are asked about: the sample, or a background set, in memory. Every distinct value has a number; a row
 * is a list of numbers. The reference, however large, streams past and is looked up here.
 *
 *   "J@X.zz" ─ normal ─▶ (e-mail, "j@x.zz") ─ hash ─▶ value 17 ◀─ row 3, column 2
 *
 * A number that may also be a phone or an instant is found under those spellings too (an alias of the same value). */
#ifndef ASSAY_MATCH_SET_H
#define ASSAY_MATCH_SET_H

#include "base/arena.h"
#include "formats/table.h"
#include "match/finder.h"
#include "match/pack.h"

enum { SET_TABLES_MAX = 64, SET_NAME_BYTES_MAX = 256 };
#define SET_BYTES_MAX (UINT64_C(3) << 30)

struct set_column {
    struct str name;
    uint64_t by_class[NORMAL_CLASSES]; /* cells of each class; NORMAL_NONE: nulls */
    enum normal_class class;           /* of most cells that hold something */
    uint64_t filled;                   /* cells that hold something */
    uint64_t distinct;
    uint64_t *values; /* bits of the set's values: which are in the column */
    bool day_first;
    bool is_epoch; /* nine in ten are numbers that are instants of our time; of class time if the name says so too */
};

/* Hashes of one class, three bits each in one word of 64: surely not there, or perhaps (one in 25). Small enough for a
 * core's cache where the slots are not. */
struct set_filter {
    uint64_t *words; /* among the set's */
    unsigned shift;  /* of the hash to a word's index */
};

/* Values while more of them come: upper half of the hash << 32 | number of the value; 0 is empty. A slot's place is the
 * hash's top bits behind those of the shard. */
struct set_slots {
    uint64_t *slots;
    size_t count; /* a power of two */
    unsigned shift;
    size_t used;
};

/* The values whose hashes have the same top bits: shards grow, and are made findable, apart from each other. Value number n is
 * value n >> SET_SHARD_BITS of shard n % SET_SHARDS; of those with the lowest numbers and the highest some are none, with class
 * NORMAL_NONE and no bytes. Spellings lie packed (pack.h) in the shard's chunks, in the order of their numbers; of every second
 * one the place is known, the one behind it is reached by its size and is in no other chunk. (Runs of four take 4 MB less of a
 * million rows of five columns, and a twentieth more time.)
 *
 *   place = chunk << SET_CHUNK_BITS | offset ─▶ | value 2p | value 2p + 1 | */
enum { SET_SHARD_BITS = 4, SET_SHARDS = 1 << SET_SHARD_BITS, SET_CHUNK_BITS = 18, SET_RUN = 2 };

struct set_shard {
    uint32_t *places;     /* per run of SET_RUN values: the shard's own, after loading among the set's */
    uint32_t *own_places; /* NULL after loading */
    uint32_t count, room; /* values; runs there is room for */
    struct pack_affixes *affixes;
    char **chunks;
    size_t chunk_count, used, chunk_room; /* used, of chunk_room: of the last one */
    struct set_slots slots;               /* while it is loaded */
    struct finder finder; /* afterwards: of all spellings whose hash is of this shard, aliases too; among the set's */
    uint64_t hash_sum;    /* of its values' hashes, which does not depend on their order */
};

/* One table's rows. */
struct set {
    struct arena arena; /* names */
    struct str name;
    struct set_column *columns;
    size_t column_count;
    uint32_t *cells; /* row-major numbers of values */
    bool ends_open;  /* of the last row the last cell may be cut */
    size_t row_count, row_room;
    uint32_t value_count; /* numbers are below it; after loading */
    uint64_t byte_room;   /* of all chunks */
    struct set_shard shards[SET_SHARDS];
    uint32_t *places;       /* of all shards, after loading */
    uint8_t *tags;          /* of their finders */
    uint32_t *numbers;      /* of their finders */
    uint64_t hash_sum;      /* over the shards */
    uint64_t *filter_words; /* of all filters, one behind the other */
    struct set_filter filters[NORMAL_CLASSES];
    unsigned classes;  /* bits of the classes it holds, aliases too */
    bool is_forgotten; /* set_forget */
};

/* All tables of one file. */
struct sets {
    struct set *sets;
    size_t count;
    struct table_report report;
    uint64_t rows; /* over all tables */
};

/* Loads a sample or background set from a file or folder (formats/table.h), SQLite too, on up to `workers` threads (0: one). Which
 * value has which number may differ from run to run; nothing else does. encoding: NULL, or as it was ordered. err: IO,
 * FORMAT, LIMIT, USAGE. */
MUST_USE int sets_load(struct sets *sets, const char *path, const char *encoding, unsigned workers, struct err *err);
/* The same from one table's cells in memory, row after row. err: LIMIT. */
MUST_USE int sets_of(struct sets *sets, const struct table_shape *shape, const struct str *cells, size_t rows,
                     struct err *err);
void sets_close(struct sets *sets);
/* Gives back the memory of what finds values: from now on none may be looked for in the sets, but all are still there. */
void sets_forget(struct sets *sets);

/* Do these rows show that the days of this column come before its months? */
bool set_days_first(const struct table_batch *batch, size_t c);

/* For lookups by the batch: hash first, ask the filter, fetch the slots, and look closer only where one may hold the value. */
uint64_t set_hash(enum normal_class class, struct str bytes);
/* What of a hash places it within its shard: of the upper half what tells no shards apart. */
static inline uint64_t set_within(uint64_t hash)
{
    return (hash & UINT64_C(0xffffffff00000000)) << SET_SHARD_BITS;
}
static inline const struct finder *set_finder(const struct set *set, uint64_t hash)
{
    return &set->shards[hash >> (64 - SET_SHARD_BITS)].finder;
}
static inline uint64_t set_filter_bits(uint64_t whole)
{
    uint64_t hash = finder_mix(whole) >> 32;
    return UINT64_C(1) << (hash & 63) | UINT64_C(1) << (hash >> 6 & 63) | UINT64_C(1) << (hash >> 12 & 63);
}
/* False: surely not there. */
static inline bool set_may_hold(const struct set *set, enum normal_class class, uint64_t hash)
{
    const struct set_filter *filter = &set->filters[class];
    uint64_t bits = set_filter_bits(hash);
    return filter->words != NULL && (filter->words[hash >> filter->shift] & bits) == bits;
}
static inline __attribute__((always_inline)) void set_prefetch_filter(const struct set *set, enum normal_class class,
                                                                      uint64_t hash)
{
    const struct set_filter *filter = &set->filters[class];
    if (filter->words != NULL) {
        __builtin_prefetch(&filter->words[hash >> filter->shift]);
    }
}
static inline __attribute__((always_inline)) void set_prefetch(const struct set *set, uint64_t hash)
{
    finder_prefetch(set_finder(set, hash), set_within(hash));
}
/* Numbers that may be the hash's. */
static inline struct finder_walk set_walk(const struct set *set, uint64_t hash)
{
    return finder_find(set_finder(set, hash), set_within(hash));
}
/* Sends for where a value's run stands, and then for the run. */
static inline __attribute__((always_inline)) void set_prefetch_place(const struct set *set, uint32_t value)
{
    __builtin_prefetch(&set->shards[value % SET_SHARDS].places[(value >> SET_SHARD_BITS) / SET_RUN]);
}
static inline const char *set_run(const struct set_shard *shard, uint32_t number)
{
    uint32_t place = shard->places[number / SET_RUN];
    return shard->chunks[place >> SET_CHUNK_BITS] + place % (1U << SET_CHUNK_BITS);
}
static inline __attribute__((always_inline)) void set_prefetch_bytes(const struct set *set, uint32_t value)
{
    const char *run = set_run(&set->shards[value % SET_SHARDS], value >> SET_SHARD_BITS);
    __builtin_prefetch(run);
    __builtin_prefetch(run + 64);
    __builtin_prefetch(run + 128);
}
/* Is it this value, by its own spelling; by it or as a phone or an instant? The bytes are compared. */
bool set_is_own(const struct set *set, uint32_t value, enum normal_class class, struct str bytes);
bool set_is_value(const struct set *set, uint32_t value, enum normal_class class, struct str bytes);
/* Number of the value with this spelling and this hash (set_hash), 0 if it is not there. Finds aliases. The bytes are
 * compared, not only their hash. */
uint32_t set_find_hashed(const struct set *set, uint64_t hash, enum normal_class class, struct str bytes);
uint32_t set_find(const struct set *set, enum normal_class class, struct str bytes);
/* Its spelling, in room or in the set: it lives as long as both. */
struct str set_bytes(const struct set *set, uint32_t value, struct pack_room *room);
enum normal_class set_class(const struct set *set, uint32_t value);
/* Of a time or date, or of a number that may be one; false otherwise. */
bool set_seconds(const struct set *set, uint32_t value, int64_t *ret_seconds);

static inline uint32_t set_cell(const struct set *set, size_t row, size_t column)
{
    return set->cells[row * set->column_count + column];
}

#endif
