/* Formats that are given: each row is a server's format string, a line as that server writes it, and what must come out. */
#include "web_rows.h"

#include "base/banned.h"

#define APACHE "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %D"
#define NGINX \
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" $request_time"
#define WHEN "[14/Mar/2026:21:47:09 +0100]"
#define GOOD "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 5 \"-\" \"UA\" 7\n"

static const struct web_row apache[] = {
    {"combined and more",
     APACHE,
     "LogFormat",
     NULL,
     "192.0.2.1 - ann " WHEN " \"GET /a?b=c HTTP/1.1\" 200 5171 \"http://r/\" \"UA (x)\" 1234",
     LOG_PARSED,
     "192.0.2.1",
     "ann",
     NULL,
     "GET",
     "/a?b=c",
     "http://r/",
     "UA (x)",
     NULL,
     200,
     5171,
     0,
     1234,
     "2026-03-14T20:47:09Z",
     LOG_HAS_BYTES | LOG_HAS_ZONE | LOG_HAS_YEAR | LOG_HAS_DURATION | LOG_HAS_AGENT,
     LOG_HAS_WIRE | LOG_HAS_FORWARDED,
     NULL},
    {"the quotes still escaped, as in the configuration", "%h %l %u %t \\\"%r\\\" %>s %b", "LogFormat", NULL,
     "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 5", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/", .status = 200,
     .bytes = 5},
    {"a whole directive", "LogFormat \"%h %t \\\"%r\\\" %>s %O\" mine", "LogFormat", NULL,
     "192.0.2.1 " WHEN " \"GET / HTTP/1.1\" 200 512", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/", .status = 200,
     .bytes = 512, .has = LOG_HAS_BYTES | LOG_HAS_WIRE, .has_not = LOG_HAS_AGENT, .blind = "agents"},
    {"no size", "%h %t \"%r\" %>s", "LogFormat", NULL, "192.0.2.1 " WHEN " \"GET / HTTP/1.1\" 200", LOG_PARSED,
     "192.0.2.1", NULL, NULL, "GET", "/", .status = 200, .bytes = NONE, .has_not = LOG_HAS_BYTES,
     .blind = "how much was sent"},
    {"a dash for no bytes", "%h %t \"%r\" %>s %b", "LogFormat", NULL, "192.0.2.1 " WHEN " \"GET / HTTP/1.1\" 304 -",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/", .status = 304, .bytes = NONE, .has = LOG_HAS_BYTES},
    {"body before wire, final before original", "%h %t \"%r\" %s %O %>s %B %I", "LogFormat", NULL,
     "192.0.2.1 " WHEN " \"GET / HTTP/1.1\" 200 812 404 512 99", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/",
     .status = 404, .bytes = 512, .bytes_in = 99, .has = LOG_HAS_BYTES | LOG_HAS_BYTES_IN, .has_not = LOG_HAS_WIRE},
    {"behind a vhost", "%v:%p %h %l %u %t \"%r\" %>s %O", "LogFormat", NULL,
     "shop.example:443 2001:db8::1 - - " WHEN " \"GET / HTTP/1.1\" 200 5", LOG_PARSED, "2001:db8::1", NULL,
     "shop.example", "GET", "/", .status = 200, .bytes = 5},
    {"method, path and query apart", "%a %t %m %U%q %H %>s %B", "LogFormat", NULL,
     "192.0.2.1 " WHEN " POST /a b.php?c=d HTTP/1.1 200 5", LOG_PARSED, "192.0.2.1", NULL, NULL, "POST", "/a b.php?c=d",
     .status = 200, .bytes = 5},
    {"no query at all", "%a %t %m %U %>s %B", "LogFormat", NULL, "192.0.2.1 " WHEN " POST /a.php 200 5", LOG_PARSED,
     "192.0.2.1", NULL, NULL, "POST", "/a.php", .status = 200, .bytes = 5, .blind = "queries"},
    {"path and query in two places", "%a \"%q\" %t %m \"%U\" %>s %B", "LogFormat", NULL,
     "192.0.2.1 \"?c=d\" " WHEN " GET \"/a.php\" 200 5", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/a.php?c=d",
     .status = 200, .bytes = 5},
    {"time by strftime, in parts", "%h %{%Y-%m-%d %T}t.%{msec_frac}t %{%z}t \"%r\" %>s %b", "LogFormat", NULL,
     "192.0.2.1 2026-03-14 21:47:09.123 -0530 \"GET / HTTP/1.1\" 200 5", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET",
     "/", .status = 200, .bytes = 5, .time = "2026-03-15T03:17:09.123Z", .has = LOG_HAS_ZONE | LOG_HAS_YEAR},
    {"begin before end", "%h %{end:sec}t %{begin:msec}t \"%r\" %>s", "LogFormat", NULL,
     "192.0.2.1 1773524999 1773524829123 \"GET / HTTP/1.1\" 200", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/",
     .status = 200, .bytes = NONE, .time = "2026-03-14T21:47:09.123Z"},
    {"microseconds", "%h %{usec}t \"%r\" %>s", "LogFormat", NULL, "192.0.2.1 1773524829123456 \"GET / HTTP/1.1\" 200",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/", .status = 200, .bytes = NONE,
     .time = "2026-03-14T21:47:09.123456Z"},
    {"no zone and no year", "%h %{%b %e %H:%M:%S}t \"%r\" %>s", "LogFormat", NULL,
     "192.0.2.1 Dec  4 21:47:09 \"GET / HTTP/1.1\" 200", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/", .status = 200,
     .bytes = NONE, .time = "2025-12-04T21:47:09Z", .has_not = LOG_HAS_ZONE | LOG_HAS_YEAR},
    {"half a day", "%h %{%D %I:%M:%S %p}t \"%r\" %>s", "LogFormat", NULL,
     "192.0.2.1 03/14/26 12:05:00 AM \"GET / HTTP/1.1\" 200", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/",
     .status = 200, .bytes = NONE, .time = "2026-03-14T00:05:00Z"},
    {"conditions and unknown directives", "%h %!200,304{Referer}i %{FOO}e %^FB %400,501{Y}o %t \"%r\" %>s %{ms}T",
     "LogFormat", NULL, "192.0.2.1 - foo bar 77 - " WHEN " \"GET / HTTP/1.1\" 200 15", LOG_PARSED, "192.0.2.1", NULL,
     NULL, "GET", "/", .status = 200, .bytes = NONE, .duration_us = 15000},
    {"the forwarded address alone", "%{X-Forwarded-For}i %l %u %t \"%r\" %>s %b", "LogFormat", NULL,
     "198.51.100.7, 203.0.113.9 - - " WHEN " \"GET / HTTP/1.1\" 200 5", LOG_PARSED, "203.0.113.9", NULL, NULL, "GET",
     "/", NULL, NULL, "198.51.100.7, 203.0.113.9", 200, 5, .has = LOG_HAS_FORWARDED,
     .blind = "address of the connection"},
    {"nobody forwarded it", "%{X-Forwarded-For}i %l %u %t \"%r\" %>s %b", "LogFormat", NULL,
     "- - - " WHEN " \"GET / HTTP/1.1\" 200 5", LOG_PARSED, "-", NULL, NULL, "GET", "/", NULL, NULL, NULL, 200, 5},
    {"both addresses", "%h \"%{X-Forwarded-For}i\" %t \"%r\" %>s %b", "LogFormat", NULL,
     "10.0.0.1 \"198.51.100.7\" " WHEN " \"GET / HTTP/1.1\" 200 5", LOG_PARSED, "10.0.0.1", NULL, NULL, "GET", "/",
     NULL, NULL, "198.51.100.7", 200, 5},
    {"a user who writes a time", APACHE, "LogFormat", NULL,
     "192.0.2.1 - x [01/Jan/2000:00:00:00 +0000] y " WHEN " \"GET / HTTP/1.1\" 401 1 \"-\" \"UA\" 7", LOG_PARSED,
     "192.0.2.1", "x [01/Jan/2000:00:00:00 +0000] y", NULL, "GET", "/", NULL, "UA", NULL, 401, 1,
     .time = "2026-03-14T20:47:09Z"},
    {"a quote in the request", APACHE, "LogFormat", NULL,
     "192.0.2.1 - - " WHEN " \"GET /?q=\\\" 200 5 HTTP/1.1\" 403 8 \"-\" \"UA\" 7", LOG_PARSED, "192.0.2.1", NULL, NULL,
     "GET", "/?q=\\\" 200 5", NULL, "UA", NULL, 403, 8},
    {"a backslash before the end", APACHE, "LogFormat", NULL,
     "192.0.2.1 - - " WHEN " \"GET /\\\\\" 403 8 \"-\" \"\\\\\" 7", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/\\\\",
     NULL, "\\\\", NULL, 403, 8},
    {"bytes that are no text", APACHE, "LogFormat", NULL,
     "192.0.2.1 - - " WHEN " \"\\x16\\x03\\x01\" 400 226 \"-\" \"-\" 7", LOG_PARSED, "192.0.2.1", .status = 400,
     .bytes = 226},
    {"raw quotes of a very old server", APACHE, "LogFormat", NULL,
     "192.0.2.1 - - " WHEN " \"GET /?a=\"b\" 1&c HTTP/1.0\" 404 8 \"-\" \"-\" 7", LOG_PARSED, "192.0.2.1", NULL, NULL,
     "GET", "/?a=\"b\" 1&c", .status = 404, .bytes = 8},
    {"tabs between", "%h\\t%t\\t%r\\t%>s", "LogFormat", NULL, "192.0.2.1\t" WHEN "\tGET / HTTP/1.1\t200", LOG_PARSED,
     "192.0.2.1", NULL, NULL, "GET", "/", .status = 200, .bytes = NONE},
    {"tabs between, in a directive", "LogFormat \"%h\\t%t\\t%r\\t%>s\"", "LogFormat", NULL,
     "192.0.2.1\t" WHEN "\tGET / HTTP/1.1\t200", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/", .status = 200,
     .bytes = NONE},
};

static const struct web_row apache_bad[] = {
    {"the agent has no end", APACHE, "LogFormat", GOOD,
     "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 8 \"-\" \"Mozilla/5.0 (x", LOG_TAIL_CUT, "192.0.2.1", NULL, NULL,
     "GET", "/", NULL, "Mozilla/5.0 (x", NULL, 200, 8},
    {"the referer has no end", APACHE, "LogFormat", GOOD, "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 8 \"http",
     LOG_TAIL_CUT, "192.0.2.1", NULL, NULL, "GET", "/", "http", NULL, NULL, 200, 8},
    {"no client", APACHE, "LogFormat", GOOD, "shop.example:443 - - " WHEN " \"GET / HTTP/1.1\" 200 8 \"-\" \"-\" 7",
     LOG_NO_CLIENT, .client = NULL},
    {"no time", APACHE, "LogFormat", GOOD,
     "192.0.2.1 - - [30/Feb/2026:21:47:09 +0100] \"GET / HTTP/1.1\" 200 8 \"-\" \"-\" 7", LOG_NO_TIME, .client = NULL},
    {"time in words", APACHE, "LogFormat", GOOD, "192.0.2.1 - - [now] \"GET / HTTP/1.1\" 200 8 \"-\" \"-\" 7",
     LOG_NO_TIME, .client = NULL},
    {"cut in the request", APACHE, "LogFormat", GOOD, "192.0.2.1 - - " WHEN " \"GET /a", LOG_NO_REQUEST,
     .client = NULL},
    {"no status", APACHE, "LogFormat", GOOD, "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 20 8 \"-\" \"-\" 7",
     LOG_NO_STATUS, .client = NULL},
    {"no size", APACHE, "LogFormat", GOOD, "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 x \"-\" \"-\" 7", LOG_NO_SIZE,
     .client = NULL},
    {"size beyond 64 bits", APACHE, "LogFormat", GOOD,
     "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 99999999999999999999 \"-\" \"-\" 7", LOG_NO_SIZE, .client = NULL},
    {"more behind", APACHE, "LogFormat", GOOD, "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 8 \"-\" \"-\" 7 x",
     LOG_NOT_SO, .client = NULL},
    {"blank", APACHE, "LogFormat", GOOD, "", LOG_BLANK, .client = NULL},
};

static const struct web_row nginx[] = {
    {"main", NGINX, "log_format", NULL, "192.0.2.1 - - " WHEN " \"GET /?q=\\x22 HTTP/1.1\" 200 8 \"-\" 0.123",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/?q=\\x22", NULL, NULL, NULL, 200, 8, 0, 123000,
     "2026-03-14T20:47:09Z"},
    {"a whole directive over lines",
     "log_format main '$remote_addr [$time_iso8601] '\n  '\"$request\" $status $bytes_sent';", "log_format", NULL,
     "192.0.2.1 [2026-03-14T21:47:09+01:00] \"GET / HTTP/2.0\" 200 812", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET",
     "/", .status = 200, .bytes = 812, .time = "2026-03-14T20:47:09Z", .has = LOG_HAS_WIRE},
    {"the milliseconds win, the zone stays", "$remote_addr [$time_local] $msec \"$request\" $status $body_bytes_sent",
     "log_format", NULL, "192.0.2.1 " WHEN " 1773521229.877 \"GET / HTTP/1.1\" 200 5", LOG_PARSED, "192.0.2.1", NULL,
     NULL, "GET", "/", .status = 200, .bytes = 5, .time = "2026-03-14T20:47:09.877Z"},
    {"upstreams with commas",
     "$remote_addr $msec \"$request\" $status $body_bytes_sent $upstream_addr $upstream_response_time $host",
     "log_format", NULL,
     "192.0.2.1 1773521229.877 \"GET / HTTP/1.1\" 200 5 10.0.0.1:80, 10.0.0.2:80 0.001, 0.002 shop.example", LOG_PARSED,
     "192.0.2.1", NULL, "shop.example", "GET", "/", .status = 200, .bytes = 5},
    {"scheme, host and uri in one",
     "$remote_addr $msec $request_method $scheme://$host$request_uri $status $body_bytes_sent", "log_format", NULL,
     "192.0.2.1 1773521229.877 GET https://shop.example/a?b=c 200 5", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET",
     "/a?b=c", .status = 200, .bytes = 5},
    {"uri and args", "${remote_addr} $msec $request_method $uri$is_args$args $status $body_bytes_sent", "log_format",
     NULL, "192.0.2.1 1773521229.877 GET /a?b=c 200 5", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/a?b=c",
     .status = 200, .bytes = 5},
    {"uri and args, and there are none",
     "$remote_addr $msec $request_method $uri$is_args$args $status $body_bytes_sent", "log_format", NULL,
     "192.0.2.1 1773521229.877 GET /a-- 200 5", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/a-", .status = 200,
     .bytes = 5},
    {"an address with a port behind", "$remote_addr:$remote_port $msec \"$request\" $status $body_bytes_sent",
     "log_format", NULL, "2001:db8::1:51234 1773521229.877 \"GET / HTTP/1.1\" 200 5", LOG_PARSED, "2001:db8::1", NULL,
     NULL, "GET", "/", .status = 200, .bytes = 5},
    {"a socket's client", "$remote_addr $msec \"$request\" $status $body_bytes_sent", "log_format", NULL,
     "unix: 1773521229.877 \"GET / HTTP/1.1\" 200 5", LOG_PARSED, "unix:", NULL, NULL, "GET", "/", .status = 200,
     .bytes = 5},
    {"JSON of any names",
     "log_format j escape=json '{\"a\":\"$remote_addr\",\"b\":$msec,\"c\":\"$request\",\"d\":$status,"
     "\"e\":$body_bytes_sent,\"f\":\"$http_user_agent\",\"g\":\"$remote_user\"}'",
     "log_format", NULL,
     "{\"a\":\"192.0.2.1\",\"b\":1773521229.877,\"c\":\"GET /?q=\\\"\\u00e9 HTTP/1.1\",\"d\":200,\"e\":5,\"f\":\"x\\\\y\",\"g\":\"\"}",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/?q=\"\xc3\xa9", NULL, "x\\y", NULL, 200, 5},
    {"nothing is escaped", "escape=none $remote_addr $msec \"$request\" $status $body_bytes_sent \"$http_user_agent\"",
     "log_format", NULL, "192.0.2.1 1773521229.877 \"GET /\" HTTP/1.1\" 200 5 \"a\"b\\\"", LOG_PARSED, "192.0.2.1",
     NULL, NULL, "GET", "/\"", NULL, "a\"b\\", NULL, 200, 5},
};

static const struct web_row fpm[] = {
    {"given", "access.format = \"%R - %u %t \\\"%m %r%Q%q\\\" %s %f %{milli}d %{kilo}M %C%%\"", "access.format", NULL,
     "- -  14/Mar/2026:21:47:09 +0000 \"POST /index.php?a=b\" 200 /srv/a.php 12.345 2048 81.23%", LOG_PARSED, "-", NULL,
     NULL, "POST", "/index.php?a=b", .status = 200, .bytes = NONE, .duration_us = 12345, .has = LOG_HAS_UPSTREAM,
     .has_not = LOG_HAS_BYTES},
    {"given bare, the visitor's address in it", "%{REMOTE_ADDR}e %R %t \"%m %r%Q%q\" %s", "access.format", NULL,
     "192.0.2.1 127.0.0.1 14/Mar/2026:21:47:09 +0000 \"GET /index.php\" 200", LOG_PARSED, "192.0.2.1", NULL, NULL,
     "GET", "/index.php", .status = 200, .bytes = NONE, .has_not = LOG_HAS_UPSTREAM},
    {"built in", NULL, "PHP-FPM access", NULL, "127.0.0.1 -  14/Mar/2026:21:47:09 +0000 \"GET /index.php\" 200",
     LOG_PARSED, "127.0.0.1", NULL, NULL, "GET", "/index.php", .status = 200, .bytes = NONE, .has = LOG_HAS_UPSTREAM,
     .blind = "the client is the server"},
    {"suggested", NULL, "PHP-FPM access", NULL,
     "- - ann 14/Mar/2026:21:47:09 +0000 \"POST /a.php?b\" 500 /srv/www/a b.php 1.5 2048 0.00%", LOG_PARSED, "-", "ann",
     NULL, "POST", "/a.php?b", .status = 500, .bytes = NONE, .duration_us = 1500},
    {"no status", NULL, "PHP-FPM access", "127.0.0.1 -  14/Mar/2026:21:47:09 +0000 \"GET /index.php\" 200\n",
     "127.0.0.1 -  14/Mar/2026:21:47:09 +0000 \"GET /index.php\" 2000", LOG_NO_STATUS, .client = NULL},
};

static void apache_formats(void **state)
{
    (void)state;
    WEB_CHECK(apache)
    WEB_CHECK(apache_bad)
}

static void nginx_formats(void **state)
{
    (void)state;
    WEB_CHECK(nginx)
}

static void fpm_formats(void **state)
{
    (void)state;
    WEB_CHECK(fpm)
}

/* ---- several given ---- */

static int open_with(const char *const *formats, size_t count, const char *text, struct log_reader *reader,
                     struct err *err)
{
    int64_t first;
    const struct log_spec spec = {.formats = formats,
                                  .format_count = count,
                                  .zone_minutes = LOG_NO_ZONE,
                                  .written = TIME_NONE,
                                  .where = "access.log"};
    return log_open(&spec, str_of(text), reader, &first, err);
}

static void the_one_that_reads_it_is_taken(void **state)
{
    (void)state;
    const char *const given[] = {"LogFormat \"%{User-agent}i\" agent", "LogFormat \"%{Referer}i -> %U\" referer",
                                 "LogFormat \"%v:%p %h %l %u %t \\\"%r\\\" %>s %O\" vhost_common",
                                 "LogFormat \"%h %l %u %t \\\"%r\\\" %>s %O\" common",
                                 "%t [%p]: [%l-1] user=%u,db=%d,client=%h "};
    struct log_reader reader;
    struct err err = {0};
    assert_int_equal(open_with(given, 5, "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 5\n", &reader, &err), 0);
    assert_string_equal(reader.format->name, "LogFormat");
    assert_int_equal(reader.has & LOG_HAS_WIRE, LOG_HAS_WIRE);
    log_close(&reader);
    /* a log that none of them reads is guessed at */
    assert_int_equal(
        open_with(given, 5, "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 5 \"-\" \"UA\"\n", &reader, &err), 0);
    assert_string_equal(reader.format->name, "combined");
    log_close(&reader);
}

static void two_that_mean_different_things_are_an_error(void **state)
{
    (void)state;
    const char *const given[] = {"LogFormat \"%h %l %u %t \\\"%r\\\" %>s %b\" body",
                                 "LogFormat \"%h %l %u %t \\\"%r\\\" %>s %O\" wire"};
    const char *const same[] = {
        "LogFormat \"%h %l %u %t \\\"%r\\\" %>s %b\" one",
        "log_format two '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent'"};
    struct log_reader reader;
    struct err err = {0};
    assert_int_equal(open_with(given, 2, "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 5\n", &reader, &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_non_null(strstr(err.text, "'body' and as 'wire'"));
    assert_int_equal(open_with(same, 2, "192.0.2.1 - - " WHEN " \"GET / HTTP/1.1\" 200 5\n", &reader, &err), 0);
    log_close(&reader);
}

/* A format of nothing but texts, and a line of nothing but its literal: the search is bounded. */
static void a_line_that_fits_nowhere_costs_little(void **state)
{
    (void)state;
    OWN(own_buf) struct buf text = {0};
    buf_puts(&text, "192.0.2.1 a b c d e f g h i j 14/Mar/2026:21:47:09 +0000 GET / HTTP/1.1 200\n192.0.2.1 ");
    for (int i = 0; i < 100000; i++) {
        buf_puts(&text, "a ");
    }
    buf_puts(&text, "\n");
    const char *const given[] = {
        "%h %{a}i %{b}i %{c}i %{d}i %{e}i %{f}i %{g}i %{h}i %{i}i %{j}i %{%d/%b/%Y:%T %z}t %r %>s"};
    struct log_reader reader;
    struct err err = {0};
    assert_int_equal(open_with(given, 1, text.data, &reader, &err), 0);
    struct log_state memory = {0};
    assert_int_equal(reader.format->parse(reader.setup, &memory, buf_str(&text), true, &web_batch), text.len);
    assert_int_equal(web_batch.count, 2);
    assert_int_equal(web_batch.lines[0].class_id, LOG_PARSED);
    assert_int_equal(web_batch.lines[1].class_id, LOG_NO_TIME);
    log_close(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apache_formats),
        cmocka_unit_test(nginx_formats),
        cmocka_unit_test(fpm_formats),
        cmocka_unit_test(the_one_that_reads_it_is_taken),
        cmocka_unit_test(two_that_mean_different_things_are_an_error),
        cmocka_unit_test(a_line_that_fits_nowhere_costs_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
