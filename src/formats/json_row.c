/* One object of JSON: values without a tree, members by their path. A value is found, unescaped in place and handed on. It accepts only
 * what RFC 8259 allows between the values, but does not judge the spelling of numbers: they are text to a table. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/encoding.h"
#include "formats/table_json.h"

#include "base/banned.h"

void json_skip_space(struct json_cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r')) {
        c->at++;
    }
}

const char *json_string_end(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '\\') {
            at++;
        } else if (*at == '"') {
            return at + 1;
        }
    }
    return NULL;
}

/* Over the string at *at. BROKEN: at a line end, which no string holds. */
static enum json_extent pass_string(const char **at, const char *end)
{
    const char *c = *at + 1;
    while (c < end && *c != '"' && *c != '\n') {
        c += *c == '\\' && c + 1 < end && c[1] != '\n' ? 2 : 1;
    }
    *at = c < end && *c == '"' ? c + 1 : c;
    return c == end ? EXTENT_MORE : *c == '"' ? EXTENT_WHOLE : EXTENT_BROKEN;
}

enum json_extent json_extent(const char *at, const char *end, const char **ret_end)
{
    size_t depth = 0;
    while (at < end) {
        if (*at == '"') {
            enum json_extent string = pass_string(&at, end);
            *ret_end = at;
            if (string != EXTENT_WHOLE) {
                return string;
            }
            continue;
        }
        depth += *at == '{' || *at == '[';
        if (*at == '}' || *at == ']') {
            depth--;
            if (depth == 0) {
                *ret_end = at + 1;
                return EXTENT_WHOLE;
            }
        }
        at++;
    }
    *ret_end = at;
    return EXTENT_MORE;
}

static bool hex4(const char *at, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char byte = (unsigned char)at[i];
        unsigned char low = byte | 0x20;
        if (byte >= '0' && byte <= '9') {
            unit = unit << 4 | (uint32_t)(byte - '0');
        } else if (low >= 'a' && low <= 'f') {
            unit = unit << 4 | (uint32_t)(low - 'a' + 10);
        } else {
            return false;
        }
    }
    *ret_unit = unit;
    return true;
}

/* \uXXXX, or a pair of them; c stands behind the u. A lone surrogate is U+FFFD. */
static bool take_unicode(struct json_cursor *c, uint32_t *ret_point)
{
    uint32_t high;
    uint32_t low;
    if (c->end - c->at < 4 || !hex4(c->at, &high)) {
        return false;
    }
    c->at += 4;
    *ret_point = high;
    if (high >= 0xd800 && high < 0xe000) {
        *ret_point = 0xfffd;
        if (high < 0xdc00 && c->end - c->at >= 6 && c->at[0] == '\\' && c->at[1] == 'u' && hex4(c->at + 2, &low) &&
            low >= 0xdc00 && low < 0xe000) {
            *ret_point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            c->at += 6;
        }
    }
    return true;
}

/* The string at c, unescaped in place. */
bool json_take_string(struct json_cursor *c, struct str *ret_text)
{
    char *start = ++c->at;
    char *out = start;
    while (c->at < c->end && *c->at != '"') {
        if (*c->at != '\\') {
            *out++ = *c->at++;
            continue;
        }
        static const char from[] = "\"\\/bfnrt";
        static const char to[] = "\"\\/\b\f\n\r\t";
        c->at++;
        if (c->at == c->end) {
            return false;
        }
        char kind = *c->at++;
        const char *known = memchr(from, kind, sizeof(from) - 1);
        uint32_t point;
        if (known != NULL) {
            *out++ = to[known - from];
        } else if (kind == 'u' && take_unicode(c, &point)) {
            out += encoding_put(out, point); /* never longer than the escape */
        } else {
            return false;
        }
    }
    if (c->at == c->end) {
        return false;
    }
    c->at++;
    *ret_text = (struct str){start, (size_t)(out - start)};
    return true;
}

/* ObjectId("..."), ISODate("..."), NumberLong(5), NumberDecimal("1.5"), UUID("..."), new Date(0), Timestamp(1, 2): what stands in the
 * brackets first. c stands behind the '('. */
static bool take_call(struct json_cursor *c, struct str *ret_text)
{
    json_skip_space(c);
    if (c->at == c->end) {
        return false;
    }
    if (*c->at == '"') {
        if (!json_take_string(c, ret_text)) {
            return false;
        }
    } else {
        char *start = c->at;
        while (c->at < c->end && memchr(",) \t\r\n", *c->at, 6) == NULL) {
            c->at++;
        }
        *ret_text = (struct str){start, (size_t)(c->at - start)};
    }
    char *close = memchr(c->at, ')', (size_t)(c->end - c->at));
    c->at = close == NULL ? c->end : close + 1;
    return close != NULL;
}

bool json_take_bare(struct json *json, struct json_cursor *c, struct str *ret_text, struct err *err)
{
    char *start = c->at;
    bool is_call = false;
    while (c->at < c->end && memchr(",}] \t\r\n(", *c->at, 8) == NULL) {
        c->at++;
    }
    *ret_text = (struct str){start, (size_t)(c->at - start)};
    if (str_eq(*ret_text, STR("new"))) {
        json_skip_space(c);
        return json_take_bare(json, c, ret_text, err);
    }
    is_call = ret_text->len > 0 && str_is_letter(*start) && c->at < c->end && *c->at == '(';
    if (is_call) {
        int64_t ms;
        bool is_date = str_eq(*ret_text, STR("Date"));
        c->at++;
        bool good = take_call(c, ret_text);
        if (good && is_date && str_i64(*ret_text, &ms)) {
            *ret_text = json_date(&json->scratch, ms, err);
        }
        return good;
    }
    if (str_eq(*ret_text, STR("null")) || str_eq(*ret_text, STR("NaN")) || str_eq(*ret_text, STR("Infinity")) ||
        str_eq(*ret_text, STR("-Infinity"))) {
        *ret_text = (struct str){NULL, 0};
        return true;
    }
    double number;
    return str_eq(*ret_text, STR("true")) || str_eq(*ret_text, STR("false")) || str_double(*ret_text, &number);
}

static bool take_array(struct json_cursor *c, struct str *ret_text)
{
    const char *end;
    if (json_extent(c->at, c->end, &end) != EXTENT_WHOLE) {
        return false;
    }
    *ret_text = (struct str){c->at, (size_t)(end - c->at)};
    c->at += ret_text->len;
    return true;
}

/* ---- Members ---- */

/* Where the column's number stands in json->places, or where it would be put. */
static size_t place_of(const struct json *json, struct str path)
{
    size_t place = str_hash(path) % JSON_PLACES;
    while (json->places[place] != 0 && !str_eq(json->columns[json->places[place] - 1U], path)) {
        place = (place + 1) % JSON_PLACES;
    }
    return place;
}

static size_t column_of(struct json *json, struct str path)
{
    if (json->expected < json->column_count && str_eq(json->columns[json->expected], path)) {
        return json->expected++;
    }
    uint16_t column = json->places[place_of(json, path)];
    json->expected = column != 0 ? column : json->expected;
    return column != 0 ? column - 1U : SIZE_MAX;
}

int json_member(struct json *json, struct str path, struct str value, struct err *err)
{
    size_t column = column_of(json, path);
    if (json->is_collecting) {
        if (column == SIZE_MAX && json->column_count < TABLE_COLUMNS_MAX &&
            json->names.used_bytes < JSON_NAMES_BYTES_MAX) {
            struct str name = arena_str(&json->names, path, err);
            if (name.data == NULL) {
                return -1;
            }
            json->columns[json->column_count++] = name;
            json->places[place_of(json, name)] = (uint16_t)json->column_count;
            json->expected = json->column_count;
        }
        return 0;
    }
    if (column == SIZE_MAX) {
        json->report->ignored_members++;
    } else {
        json->cells[json->rows * json->column_count + column] = value;
    }
    return 0;
}

/* "outer" and "inner" as "outer.inner", cut at JSON_PATH_BYTES_MAX. */
struct str json_join(char into[static JSON_PATH_BYTES_MAX], struct str outer, struct str inner)
{
    size_t len = outer.len < JSON_PATH_BYTES_MAX - 1 ? outer.len : JSON_PATH_BYTES_MAX - 1;
    memcpy(into, outer.data, len);
    into[len++] = '.';
    size_t rest = inner.len < JSON_PATH_BYTES_MAX - len ? inner.len : JSON_PATH_BYTES_MAX - len;
    memcpy(into + len, inner.data, rest);
    return (struct str){into, len + rest};
}

static int take_value(struct json *json, struct json_cursor *c, struct str path, unsigned depth, bool *ret_good,
                      struct err *err);

/* How many scalars the array at c holds; SIZE_MAX: something else too, or more than JSON_ITEMS_MAX. */
static size_t count_scalars(const struct json_cursor *c)
{
    struct json_cursor look = {c->at + 1, c->end};
    size_t count = 0;
    for (json_skip_space(&look); look.at < look.end && *look.at != ']'; json_skip_space(&look)) {
        if (*look.at == ',') {
            look.at++;
            continue;
        }
        if (*look.at == '{' || *look.at == '[' || count == JSON_ITEMS_MAX) {
            return SIZE_MAX;
        }
        count++;
        if (*look.at == '"') {
            const char *behind = json_string_end(look.at, look.end);
            look.at = behind == NULL ? look.end : look.at + (behind - look.at);
            continue;
        }
        char *before = look.at;
        while (look.at < look.end && memchr(",] \t\r\n", *look.at, 6) == NULL) {
            look.at++;
        }
        if (look.at == before) {
            return SIZE_MAX;
        }
    }
    return count;
}

/* ["a", "b"] of "tags" as "tags.0" and "tags.1". */
static int take_items(struct json *json, struct json_cursor *c, struct str path, unsigned depth, bool *ret_good,
                      struct err *err)
{
    size_t item = 0;
    c->at++;
    for (json_skip_space(c); c->at < c->end && *c->at != ']'; json_skip_space(c)) {
        char room[JSON_PATH_BYTES_MAX], digit = (char)('0' + item++);
        TRY(take_value(json, c, json_join(room, path, (struct str){&digit, 1}), depth, ret_good, err));
        json_skip_space(c);
        if (!*ret_good || c->at == c->end || (*c->at != ',' && *c->at != ']')) {
            *ret_good = false;
            return 0;
        }
        c->at += *c->at == ',';
    }
    *ret_good = c->at < c->end;
    c->at += *ret_good;
    return 0;
}

static int take_value(struct json *json, struct json_cursor *c, struct str path, unsigned depth, bool *ret_good,
                      struct err *err)
{
    struct str value = {NULL, 0};
    *ret_good = false;
    if (c->at == c->end) {
        return 0;
    }
    if (*c->at == '{') {
        bool is_one = false;
        TRY(json_take_extended(json, c, &value, &is_one, err));
        if (!is_one) {
            return json_take_object(json, c, path, depth + 1, ret_good, err);
        }
        *ret_good = true;
    } else if (*c->at == '[') {
        if (count_scalars(c) != SIZE_MAX) {
            return take_items(json, c, path, depth, ret_good, err);
        }
        *ret_good = take_array(c, &value);
    } else if (*c->at == '"') {
        *ret_good = json_take_string(c, &value);
    } else {
        struct err why = {0};
        *ret_good = json_take_bare(json, c, &value, &why);
        if (why.kind != ERR_NONE) {
            return err_set(err, why.kind, "%s", why.text);
        }
    }
    return *ret_good ? json_member(json, path, value, err) : 0;
}

int json_take_object(struct json *json, struct json_cursor *c, struct str outer, unsigned depth, bool *ret_good,
                     struct err *err)
{
    *ret_good = false;
    if (depth > JSON_DEPTH_MAX) {
        return 0;
    }
    c->at++;
    json_skip_space(c);
    if (c->at < c->end && *c->at == '}') {
        c->at++;
        *ret_good = true;
        return 0;
    }
    while (c->at < c->end && *c->at == '"') {
        char room[JSON_PATH_BYTES_MAX];
        struct str name;
        bool good = false;
        if (!json_take_string(c, &name)) {
            return 0;
        }
        json_skip_space(c);
        if (c->at == c->end || *c->at++ != ':') {
            return 0;
        }
        json_skip_space(c);
        TRY(take_value(json, c, outer.len == 0 ? name : json_join(room, outer, name), depth, &good, err));
        if (!good) {
            return 0;
        }
        json_skip_space(c);
        if (c->at < c->end && *c->at == '}') {
            c->at++;
            *ret_good = true;
            return 0;
        }
        if (c->at == c->end || *c->at++ != ',') {
            return 0;
        }
        json_skip_space(c);
    }
    return 0;
}
