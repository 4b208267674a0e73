/* nginx's error log (src/core/ngx_log.c, src/http/ngx_http_request.c: ngx_http_log_error_handler).
 *
 *   2020/03/14 21:47:09 [error] 12#12: *3 open() "/var/www/x" failed (2: No such file or directory), client: 192.0.2.7,
 *   server: shop.example, request: "GET /x HTTP/1.1", upstream: "...", host: "shop.example", referrer: "http://..."
 *
 * all in one line, unless a program behind it wrote line ends. Times are the server's own, without a zone. Nothing is
 * escaped: a path or a request may hold ", client: 203.0.113.9". Where more than one place could be the client's and they
 * differ, no client is told. */
#include "formats/log.h"
#include "formats/log_clock.h"
#include "formats/log_named.h"

#include "base/banned.h"

static bool scan_stamp(struct scan *scan, struct log_stamp *stamp)
{
    *stamp = (struct log_stamp){0};
    return log_scan_date(scan, '/', stamp) && scan_char(scan, ' ') && log_scan_time(scan, stamp);
}

static bool starts(const void *setup, struct str line)
{
    (void)setup;
    struct scan scan = {line, 0};
    struct log_stamp stamp;
    return scan_stamp(&scan, &stamp) && scan_text(&scan, STR(" ["));
}

/* "192.0.2.7", "unix:", "2001:db8::1"; up to the next comma. */
static struct str value_of(struct str text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.data[end] != ',' && text.data[end] != ' ' && text.data[end] != '\n' &&
           text.data[end] != '"') {
        end++;
    }
    return str_slice(text, at, end);
}

static struct str only_client(struct str text)
{
    static const struct str mark = STR_INIT(", client: ");
    struct str client = {0};
    for (size_t at = str_find(text, mark, 0); at != SIZE_MAX; at = str_find(text, mark, at + 1)) {
        struct str here = value_of(text, at + mark.len);
        if (client.len > 0 && !str_eq(client, here)) {
            return (struct str){0};
        }
        client = here;
    }
    return client;
}

/* `key` with a value in quotes; up to the quote that ends it, the first that a comma or the record's end follows. */
static struct str quoted(struct str text, struct str key, size_t from)
{
    size_t at = str_find(text, key, from);
    if (at == SIZE_MAX) {
        return (struct str){0};
    }
    at += key.len;
    size_t end = at;
    while (end < text.len && !(text.data[end] == '"' &&
                               (end + 1 == text.len || text.data[end + 1] == ',' || text.data[end + 1] == '\n'))) {
        end++;
    }
    return end < text.len ? str_slice(text, at, end) : (struct str){0};
}

static void read_fields(struct log_line *line, struct str text)
{
    static const struct str mark = STR_INIT(", client: ");
    size_t tail = str_find(text, mark, 0);
    struct str client = only_client(text);
    line->message = log_part(line, str_slice(text, 0, tail));
    line->file = log_part(line, log_named_file(str_slice(text, 0, tail)));
    if (tail == SIZE_MAX || client.len == 0) {
        return;
    }
    line->client = log_part(line, client);
    line->request = log_part(line, quoted(text, STR(", request: \""), tail));
    line->vhost = log_part(line, quoted(text, STR(", host: \""), tail));
    size_t server = str_find(text, STR(", server: "), tail);
    if (line->vhost.len == 0 && server != SIZE_MAX) {
        line->vhost = log_part(line, value_of(text, server + 10));
    }
}

static enum log_class read_record(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    (void)scratch;
    struct scan scan = {{line->text, line->len}, 0};
    struct log_stamp stamp;
    struct str level;
    uint64_t pid, thread, connection;
    if (!scan_stamp(&scan, &stamp) || !log_clock_set(setup, &stamp, line)) {
        return LOG_NO_TIME;
    }
    if (!scan_text(&scan, STR(" [")) || !scan_until(&scan, ']', &level) || level.len > 8 || !scan_char(&scan, ' ') ||
        !scan_number(&scan, 1, 10, &pid) || !scan_char(&scan, '#') || !scan_number(&scan, 1, 18, &thread) ||
        !scan_text(&scan, STR(": "))) {
        return LOG_NOT_SO;
    }
    line->level = log_part(line, level);
    line->session = pid;
    if (scan_char(&scan, '*') && scan_number(&scan, 1, 18, &connection)) {
        scan_blanks(&scan);
    }
    read_fields(line, scan_rest(&scan));
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

const struct log_format log_nginx_error = {
    .name = "nginx error log",
    .cannot_show = "requests that went well, and anything below the level that the server was told to log",
    .kind = LOG_ERRORS,
    .has = LOG_HAS_YEAR | LOG_HAS_SESSION,
    .probe = probe,
    .parse = parse,
    .starts = begins,
};
