/* The combined reader: each row is a line as a server wrote it, and what must come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/log.h"
#include "formats/marks.h"

#include "base/banned.h"

#define WHEN "[17/May/2015:10:05:03 +0000]"
#define TAIL " \"-\" \"UA\""

struct row {
    const char *what;
    const char *line;
    enum log_class class_id;
    const char *client, *user, *vhost, *method, *target, *referer, *agent;
    uint16_t status;
    uint64_t bytes;
    const char *time;
};

static const struct row rows[] = {
    {"combined", "1.2.3.4 - - " WHEN " \"GET /a?b=c HTTP/1.1\" 200 5171 \"http://r/\" \"UA (x)\"", LOG_PARSED,
     "1.2.3.4", "", "", "GET", "/a?b=c", "http://r/", "UA (x)", 200, 5171, "2015-05-17T10:05:03Z"},
    {"common", "h.example - - " WHEN " \"POST /a HTTP/1.0\" 404 7", LOG_PARSED, "h.example", "", "", "POST", "/a", "",
     "", 404, 7, NULL},
    {"no bytes", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\" 304 -" TAIL, LOG_PARSED, "1.2.3.4", "", "", "GET", "/", "",
     "UA", 304, LOG_NO_BYTES, NULL},
    {"vhost", "shop.example:443 ::1 - - " WHEN " \"GET / HTTP/2.0\" 200 9" TAIL, LOG_PARSED, "::1", "",
     "shop.example:443", "GET", "/", "", "UA", 200, 9, NULL},
    {"IPv6 is no vhost", "2001:db8::80 - - " WHEN " \"GET / HTTP/2.0\" 200 9" TAIL, LOG_PARSED, "2001:db8::80", "", "",
     "GET", "/", "", "UA", 200, 9, NULL},
    {"a user", "1.2.3.4 - ann@EX.ORG " WHEN " \"GET / HTTP/1.1\" 200 1" TAIL, LOG_PARSED, "1.2.3.4", "ann@EX.ORG", "",
     "GET", "/", "", "UA", 200, 1, NULL},
    {"a user who writes a time", "1.2.3.4 - x [01/Jan/2000:00:00:00 +0000] y " WHEN " \"GET / HTTP/1.1\" 401 1" TAIL,
     LOG_PARSED, "1.2.3.4", "x [01/Jan/2000:00:00:00 +0000] y", "", "GET", "/", "", "UA", 401, 1,
     "2015-05-17T10:05:03Z"},
    {"a user who writes a quote", "1.2.3.4 - x\\\" " WHEN " \"GET / HTTP/1.1\" 401 1" TAIL, LOG_PARSED, "1.2.3.4",
     "x\\\"", "", "GET", "/", "", "UA", 401, 1, NULL},
    {"Apache's quote in a request", "1.2.3.4 - - " WHEN " \"GET /?q=\\\" 200 5 HTTP/1.1\" 403 8" TAIL, LOG_PARSED,
     "1.2.3.4", "", "", "GET", "/?q=\\\" 200 5", "", "UA", 403, 8, NULL},
    {"Apache's backslash before the end", "1.2.3.4 - - " WHEN " \"GET /\\\\\" 403 8" TAIL, LOG_PARSED, "1.2.3.4", "",
     "", "GET", "/\\\\", "", "UA", 403, 8, NULL},
    {"nginx's quote", "1.2.3.4 - - " WHEN " \"GET /?q=\\x22 HTTP/1.1\" 200 8" TAIL, LOG_PARSED, "1.2.3.4", "", "",
     "GET", "/?q=\\x22", "", "UA", 200, 8, NULL},
    {"raw quotes of a very old server", "1.2.3.4 - - " WHEN " \"GET /?a=\"b\"&c HTTP/1.0\" 404 8", LOG_PARSED,
     "1.2.3.4", "", "", "GET", "/?a=\"b\"&c", "", "", 404, 8, NULL},
    {"quote in the agent", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\" 200 8 \"-\" \"a\\\"b\"", LOG_PARSED, "1.2.3.4", "",
     "", "GET", "/", "", "a\\\"b", 200, 8, NULL},
    {"request time behind", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\" 200 8 \"-\" \"UA\" \"-\" 0.123", LOG_PARSED,
     "1.2.3.4", "", "", "GET", "/", "", "UA", 200, 8, NULL},
    {"number behind the bytes", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\" 200 8 1234", LOG_PARSED, "1.2.3.4", "", "",
     "GET", "/", "", "", 200, 8, NULL},
    {"agent without an end", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\" 200 8 \"-\" \"Mozilla/5.0 (x", LOG_TAIL_CUT,
     "1.2.3.4", "", "", "GET", "/", "", "Mozilla/5.0 (x", 200, 8, NULL},
    {"referer without an end", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\" 200 8 \"http", LOG_TAIL_CUT, "1.2.3.4", "", "",
     "GET", "/", "http", "", 200, 8, NULL},
    {"zone east", "1.2.3.4 - - [16/Nov/2019:00:46:42 +0230] \"GET / HTTP/1.1\" 200 8", LOG_PARSED, "1.2.3.4", "", "",
     "GET", "/", "", "", 200, 8, "2019-11-15T22:16:42Z"},
    {"zone west", "1.2.3.4 - - [31/Dec/2019:23:46:42 -0500] \"GET / HTTP/1.1\" 200 8", LOG_PARSED, "1.2.3.4", "", "",
     "GET", "/", "", "", 200, 8, "2020-01-01T04:46:42Z"},
    {"leap second", "1.2.3.4 - - [31/Dec/2016:23:59:60 +0000] \"GET / HTTP/1.1\" 200 8", LOG_PARSED, "1.2.3.4", "", "",
     "GET", "/", "", "", 200, 8, "2016-12-31T23:59:59Z"},
    {"leap day", "1.2.3.4 - - [29/Feb/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 8", LOG_PARSED, "1.2.3.4", "", "",
     "GET", "/", "", "", 200, 8, "2024-02-29T00:00:00Z"},
    {"TLS to a plain port", "1.2.3.4 - - " WHEN " \"\\x16\\x03\\x01\" 400 226" TAIL, LOG_PARSED, "1.2.3.4", "", "", "",
     "", "", "UA", 400, 226, NULL},
    {"a client that said nothing", "1.2.3.4 - - " WHEN " \"-\" 408 -" TAIL, LOG_PARSED, "1.2.3.4", "", "", "", "", "",
     "UA", 408, LOG_NO_BYTES, NULL},
    {"no protocol", "1.2.3.4 - - " WHEN " \"GET /a b\" 200 1", LOG_PARSED, "1.2.3.4", "", "", "GET", "/a b", "", "",
     200, 1, NULL},
    {"HTTP/3", "1.2.3.4 - - " WHEN " \"GET /a HTTP/3\" 200 1", LOG_PARSED, "1.2.3.4", "", "", "GET", "/a", "", "", 200,
     1, NULL},
    {"no status, a dash", "1.2.3.4 - - " WHEN " \"GET /a HTTP/1.1\" - -", LOG_PARSED, "1.2.3.4", "", "", "GET", "/a",
     "", "", 0, LOG_NO_BYTES, NULL},
    {"Windows line end", "1.2.3.4 - - " WHEN " \"GET /a HTTP/1.1\" 200 12\r", LOG_PARSED, "1.2.3.4", "", "", "GET",
     "/a", "", "", 200, 12, NULL},
    {"empty", "", LOG_BLANK, .client = NULL},
    {"only a carriage return", "\r", LOG_BLANK, .client = NULL},
    {"other text", "hello, world", LOG_NO_TIME, .client = NULL},
    {"quotes but no time", "1.2.3.4 - - now \"GET / HTTP/1.1\" 200 5", LOG_NO_TIME, .client = NULL},
    {"no such day", "1.2.3.4 - - [30/Feb/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5", LOG_NO_TIME, .client = NULL},
    {"no such leap day", "1.2.3.4 - - [29/Feb/2023:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5", LOG_NO_TIME,
     .client = NULL},
    {"no such hour", "1.2.3.4 - - [17/May/2015:24:05:03 +0000] \"GET / HTTP/1.1\" 200 5", LOG_NO_TIME, .client = NULL},
    {"year beyond an instant", "1.2.3.4 - - [17/May/2300:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5", LOG_NO_TIME,
     .client = NULL},
    {"no zone", "1.2.3.4 - - [17/May/2015:10:05:03      ] \"GET / HTTP/1.1\" 200 5", LOG_NO_TIME, .client = NULL},
    {"no client", WHEN " \"GET / HTTP/1.1\" 200 5", LOG_NO_TIME, .client = NULL},
    {"nothing before the time", "  " WHEN " \"GET / HTTP/1.1\" 200 5", LOG_NO_CLIENT, .client = NULL},
    {"cut before the request", "1.2.3.4 - - " WHEN, LOG_NO_REQUEST, .client = NULL},
    {"cut in the request", "1.2.3.4 - - " WHEN " \"GET /a", LOG_NO_REQUEST, .client = NULL},
    {"no status", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\" 20 5", LOG_NO_STATUS, .client = NULL},
    {"cut behind the request", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\"", LOG_NO_STATUS, .client = NULL},
    {"no size", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\" 200 x", LOG_NO_SIZE, .client = NULL},
    {"negative size", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\" 200 -5", LOG_NO_SIZE, .client = NULL},
    {"size beyond 64 bits", "1.2.3.4 - - " WHEN " \"GET / HTTP/1.1\" 200 99999999999999999999", LOG_NO_SIZE,
     .client = NULL},
};

static void is_field(const struct row *row, const struct log_line *line, struct log_span span, const char *wish)
{
    struct str field = log_field(line, span);
    if (!str_eq(field, str_of(wish))) {
        fail_msg("%s: \"%.*s\" is not \"%s\"", row->what, STR_FMT(field), wish);
    }
}

static void check_row(const struct row *row, const struct log_line *line)
{
    if (line->class_id != row->class_id) {
        fail_msg("%s: class \"%s\"", row->what, log_class_name((enum log_class)line->class_id));
    }
    if (!log_is_parsed(line)) {
        return;
    }
    is_field(row, line, line->client, row->client);
    is_field(row, line, line->user, row->user);
    is_field(row, line, line->vhost, row->vhost);
    is_field(row, line, line->method, row->method);
    is_field(row, line, line->target, row->target);
    is_field(row, line, line->referer, row->referer);
    is_field(row, line, line->agent, row->agent);
    assert_int_equal(line->status, row->status);
    assert_int_equal(line->bytes, row->bytes);
    if (row->time != NULL) {
        assert_int_equal(line->second, time_parse(str_of(row->time)) / NS_PER_S);
    }
}

static struct log_batch batch;

static void each_line_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_buf) struct buf text = {0};
        buf_printf(&text, "%s\n", rows[i].line);
        struct log_state memory = {0};
        size_t took = log_combined.parse(NULL, &memory, buf_str(&text), false, &batch);
        assert_int_equal(took, text.len);
        assert_int_equal(batch.count, 1);
        assert_int_equal(batch.lines[0].size, text.len);
        check_row(&rows[i], &batch.lines[0]);
    }
}

/* All rows in one block, at every distance from its beginning: a bad line costs itself and never the next. */
static void every_line_among_the_others(void **state)
{
    (void)state;
    size_t count = sizeof rows / sizeof *rows;
    for (size_t shift = 0; shift < 70; shift++) {
        OWN(own_buf) struct buf text = {0};
        buf_printf(&text, "%.*s\n", (int)shift,
                   "1234567890123456789012345678901234567890123456789012345678901234567890");
        for (size_t i = 0; i < count; i++) {
            buf_printf(&text, "%s\n", rows[i].line);
        }
        struct log_state memory = {0};
        assert_int_equal(log_combined.parse(NULL, &memory, buf_str(&text), false, &batch), text.len);
        assert_int_equal(batch.count, count + 1);
        for (size_t i = 0; i < count; i++) {
            check_row(&rows[i], &batch.lines[i + 1]);
        }
    }
}

static void an_unfinished_line_waits_unless_it_is_the_last(void **state)
{
    (void)state;
    struct log_state memory = {0};
    struct str whole = str_of(rows[0].line);
    assert_int_equal(log_combined.parse(NULL, &memory, whole, false, &batch), 0);
    assert_int_equal(log_combined.parse(NULL, &memory, whole, true, &batch), whole.len);
    check_row(&rows[0], &batch.lines[0]);
    assert_false(batch.lines[0].is_ended);
    for (size_t cut = 1; cut < whole.len; cut++) { /* every way a crash can leave a last line */
        struct str part = {whole.data, cut};
        assert_int_equal(log_combined.parse(NULL, &memory, part, true, &batch), cut);
        assert_int_equal(batch.count, 1);
        assert_int_equal(batch.lines[0].size, cut);
        if (batch.lines[0].class_id != LOG_CUT_OFF) {
            fail_msg("cut at %zu: class %s", cut, log_class_name((enum log_class)batch.lines[0].class_id));
        }
    }
}

static void nuls_before_a_line_are_no_part_of_it(void **state)
{
    (void)state;
    OWN(own_buf) struct buf text = {0};
    buf_put(&text, (struct str){"\0\0\0\0\0", 5});
    buf_printf(&text, "%s\n", rows[0].line);
    buf_put(&text, (struct str){"\0\0\n", 3});
    struct log_state memory = {0};
    assert_int_equal(log_combined.parse(NULL, &memory, buf_str(&text), false, &batch), text.len);
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.lines[0].skipped, 5);
    check_row(&rows[0], &batch.lines[0]);
    assert_int_equal(batch.lines[1].class_id, LOG_NUL);
    assert_int_equal(batch.lines[0].size + batch.lines[0].skipped + batch.lines[1].size + batch.lines[1].skipped,
                     text.len);
}

static void a_line_of_nothing_but_quotes_is_read_slowly_and_right(void **state)
{
    (void)state;
    OWN(own_buf) struct buf text = {0};
    buf_puts(&text, "1.2.3.4 - - " WHEN " \"GET /?");
    for (int i = 0; i < 20000; i++) {
        buf_puts(&text, "\\\"");
    }
    buf_puts(&text, " HTTP/1.1\" 200 77 \"-\" \"UA\"\n");
    size_t first = text.len;
    buf_printf(&text, "%s\n", rows[0].line);
    struct log_state memory = {0};
    assert_int_equal(log_combined.parse(NULL, &memory, buf_str(&text), false, &batch), text.len);
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.lines[0].class_id, LOG_PARSED);
    assert_int_equal(batch.lines[0].bytes, 77);
    assert_int_equal(batch.lines[0].target.len, 40002);
    assert_int_equal(batch.lines[0].size, first);
    check_row(&rows[0], &batch.lines[1]);
}

static void a_line_beyond_the_limit_is_passed_over(void **state)
{
    (void)state;
    OWN(own_buf) struct buf text = {0};
    char *room = buf_room(&text, LOG_LINE_MAX + 10);
    assert_non_null(room);
    memset(room, 'x', LOG_LINE_MAX + 10);
    text.len += LOG_LINE_MAX + 10;
    buf_printf(&text, "\n%s\n", rows[0].line);
    struct log_state memory = {0};
    assert_int_equal(log_combined.parse(NULL, &memory, buf_str(&text), false, &batch), text.len);
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.lines[0].class_id, LOG_TOO_LONG);
    check_row(&rows[0], &batch.lines[1]);
}

static void a_full_batch_stops_at_a_line_end(void **state)
{
    (void)state;
    OWN(own_buf) struct buf text = {0};
    for (int i = 0; i < 600; i++) {
        buf_printf(&text, "10.0.%d.%d - - " WHEN " \"GET /%d HTTP/1.1\" 200 %d" TAIL "\n", i / 256, i % 256, i, i);
    }
    struct log_state memory = {0};
    size_t done = 0, seen = 0;
    while (done < text.len) {
        size_t took = log_combined.parse(NULL, &memory, (struct str){text.data + done, text.len - done}, false, &batch);
        assert_true(took > 0);
        for (size_t i = 0; i < batch.count; i++) {
            assert_int_equal(batch.lines[i].bytes, seen++);
        }
        done += took;
    }
    assert_int_equal(seen, 600);
}

static void wide_and_plain_marks_agree(void **state)
{
    (void)state;
    char bytes[MARKS_BYTES];
    uint64_t next = 12345;
    for (int round = 0; round < 2000; round++) {
        for (int i = 0; i < MARKS_BYTES; i++) {
            static const char some[] = {'"', '\n', '\x8a', '\xa2', '!', '#', '\x0b', '\0', '\x22', 'a'};
            next = next * UINT64_C(6364136223846793005) + 1442695040888963407u;
            bytes[i] = some[(next >> 33) % sizeof some];
        }
        struct marks plain = marks_plain(bytes), here = marks_here(bytes);
        assert_int_equal(plain.ends, here.ends);
        assert_int_equal(plain.quotes, here.quotes);
#ifdef __x86_64__
        if (__builtin_cpu_supports("avx2")) {
            struct marks wide = marks_avx2(bytes);
            assert_int_equal(plain.ends, wide.ends);
            assert_int_equal(plain.quotes, wide.quotes);
        }
#endif
    }
}

/* A glance sees the same lines, and the same client wherever the line can be read. */
static void a_glance_sees_what_reading_sees(void **state)
{
    (void)state;
    static struct log_glances glances;
    OWN(own_buf) struct buf text = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_printf(&text, "%s\n", rows[i].line);
    }
    buf_put(&text, (struct str){"\0\0", 2});
    buf_printf(&text, "%s", rows[0].line);
    struct log_state memory = {0};
    for (int is_last = 0; is_last < 2; is_last++) {
        size_t took = log_combined.parse(NULL, &memory, buf_str(&text), is_last, &batch);
        assert_int_equal(log_combined.glance(NULL, buf_str(&text), is_last, &glances), took);
        assert_int_equal(glances.count, batch.count);
        for (size_t i = 0; i < batch.count; i++) {
            const struct log_line *line = &batch.lines[i];
            const struct log_glance *glance = &glances.lines[i];
            assert_int_equal(glance->size, line->size + line->skipped);
            if (line->skipped > 0) {
                assert_int_equal(glance->client.len, 0); /* to be parsed */
            } else if (log_is_parsed(line)) {
                assert_int_equal(glance->client.at, line->client.at);
                assert_int_equal(glance->client.len, line->client.len);
            }
        }
    }
}

static void probing_names_what_it_is(void **state)
{
    (void)state;
    struct err err = {0};
    int64_t first = 0;
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "\n%s\n%s\n%s", rows[0].line, rows[17].line, "1.2.3.4 - - [cut");
    struct log_reader reader;
    const struct log_spec spec = {.where = "x.log", .zone_minutes = LOG_NO_ZONE};
    assert_int_equal(log_open(&spec, buf_str(&text), &reader, &first, &err), 0);
    assert_ptr_equal(reader.format, &log_combined);
    log_close(&reader);
    assert_int_equal(first, time_parse(STR("2015-05-17T10:05:03Z")) / NS_PER_S);
    const struct log_spec other = {.where = "x.csv", .zone_minutes = LOG_NO_ZONE};
    assert_int_equal(log_open(&other, STR("date,client\n1,2\n"), &reader, &first, &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_non_null(strstr(err.text, "x.csv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_alone),
        cmocka_unit_test(every_line_among_the_others),
        cmocka_unit_test(an_unfinished_line_waits_unless_it_is_the_last),
        cmocka_unit_test(nuls_before_a_line_are_no_part_of_it),
        cmocka_unit_test(a_line_of_nothing_but_quotes_is_read_slowly_and_right),
        cmocka_unit_test(a_line_beyond_the_limit_is_passed_over),
        cmocka_unit_test(a_full_batch_stops_at_a_line_end),
        cmocka_unit_test(wide_and_plain_marks_agree),
        cmocka_unit_test(a_glance_sees_what_reading_sees),
        cmocka_unit_test(probing_names_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
