/* MongoDB's Extended JSON (specification "Extended JSON v2", and v1 before it): objects that are one value. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/table_json.h"

#include "base/banned.h"

enum { SUBTYPE_UUID_OLD = 3, SUBTYPE_UUID = 4, UUID_BYTES = 16 };

struct str json_date(struct arena *arena, int64_t milliseconds, struct err *err)
{
    char text[TIME_TEXT];
    int64_t instant;
    if (__builtin_mul_overflow(milliseconds, NS_PER_S / 1000, &instant) || instant == TIME_NONE) {
        int len = snprintf(text, sizeof text, "%lld", (long long)milliseconds); /* no date that could be spelled */
        return arena_str(arena, (struct str){text, (size_t)len}, err);
    }
    time_rfc3339(text, instant);
    return arena_str(arena, str_of(text), err);
}

struct str json_binary(struct arena *arena, const uint8_t *data, size_t len, unsigned subtype, struct err *err)
{
    char *hex = arena_take(arena, len * 2 + 6, err);
    if (hex == NULL) {
        return (struct str){NULL, 0};
    }
    if (len != UUID_BYTES || (subtype != SUBTYPE_UUID && subtype != SUBTYPE_UUID_OLD)) {
        hex_encode(hex, data, len);
        return (struct str){hex, len * 2};
    }
    static const size_t parts[] = {4, 2, 2, 2, 6};
    size_t at = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        hex_encode(hex + at, data, parts[i]);
        data += parts[i];
        at += parts[i] * 2;
        hex[at++] = '-';
    }
    return (struct str){hex, at - 1};
}

/* What one of its members says. */
struct said {
    struct str key, text; /* text: of a string or number */
    bool is_string;
};

/* "key": value at c, with a string or a bare value. False: something else. */
static bool take_member(struct json *json, struct json_cursor *c, struct said *said, struct err *err)
{
    json_skip_space(c);
    if (c->at == c->end || *c->at != '"' || !json_take_string(c, &said->key)) {
        return false;
    }
    json_skip_space(c);
    if (c->at == c->end || *c->at++ != ':') {
        return false;
    }
    json_skip_space(c);
    if (c->at == c->end || *c->at == '{' || *c->at == '[') {
        said->text = (struct str){NULL, 0};
        return true; /* the caller looks closer */
    }
    said->is_string = *c->at == '"';
    return said->is_string ? json_take_string(c, &said->text) : json_take_bare(json, c, &said->text, err);
}

static bool take_byte(struct json_cursor *c, char byte)
{
    json_skip_space(c);
    if (c->at == c->end || *c->at != byte) {
        return false;
    }
    c->at++;
    return true;
}

static bool is_key(const struct said *said, const char *key)
{
    return str_eq(said->key, str_of(key));
}

static unsigned subtype_of(struct str text)
{
    unsigned value = 0;
    for (size_t i = 0; i < text.len && i < 2; i++) {
        char low = (char)(text.data[i] | 0x20);
        value = value * 16 + (unsigned)(low >= 'a' ? low - 'a' + 10 : text.data[i] - '0');
    }
    return value;
}

static int spell_binary(struct json *json, struct str base64, struct str subtype, struct str *ret_text, struct err *err)
{
    OWN(own_mem) uint8_t *bytes = malloc(base64.len + 1);
    if (bytes == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a value of %zu bytes", base64.len);
    }
    size_t len = base64_decode(bytes, base64.len + 1, base64);
    *ret_text = len == SIZE_MAX ? base64 : json_binary(&json->scratch, bytes, len, subtype_of(subtype), err);
    return ret_text->data == NULL ? -1 : 0;
}

/* {"base64": "...", "subType": "00"}, or "..." with "$type" behind it. */
static int take_binary(struct json *json, struct json_cursor *c, const struct said *outer, struct str *ret_text,
                       bool *ret_good, struct err *err)
{
    struct said base64 = *outer, subtype = {.is_string = false};
    bool is_new = outer->text.data == NULL && take_byte(c, '{');
    *ret_good = is_new ? take_member(json, c, &base64, err) : outer->is_string;
    if (*ret_good && take_byte(c, ',')) {
        *ret_good = take_member(json, c, &subtype, err);
    }
    if (is_new && is_key(&base64, "subType")) {
        struct said other = base64;
        base64 = subtype;
        subtype = other;
    }
    *ret_good = *ret_good && base64.text.data != NULL && (!is_new || take_byte(c, '}'));
    return *ret_good ? spell_binary(json, base64.text, subtype.text, ret_text, err) : 0;
}

/* "..." of v2 relaxed, a number of v1, {"$numberLong": "..."} of v2 canonical. */
static int take_date(struct json *json, struct json_cursor *c, const struct said *outer, struct str *ret_text,
                     bool *ret_good, struct err *err)
{
    struct said said = *outer;
    int64_t ms;
    if (outer->text.data == NULL) {
        *ret_good = take_byte(c, '{') && take_member(json, c, &said, err) && take_byte(c, '}');
    }
    *ret_text = said.text;
    if (*ret_good && str_i64(said.text, &ms)) {
        *ret_text = json_date(&json->scratch, ms, err);
        return ret_text->data == NULL ? -1 : 0;
    }
    return 0;
}

/* {"t": seconds, "i": count} */
static int take_timestamp(struct json *json, struct json_cursor *c, struct str *ret_text, bool *ret_good,
                          struct err *err)
{
    struct said t = {.is_string = false}, i = t;
    int64_t seconds = 0;
    *ret_good = take_byte(c, '{') && take_member(json, c, &t, err) && take_byte(c, ',') &&
                take_member(json, c, &i, err) && take_byte(c, '}') && str_i64(t.text, &seconds) &&
                seconds < INT64_MAX / 1000 && seconds > INT64_MIN / 1000;
    if (!*ret_good) {
        return 0;
    }
    *ret_text = json_date(&json->scratch, seconds * 1000, err);
    return ret_text->data == NULL ? -1 : 0;
}

static bool is_known(struct str key)
{
    static const char *const known[] = {"$oid",           "$numberLong", "$numberInt", "$numberDouble",
                                        "$numberDecimal", "$uuid",       "$symbol",    "$date",
                                        "$binary",        "$timestamp",  "$undefined"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_eq(key, str_of(known[i]))) {
            return true;
        }
    }
    return false;
}

static int spell(struct json *json, struct json_cursor *c, const struct said *said, struct str *ret_text,
                 bool *ret_good, struct err *err)
{
    *ret_good = true;
    if (is_key(said, "$date")) {
        return take_date(json, c, said, ret_text, ret_good, err);
    }
    if (is_key(said, "$binary")) {
        return take_binary(json, c, said, ret_text, ret_good, err);
    }
    if (is_key(said, "$timestamp")) {
        return take_timestamp(json, c, ret_text, ret_good, err);
    }
    *ret_text = is_key(said, "$undefined") ? (struct str){NULL, 0} : said->text;
    *ret_good = said->text.data != NULL;
    return 0;
}

int json_take_extended(struct json *json, struct json_cursor *c, struct str *ret_text, bool *ret_is_one,
                       struct err *err)
{
    struct json_cursor look = *c;
    struct said said = {.is_string = false};
    struct err why = {0};
    *ret_is_one = false;
    look.at++;
    json_skip_space(&look);
    if (look.end - look.at < 4 || look.at[0] != '"' || look.at[1] != '$') {
        return 0;
    }
    const char *end = json_string_end(look.at, look.end);
    if (end == NULL || !is_known((struct str){look.at + 1, (size_t)(end - look.at) - 2})) {
        return 0;
    }
    bool good = take_member(json, &look, &said, &why);
    if (why.kind != ERR_NONE) {
        return err_set(err, why.kind, "%s", why.text);
    }
    if (good) {
        TRY(spell(json, &look, &said, ret_text, &good, err));
    }
    *ret_is_one = good && take_byte(&look, '}');
    if (*ret_is_one) {
        *c = look;
    }
    return 0;
}
