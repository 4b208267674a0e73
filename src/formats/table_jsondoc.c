/* JSON in which the rows lie deeper: {"data": [{...}]}, {"customers": [...], "orders": [...]}, and phpMyAdmin's
 * [{"type": "header"}, {"type": "table", "name": "customers", "data": [...]}]. Every array of objects that is not itself within a row is a
 * table, named by its member, or by the "name" that stands before its "data". What lies beside the rows is counted (report.outside).
 *
 * A document is told from JSON Lines by its only object: nothing follows it, and it holds an array of objects, as a member or deeper. */
#include "base/str.h"
#include "formats/table_json.h"

#include "base/banned.h"

enum { WRAPPERS_MAX = 8 };

/* ---- Is it one? ---- */

/* Behind the scalar at `at`. */
static char *scalar_end(char *at, char *end)
{
    if (*at == '"') {
        const char *behind = json_string_end(at, end);
        return behind == NULL ? end : at + (behind - at);
    }
    while (at < end && memchr(",}] \t\r\n", *at, 7) == NULL) {
        at++;
    }
    return at;
}

/* Does the object at c, which may be cut, hold an array of objects outside of arrays? */
static bool holds_rows(struct json_cursor *c, unsigned depth)
{
    c->at++;
    while (c->at < c->end && *c->at != '}') {
        json_skip_space(c);
        if (c->at < c->end && memchr(",:", *c->at, 2) != NULL) {
            c->at++;
            continue;
        }
        if (c->at == c->end || *c->at == '}') {
            break;
        }
        if (*c->at == '[') {
            struct json_cursor first = {c->at + 1, c->end};
            const char *behind = NULL;
            json_skip_space(&first);
            if (first.at < first.end && *first.at == '{') {
                return true;
            }
            if (json_extent(c->at, c->end, &behind) != EXTENT_WHOLE) {
                return false;
            }
            c->at += behind - c->at;
        } else if (*c->at == '{') {
            if (depth == WRAPPERS_MAX || holds_rows(c, depth + 1)) {
                return depth < WRAPPERS_MAX;
            }
        } else {
            char *before = c->at;
            c->at = scalar_end(c->at, c->end);
            if (c->at == before) {
                return false;
            }
        }
    }
    c->at += c->at < c->end;
    return false;
}

static bool is_phpmyadmin(struct str head)
{
    static const char opening[] = "[{\"type\":\"header\"";
    size_t matched = 0;
    for (size_t i = 0; i < head.len && i < 4096 && matched < sizeof opening - 1; i++) {
        if (memchr(" \t\r\n", head.data[i], 4) != NULL) {
            continue;
        }
        if (head.data[i] != opening[matched]) {
            return false;
        }
        matched++;
    }
    return matched == sizeof opening - 1;
}

bool jsondoc_probe(struct str head, bool is_whole)
{
    struct json_cursor c = {(char *)(uintptr_t)head.data, (char *)(uintptr_t)head.data + head.len};
    const char *behind = NULL;
    json_skip_space(&c);
    if (c.at == c.end || *c.at != '{') {
        return is_phpmyadmin(head);
    }
    enum json_extent extent = json_extent(c.at, c.end, &behind);
    if (extent == EXTENT_BROKEN) {
        return false;
    }
    if (extent == EXTENT_WHOLE) {
        struct str rest = str_trim((struct str){behind, (size_t)(c.end - behind)});
        if (rest.len > 0 || !is_whole) {
            return false;
        }
    }
    return holds_rows(&c, 0);
}

/* ---- Reading ---- */

/* The next byte that is no space, not taken; 0 at the end. */
static int look(struct json *json, char *ret_byte, struct err *err)
{
    struct window *window = json->window;
    for (;;) {
        struct json_cursor c = {window->data + window->from, window->data + window->to};
        json_skip_space(&c);
        window->from = (size_t)(c.at - window->data);
        *ret_byte = c.at < c.end ? *c.at : '\0';
        if (c.at < c.end || window->is_ended) {
            return 0;
        }
        bool full;
        TRY(window_more(window, &full, err));
    }
}

/* One byte, whatever it is, taken. False in *ret_any at the end. */
static int take(struct json *json, char *ret_byte, bool *ret_any, struct err *err)
{
    struct window *window = json->window;
    while (window->from == window->to && !window->is_ended) {
        bool full;
        TRY(window_more(window, &full, err));
    }
    *ret_any = window->from < window->to;
    *ret_byte = *ret_any ? window->data[window->from++] : '\0';
    return 0;
}

/* The string ahead, cut to the room; escapes other than of a quote or backslash stay as they are. */
static int take_name(struct json *json, char name[static JSON_PATH_BYTES_MAX], struct err *err)
{
    size_t len = 0;
    char byte;
    bool any, is_escaped = false;
    TRY(take(json, &byte, &any, err));
    for (;;) {
        TRY(take(json, &byte, &any, err));
        if (!any || (byte == '"' && !is_escaped)) {
            name[len] = '\0';
            return 0;
        }
        is_escaped = byte == '\\' && !is_escaped;
        if (!is_escaped && len < JSON_PATH_BYTES_MAX - 1) {
            name[len++] = byte;
        }
    }
}

/* A value that holds no rows. It ends before the ',' or bracket of what is around it. */
static int skip(struct json *json, struct err *err)
{
    size_t depth = 0;
    bool in_string = false, is_escaped = false, any = true;
    char byte = '\0';
    json->report->outside++;
    while (any) {
        TRY(take(json, &byte, &any, err));
        if (in_string) {
            in_string = byte != '"' || is_escaped;
            is_escaped = byte == '\\' && !is_escaped;
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '{' || byte == '[') {
            depth++;
        } else if (depth == 0 && any && memchr(",}]", byte, 3) != NULL) {
            json->window->from--;
            return 0;
        } else if (byte == '}' || byte == ']') {
            depth--;
        }
    }
    return 0;
}

/* An array without rows, behind its '['. */
static int skip_array(struct json *json, bool *ret_good, struct err *err)
{
    char byte, comma;
    bool any;
    TRY(look(json, &byte, err));
    json->report->outside += byte != ']';
    uint64_t before = json->report->outside;
    while (byte != ']' && byte != '\0') {
        TRY(skip(json, err));
        TRY(look(json, &byte, err));
        if (byte == ',') {
            TRY(take(json, &comma, &any, err));
        } else if (byte == '}') {
            *ret_good = false;
            return 0;
        }
    }
    json->report->outside = before;
    return take(json, &comma, &any, err);
}

static int take_object(struct json *json, unsigned depth, bool *ret_good, struct err *err);

static int take_rows(struct json *json, const char *name, bool *ret_good, struct err *err)
{
    struct str called = str_of(json->called[0] != '\0' && strcmp(name, "data") == 0 ? json->called : name);
    json->is_in_array = true;
    int result = json_open_table(json, called.len == 0 ? json->name : called, err);
    if (result == 0 && json->column_count == 0) {
        return skip_array(json, ret_good, err);
    }
    result = result == 0 ? json_rows(json, err) : result;
    json_close_table(json);
    return result;
}

static int take_value(struct json *json, const char *name, unsigned depth, bool *ret_good, struct err *err)
{
    char byte, any_byte;
    bool any;
    *ret_good = true;
    TRY(look(json, &byte, err));
    if (byte == '{' && depth < WRAPPERS_MAX) {
        return take_object(json, depth + 1, ret_good, err);
    }
    if (byte != '[') {
        return skip(json, err);
    }
    TRY(take(json, &any_byte, &any, err));
    TRY(look(json, &byte, err));
    if (byte == '{') {
        return take_rows(json, name, ret_good, err);
    }
    return skip_array(json, ret_good, err);
}

static int take_object(struct json *json, unsigned depth, bool *ret_good, struct err *err)
{
    char byte, name[JSON_PATH_BYTES_MAX];
    bool any;
    TRY(take(json, &byte, &any, err));
    for (;;) {
        TRY(look(json, &byte, err));
        *ret_good = byte == '"' || byte == ',' || byte == '}';
        if (!*ret_good) {
            return 0;
        }
        if (byte != '"') {
            TRY(take(json, &byte, &any, err));
            if (byte == '}') {
                return 0;
            }
            continue;
        }
        TRY(take_name(json, name, err));
        TRY(look(json, &byte, err));
        *ret_good = byte == ':';
        if (!*ret_good) {
            return 0;
        }
        TRY(take(json, &byte, &any, err));
        TRY(look(json, &byte, err));
        if (byte == '"' && strcmp(name, "name") == 0) {
            TRY(take_name(json, json->called, err));
            json->report->outside++;
        } else {
            TRY(take_value(json, name, depth, ret_good, err));
            if (!*ret_good) {
                return 0;
            }
        }
    }
}

int jsondoc_read(struct json *json, struct err *err)
{
    char byte;
    bool any, good = true;
    for (;;) {
        TRY(look(json, &byte, err));
        if (byte == '\0') {
            return 0;
        }
        if (byte == '{') {
            json->called[0] = '\0';
            TRY(take_object(json, 0, &good, err));
        } else {
            good = memchr(",[]", byte, 3) != NULL; /* around phpMyAdmin's objects */
            TRY(take(json, &byte, &any, err));
        }
        if (!good) { /* what comes behind cannot be placed */
            bool is_end = json->window->is_ended && json->window->from == json->window->to;
            json->report->rejected[is_end ? TABLE_CUT_OFF : TABLE_BROKEN]++;
            while (!json->window->is_ended) {
                bool full;
                json->window->from = json->window->to;
                TRY(window_more(json->window, &full, err));
            }
            return 0;
        }
    }
}
