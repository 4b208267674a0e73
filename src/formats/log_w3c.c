/* W3C extended logs: IIS of every version, AWS CloudFront (the same with tabs), other servers that write them.
 *
 *   #Version: 1.0
 *   #Date: 2026-03-14 00:00:00
 *   #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status time-taken
 *   2026-03-14 21:47:09 192.0.2.1 GET /a.aspx cmd=x 443 - 203.0.113.7 Mozilla/5.0+(X11) 200 15
 *
 * #Fields holds until the next one, which may differ: columns live in the state, and a file is read from its start. A
 * service that is restarted writes its headers again in the middle of the file. Without a date column the date is #Date's,
 * and passes midnight with the clock. Times are UTC, by the format's own rule (IIS may cut its files by local time; what it writes
 * in them stays UTC). IIS writes "+" for a space, CloudFront percent-encodes the agent, twice before 2020.
 *
 * Path and query are two columns: they are joined in scratch, as a request has them. What an administrator did not tick is no
 * column: mostly sc-bytes, and then nothing is recorded of how much left.
 *
 * Sources: W3C "Extended Log File Format" (WD-logfile-960323); Microsoft "W3C Logging" (HTTP.sys, IIS 6 to 10); AWS
 * "CloudFront standard logs: log file format", fields 1 to 33 (sc-bytes: all bytes sent to the viewer, headers included; time-taken:
 * seconds). */
#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"
#include "formats/log_program.h"

#include "base/banned.h"

enum { COLUMNS_MAX = 96, DAY_BYTES = 10 };

/* As of 2026; the newest columns stand last. */
#define CLOUDFRONT_FIELDS                                                                                           \
    " date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) " \
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "   \
    "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "           \
    "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "    \
    "sc-range-start sc-range-end"

/* More fields than a program knows. */
enum { W3C_DATE = PROGRAM_FIELDS, W3C_CLOCK, W3C_DATE_TIME, W3C_CLOUD_AGENT, W3C_FIELDS };

struct column_name {
    const char *name;
    uint8_t field;
};

static const struct column_name column_names[] = {
    {"date", W3C_DATE},
    {"time", W3C_CLOCK},
    {"date-local", W3C_DATE},
    {"time-local", W3C_CLOCK},
    {"date-time", W3C_DATE_TIME},
    {"c-ip", PROGRAM_CLIENT},
    {"cs-username", PROGRAM_USER},
    {"cs-method", PROGRAM_METHOD},
    {"cs-uri-stem", PROGRAM_PATH},
    {"cs-uri-query", PROGRAM_QUERY},
    {"cs-uri", PROGRAM_TARGET},
    {"sc-status", PROGRAM_STATUS},
    {"sc-bytes", PROGRAM_BYTES},
    {"bytes", PROGRAM_BYTES},
    {"cs-bytes", PROGRAM_BYTES_IN},
    {"time-taken", PROGRAM_DURATION},
    {"TimeTakenMS", PROGRAM_DURATION},
    {"cs-host", PROGRAM_VHOST},
    {"cs(Host)", PROGRAM_VHOST},
    {"x-host-header", PROGRAM_VHOST},
    {"cs(Referer)", PROGRAM_REFERER},
    {"cs(Referrer)", PROGRAM_REFERER},
    {"cs(User-Agent)", PROGRAM_AGENT},
    {"X-Forwarded-For", PROGRAM_FORWARDED},
    {"cs(X-Forwarded-For)", PROGRAM_FORWARDED},
};

/* Between lines: what each column is, and the date that #Date gave. */
struct state {
    uint8_t columns[COLUMNS_MAX];
    uint8_t count; /* 0: no #Fields yet */
    uint8_t is_cloud, is_broken, is_quoted;
    uint8_t is_local; /* times are of the server's zone */
    int16_t zone;     /* #GMT-Offset, which not every server writes; minutes */
    int64_t date;     /* seconds; of the day that lines without one belong to */
    int64_t clock;    /* the last line's, within the day */
    int64_t day;      /* what day_text means */
    char day_text[DAY_BYTES];
    uint8_t has_date;
};
_Static_assert(sizeof(struct state) <= LOG_STATE_BYTES, "the columns live in a log_state");

struct w3c {
    struct web_calendar calendar;
    bool is_bare; /* CloudFront's lines without their headers: in the order its documentation has */
    char blind[PROGRAM_BLIND];
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* The next word of rest, which moves on. Blanks before it are no column: IIS writes two before some users. */
static struct str next_word(struct str *rest)
{
    size_t at = 0;
    while (rest->len > 0 && rest->data[0] == ' ') {
        *rest = str_slice(*rest, 1, rest->len);
    }
    while (at < rest->len && !is_space(rest->data[at])) {
        at++;
    }
    struct str word = str_slice(*rest, 0, at);
    *rest = str_slice(*rest, at + 1, rest->len);
    return word;
}

static uint8_t field_of(struct str name)
{
    for (size_t i = 0; i < sizeof column_names / sizeof *column_names; i++) {
        if (str_eq_nocase(name, str_of(column_names[i].name))) {
            return column_names[i].field;
        }
    }
    return PROGRAM_SKIP;
}

static void read_fields(struct state *state, struct str names)
{
    state->count = state->is_cloud = state->is_broken = state->is_local = 0;
    names = str_trim(names);
    while (names.len > 0) {
        struct str name = next_word(&names);
        if (name.len == 0) {
            continue;
        }
        if (state->count == COLUMNS_MAX) {
            state->is_broken = 1;
            return;
        }
        uint8_t field = field_of(name);
        for (uint8_t i = 0; i < state->count; i++) { /* the first of a kind */
            field = state->columns[i] == field ? PROGRAM_SKIP : field;
        }
        state->columns[state->count++] = field;
        state->is_cloud |= str_eq_nocase(name, STR("x-edge-location"));
        state->is_local |= str_eq_nocase(name, STR("time-local"));
    }
}

static bool read_day(struct str text, int64_t *ret_second)
{
    struct web_clock clock = {0};
    struct log_line line = {0};
    const struct web_calendar calendar = {.written = TIME_NONE, .zone_minutes = 0};
    clock.has_time = true;
    if (text.len != DAY_BYTES || web_clock_read(&clock, STR("%Y-%m-%d"), text) != DAY_BYTES ||
        !web_clock_finish(&clock, &calendar, &line)) {
        return false;
    }
    *ret_second = line.second;
    return true;
}

static bool read_header(struct state *state, struct str line, struct str *ret_fields)
{
    struct str_cut cut = str_cut(line, ':');
    if (str_eq_nocase(cut.head, STR("#Fields"))) {
        *ret_fields = cut.tail;
        return true;
    }
    if (str_eq_nocase(cut.head, STR("#Software"))) {
        state->is_quoted = str_find(cut.tail, STR("Microsoft Internet Information Services"), 0) == SIZE_MAX;
    }
    if (str_eq_nocase(cut.head, STR("#GMT-Offset"))) {
        struct web_clock clock = {0};
        bool is_zone = web_clock_read(&clock, STR("%z"), str_trim(cut.tail)) != SIZE_MAX;
        state->zone = is_zone ? clock.zone_minutes : 0;
    }
    if (str_eq_nocase(cut.head, STR("#Date"))) {
        struct str date = str_slice(str_trim(cut.tail), 0, DAY_BYTES);
        state->has_date = read_day(date, &state->date);
        state->clock = 0;
    }
    return false;
}

/* ---- a line ---- */

struct reading {
    const struct w3c *setup;
    struct state *state;
    struct log_line *line;
    struct buf *scratch;
    struct str all[W3C_FIELDS];
};

/* "21:47:09" or with a fraction, in seconds of the day. */
static bool read_clock(struct str text, int64_t *ret_second, uint32_t *ret_nano)
{
    struct web_clock clock = {0};
    if (web_clock_read(&clock, STR("%H:%M:%S%f"), text) != text.len) {
        return false;
    }
    *ret_second = (int64_t)clock.hour * 3600 + clock.minute * 60 + (clock.second == 60 ? 59 : clock.second);
    *ret_nano = clock.nano;
    return true;
}

static bool read_time(struct reading *reading)
{
    struct state *state = reading->state;
    struct log_line *line = reading->line;
    int64_t day = state->date, clock;
    line->zone_minutes = 0;
    if (reading->all[W3C_DATE_TIME].len > 0) {
        int64_t instant = time_parse(reading->all[W3C_DATE_TIME]);
        line->second = instant == TIME_NONE ? 0 : instant / NS_PER_S;
        return instant != TIME_NONE && instant >= 0;
    }
    if (!read_clock(reading->all[W3C_CLOCK], &clock, &line->nano)) {
        return false;
    }
    if (reading->all[W3C_DATE].len > 0) {
        struct str text = reading->all[W3C_DATE];
        bool is_known = text.len == DAY_BYTES && memcmp(text.data, state->day_text, DAY_BYTES) == 0;
        if (!is_known && !read_day(text, &state->day)) {
            return false;
        }
        memcpy(state->day_text, text.data, DAY_BYTES);
        day = state->day;
    } else if (!state->has_date) {
        return false;
    } else {
        /* half a day back is midnight passed; a little is a slow request */
        day = state->date += clock < state->clock - 43200 ? 86400 : 0;
        state->clock = clock;
    }
    line->second = day + clock - (int64_t)state->zone * 60;
    line->zone_minutes = state->zone;
    if (state->is_local) {
        int16_t zone = reading->setup->calendar.zone_minutes;
        line->second -= zone == LOG_NO_ZONE ? 0 : (int64_t)zone * 60;
        line->zone_minutes = LOG_NO_ZONE;
    }
    return true;
}

/* "%20", or "%2520" of before 2020; what is neither is a "%". */
static char percent_of(struct str text, size_t *ret_took)
{
    size_t skip = text.len > 4 && text.data[1] == '2' && text.data[2] == '5' ? 2 : 0;
    int high = text.len > skip + 2 ? str_hex_digit(text.data[skip + 1]) : -1;
    int low = text.len > skip + 2 ? str_hex_digit(text.data[skip + 2]) : -1;
    bool is_one = high >= 0 && low >= 0;
    *ret_took = is_one ? skip + 3 : 1;
    return is_one ? (char)(high * 16 + low) : '%';
}

/* IIS writes "+" for a space, CloudFront percent-encodes. */
static struct log_span agent_of(const struct reading *reading)
{
    struct str raw = web_unless_dash(reading->all[PROGRAM_AGENT]);
    char mark = reading->state->is_cloud ? '%' : '+';
    char *out = raw.len > 0 && memchr(raw.data, mark, raw.len) != NULL ? buf_room(reading->scratch, raw.len) : NULL;
    if (out == NULL) {
        return log_part(reading->line, raw);
    }
    uint32_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        size_t took = 1;
        char c = raw.data[i];
        if (c == mark) {
            c = mark == '+' ? ' ' : percent_of(str_slice(raw, i, raw.len), &took);
        }
        out[len++] = c;
        i += took - 1;
    }
    size_t at = reading->scratch->len;
    reading->scratch->len += len;
    return (struct log_span){(uint32_t)at | LOG_IN_SCRATCH, len};
}

static struct log_span target_of(const struct reading *reading)
{
    struct str path = web_unless_dash(reading->all[PROGRAM_PATH]), query = web_unless_dash(reading->all[PROGRAM_QUERY]);
    if (path.len == 0) {
        path = web_without_origin(web_unless_dash(reading->all[PROGRAM_TARGET]));
    }
    if (path.len == 0 || query.len == 0) {
        return log_part(reading->line, path);
    }
    size_t at = reading->scratch->len;
    buf_put(reading->scratch, path);
    buf_putc(reading->scratch, '?');
    buf_put(reading->scratch, query);
    return reading->scratch->failed
               ? (struct log_span){0, 0}
               : (struct log_span){(uint32_t)at | LOG_IN_SCRATCH, (uint32_t)(reading->scratch->len - at)};
}

/* IIS counts milliseconds, CloudFront seconds. */
static uint64_t duration_of(const struct reading *reading)
{
    uint64_t duration;
    uint64_t scale = reading->state->is_cloud ? 1000000 : 1000;
    return web_scaled(reading->all[PROGRAM_DURATION], scale, &duration) ? duration : LOG_NO_BYTES;
}

static uint64_t count_of(struct str text)
{
    uint64_t count;
    return web_count(text, &count) ? count : LOG_NO_BYTES;
}

static enum log_class fill_line(struct reading *reading)
{
    struct log_line *line = reading->line;
    const struct str *all = reading->all;
    if (!read_time(reading)) {
        return LOG_NO_TIME;
    }
    if (!web_is_client(all[PROGRAM_CLIENT])) {
        return LOG_NO_CLIENT;
    }
    if (!web_status(all[PROGRAM_STATUS], &line->status)) {
        return LOG_NO_STATUS;
    }
    if (!web_count(all[PROGRAM_BYTES], &line->bytes)) {
        return LOG_NO_SIZE;
    }
    line->client = log_part(line, all[PROGRAM_CLIENT]);
    line->user = log_part(line, web_unless_dash(all[PROGRAM_USER]));
    line->vhost = log_part(line, web_unless_dash(all[PROGRAM_VHOST]));
    line->referer = log_part(line, web_unless_dash(all[PROGRAM_REFERER]));
    line->forwarded = log_part(line, web_unless_dash(all[PROGRAM_FORWARDED]));
    line->agent = agent_of(reading);
    line->bytes_in = count_of(all[PROGRAM_BYTES_IN]);
    line->duration_us = duration_of(reading);
    struct str method = all[PROGRAM_METHOD];
    if (web_is_method(method)) {
        line->target = target_of(reading);
        line->method = line->target.len > 0 ? log_part(line, method) : (struct log_span){0, 0};
    }
    return reading->scratch->failed ? LOG_TOO_LONG : LOG_PARSED;
}

/* A value in quotes (IIS Advanced Logging, Oracle, Imperva; never IIS itself), without them. */
static struct str next_value(const struct state *state, struct str *rest)
{
    struct str line = *rest;
    while (line.len > 0 && line.data[0] == ' ') {
        line = str_slice(line, 1, line.len);
    }
    size_t end = state->is_quoted && line.len > 1 && line.data[0] == '"' ? 1 : 0;
    while (end > 0 && end < line.len &&
           (line.data[end] != '"' || (end + 1 < line.len && !is_space(line.data[end + 1])))) {
        end += line.data[end] == '"' ? 2 : 1;
    }
    if (end == 0 || end >= line.len) {
        return next_word(rest);
    }
    *rest = str_slice(line, end + 2, line.len);
    return str_slice(line, 1, end);
}

static enum log_class read_record(const void *setup, void *state_bytes, struct log_line *line, struct buf *scratch)
{
    struct reading reading = {.setup = setup, .state = state_bytes, .line = line, .scratch = scratch};
    struct str rest = {line->text, line->len}, names;
    if (str_starts(rest, STR("\xef\xbb\xbf#"))) {
        rest = str_slice(rest, 3, rest.len);
    }
    if (rest.data[0] == '#') {
        if (read_header(reading.state, rest, &names)) {
            read_fields(reading.state, names);
        }
        return LOG_NOTE;
    }
    if (reading.state->count == 0 && reading.setup->is_bare) {
        read_fields(reading.state, STR(CLOUDFRONT_FIELDS));
    }
    if (reading.state->count == 0 || reading.state->is_broken) {
        return LOG_NOT_SO;
    }
    for (size_t i = 0; i < W3C_FIELDS; i++) {
        reading.all[i] = (struct str){line->text, 0};
    }
    while (rest.len > 0 && is_space(rest.data[rest.len - 1])) {
        rest.len--;
    }
    for (uint8_t i = 0; i < reading.state->count; i++) {
        if (rest.len == 0) {
            return LOG_NOT_SO;
        }
        reading.all[reading.state->columns[i]] = next_value(reading.state, &rest);
    }
    while (rest.len > 0 && is_space(rest.data[0])) {
        rest = str_slice(rest, 1, rest.len);
    }
    return rest.len > 0 ? LOG_NOT_SO : fill_line(&reading);
}

static size_t w3c_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                        struct log_batch *batch)
{
    static const struct log_shape shape = {.read = read_record};
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

static const char *w3c_blind(const void *setup)
{
    const struct w3c *w3c = setup;
    return w3c->blind;
}

/* ---- the head ---- */

static unsigned has_of(const bool *fields, bool is_local)
{
    return (is_local ? 0U : LOG_HAS_ZONE) | LOG_HAS_YEAR | (fields[PROGRAM_BYTES] ? LOG_HAS_BYTES | LOG_HAS_WIRE : 0U) |
           (fields[PROGRAM_BYTES_IN] ? LOG_HAS_BYTES_IN : 0U) | (fields[PROGRAM_DURATION] ? LOG_HAS_DURATION : 0U) |
           (fields[PROGRAM_FORWARDED] ? LOG_HAS_FORWARDED : 0U) | (fields[PROGRAM_AGENT] ? LOG_HAS_AGENT : 0U);
}

/* "2026-03-14\t21:47:09\tFRA2-C1\t...": two dozen columns, by tabs. */
static bool is_cloud_line(struct str line)
{
    struct web_clock clock = {0};
    size_t tabs = 0;
    for (size_t i = 0; i < line.len; i++) {
        tabs += line.data[i] == '\t';
    }
    return tabs >= 23 && web_clock_read(&clock, STR("%Y-%m-%d%t%H:%M:%S%t"), line) == 20;
}

/* Is there a #Fields line with a client, a path, a status and a time? */
static bool is_web(const struct state *state, bool fields[static W3C_FIELDS])
{
    bool own[W3C_FIELDS] = {false};
    for (uint8_t i = 0; i < state->count; i++) {
        own[state->columns[i]] = true;
    }
    bool is_one = own[PROGRAM_CLIENT] && own[PROGRAM_STATUS] && (own[PROGRAM_PATH] || own[PROGRAM_TARGET]) &&
                  (own[W3C_CLOCK] || own[W3C_DATE_TIME]);
    for (size_t i = 0; is_one && i < W3C_FIELDS; i++) {
        fields[i] |= own[i];
    }
    return is_one;
}

static bool probe(const struct log_spec *spec, struct str head, bool is_cloud, void **ret_setup, unsigned *ret_has)
{
    struct state state = {0};
    bool fields[W3C_FIELDS] = {false}, is_found = false, is_bare = false;
    while (head.len > 0) {
        struct str_cut cut = str_cut(head, '\n');
        struct str line = str_trim(cut.head), names;
        line = str_starts(line, STR("\xef\xbb\xbf")) ? str_slice(line, 3, line.len) : line;
        if (line.len > 0 && line.data[0] == '#' && cut.found && read_header(&state, line, &names)) {
            read_fields(&state, names);
            is_found |= state.is_cloud == is_cloud && is_web(&state, fields);
        } else if (line.len > 0 && line.data[0] != '#' && !is_found) {
            /* lines before their columns: another format, or the rest of a file; CloudFront's have an order of their own */
            is_bare = is_cloud && is_cloud_line(line);
            if (!is_bare) {
                return false;
            }
            read_fields(&state, STR(CLOUDFRONT_FIELDS));
            is_found = is_web(&state, fields);
        }
        head = cut.tail;
    }
    struct w3c *setup = is_found ? calloc(1, sizeof *setup) : NULL;
    if (setup == NULL) {
        return false;
    }
    *ret_has = has_of(fields, state.is_local);
    setup->is_bare = is_bare;
    setup->calendar = (struct web_calendar){.written = spec->written, .zone_minutes = spec->zone_minutes};
    program_tell_blind(setup->blind, fields, false);
    *ret_setup = setup;
    return true;
}

static bool iis_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    return probe(spec, head, false, ret_setup, ret_has);
}

static bool cloudfront_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    return probe(spec, head, true, ret_setup, ret_has);
}

const struct log_format log_w3c = {
    .name = "W3C extended",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .has = LOG_HAS_ZONE | LOG_HAS_YEAR,
    .is_whole = true,
    .probe = iis_probe,
    .parse = w3c_parse,
    .blind = w3c_blind,
};

const struct log_format log_cloudfront = {
    .name = "CloudFront",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .has = LOG_HAS_ZONE | LOG_HAS_YEAR,
    .is_whole = true,
    .probe = cloudfront_probe,
    .parse = w3c_parse,
    .blind = w3c_blind,
};
