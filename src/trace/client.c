/* Clients: an address as a key, and a count for each.
 *
 * Nearly all are IPv4, so those have a table of their own with 12 bytes a slot; a slot is empty while its
 * count is 0. Linear probing, at most 3/4 full; the slot is the top bits of (key * odd random number), so
 * forged addresses cannot be aimed at one slot. At a million clients nearly every look-up misses the
 * caches: keys come in batches and are prefetched, so that the misses overlap. */
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/str.h"
#include "trace/inside.h"

#include "base/banned.h"

struct client_v4 {
    uint32_t address;
    uint32_t requests;
    uint32_t files;
};

struct client_wide {
    struct client_key key;
    uint32_t requests;
    uint32_t files;
};

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
/* One number of an address: its digits end at `end` of padded (which has four bytes before the text), and are
 * `digits` long. Above 255 if it is none. */
static inline uint32_t read_octet(const char *padded, unsigned end, unsigned digits)
{
    uint32_t word, kept = UINT32_MAX << (8 * (4 - digits));
    memcpy(&word, padded + end, 4);
    word = (word ^ UINT32_C(0x30303030)) & kept;
    uint32_t is_foreign = ((word + UINT32_C(0x76767676)) | word) & UINT32_C(0x80808080);
    return (word >> 24) + (word >> 16 & 255) * 10 + (word >> 8 & 255) * 100 + is_foreign;
}

/* The same without a loop over bytes: the dots as a mask, each number from the four bytes before its end. */
static inline bool read_v4(struct str text, uint32_t *ret_address)
{
    if (text.len < 8 || text.len > 15) {
        return read_v4_slowly(text, ret_address);
    }
    char padded[20];
    memset(padded, 0, 4);
    memcpy(padded + 4, text.data, 8);
    memcpy(padded + 4 + text.len - 8, text.data + text.len - 8, 8);
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
    uint32_t first = read_octet(padded, a, a), second = read_octet(padded, b, b - a - 1);
    uint32_t third = read_octet(padded, c, c - b - 1), fourth = read_octet(padded, end, end - c - 1);
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

static int grow_v4(struct clients *clients, struct err *err)
{
    struct clients grown = *clients;
    grown.v4_bits = clients->v4_bits == 0 ? 12 : clients->v4_bits + 1;
    grown.v4 = calloc((size_t)1 << grown.v4_bits, sizeof *grown.v4);
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
    grown.wide = calloc((size_t)1 << grown.wide_bits, sizeof *grown.wide);
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

static inline void count_one(uint32_t *requests, uint32_t *files, uint32_t file_bit)
{
    *requests += *requests != UINT32_MAX;
    *files |= file_bit;
}

int clients_add(struct clients *clients, const struct client_key *keys, size_t count, uint32_t source, struct err *err)
{
    uint32_t file_bit = UINT32_C(1) << source % 32;
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
            count_one(&slot->requests, &slot->files, file_bit);
        } else {
            struct client_wide *slot = wide_find(clients, keys[i]);
            clients->wide_count += slot->requests == 0;
            slot->key = keys[i];
            count_one(&slot->requests, &slot->files, file_bit);
        }
    }
    return 0;
}

static bool has_v4(const struct clients *table, uint32_t address)
{
    return table->v4 != NULL && v4_find(table, address)->requests != 0;
}

static bool has_wide(const struct clients *table, struct client_key key)
{
    return table->wide != NULL && wide_find(table, key)->requests != 0;
}

/* Clients of tables[at] that no earlier table has. */
static uint64_t new_in(const struct clients *tables, size_t at)
{
    const struct clients *table = &tables[at];
    uint64_t found = 0;
    size_t v4_slots = table->v4 == NULL ? 0 : (size_t)1 << table->v4_bits;
    for (size_t i = 0; i < v4_slots; i++) {
        if (i + 16 < v4_slots && table->v4[i + 16].requests != 0 && tables[0].v4 != NULL) {
            __builtin_prefetch(&tables[0].v4[v4_slot(&tables[0], table->v4[i + 16].address)]);
        }
        if (table->v4[i].requests != 0) {
            size_t t = 0;
            while (t < at && !has_v4(&tables[t], table->v4[i].address)) {
                t++;
            }
            found += t == at;
        }
    }
    size_t wide_slots = table->wide == NULL ? 0 : (size_t)1 << table->wide_bits;
    for (size_t i = 0; i < wide_slots; i++) {
        if (table->wide[i].requests != 0) {
            size_t t = 0;
            while (t < at && !has_wide(&tables[t], table->wide[i].key)) {
                t++;
            }
            found += t == at;
        }
    }
    return found;
}

uint64_t clients_distinct(const struct clients *tables, size_t count)
{
    uint64_t distinct = 0;
    for (size_t t = 0; t < count; t++) {
        distinct += t == 0 ? tables[t].v4_count + tables[t].wide_count : new_in(tables, t);
    }
    return distinct;
}

uint32_t clients_files(const struct clients *tables, size_t count, struct client_key key, uint64_t *ret_requests)
{
    uint32_t files = 0;
    *ret_requests = 0;
    for (size_t t = 0; t < count; t++) {
        if (is_v4(key) && tables[t].v4 != NULL) {
            const struct client_v4 *slot = v4_find(&tables[t], (uint32_t)key.lo);
            *ret_requests += slot->requests;
            files |= slot->requests != 0 ? slot->files : 0;
        } else if (!is_v4(key) && tables[t].wide != NULL) {
            const struct client_wide *slot = wide_find(&tables[t], key);
            *ret_requests += slot->requests;
            files |= slot->requests != 0 ? slot->files : 0;
        }
    }
    return files;
}
