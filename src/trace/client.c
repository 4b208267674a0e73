/* Clients: an address as a key, and a count for each.
 *
 * Nearly all are IPv4, so those have a table of their own with 16 bytes a slot; a slot is empty while its
 * count is 0. Linear probing, at most 3/4 full; the slot is the top bits of (key * odd random number), so
 * forged addresses cannot be aimed at one slot. At a million clients nearly every look-up misses the
 * caches: keys come in batches and are prefetched, so that the misses overlap, and a large table asks for large
 * pages, so that a miss is one and not two, and a thread does not wait for the other's page faults.
 *
 * All tables of a run have the same salt, so the same address lies at about the same share of each: growing one, or
 * comparing two, goes through memory in order. Comparing is cut by slots into parts for as many threads as there
 * are. */
#include <stdlib.h>
#include <sys/mman.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/own.h"
#include "base/pool.h"
#include "base/str.h"
#include "trace/inside.h"
#include "trace/keep.h"

#include "base/banned.h"

struct client_v4 {
    uint32_t address;
    uint32_t requests;
    uint64_t stretches;
};

struct client_wide {
    struct client_key key;
    uint64_t stretches;
    uint32_t requests;
};

#define LARGE_PAGE ((size_t)2 << 20)
enum { PART_SLOTS = 1 << 17 }; /* compared by one thread at a time */

#define V4_LOW UINT64_C(0xffff00000000)
#define NAME_TAG UINT64_C(0xfeed000000000000) /* fec0::/10, which was never routed and is gone */

static bool is_v4(struct client_key key)
{
    return key.hi == 0 && key.lo >> 32 == 0xffff;
}

/* Dotted quad, strict: four numbers to 255, nothing else. */
static bool read_v4_slowly(struct str text, uint32_t *ret_address)
{
    if (text.len < 7 || text.len > 15) {
        return false;
    }
    uint32_t address = 0, number = 0, digits = 0, dots = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint32_t digit = (uint32_t)(unsigned char)text.data[i] - '0';
        if (digit <= 9) {
            number = number * 10 + digit;
            digits++;
        } else if (text.data[i] == '.' && digits >= 1 && digits <= 3 && number <= 255) {
            address = address << 8 | number;
            number = digits = 0;
            dots++;
        } else {
            return false;
        }
    }
    *ret_address = address << 8 | number;
    return dots == 3 && digits >= 1 && digits <= 3 && number <= 255;
}

#ifdef __SSE2__
/* One number of an address: its digits are the last ones of word. Above 255 if it is none. */
static inline uint32_t read_octet(uint32_t word, unsigned digits)
{
    word = (word ^ UINT32_C(0x30303030)) & UINT32_MAX << (8 * (4 - digits));
    uint32_t is_foreign = ((word + UINT32_C(0x76767676)) | word) & UINT32_C(0x80808080);
    return (word >> 24) + (word >> 16 & 255) * 10 + (word >> 8 & 255) * 100 + is_foreign;
}

static inline uint32_t four_at(const char *at)
{
    uint32_t word;
    memcpy(&word, at, 4);
    return word;
}

/* The same without a loop over bytes: the dots as a mask, each number from the four bytes before its end. Those of the
 * first two, which may begin before the text does, are shifted out of its first eight. */
static inline bool read_v4(struct str text, uint32_t *ret_address)
{
    if (text.len < 8 || text.len > 15) {
        return read_v4_slowly(text, ret_address);
    }
    uint64_t low, high;
    memcpy(&low, text.data, 8);
    memcpy(&high, text.data + text.len - 8, 8);
    high = text.len == 8 ? 0 : high >> (8 * (16 - text.len));
    __m128i bytes = _mm_set_epi64x((long long)high, (long long)low);
    unsigned dots = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')));
    unsigned second_on = dots & (dots - 1), third_on = second_on & (second_on - 1);
    if (third_on == 0 || (third_on & (third_on - 1)) != 0) {
        return false;
    }
    unsigned a = (unsigned)__builtin_ctz(dots), b = (unsigned)__builtin_ctz(second_on);
    unsigned c = (unsigned)__builtin_ctz(third_on), end = (unsigned)text.len;
    if (a - 1 > 2 || b - a - 2 > 2 || c - b - 2 > 2 || end - c - 2 > 2) {
        return false;
    }
    uint32_t first = read_octet((uint32_t)(low << (32 - 8 * a)), a);
    uint32_t second = read_octet((uint32_t)(low << (64 - 8 * b) >> 32), b - a - 1);
    uint32_t third = read_octet(four_at(text.data + c - 4), c - b - 1);
    uint32_t fourth = read_octet(four_at(text.data + end - 4), end - c - 1);
    *ret_address = first << 24 | second << 16 | third << 8 | fourth;
    return (first | second | third | fourth) <= 255;
}
#else
static inline bool read_v4(struct str text, uint32_t *ret_address)
{
    return read_v4_slowly(text, ret_address);
}
#endif

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 4291 text with "::", and a dotted quad as its last 32 bits; no zone. */
static bool read_v6(struct str text, struct client_key *ret_key)
{
    uint16_t groups[8] = {0};
    size_t count = 0, gap = SIZE_MAX, i = 0;
    if (text.len < 2 || text.len > 45) {
        return false;
    }
    if (text.data[0] == ':') {
        if (text.data[1] != ':') {
            return false;
        }
        gap = 0;
        i = 2;
    }
    while (i < text.len) {
        size_t start = i;
        uint32_t value = 0, address;
        while (i < text.len && i - start < 5 && hex_value(text.data[i]) >= 0) {
            value = value << 4 | (uint32_t)hex_value(text.data[i++]);
        }
        if (i < text.len && text.data[i] == '.') {
            if (count > 6 || !read_v4((struct str){text.data + start, text.len - start}, &address)) {
                return false;
            }
            groups[count++] = (uint16_t)(address >> 16);
            groups[count++] = (uint16_t)address;
            break;
        }
        if (i == start || i - start > 4 || count == 8) {
            return false;
        }
        groups[count++] = (uint16_t)value;
        if (i == text.len) {
            break;
        }
        if (text.data[i++] != ':' || i == text.len) {
            return false;
        }
        if (text.data[i] == ':') {
            if (gap != SIZE_MAX) {
                return false;
            }
            gap = count;
            i++;
        }
    }
    if (gap == SIZE_MAX ? count != 8 : count > 7) {
        return false;
    }
    uint16_t whole[8] = {0};
    for (size_t g = 0; g < count; g++) {
        whole[g < gap ? g : g + 8 - count] = groups[g];
    }
    *ret_key = (struct client_key){0, 0};
    for (size_t g = 0; g < 8; g++) {
        uint64_t *half = g < 4 ? &ret_key->hi : &ret_key->lo;
        *half = *half << 16 | whole[g];
    }
    return true;
}

struct client_key client_key_of(struct str text)
{
    uint32_t address;
    if (read_v4(text, &address)) {
        return (struct client_key){0, V4_LOW | address};
    }
    struct client_key key;
    if (memchr(text.data, ':', text.len) != NULL && read_v6(text, &key)) {
        return key;
    }
    return (struct client_key){NAME_TAG, str_hash(text)};
}

void clients_init(struct clients *clients, uint64_t salt)
{
    *clients = (struct clients){.salt = salt | 1};
}

void clients_free(struct clients *clients)
{
    free(clients->v4);
    free(clients->wide);
    clients->v4 = NULL;
    clients->wide = NULL;
}

static size_t v4_slot(const struct clients *clients, uint32_t address)
{
    return (size_t)((address + UINT64_C(0x9e3779b97f4a7c15)) * clients->salt >> (64 - clients->v4_bits));
}

static size_t wide_slot(const struct clients *clients, struct client_key key)
{
    uint64_t mixed = (key.hi ^ key.hi >> 29) * clients->salt + key.lo;
    mixed = (mixed ^ mixed >> 31) * (clients->salt ^ UINT64_C(0x9e3779b97f4a7c14));
    return (size_t)(mixed >> (64 - clients->wide_bits));
}

/* The key's slot, or the empty one where it belongs. */
static struct client_v4 *v4_find(const struct clients *clients, uint32_t address)
{
    size_t mask = ((size_t)1 << clients->v4_bits) - 1;
    size_t slot = v4_slot(clients, address);
    while (clients->v4[slot].requests != 0 && clients->v4[slot].address != address) {
        slot = (slot + 1) & mask;
    }
    return &clients->v4[slot];
}

static struct client_wide *wide_find(const struct clients *clients, struct client_key key)
{
    size_t mask = ((size_t)1 << clients->wide_bits) - 1;
    size_t slot = wide_slot(clients, key);
    while (clients->wide[slot].requests != 0 && !client_key_eq(clients->wide[slot].key, key)) {
        slot = (slot + 1) & mask;
    }
    return &clients->wide[slot];
}

/* Zeroed; goes with free(). */
static void *take_slots(size_t count, size_t each)
{
    size_t bytes = count * each;
    if (bytes < LARGE_PAGE) {
        return calloc(count, each);
    }
    bytes = (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    void *slots = aligned_alloc(LARGE_PAGE, bytes);
    if (slots != NULL) {
        (void)madvise(slots, bytes, MADV_HUGEPAGE); /* a wish: without it the table is only slower */
        memset(slots, 0, bytes);
    }
    return slots;
}

static int grow_v4(struct clients *clients, struct err *err)
{
    struct clients grown = *clients;
    grown.v4_bits = clients->v4_bits == 0 ? 12 : clients->v4_bits + 1;
    grown.v4 = take_slots((size_t)1 << grown.v4_bits, sizeof *grown.v4);
    if (grown.v4 == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu clients", clients->v4_count);
    }
    size_t slots = clients->v4 == NULL ? 0 : (size_t)1 << clients->v4_bits;
    for (size_t i = 0; i < slots; i++) {
        if (clients->v4[i].requests != 0) {
            *v4_find(&grown, clients->v4[i].address) = clients->v4[i];
        }
    }
    free(clients->v4);
    *clients = grown;
    return 0;
}

static int grow_wide(struct clients *clients, struct err *err)
{
    struct clients grown = *clients;
    grown.wide_bits = clients->wide_bits == 0 ? 8 : clients->wide_bits + 1;
    grown.wide = take_slots((size_t)1 << grown.wide_bits, sizeof *grown.wide);
    if (grown.wide == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu clients", clients->wide_count);
    }
    size_t slots = clients->wide == NULL ? 0 : (size_t)1 << clients->wide_bits;
    for (size_t i = 0; i < slots; i++) {
        if (clients->wide[i].requests != 0) {
            *wide_find(&grown, clients->wide[i].key) = clients->wide[i];
        }
    }
    free(clients->wide);
    *clients = grown;
    return 0;
}

static bool is_full(size_t count, unsigned bits, size_t coming)
{
    return bits == 0 || (count + coming) * 4 > ((size_t)1 << bits) * 3;
}

static inline void count_one(uint32_t *requests, uint64_t *stretches, uint64_t bit)
{
    *requests += *requests != UINT32_MAX;
    *stretches |= bit;
}

int clients_add(struct clients *clients, const struct client_key *keys, size_t count, unsigned stretch, struct err *err)
{
    uint64_t bit = UINT64_C(1) << stretch % STRETCHES;
    size_t wide = 0;
    while (is_full(clients->v4_count, clients->v4_bits, count)) {
        TRY(grow_v4(clients, err));
    }
    for (size_t i = 0; i < count; i++) {
        if (is_v4(keys[i])) {
            __builtin_prefetch(&clients->v4[v4_slot(clients, (uint32_t)keys[i].lo)], 1);
        } else {
            wide++;
        }
    }
    while (wide > 0 && is_full(clients->wide_count, clients->wide_bits, wide)) {
        TRY(grow_wide(clients, err));
    }
    for (size_t i = 0; i < count; i++) {
        if (is_v4(keys[i])) {
            struct client_v4 *slot = v4_find(clients, (uint32_t)keys[i].lo);
            clients->v4_count += slot->requests == 0;
            slot->address = (uint32_t)keys[i].lo;
            count_one(&slot->requests, &slot->stretches, bit);
        } else {
            struct client_wide *slot = wide_find(clients, keys[i]);
            clients->wide_count += slot->requests == 0;
            slot->key = keys[i];
            count_one(&slot->requests, &slot->stretches, bit);
        }
    }
    return 0;
}

/* ---- keeping ---- */

static void put_v4(struct clients *table, const struct client_v4 *one, struct keep *keep)
{
    struct err why = {0};
    if (is_full(table->v4_count, table->v4_bits, 1) && grow_v4(table, &why) != 0) {
        keep_fail(keep, &why);
        return;
    }
    struct client_v4 *slot = v4_find(table, one->address);
    table->v4_count += slot->requests == 0;
    slot->address = one->address;
    slot->requests = one->requests > UINT32_MAX - slot->requests ? UINT32_MAX : slot->requests + one->requests;
    slot->stretches |= one->stretches;
}

static void put_wide(struct clients *table, const struct client_wide *one, struct keep *keep)
{
    struct err why = {0};
    if (is_full(table->wide_count, table->wide_bits, 1) && grow_wide(table, &why) != 0) {
        keep_fail(keep, &why);
        return;
    }
    struct client_wide *slot = wide_find(table, one->key);
    table->wide_count += slot->requests == 0;
    slot->key = one->key;
    slot->requests = one->requests > UINT32_MAX - slot->requests ? UINT32_MAX : slot->requests + one->requests;
    slot->stretches |= one->stretches;
}

static size_t slots_of(const void *slots, unsigned bits)
{
    return slots == NULL ? 0 : (size_t)1 << bits;
}

static void write_clients(struct keep *keep, const struct clients *table)
{
    for (size_t i = 0; i < slots_of(table->v4, table->v4_bits); i++) {
        if (table->v4[i].requests != 0) {
            KEEP(keep, table->v4[i]);
        }
    }
    for (size_t i = 0; i < slots_of(table->wide, table->wide_bits); i++) {
        if (table->wide[i].requests != 0) {
            KEEP(keep, table->wide[i]);
        }
    }
}

KEEP_KNOWS(struct clients, 48);
void clients_keep(struct keep *keep, struct clients *tables, size_t count)
{
    for (size_t t = 0, kept = keep_count(keep, count, SIZE_MAX); t < kept && keep_is_well(keep); t++) {
        struct clients *table = &tables[t % count];
        size_t v4 = keep_count(keep, table->v4_count, SIZE_MAX), wide = keep_count(keep, table->wide_count, SIZE_MAX);
        if (!keep_reads(keep)) {
            write_clients(keep, table);
            continue;
        }
        for (size_t i = 0; i < v4 && keep_is_well(keep); i++) {
            struct client_v4 one;
            KEEP(keep, one);
            put_v4(table, &one, keep);
        }
        for (size_t i = 0; i < wide && keep_is_well(keep); i++) {
            struct client_wide one;
            KEEP(keep, one);
            put_wide(table, &one, keep);
        }
    }
}

/* ---- telling apart ---- */

static bool has_v4(const struct clients *table, uint32_t address)
{
    return table->v4 != NULL && v4_find(table, address)->requests != 0;
}

static bool has_wide(const struct clients *table, struct client_key key)
{
    return table->wide != NULL && wide_find(table, key)->requests != 0;
}

/* Some slots of one table, to be compared with those of the tables before it. */
struct part {
    size_t table;
    size_t v4_from, v4_to, wide_from, wide_to;
};

struct comparing {
    const struct clients *tables;
    struct part *parts;
    size_t part_count, next;
    uint64_t *found; /* one a part */
};

static uint64_t new_v4(const struct clients *tables, const struct part *part)
{
    const struct clients *table = &tables[part->table];
    uint64_t found = 0;
    for (size_t i = part->v4_from; i < part->v4_to; i++) {
        if (table->v4[i].requests != 0) {
            size_t t = 0;
            while (t < part->table && !has_v4(&tables[t], table->v4[i].address)) {
                t++;
            }
            found += t == part->table;
        }
    }
    return found;
}

static uint64_t new_wide(const struct clients *tables, const struct part *part)
{
    const struct clients *table = &tables[part->table];
    uint64_t found = 0;
    for (size_t i = part->wide_from; i < part->wide_to; i++) {
        if (table->wide[i].requests != 0) {
            size_t t = 0;
            while (t < part->table && !has_wide(&tables[t], table->wide[i].key)) {
                t++;
            }
            found += t == part->table;
        }
    }
    return found;
}

static void *next_part(void *self)
{
    struct comparing *comparing = self;
    return comparing->next == comparing->part_count ? NULL : &comparing->parts[comparing->next++];
}

static void *compare_part(void *self, unsigned worker, void *part_pointer)
{
    (void)worker;
    const struct comparing *comparing = self;
    const struct part *part = part_pointer;
    comparing->found[part - comparing->parts] = new_v4(comparing->tables, part) + new_wide(comparing->tables, part);
    return NULL;
}

static int part_is_done(void *self, void *part, void *result, struct err *err)
{
    (void)self, (void)part, (void)result, (void)err;
    return 0;
}

static size_t parts_of(const struct clients *table)
{
    size_t slots = slots_of(table->v4, table->v4_bits), wide = slots_of(table->wide, table->wide_bits);
    return ((slots > wide ? slots : wide) + PART_SLOTS - 1) / PART_SLOTS;
}

/* The same share of both tables to each part. */
static void cut_into_parts(struct comparing *comparing, size_t at)
{
    const struct clients *table = &comparing->tables[at];
    size_t v4 = slots_of(table->v4, table->v4_bits), wide = slots_of(table->wide, table->wide_bits);
    size_t count = parts_of(table);
    for (size_t i = 0; i < count; i++) {
        comparing->parts[comparing->part_count++] = (struct part){.table = at,
                                                                  .v4_from = v4 * i / count,
                                                                  .v4_to = v4 * (i + 1) / count,
                                                                  .wide_from = wide * i / count,
                                                                  .wide_to = wide * (i + 1) / count};
    }
}

int clients_distinct(const struct clients *tables, size_t count, unsigned workers, uint64_t *ret_distinct,
                     struct err *err)
{
    size_t parts = 0;
    for (size_t t = 1; t < count; t++) {
        parts += parts_of(&tables[t]);
    }
    OWN(own_mem) struct part *all = calloc(parts + 1, sizeof *all);
    OWN(own_mem) uint64_t *found = calloc(parts + 1, sizeof *found);
    if (all == NULL || found == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to compare %zu tables of clients", count);
    }
    struct comparing comparing = {.tables = tables, .parts = all, .found = found};
    for (size_t t = 1; t < count; t++) {
        cut_into_parts(&comparing, t);
    }
    const struct pool_spec spec = {.self = &comparing,
                                   .workers = parts > workers ? workers : 1, /* a few are done before a thread begins */
                                   .next = next_part,
                                   .work = compare_part,
                                   .done = part_is_done};
    TRY(pool_run(&spec, err));
    *ret_distinct = count == 0 ? 0 : tables[0].v4_count + tables[0].wide_count;
    for (size_t i = 0; i < parts; i++) {
        *ret_distinct += found[i];
    }
    return 0;
}

uint64_t clients_stretches(const struct clients *tables, size_t count, struct client_key key, uint64_t *ret_requests)
{
    uint64_t stretches = 0;
    *ret_requests = 0;
    for (size_t t = 0; t < count; t++) {
        if (is_v4(key) && tables[t].v4 != NULL) {
            const struct client_v4 *slot = v4_find(&tables[t], (uint32_t)key.lo);
            *ret_requests += slot->requests;
            stretches |= slot->stretches;
        } else if (!is_v4(key) && tables[t].wide != NULL) {
            const struct client_wide *slot = wide_find(&tables[t], key);
            *ret_requests += slot->requests;
            stretches |= slot->stretches;
        }
    }
    return stretches;
}
