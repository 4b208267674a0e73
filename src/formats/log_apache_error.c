/* Apache's error log.
 *
 *   2.2   [Sat Mar 14 21:47:09 2020] [error] [client 192.0.2.7] File does not exist: /var/www/x, referer: http://...
 *   2.4   [Sat Mar 14 21:47:09.123456 2020] [core:error] [pid 1:tid 2] (2)No such file: [client 192.0.2.7:5678] AH00128: ...
 *
 * (core documentation, ErrorLogFormat: its default for threaded servers is "[%{u}t] [%-m:%l] [pid %P:tid %T] %7F: %E: [client\ %a]
 * %M% ,\ referer\ %{Referer}i".) Times are the server's own, without a zone. From 2.4 on an address has a port behind it, an IPv6 one
 * without brackets. What programs below the server write to it has no head of its own, and belongs to the line before. */
#include "formats/log.h"
#include "formats/log_clock.h"
#include "formats/log_named.h"

#include "base/banned.h"

static bool starts(const void *setup, struct str line)
{
    (void)setup;
    struct scan scan = {line, 0};
    struct log_stamp stamp;
    return scan_char(&scan, '[') && log_scan_ctime(&scan, &stamp) && scan_char(&scan, ']');
}

static bool is_level(struct str word)
{
    static const char *const levels[] = {"emerg",  "alert",  "crit",   "error",  "warn",   "notice",
                                         "info",   "debug",  "trace1", "trace2", "trace3", "trace4",
                                         "trace5", "trace6", "trace7", "trace8"};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (str_eq(word, str_of(levels[i]))) {
            return true;
        }
    }
    return false;
}

/* "[error]", "[core:error]", "[:error]" */
static bool read_level(struct scan *scan, struct log_line *line, bool *ret_new)
{
    struct str inside;
    if (!scan_text(scan, STR(" [")) || !scan_until(scan, ']', &inside)) {
        return false;
    }
    struct str_cut cut = str_cut(inside, ':');
    *ret_new = cut.found;
    struct str level = cut.found ? cut.tail : cut.head;
    line->level = log_part(line, level);
    return is_level(level);
}

/* "[pid 1:tid 2]", "[pid 1]" */
static void read_process(struct scan *scan, struct log_line *line, bool *ret_new)
{
    struct scan ahead = *scan;
    struct str inside;
    uint64_t pid;
    if (scan_text(&ahead, STR(" [pid ")) && scan_number(&ahead, 1, 10, &pid) && scan_until(&ahead, ']', &inside) &&
        (inside.len == 0 || inside.data[0] == ':')) {
        line->session = pid;
        *ret_new = true;
        *scan = ahead;
    }
}

/* What may stand before the client: nothing, "mod_x.c(12):", "(2)No such file or directory:", or both. Behind anything else
 * "[client ...]" is part of a message, and so may be what a visitor sent. */
static bool may_be_before_client(struct str text)
{
    struct str rest = str_trim(text);
    if (rest.len == 0) {
        return true;
    }
    size_t open = str_find(rest, STR("("), 0);
    struct scan scan = {rest, open == SIZE_MAX ? rest.len : open + 1};
    uint64_t number;
    bool is_name = open != SIZE_MAX && memchr(rest.data, ' ', open) == NULL && memchr(rest.data, '"', open) == NULL;
    return is_name && scan_number(&scan, 1, 10, &number) && scan_char(&scan, ')') && str_ends(rest, STR(":")) &&
           str_find(rest, STR("["), 0) == SIZE_MAX;
}

static void read_client(struct scan *scan, struct log_line *line, bool has_port)
{
    struct scan ahead = *scan;
    size_t at = str_find(scan->text, STR(" [client "), scan->at);
    struct str address;
    if (at == SIZE_MAX || !may_be_before_client(str_slice(scan->text, scan->at, at))) {
        return;
    }
    ahead.at = at + 9;
    if (!scan_until(&ahead, ']', &address) || address.len == 0 || address.len > 80 ||
        memchr(address.data, ' ', address.len) != NULL) {
        return;
    }
    for (size_t i = address.len; has_port && i-- > 0;) {
        if (address.data[i] == ':') {
            address.len = i;
            break;
        }
    }
    line->client = log_part(line, address);
    *scan = ahead;
}

static struct str without_referer(struct str message)
{
    size_t at = str_find(message, STR(", referer: "), 0);
    return at == SIZE_MAX ? message : str_slice(message, 0, at);
}

static enum log_class read_record(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    (void)scratch;
    struct scan scan = {log_first_line((struct str){line->text, line->len}), 0};
    struct log_stamp stamp;
    bool is_new;
    if (!scan_char(&scan, '[') || !log_scan_ctime(&scan, &stamp) || !scan_char(&scan, ']') ||
        !log_clock_set(setup, &stamp, line)) {
        return LOG_NO_TIME;
    }
    if (!read_level(&scan, line, &is_new)) {
        return LOG_NOT_SO;
    }
    read_process(&scan, line, &is_new);
    read_client(&scan, line, is_new);
    scan_blanks(&scan);
    struct str message = scan_rest(&scan);
    line->message = log_part(line, message);
    line->file = log_part(line, log_named_file(without_referer(message)));
    return LOG_PARSED;
}

/* A dated line of another log begins a record too, which is then none of ours. */
static bool begins(const void *setup, struct str line)
{
    return starts(setup, line) || log_clock_dated(line);
}

static const struct log_shape shape = {.read = read_record, .starts = begins};

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    (void)ret_has;
    return log_clock_probe(spec, head, starts, ret_setup);
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_apache_error = {
    .name = "Apache error log",
    .cannot_show = "requests that went well, and anything below the level that the server was told to log",
    .kind = LOG_ERRORS,
    .has = LOG_HAS_YEAR | LOG_HAS_SESSION,
    .probe = probe,
    .parse = parse,
    .starts = begins,
};
