/* JSON Lines, pretty-printed documents one behind another, and an array of objects: one object a row. Members of nested objects become
 * columns with a dotted name ("address.city"), arrays of at most eight scalars numbered ones ("tags.0"); other arrays stay the JSON text they
 * are. Rows that lie deeper in a document: table_jsondoc.c.
 *
 * The columns are the members that turn up in the first 4 MiB, in that order. Those of a later one are counted. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/table_json.h"

#include "base/banned.h"

int json_flush(struct json *json, struct err *err)
{
    struct table_batch batch = {.table = json->table,
                                .first_row = json->table_rows,
                                .rows = json->rows,
                                .columns = json->column_count,
                                .cells = json->cells};
    json->report->rows += json->rows;
    json->table_rows += json->rows;
    json->rows = 0;
    int result = batch.rows == 0 || !json->is_wanted ? 0 : json->sink->rows(json->sink->self, &batch, err);
    arena_reset(&json->scratch);
    return result;
}

void json_begin_row(struct json *json)
{
    json->expected = 0;
    if (!json->is_collecting) {
        memset(json->cells + json->rows * json->column_count, 0, json->column_count * sizeof(*json->cells));
    }
}

int json_end_row(struct json *json, struct err *err)
{
    json->rows++;
    return json->rows == TABLE_BATCH_ROWS ? json_flush(json, err) : 0;
}

static int one_object(struct json *json, char *from, char *end, struct err *err)
{
    struct json_cursor c = {from, end};
    bool good = false;
    json_begin_row(json);
    TRY(json_take_object(json, &c, (struct str){NULL, 0}, 0, &good, err));
    if (json->is_collecting) {
        return 0;
    }
    if (!good || c.at != end) {
        json->report->rejected[TABLE_BROKEN]++;
        return 0;
    }
    return json_end_row(json, err);
}

/* Comments, as phpMyAdmin wrote them before its tables. False: there is none here, or it has no end near. */
static bool skip_comment(struct json_cursor *c)
{
    enum { COMMENT_BYTES = 256 };
    size_t left = (size_t)(c->end - c->at);
    struct str rest = {c->at, left < COMMENT_BYTES ? left : COMMENT_BYTES};
    if (left < 2 || c->at[0] != '/' || (c->at[1] != '/' && c->at[1] != '*')) {
        return false;
    }
    size_t end = str_find(rest, c->at[1] == '/' ? STR("\n") : STR("*/"), 2);
    if (end == SIZE_MAX) {
        return false;
    }
    c->at += end + (c->at[1] == '/' ? 1 : 2);
    return true;
}

/* What stands between the objects and is no row: brackets of an array of objects, commas. */
static void skip_between(struct json *json, struct json_cursor *c)
{
    json_skip_space(c);
    while (c->at < c->end && !json->is_closed) {
        bool is_bracket = *c->at == '[' || *c->at == ']';
        if (json->is_in_array && is_bracket) {
            json->is_closed = *c->at == ']';
            c->at += json->is_closed;
            return;
        }
        if (is_bracket || *c->at == ',') {
            c->at++;
        } else if (!skip_comment(c)) {
            return;
        }
        json_skip_space(c);
    }
}

/* As far as the object at c may reach. */
static const char *limit_of(const struct json *json, const struct json_cursor *c)
{
    const char *eol = json->credit == 0 ? memchr(c->at, '\n', (size_t)(c->end - c->at)) : NULL;
    return eol == NULL ? c->end : eol + 1;
}

static void spend(struct json *json, size_t bytes)
{
    json->credit -= json->credit < bytes ? json->credit : bytes;
}

/* Blanks before the first byte of the line that `at` stands in. */
static size_t indentation(const struct json *json, const char *at)
{
    const char *line = at;
    size_t blanks = 0;
    while (line > json->sight && line[-1] != '\n') {
        line--;
    }
    while (line + blanks < at && (line[blanks] == ' ' || line[blanks] == '\t')) {
        blanks++;
    }
    return blanks;
}

/* Does what stands at `at` belong to the object that was given up? */
static bool is_of_given_up(const struct json *json, const char *at)
{
    return json->given_up != SIZE_MAX && indentation(json, at) > json->given_up;
}

/* The objects that lie wholly in [c->at, c->end). *ret_state says why it stopped: MORE at the end, or BROKEN. */
static int each_object(struct json *json, struct json_cursor *c, enum json_extent *ret_state, struct err *err)
{
    for (;;) {
        skip_between(json, c);
        *ret_state = EXTENT_MORE;
        if (c->at == c->end || json->is_closed) {
            return 0;
        }
        const char *end = c->at;
        const char *limit = limit_of(json, c);
        bool is_object = *c->at == '{' && !is_of_given_up(json, c->at);
        *ret_state = is_object ? json_extent(c->at, limit, &end) : EXTENT_BROKEN;
        if (*ret_state == EXTENT_MORE && limit < c->end) {
            *ret_state = EXTENT_BROKEN;
        }
        if (*ret_state != EXTENT_WHOLE) {
            spend(json, *ret_state == EXTENT_BROKEN ? (size_t)(end - c->at) : 0);
            return 0;
        }
        char *behind = c->at + (end - c->at);
        json->given_up = SIZE_MAX;
        TRY(one_object(json, c->at, behind, err));
        c->at = behind;
    }
}

static void give_up_line(struct json *json, struct json_cursor *c, enum table_reject reason)
{
    char *eol = memchr(c->at, '\n', (size_t)(c->end - c->at));
    bool is_rest = json->given_up != SIZE_MAX && c->at < c->end &&
                   (is_of_given_up(json, c->at) || memchr("]}", *c->at, 2) != NULL);
    if (!is_rest) {
        bool is_object = c->at < c->end && *c->at == '{';
        json->given_up = is_object ? indentation(json, c->at) : json->given_up;
        json->report->rejected[reason] += !json->is_collecting;
    }
    c->at = eol == NULL ? c->end : eol + 1;
}

int json_rows(struct json *json, struct err *err)
{
    struct window *window = json->window;
    for (;;) {
        struct json_cursor c = {window->data + window->from, window->data + window->to};
        enum json_extent state;
        json->sight = window->data;
        TRY(each_object(json, &c, &state, err));
        TRY(json_flush(json, err));
        size_t earned = (size_t)(c.at - (window->data + window->from));
        json->credit += json->credit < JSON_CREDIT_BYTES ? earned : 0;
        bool gave_up = !json->is_closed && state == EXTENT_BROKEN &&
                       (memchr(c.at, '\n', (size_t)(c.end - c.at)) != NULL || window->is_ended);
        if (gave_up) {
            give_up_line(json, &c, TABLE_BROKEN);
        } else if (window->is_ended && c.at < c.end && !json->is_closed) {
            spend(json, (size_t)(c.end - c.at));
            give_up_line(json, &c, TABLE_CUT_OFF);
        }
        window->from = (size_t)(c.at - window->data);
        if ((window->is_ended && c.at == c.end) || json->is_closed) {
            return 0;
        }
        if (gave_up && c.at < c.end) {
            continue;
        }
        bool full;
        TRY(window_double(window, &full, err));
        if (full) {
            json->sight = window->data;
            c = (struct json_cursor){window->data + window->from, window->data + window->to};
            spend(json, (size_t)(c.end - c.at));
            give_up_line(json, &c, TABLE_TOO_LONG);
            window->from = (size_t)(c.at - window->data);
        }
    }
}

/* An object whose end is not in the head: the head cuts it, or it was never closed and others follow. */
static bool is_never_closed(struct json *json, const struct json_cursor *c)
{
    enum { OFTEN_BYTES = 256 << 10 }; /* more than a row mostly has */
    size_t left = (size_t)(c->end - c->at);
    spend(json, left);
    return left > OFTEN_BYTES || (json->window->is_ended && left > 0);
}

/* Names from a copy of the head, which the walk may unescape. */
static int collect(struct json *json, struct err *err)
{
    struct str head = str_slice(window_str(json->window), 0, JSON_HEAD_BYTES);
    OWN(own_mem) char *copy = malloc(head.len);
    if (copy == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for reading");
    }
    memcpy(copy, head.data, head.len);
    struct json_cursor c = {copy, copy + head.len};
    enum json_extent state;
    json->is_collecting = true;
    json->sight = copy;
    json->given_up = SIZE_MAX;
    bool goes_on = true;
    while (goes_on) {
        TRY(each_object(json, &c, &state, err));
        goes_on = !json->is_closed && (state == EXTENT_BROKEN || is_never_closed(json, &c));
        give_up_line(json, &c, TABLE_BROKEN);
        goes_on = goes_on && c.at < c.end;
    }
    json->is_collecting = json->is_closed = false;
    json->given_up = SIZE_MAX;
    arena_reset(&json->scratch);
    return json->column_count > 0 || json->is_in_array
               ? 0
               : err_set(err, ERR_FORMAT, "no object with members in the first %zu bytes", head.len);
}

int json_open_table(struct json *json, struct str name, struct err *err)
{
    json->column_count = json->rows = 0;
    memset(json->places, 0, sizeof json->places);
    json->table_rows = 0;
    json->is_wanted = true;
    json->is_closed = false;
    TRY(window_want(json->window, JSON_HEAD_BYTES, err));
    TRY(collect(json, err));
    return json->column_count > 0 ? json_announce(json, name, err) : 0;
}

int json_announce(struct json *json, struct str name, struct err *err)
{
    json->cells = calloc(json->column_count * TABLE_BATCH_ROWS, sizeof(*json->cells));
    if (json->cells == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu columns", json->column_count);
    }
    struct table_shape shape = {name, json->columns, json->column_count, true};
    return json->sink->table(json->sink->self, json->table, &shape, &json->is_wanted, err);
}

void json_close_table(struct json *json)
{
    free(json->cells);
    json->cells = NULL;
    arena_clear(&json->names);
    arena_clear(&json->scratch);
    json->table++;
}

static int jsonl_probe(struct str head)
{
    struct json_cursor c = {(char *)(uintptr_t)head.data, (char *)(uintptr_t)head.data + head.len};
    json_skip_space(&c);
    while (c.at < c.end && (*c.at == '[' || skip_comment(&c))) {
        c.at += c.at < c.end && *c.at == '[';
        json_skip_space(&c);
    }
    struct str text = {c.at, (size_t)(c.end - c.at)};
    if (text.len < 2 || text.data[0] != '{') {
        return 0;
    }
    struct str inside = str_trim(str_slice(text, 1, text.len));
    return inside.len > 0 && (inside.data[0] == '"' || inside.data[0] == '}') ? 90 : 0;
}

static int jsonl_read(struct window *window, struct str name, const struct table_sink *sink,
                      struct table_report *report, struct err *err)
{
    OWN(own_mem) struct str *columns = calloc(TABLE_COLUMNS_MAX, sizeof(*columns));
    struct json json = {.window = window,
                        .sink = sink,
                        .report = report,
                        .columns = columns,
                        .credit = JSON_CREDIT_BYTES,
                        .name = name};
    if (columns == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for reading");
    }
    arena_init(&json.names, 0);
    arena_init(&json.scratch, 0);
    TRY(window_want(window, JSON_HEAD_BYTES, err));
    if (jsondoc_probe(window_str(window), window->is_ended)) {
        report->format = "JSON";
        return jsondoc_read(&json, err);
    }
    int result = json_open_table(&json, name, err);
    result = result == 0 ? json_rows(&json, err) : result;
    json_close_table(&json);
    return result;
}

const struct table_format table_jsonl_format = {"JSON Lines", jsonl_probe, jsonl_read};
