/* The values of rows in memory: what they are, and finding one. */
#include "match/set.h"

#include <assert.h>

#include "base/str.h"

#include "base/banned.h"

uint64_t set_hash(enum normal_class class, struct str bytes)
{
    return str_hash(bytes) + (uint64_t) class * UINT64_C(0x9e3779b97f4a7c15);
}

/* ---- A value ---- */

/* Where it is packed. */
static const char *packed(const struct set *set, uint32_t value)
{
    const struct set_shard *shard = &set->shards[value % SET_SHARDS];
    uint32_t number = value >> SET_SHARD_BITS;
    number = number < shard->count ? number : 0; /* none */
    const char *at = set_run(shard, number);
    for (uint32_t before = number % SET_RUN; before > 0; before--) {
        at += pack_size(at);
    }
    return at;
}

struct str set_bytes(const struct set *set, uint32_t value, struct pack_room *room)
{
    return pack_text(packed(set, value), set->shards[value % SET_SHARDS].affixes, room);
}

enum normal_class set_class(const struct set *set, uint32_t value)
{
    return pack_class(packed(set, value));
}

/* ---- Which value is it? ---- */

/* A number is also found as the phone or the instant that it may be. */
static bool is_alias(const struct set *set, uint32_t value, enum normal_class class, struct str bytes)
{
    struct str phone;
    struct pack_room room;
    int64_t seconds;
    enum normal_class own = set_class(set, value);
    if (own != NORMAL_NUMBER && own != NORMAL_DECIMAL) {
        return false;
    }
    if (class == NORMAL_PHONE) {
        return own == NORMAL_NUMBER && normal_number_as_phone(set_bytes(set, value, &room), &phone) &&
               str_eq(phone, bytes);
    }
    return (class == NORMAL_TIME || class == NORMAL_DATE) &&
           normal_number_as_time(set_bytes(set, value, &room), &seconds) &&
           (seconds % 86400 == 0) == (class == NORMAL_DATE) && memcmp(bytes.data, &seconds, sizeof(seconds)) == 0;
}

bool set_is_own(const struct set *set, uint32_t number, enum normal_class class, struct str bytes)
{
    struct pack_room room;
    const char *at = packed(set, number);
    if (pack_class(at) != class) {
        return false;
    }
    struct str own = pack_text(at, set->shards[number % SET_SHARDS].affixes, &room);
    return own.len == bytes.len && memcmp(own.data, bytes.data, bytes.len) == 0;
}

bool set_is_value(const struct set *set, uint32_t number, enum normal_class class, struct str bytes)
{
    return set_is_own(set, number, class, bytes) || is_alias(set, number, class, bytes);
}

uint32_t set_find_hashed(const struct set *set, uint64_t hash, enum normal_class class, struct str bytes)
{
    assert(!set->is_forgotten);
    struct finder_walk walk = set_walk(set, hash);
    for (const uint32_t *at = finder_next(&walk); at != NULL; at = finder_next(&walk)) {
        if (set_is_value(set, *at, class, bytes)) {
            return *at;
        }
    }
    return 0;
}

uint32_t set_find(const struct set *set, enum normal_class class, struct str bytes)
{
    assert(!set->is_forgotten);
    uint64_t hash = set_hash(class, bytes);
    return set_may_hold(set, class, hash) ? set_find_hashed(set, hash, class, bytes) : 0;
}

bool set_seconds(const struct set *set, uint32_t value, int64_t *ret_seconds)
{
    struct pack_room room;
    enum normal_class class = set_class(set, value);
    if (class == NORMAL_TIME || class == NORMAL_DATE) {
        memcpy(ret_seconds, set_bytes(set, value, &room).data, sizeof(*ret_seconds));
        return true;
    }
    return (class == NORMAL_NUMBER || class == NORMAL_DECIMAL) &&
           normal_number_as_time(set_bytes(set, value, &room), ret_seconds);
}
