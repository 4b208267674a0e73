/* A key that somebody else opened: is it one of the fields that were committed to, in the form that this program spells them? */
#include "base/str.h"
#include "private/keys.h"

#include "base/banned.h"

static bool is_digits(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return false;
        }
    }
    return s.len != 0;
}

/* What no spelling of the kind can be. Which address, number or text it is, is for whoever looks it up. */
static bool has_form(uint8_t kind, struct str value)
{
    struct str rest = value.len == 0 ? value : str_slice(value, 1, value.len);
    switch (kind) {
    case KEY_EMAIL:
        return value.len >= 3 && value.len <= 320 && str_find(rest, STR("@"), 0) != SIZE_MAX;
    case KEY_PHONE:
        return value.len != 0 && value.data[0] == '+' && is_digits(rest);
    case KEY_SECONDS:
    case KEY_MICROSECONDS:
        return value.len == 8;
    case KEY_INTEGER:
        return is_digits(value) || (value.len != 0 && value.data[0] == '-' && is_digits(rest));
    case KEY_UUID:
        return value.len == 16;
    default: /* hash, text, opaque */
        return value.len != 0;
    }
}

bool key_is_of(struct str key, const uint8_t kinds[static SUITE_TYPES_MAX])
{
    size_t fields = 0, at = 1;
    while (fields < SUITE_TYPES_MAX && kinds[fields] != 0) {
        fields++;
    }
    if (key.len == 0 || key.len > SUITE_KEY_MAX || (uint8_t)key.data[0] != fields) {
        return false;
    }
    for (size_t i = 0; i < fields; i++) {
        if (key.len - at < 3 || (uint8_t)key.data[at] != kinds[i]) {
            return false;
        }
        size_t length = (size_t)(uint8_t)key.data[at + 1] << 8 | (uint8_t)key.data[at + 2];
        at += 3;
        if (key.len - at < length || !has_form(kinds[i], str_slice(key, at, at + length))) {
            return false;
        }
        at += length;
    }
    return at == key.len;
}
