/* What the first lines of a JSON log teach: which fields they have, and, where no member's name tells the client, the time, the
 * request or the status, which member's values all have the form of one. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/log_json.h"
#include "formats/log_json_read.h"

#include "base/banned.h"

enum { LINES_LOOKED_AT = 64, PATHS_MAX = 64 };

/* One member without a known name, over the lines: how many values it had, and how many of each form. */
struct column {
    char path[JSON_LEARNED_BYTES];
    uint8_t len;
    unsigned values, forms[PROGRAM_FIELDS];
};

struct learning {
    struct column columns[PATHS_MAX];
    size_t count;
};

static struct column *column_of(struct learning *learning, struct str path)
{
    for (size_t i = 0; i < learning->count; i++) {
        if (str_eq(path, (struct str){learning->columns[i].path, learning->columns[i].len})) {
            return &learning->columns[i];
        }
    }
    if (learning->count == PATHS_MAX || path.len > JSON_LEARNED_BYTES) {
        return NULL;
    }
    struct column *column = &learning->columns[learning->count++];
    memcpy(column->path, path.data, path.len);
    column->len = (uint8_t)path.len;
    return column;
}

static bool is_request_line(struct str raw)
{
    struct web_request request = web_request(raw);
    return request.method.len > 0 && request.target.len > 0 &&
           request.target.data + request.target.len < raw.data + raw.len;
}

static bool note(void *self, struct str path, struct str raw, bool is_text)
{
    raw = web_unless_dash(raw);
    if (json_name_of(path) != NULL || raw.len == 0 || (!is_text && !str_is_digit(raw.data[0]))) {
        return true;
    }
    struct column *column = column_of(self, path);
    if (column != NULL) {
        uint16_t status = 0;
        column->values++;
        bool is_address = memchr(raw.data, '.', raw.len) != NULL || memchr(raw.data, ':', raw.len) != NULL;
        column->forms[PROGRAM_CLIENT] += is_address && str_is_digit(raw.data[0]) && web_is_client(raw);
        column->forms[PROGRAM_TIME] += json_is_time(raw);
        column->forms[PROGRAM_REQUEST] += is_request_line(raw);
        column->forms[PROGRAM_STATUS] += web_status(raw, &status) && status >= 100 && status <= 599;
    }
    return true;
}

/* The first member whose values all have the field's form; of requests half do, since anything can be sent to a server. */
static void learn(struct json_setup *setup, const struct learning *learning, enum program_field field)
{
    for (size_t i = 0; i < learning->count && setup->learned_count < JSON_LEARNED; i++) {
        const struct column *column = &learning->columns[i];
        if (column->values > 0 && column->forms[field] * (field == PROGRAM_REQUEST ? 2 : 1) >= column->values) {
            struct json_learned *row = &setup->learned[setup->learned_count++];
            row->field = (uint8_t)field;
            row->len = column->len;
            memcpy(row->path, column->path, column->len);
            return;
        }
    }
}

struct lines {
    struct str rest;
    size_t count;
};

/* The next line of a head that is an object; the last one may be cut, and fails as such. */
static bool next_line(struct lines *lines, struct str *ret_line)
{
    while (lines->rest.len > 0 && lines->count < LINES_LOOKED_AT) {
        struct str_cut cut = str_cut(lines->rest, '\n');
        lines->rest = cut.tail;
        *ret_line = str_trim(cut.head);
        if (ret_line->len > 0 && memchr(ret_line->data, '{', ret_line->len) != NULL) {
            lines->count++;
            return true;
        }
        lines->count += ret_line->len > 0;
    }
    return false;
}

/* Which fields are known by name, in any line. */
static void known_fields(const struct json_setup *setup, struct str head, bool known[static PROGRAM_FIELDS])
{
    struct lines lines = {.rest = head};
    struct json_members members;
    struct str line;
    while (next_line(&lines, &line)) {
        (void)json_gather(setup, line, &members);
        for (size_t f = 0; f < PROGRAM_FIELDS; f++) {
            known[f] |= members.all[f].is_there;
        }
    }
}

static bool learn_names(struct json_setup *setup, struct str head, const bool known[static PROGRAM_FIELDS])
{
    OWN(own_mem) struct learning *learning = calloc(1, sizeof *learning);
    struct lines lines = {.rest = head};
    struct str line;
    if (learning == NULL) {
        return false;
    }
    while (next_line(&lines, &line)) {
        (void)json_line_walk(json_object_in(line), &(const struct json_taker){learning, note});
    }
    static const enum program_field wanted[] = {PROGRAM_CLIENT, PROGRAM_TIME, PROGRAM_STATUS};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (!known[wanted[i]]) {
            learn(setup, learning, wanted[i]);
        }
    }
    if (!known[PROGRAM_REQUEST] && !known[PROGRAM_TARGET] && !known[PROGRAM_PATH]) {
        learn(setup, learning, PROGRAM_REQUEST);
    }
    return true;
}

static unsigned has_of(const bool fields[static PROGRAM_FIELDS], bool is_wire, bool is_zoned)
{
    return LOG_HAS_YEAR | (fields[PROGRAM_BYTES] ? LOG_HAS_BYTES : 0U) | (is_wire ? LOG_HAS_WIRE : 0U) |
           (is_zoned ? LOG_HAS_ZONE : 0U) | (fields[PROGRAM_FORWARDED] ? LOG_HAS_FORWARDED : 0U) |
           (fields[PROGRAM_DURATION] ? LOG_HAS_DURATION : 0U) | (fields[PROGRAM_BYTES_IN] ? LOG_HAS_BYTES_IN : 0U) |
           (fields[PROGRAM_AGENT] ? LOG_HAS_AGENT : 0U);
}

bool json_learn(struct json_setup *setup, struct str head, unsigned *ret_has)
{
    bool fields[PROGRAM_FIELDS] = {false};
    bool is_wire = false, is_zoned = true;
    size_t parsed = 0;
    known_fields(setup, head, fields);
    if (!learn_names(setup, head, fields)) {
        return false;
    }
    OWN(own_buf) struct buf scratch = {0};
    struct lines lines = {.rest = head};
    struct str text;
    memset(fields, 0, sizeof fields);
    while (next_line(&lines, &text)) {
        struct log_line line = {.text = text.data, .len = (uint32_t)text.len};
        struct json_members members;
        buf_reset(&scratch);
        if (text.len <= LOG_LINE_MAX && json_line_read(setup, &line, &scratch, &members) == LOG_PARSED) {
            parsed++;
            is_zoned &= line.zone_minutes != LOG_NO_ZONE;
            for (size_t f = 0; f < PROGRAM_FIELDS; f++) {
                fields[f] |= members.all[f].is_there;
                is_wire |= f == PROGRAM_BYTES && members.all[f].is_wire;
            }
        }
    }
    *ret_has = has_of(fields, is_wire, is_zoned);
    program_tell_blind(setup->blind, fields, false);
    return parsed > 0;
}
