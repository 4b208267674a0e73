/* The values of rows in memory: what they are, and finding one. */
#include "match/set.h"

#include <assert.h>

#include "base/str.h"

#include "base/banned.h"

enum { HEAD_CLASS_BITS = 4, HEAD_LONG = 14, HEAD_LONGER = 15 };

uint64_t set_hash(enum normal_class class, struct str bytes)
{
    return str_hash(bytes) + (uint64_t) class * UINT64_C(0x9e3779b97f4a7c15);
}

/* ---- Heads ---- */

size_t set_head_put(char head[static SET_HEAD_MAX], enum normal_class class, size_t len)
{
    unsigned kind = len < HEAD_LONG ? (unsigned)len : len < HEAD_LONG + 256 ? HEAD_LONG : HEAD_LONGER;
    uint32_t whole = (uint32_t)len;
    head[0] = (char)(kind << HEAD_CLASS_BITS | class);
    if (kind == HEAD_LONG) {
        head[1] = (char)(len - HEAD_LONG);
        return 2;
    }
    if (kind == HEAD_LONGER) {
        memcpy(head + 1, &whole, sizeof(whole));
        return SET_HEAD_MAX;
    }
    return 1;
}

static inline struct str spelling(const char *head)
{
    unsigned kind = (unsigned char)head[0] >> HEAD_CLASS_BITS;
    uint32_t len = kind;
    if (kind == HEAD_LONG) {
        return (struct str){head + 2, HEAD_LONG + (size_t)(unsigned char)head[1]};
    }
    if (kind == HEAD_LONGER) {
        memcpy(&len, head + 1, sizeof(len));
        return (struct str){head + SET_HEAD_MAX, len};
    }
    return (struct str){head + 1, len};
}

static inline enum normal_class class_of(const char *head)
{
    return (enum normal_class)(head[0] & ((1 << HEAD_CLASS_BITS) - 1));
}

struct str set_bytes(const struct set *set, uint32_t value)
{
    return spelling(set_head(set, value));
}

enum normal_class set_class(const struct set *set, uint32_t value)
{
    return class_of(set_head(set, value));
}

/* ---- Which value is it? ---- */

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

bool set_is_own(const struct set *set, uint32_t number, enum normal_class class, struct str bytes)
{
    const char *head = set_head(set, number);
    struct str own = spelling(head);
    return class_of(head) == class && own.len == bytes.len && memcmp(own.data, bytes.data, bytes.len) == 0;
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
    enum normal_class class = set_class(set, value);
    if (class == NORMAL_TIME || class == NORMAL_DATE) {
        memcpy(ret_seconds, set_bytes(set, value).data, sizeof(*ret_seconds));
        return true;
    }
    return (class == NORMAL_NUMBER || class == NORMAL_DECIMAL) &&
           normal_number_as_time(set_bytes(set, value), ret_seconds);
}
