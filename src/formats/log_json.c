/* JSON access logs, one object a line: nginx with escape=json, Caddy, Traefik, Envoy, Elastic's common schema (nested or
 * dotted), Google's and Azure's load balancers, Cloudflare.
 *
 * There is no standard, so a member is known by its name (the table below), and of several for one field the best
 * named wins. nginx's members are called what an administrator liked: a client, a time, a request or a status that no
 * name tells is looked for among the values of the first lines (log_json_learn.c), where all of them have the form of one.
 * A line is a request when it says when, whose, what, and how it was answered.
 *
 * Sources: nginx log_format; Caddy's structured access log; Traefik "Access Logs" (fields); Envoy "Access logging";
 * Elastic Common Schema 8 (http, url, source, user_agent); Google Cloud LogEntry.httpRequest; Azure Application Gateway
 * "Access log"; Cloudflare Logpush "HTTP requests". */
#include "formats/log_json.h"

#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/log_json_read.h"

#include "base/banned.h"

enum { BEFORE_MAX = 512 }; /* bytes that syslog or a container may have put before the object */

/* ---- one line ---- */

struct gathering {
    const struct json_setup *setup;
    struct json_members *members;
};

static bool take(void *self, struct str path, struct str raw, bool is_text)
{
    const struct gathering *gathering = self;
    const struct json_name *name = json_name_of(path);
    struct json_name learned;
    for (size_t i = 0; i < gathering->setup->learned_count; i++) {
        const struct json_learned *row = &gathering->setup->learned[i];
        if (str_eq(path, (struct str){row->path, row->len})) {
            learned = (struct json_name){.field = row->field, .rank = 0};
            name = &learned;
        }
    }
    bool is_null = !is_text && str_eq(raw, STR("null"));
    if (name == NULL || is_null) {
        return true;
    }
    struct json_member *member = &gathering->members->all[name->field];
    if (!member->is_there || name->rank < member->rank) {
        *member = (struct json_member){.raw = raw,
                                       .rank = name->rank,
                                       .is_there = true,
                                       .is_text = is_text,
                                       .is_wire = name->is_wire,
                                       .unit = name->unit};
    }
    return true;
}

struct str json_object_in(struct str text)
{
    size_t most = text.len < BEFORE_MAX ? text.len : BEFORE_MAX;
    for (size_t at = 0; at < most; at++) {
        size_t name = at + 1;
        while (text.data[at] == '{' && name < text.len && text.data[name] == ' ') {
            name++;
        }
        if (text.data[at] == '{' && name < text.len && text.data[name] == '"') {
            return str_slice(text, at, text.len);
        }
    }
    return text;
}

bool json_gather(const struct json_setup *setup, struct str text, struct json_members *members)
{
    struct gathering gathering = {setup, members};
    const struct json_taker taker = {&gathering, take};
    memset(members, 0, sizeof *members);
    return json_line_walk(json_object_in(text), &taker) > 0;
}

/* "2026-03-14T21:47:09.123Z", "14/Mar/2026:21:47:09 +0000", or a count since 1970 of seconds, milli-, micro- or nanoseconds. */
static bool read_time(struct str raw, struct web_clock *clock)
{
    static const struct str written[] = {STR_INIT(WEB_TIME_ISO), STR_INIT(WEB_TIME_CLF),
                                         STR_INIT("%Y-%m-%d%i%H:%M:%S%f")};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        *clock = (struct web_clock){0};
        if (web_clock_read(clock, written[i], raw) == raw.len) {
            return true;
        }
    }
    struct str whole = str_cut(raw, '.').head;
    size_t digits = whole.len;
    struct str pattern = digits >= 18   ? (struct str){NULL, 0}
                         : digits >= 15 ? STR(WEB_TIME_EPOCH_US "%f")
                         : digits >= 12 ? STR(WEB_TIME_EPOCH_MS)
                                        : STR(WEB_TIME_EPOCH);
    *clock = (struct web_clock){0};
    if (digits == 19) { /* nanoseconds: the microseconds of them */
        return web_clock_read(clock, STR(WEB_TIME_EPOCH_US), str_slice(whole, 0, 16)) == 16;
    }
    return pattern.len > 0 && digits >= 9 &&
           web_clock_read(clock, pattern, digits >= 12 && digits < 15 ? whole : raw) > 0 && clock->has_epoch;
}

bool json_is_time(struct str raw)
{
    struct web_clock clock;
    return read_time(raw, &clock);
}

struct reading {
    struct log_line *line;
    struct buf *scratch;
    struct json_members *members;
};

/* A member's text: in the line, or unescaped in scratch. */
static struct log_span text_of(const struct reading *reading, enum program_field field, struct str *ret_text)
{
    const struct json_member *member = &reading->members->all[field];
    struct str raw = web_unless_dash(member->raw);
    *ret_text = raw.data == NULL ? (struct str){"", 0} : raw;
    if (!member->is_text || raw.len == 0 || memchr(raw.data, '\\', raw.len) == NULL) {
        return log_part(reading->line, raw);
    }
    size_t at = reading->scratch->len;
    json_line_unescape(raw, reading->scratch);
    if (reading->scratch->failed) {
        return (struct log_span){0, 0};
    }
    *ret_text = (struct str){reading->scratch->data + at, reading->scratch->len - at};
    return (struct log_span){(uint32_t)at | LOG_IN_SCRATCH, (uint32_t)ret_text->len};
}

static struct log_span part_of(struct log_span whole, struct str text, struct str part)
{
    return part.len == 0 ? (struct log_span){0, 0}
                         : (struct log_span){whole.at + (uint32_t)(part.data - text.data), (uint32_t)part.len};
}

static struct log_span path_and_query(const struct reading *reading)
{
    struct str query = web_unless_dash(reading->members->all[PROGRAM_QUERY].raw), text;
    if (query.len == 0) {
        return text_of(reading, PROGRAM_PATH, &text);
    }
    size_t at = reading->scratch->len;
    json_line_unescape(reading->members->all[PROGRAM_PATH].raw, reading->scratch);
    if (query.data[0] != '?') {
        buf_putc(reading->scratch, '?');
    }
    json_line_unescape(query, reading->scratch);
    return reading->scratch->failed
               ? (struct log_span){0, 0}
               : (struct log_span){(uint32_t)at | LOG_IN_SCRATCH, (uint32_t)(reading->scratch->len - at)};
}

/* False: the line says of no request at all. */
static bool read_target(const struct reading *reading)
{
    struct log_line *line = reading->line;
    const struct json_member *all = reading->members->all;
    struct str text;
    if (all[PROGRAM_TARGET].is_there) {
        line->target = text_of(reading, PROGRAM_TARGET, &text);
        line->target = part_of(line->target, text, web_without_origin(text));
    } else if (all[PROGRAM_PATH].is_there) {
        line->target = path_and_query(reading);
    } else if (all[PROGRAM_REQUEST].is_there) {
        struct log_span whole = text_of(reading, PROGRAM_REQUEST, &text);
        struct web_request request = web_request(text);
        line->method = part_of(whole, text, request.method);
        line->target = part_of(whole, text, request.target);
        return true;
    } else {
        return false;
    }
    struct log_span method = text_of(reading, PROGRAM_METHOD, &text);
    if (text.len == 0 && all[PROGRAM_REQUEST].is_there) {
        struct log_span whole = text_of(reading, PROGRAM_REQUEST, &text);
        struct str first = str_cut(text, ' ').head;
        method = part_of(whole, text, first);
        text = first;
    }
    if (web_is_method(text)) {
        line->method = method;
    } else {
        line->target = (struct log_span){0, 0};
    }
    return true;
}

static bool read_client(const struct reading *reading)
{
    struct str text, client;
    struct log_span whole = text_of(reading, PROGRAM_CLIENT, &text);
    bool is_list = memchr(text.data, ',', text.len) != NULL; /* Traefik, where it trusts a proxy */
    client = is_list ? web_last_forwarded(text) : web_without_port(text);
    reading->line->client = part_of(whole, text, client);
    return web_is_client(client);
}

static uint64_t count_of(const struct json_member *member)
{
    uint64_t count;
    return member->is_there && web_count(member->raw, &count) ? count : LOG_NO_BYTES;
}

static uint64_t duration_of(const struct json_member *member)
{
    uint64_t duration;
    struct str raw = member->raw;
    raw.len -= raw.len > 1 && raw.data[raw.len - 1] == 's'; /* "0.123s" */
    if (!member->is_there || !web_scaled(raw, member->unit == JSON_SECONDS ? 1000000 : 1, &duration) ||
        duration == LOG_NO_BYTES) {
        return LOG_NO_BYTES;
    }
    return member->unit == JSON_NANO ? duration / 1000 : duration;
}

enum log_class json_line_read(const struct json_setup *setup, struct log_line *line, struct buf *scratch,
                              struct json_members *members)
{
    const struct reading reading = {line, scratch, members};
    struct web_clock clock;
    struct str text;
    if (!json_gather(setup, (struct str){line->text, line->len}, members)) {
        return LOG_NOT_SO;
    }
    const struct json_member *all = members->all;
    if (!all[PROGRAM_TIME].is_there || !read_time(all[PROGRAM_TIME].raw, &clock) ||
        !web_clock_finish(&clock, &setup->calendar, line)) {
        return LOG_NO_TIME;
    }
    if (!read_client(&reading)) {
        return LOG_NO_CLIENT;
    }
    if (!all[PROGRAM_STATUS].is_there || !web_status(all[PROGRAM_STATUS].raw, &line->status)) {
        return LOG_NO_STATUS;
    }
    if (!read_target(&reading)) {
        return LOG_NO_REQUEST;
    }
    line->bytes = count_of(&all[PROGRAM_BYTES]);
    line->bytes_in = count_of(&all[PROGRAM_BYTES_IN]);
    line->duration_us = duration_of(&all[PROGRAM_DURATION]);
    line->user = text_of(&reading, PROGRAM_USER, &text);
    line->vhost = text_of(&reading, PROGRAM_VHOST, &text);
    line->referer = text_of(&reading, PROGRAM_REFERER, &text);
    line->agent = text_of(&reading, PROGRAM_AGENT, &text);
    line->forwarded = text_of(&reading, PROGRAM_FORWARDED, &text);
    return scratch->failed ? LOG_TOO_LONG : LOG_PARSED;
}

static enum log_class read_record(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    struct json_members members;
    (void)state;
    return json_line_read(setup, line, scratch, &members);
}

static size_t json_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                         struct log_batch *batch)
{
    static const struct log_shape shape = {.read = read_record};
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

static const char *json_blind(const void *setup)
{
    const struct json_setup *json = setup;
    return json->blind;
}

static bool json_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    struct json_setup *setup = calloc(1, sizeof *setup);
    if (setup == NULL) {
        return false;
    }
    setup->calendar = (struct web_calendar){.written = spec->written, .zone_minutes = spec->zone_minutes};
    *ret_setup = setup;
    return json_learn(setup, head, ret_has);
}

const struct log_format log_json = {
    .name = "JSON",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .has = LOG_HAS_YEAR,
    .probe = json_probe,
    .parse = json_parse,
    .blind = json_blind,
};
