/* JSON Lines, and an array of objects: one object a row. Members of nested objects become columns with a dotted name
 * ("address.city", "_id.$oid"); arrays stay the JSON text they are.
 *
 * The columns are the members that turn up in the head of the file, in that order. Own scanner: a value is found,
 * unescaped in place and handed on without a tree. It accepts only what RFC 8259 allows between the values, but
 * does not judge the spelling of numbers: they are text to a table. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/encoding.h"
#include "formats/window.h"

#include "base/banned.h"

enum { JSON_DEPTH_MAX = 16, PATH_BYTES_MAX = 256, NAMES_BYTES_MAX = 4 << 20 };

struct json {
    struct window *window;
    const struct table_sink *sink;
    struct table_report *report;
    struct arena names;
    struct str *columns;
    size_t column_count;
    size_t expected;   /* the column that came last, plus one: members mostly keep their order */
    struct str *cells; /* the batch */
    size_t rows;
    bool is_wanted;
    bool is_collecting; /* first pass over the head: names only */
};

struct cursor {
    char *at, *end;
};

static void skip_space(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r')) {
        c->at++;
    }
}

/* ---- Where an object ends, without changing it ---- */

enum extent { EXTENT_WHOLE, EXTENT_MORE, EXTENT_BROKEN };

static const char *string_end(const char *at, const char *end)
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

/* From the '{' at `at` to behind its '}'. A line end inside a string means that the object was never closed. */
static enum extent object_extent(const char *at, const char *end, const char **ret_end)
{
    size_t depth = 0;
    while (at < end) {
        if (*at == '"') {
            const char *behind = string_end(at, end);
            if (behind == NULL) {
                return memchr(at, '\n', (size_t)(end - at)) != NULL ? EXTENT_BROKEN : EXTENT_MORE;
            }
            if (memchr(at, '\n', (size_t)(behind - at)) != NULL) {
                return EXTENT_BROKEN;
            }
            at = behind;
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
    return EXTENT_MORE;
}

/* ---- Values ---- */

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
static bool take_unicode(struct cursor *c, uint32_t *ret_point)
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
static bool take_string(struct cursor *c, struct str *ret_text)
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

/* A number, true, false or null. */
static bool take_bare(struct cursor *c, struct str *ret_text)
{
    char *start = c->at;
    while (c->at < c->end && memchr(",}] \t\r\n", *c->at, 7) == NULL) {
        c->at++;
    }
    *ret_text = (struct str){start, (size_t)(c->at - start)};
    if (str_eq(*ret_text, STR("null"))) {
        *ret_text = (struct str){NULL, 0};
        return true;
    }
    double number;
    return str_eq(*ret_text, STR("true")) || str_eq(*ret_text, STR("false")) || str_double(*ret_text, &number);
}

static bool take_array(struct cursor *c, struct str *ret_text)
{
    const char *end;
    if (object_extent(c->at, c->end, &end) != EXTENT_WHOLE) {
        return false;
    }
    *ret_text = (struct str){c->at, (size_t)(end - c->at)};
    c->at += ret_text->len;
    return true;
}

/* ---- Members ---- */

static size_t column_of(struct json *json, struct str path)
{
    if (json->expected < json->column_count && str_eq(json->columns[json->expected], path)) {
        return json->expected++;
    }
    for (size_t i = 0; i < json->column_count; i++) {
        if (str_eq(json->columns[i], path)) {
            json->expected = i + 1;
            return i;
        }
    }
    return SIZE_MAX;
}

static int member(struct json *json, struct str path, struct str value, struct err *err)
{
    size_t column = column_of(json, path);
    if (json->is_collecting) {
        if (column == SIZE_MAX && json->column_count < TABLE_COLUMNS_MAX && json->names.used_bytes < NAMES_BYTES_MAX) {
            struct str name = arena_str(&json->names, path, err);
            if (name.data == NULL) {
                return -1;
            }
            json->columns[json->column_count++] = name;
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

/* "outer" and "inner" as "outer.inner", cut at PATH_BYTES_MAX. */
static struct str join(char into[static PATH_BYTES_MAX], struct str outer, struct str inner)
{
    size_t len = outer.len < PATH_BYTES_MAX - 1 ? outer.len : PATH_BYTES_MAX - 1;
    memcpy(into, outer.data, len);
    into[len++] = '.';
    size_t rest = inner.len < PATH_BYTES_MAX - len ? inner.len : PATH_BYTES_MAX - len;
    memcpy(into + len, inner.data, rest);
    return (struct str){into, len + rest};
}

/* The object at c, member by member. *ret_good: false if it is no JSON. */
static int take_object(struct json *json, struct cursor *c, struct str outer, unsigned depth, bool *ret_good,
                       struct err *err)
{
    *ret_good = false;
    if (depth > JSON_DEPTH_MAX) {
        return 0;
    }
    c->at++;
    skip_space(c);
    if (c->at < c->end && *c->at == '}') {
        c->at++;
        *ret_good = true;
        return 0;
    }
    while (c->at < c->end && *c->at == '"') {
        char room[PATH_BYTES_MAX];
        struct str name;
        struct str value;
        if (!take_string(c, &name)) {
            return 0;
        }
        skip_space(c);
        if (c->at == c->end || *c->at++ != ':') {
            return 0;
        }
        skip_space(c);
        struct str path = outer.len == 0 ? name : join(room, outer, name);
        if (c->at < c->end && *c->at == '{') {
            TRY(take_object(json, c, path, depth + 1, ret_good, err));
            if (!*ret_good) {
                return 0;
            }
            *ret_good = false;
        } else {
            bool good = c->at < c->end && (*c->at == '"'   ? take_string(c, &value)
                                           : *c->at == '[' ? take_array(c, &value)
                                                           : take_bare(c, &value));
            if (!good) {
                return 0;
            }
            TRY(member(json, path, value, err));
        }
        skip_space(c);
        if (c->at < c->end && *c->at == '}') {
            c->at++;
            *ret_good = true;
            return 0;
        }
        if (c->at == c->end || *c->at++ != ',') {
            return 0;
        }
        skip_space(c);
    }
    return 0;
}

/* ---- Objects of the stream ---- */

static int json_flush(struct json *json, struct err *err)
{
    struct table_batch batch = {
        .first_row = json->report->rows, .rows = json->rows, .columns = json->column_count, .cells = json->cells};
    json->report->rows += json->rows;
    json->rows = 0;
    return batch.rows == 0 || !json->is_wanted ? 0 : json->sink->rows(json->sink->self, &batch, err);
}

static int one_object(struct json *json, char *from, char *end, struct err *err)
{
    struct cursor c = {from, end};
    bool good = false;
    json->expected = 0;
    if (!json->is_collecting) {
        memset(json->cells + json->rows * json->column_count, 0, json->column_count * sizeof(*json->cells));
    }
    TRY(take_object(json, &c, (struct str){NULL, 0}, 0, &good, err));
    if (json->is_collecting) {
        return 0;
    }
    if (!good || c.at != end) {
        json->report->rejected[TABLE_BROKEN]++;
        return 0;
    }
    json->rows++;
    return json->rows == TABLE_BATCH_ROWS ? json_flush(json, err) : 0;
}

/* The objects that lie wholly in [c->at, c->end). *ret_state says why it stopped: MORE at the end, or BROKEN. */
static int each_object(struct json *json, struct cursor *c, enum extent *ret_state, struct err *err)
{
    for (;;) {
        skip_space(c);
        while (c->at < c->end && (*c->at == '[' || *c->at == ',' || *c->at == ']')) {
            c->at++; /* an array of objects, or JSON Lines with commas: what stands between is no row */
            skip_space(c);
        }
        *ret_state = EXTENT_MORE;
        if (c->at == c->end) {
            return 0;
        }
        const char *end = NULL;
        *ret_state = *c->at == '{' ? object_extent(c->at, c->end, &end) : EXTENT_BROKEN;
        if (*ret_state != EXTENT_WHOLE) {
            return 0;
        }
        char *behind = c->at + (end - c->at);
        TRY(one_object(json, c->at, behind, err));
        c->at = behind;
    }
}

static void give_up_line(struct json *json, struct cursor *c, enum table_reject reason)
{
    char *eol = memchr(c->at, '\n', (size_t)(c->end - c->at));
    c->at = eol == NULL ? c->end : eol + 1;
    json->report->rejected[reason]++;
}

static int json_rows(struct json *json, struct err *err)
{
    struct window *window = json->window;
    for (;;) {
        struct cursor c = {window->data + window->from, window->data + window->to};
        enum extent state;
        TRY(each_object(json, &c, &state, err));
        TRY(json_flush(json, err));
        bool gave_up =
            state == EXTENT_BROKEN && (memchr(c.at, '\n', (size_t)(c.end - c.at)) != NULL || window->is_ended);
        if (gave_up) {
            give_up_line(json, &c, TABLE_BROKEN);
        } else if (window->is_ended && c.at < c.end) {
            give_up_line(json, &c, TABLE_CUT_OFF);
        }
        window->from = (size_t)(c.at - window->data);
        if (window->is_ended && c.at == c.end) {
            return 0;
        }
        if (gave_up && c.at < c.end) {
            continue;
        }
        bool full;
        TRY(window_more(window, &full, err));
        if (full) {
            c = (struct cursor){window->data + window->from, window->data + window->to};
            give_up_line(json, &c, TABLE_TOO_LONG);
            window->from = (size_t)(c.at - window->data);
        }
    }
}

/* Names from a copy of the head, which the walk may unescape. */
static int collect(struct json *json, struct err *err)
{
    struct str head = str_slice(window_str(json->window), 0, TABLE_HEAD_BYTES);
    OWN(own_mem) char *copy = malloc(head.len);
    if (copy == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for reading");
    }
    memcpy(copy, head.data, head.len);
    struct cursor c = {copy, copy + head.len};
    enum extent state;
    json->is_collecting = true;
    do {
        TRY(each_object(json, &c, &state, err));
        char *eol = memchr(c.at, '\n', (size_t)(c.end - c.at));
        c.at = eol == NULL ? c.end : eol + 1;
    } while (state == EXTENT_BROKEN && c.at < c.end);
    json->is_collecting = false;
    return json->column_count > 0 ? 0
                                  : err_set(err, ERR_FORMAT, "no object with members in the first %zu bytes", head.len);
}

static int jsonl_probe(struct str head)
{
    struct str text = str_trim(head);
    while (text.len > 0 && text.data[0] == '[') {
        text = str_trim(str_slice(text, 1, text.len));
    }
    if (text.len < 2 || text.data[0] != '{') {
        return 0;
    }
    struct str inside = str_trim(str_slice(text, 1, text.len));
    return inside.len > 0 && (inside.data[0] == '"' || inside.data[0] == '}') ? 90 : 0;
}

static int jsonl_read(struct window *window, struct str name, const struct table_sink *sink,
                      struct table_report *report, struct err *err)
{
    struct json json = {.window = window, .sink = sink, .report = report, .is_wanted = true};
    OWN(own_mem) struct str *columns = calloc(TABLE_COLUMNS_MAX, sizeof(*columns));
    json.columns = columns;
    arena_init(&json.names, 0);
    int result = columns == NULL ? err_set(err, ERR_LIMIT, "no memory for reading") : collect(&json, err);
    OWN(own_mem) struct str *cells = result == 0 ? calloc(json.column_count * TABLE_BATCH_ROWS, sizeof(*cells)) : NULL;
    if (result == 0 && cells == NULL) {
        result = err_set(err, ERR_LIMIT, "no memory for %zu columns", json.column_count);
    }
    if (result == 0) {
        json.cells = cells;
        struct table_shape shape = {name, columns, json.column_count, true};
        result = sink->table(sink->self, 0, &shape, &json.is_wanted, err);
    }
    if (result == 0) {
        result = json_rows(&json, err);
    }
    arena_clear(&json.names);
    return result;
}

const struct table_format table_jsonl_format = {"JSON Lines", jsonl_probe, jsonl_read};
