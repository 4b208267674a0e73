/* Readers of database logs: each row is a record as a server wrote it, and what must come out. Every log is opened by what its
 * head looks like, with all other readers trying too. */
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
#include "database_logs.h"
#include "formats/log.h"

#include "base/banned.h"

#define NONE LOG_NO_BYTES
#define PROVED 0
#define ASSUMED LOG_NO_ZONE

enum {
    GENERAL,
    GENERAL_ISO,
    SLOW,
    SLOW_ISO,
    AUDIT,
    AUDIT_SYSLOG,
    PERCONA_JSON,
    ENTERPRISE_JSON,
    XML,
    XML_OLD,
    DEBIAN,
    RDS,
    CSV,
    JSON,
    CLOUD_SQL,
    SYSLOG
};

struct row {
    const char *what;
    int log; /* of database_logs[]: the reader is opened with that */
    const char *text;
    enum log_class class_id;
    const char *time;
    int zone;
    uint64_t session;
    const char *user, *client, *database, *application, *command, *statement;
    uint64_t rows, bytes, duration_us;
    uint16_t status;
};

static const struct row rows[] = {
#include "database_rows.h"
};

static struct log_batch batch;

static int64_t written(void)
{
    return time_parse(STR("2026-03-20T00:00:00Z"));
}

static void open_log(const char *text, const char *format, struct log_reader *ret_reader)
{
    const struct log_spec spec = {.formats = &format,
                                  .format_count = format != NULL,
                                  .zone_minutes = LOG_NO_ZONE,
                                  .written = written(),
                                  .where = "x"};
    struct err err = {0};
    int64_t first;
    if (log_open(&spec, str_of(text), ret_reader, &first, &err) != 0) {
        fail_msg("%s\n%s", err.text, text);
    }
}

static void is_text(const struct row *row, const struct log_line *line, struct log_span span, const char *wish,
                    const char *what)
{
    struct str field = log_field(line, span);
    if (!str_eq(field, str_of(wish != NULL ? wish : ""))) {
        fail_msg("%s: %s is \"%.*s\", not \"%s\"", row->what, what, STR_FMT(field), wish);
    }
}

static void is_number(const struct row *row, uint64_t number, uint64_t wish, const char *what)
{
    if (number != wish) {
        fail_msg("%s: %s is %llu, not %llu", row->what, what, (unsigned long long)number, (unsigned long long)wish);
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
    char when[TIME_TEXT];
    time_rfc3339(when, line->second * NS_PER_S + line->nano);
    if (strcmp(when, row->time) != 0) {
        fail_msg("%s: time is %s, not %s", row->what, when, row->time);
    }
    is_number(row, (uint64_t)(line->zone_minutes + 10000), (uint64_t)((int16_t)row->zone + 10000), "zone");
    is_number(row, line->session, row->session, "session");
    is_text(row, line, line->user, row->user, "user");
    is_text(row, line, line->client, row->client, "client");
    is_text(row, line, line->database, row->database, "database");
    is_text(row, line, line->application, row->application, "application");
    is_text(row, line, line->command, row->command, "command");
    is_text(row, line, line->statement, row->statement, "statement");
    is_number(row, line->rows, row->rows, "rows");
    is_number(row, line->bytes, row->bytes, "bytes");
    is_number(row, line->duration_us, row->duration_us, "duration");
    is_number(row, line->status, row->status, "status");
}

static void each_record_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log_reader reader;
        open_log(database_logs[rows[i].log].text, NULL, &reader);
        struct log_state memory = {0};
        struct str text = str_of(rows[i].text);
        size_t took = reader.format->parse(reader.setup, &memory, text, true, &batch);
        assert_int_equal(took, text.len);
        check_row(&rows[i], &batch.lines[batch.count - 1]);
        log_close(&reader);
    }
    log_batch_clear(&batch);
}

/* Two claims on one file are an error of log_open: every head of every format is tried by all readers. */
static void one_reader_only_claims_a_log(void **state)
{
    (void)state;
    for (size_t i = 0; i < DATABASE_LOGS; i++) {
        struct log_reader reader;
        open_log(database_logs[i].text, NULL, &reader);
        assert_string_equal(reader.format->name, database_logs[i].name);
        assert_int_equal(reader.format->kind, LOG_DATABASE);
        log_close(&reader);
    }
}

struct sums {
    uint64_t bytes, fields, classes[LOG_CLASS_COUNT];
};

static uint64_t field_sum(const struct log_line *line)
{
    const struct log_span spans[] = {line->client,  line->user,      line->database,
                                     line->command, line->statement, line->application};
    uint64_t sum = (uint64_t)line->second + line->nano + line->session + line->rows + line->bytes + line->duration_us +
                   line->status;
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        sum = sum * 31 + str_hash(log_field(line, spans[i]));
    }
    return sum;
}

/* All of text, as if it were read `step` bytes at a time. */
static struct sums read_in_steps(const struct log_reader *reader, struct str text, size_t step)
{
    struct log_state memory = {0};
    struct sums sums = {0};
    size_t done = 0, seen = 0;
    while (done < text.len) {
        seen = text.len - seen < step ? text.len : seen + step;
        size_t took;
        do {
            took = reader->format->parse(reader->setup, &memory, str_slice(text, done, seen), seen == text.len, &batch);
            uint64_t bytes = 0;
            for (size_t i = 0; took > 0 && i < batch.count; i++) {
                const struct log_line *line = &batch.lines[i];
                bytes += (uint64_t)line->size + line->skipped;
                sums.classes[line->class_id]++;
                sums.fields = sums.fields * 31 + (log_is_parsed(line) ? field_sum(line) : 0);
            }
            assert_int_equal(bytes, took);
            sums.bytes += bytes;
            done += took;
        } while (took > 0 && done < seen);
        assert_true(took > 0 || seen < text.len);
    }
    return sums;
}

static void same(const struct sums *a, const struct sums *b, const char *what, size_t step)
{
    if (memcmp(a, b, sizeof *a) != 0) {
        fail_msg("%s: read %zu bytes at a time it says something else", what, step);
    }
}

/* Every byte lies in one record, and it does not matter where blocks end: with Windows line ends, NULs and other text too. */
static void blocks_may_end_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < DATABASE_LOGS; i++) {
        struct log_reader reader;
        OWN(own_buf) struct buf text = {0};
        open_log(database_logs[i].text, NULL, &reader);
        buf_put(&text, (struct str){"\0\0\0", 3});
        buf_puts(&text, database_logs[i].text);
        buf_puts(&text, "some other text\n\n\r\n\tand \"more of it\n");
        buf_put(&text, (struct str){"\0\0\n", 3});
        for (const char *c = database_logs[i].text; *c != '\0'; c++) {
            buf_puts(&text, *c == '\n' ? "\r\n" : (char[]){*c, '\0'});
        }
        buf_put(&text, str_slice(str_of(database_logs[i].text), 0, 100));
        struct sums whole = read_in_steps(&reader, buf_str(&text), text.len);
        assert_int_equal(whole.bytes, text.len);
        struct sums plain = read_in_steps(&reader, str_of(database_logs[i].text), 1 << 16);
        assert_true(plain.classes[LOG_PARSED] > 0 && whole.classes[LOG_PARSED] >= 2 * plain.classes[LOG_PARSED]);
        for (size_t step = 1; step < 300; step += step < 40 ? 1 : 37) {
            struct sums pieces = read_in_steps(&reader, buf_str(&text), step);
            same(&whole, &pieces, database_logs[i].name, step);
        }
        log_close(&reader);
    }
    log_batch_clear(&batch);
}

/* A log that ends anywhere: the last record is never taken for whole, and none is lost. */
static void a_cut_log_is_accounted_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < DATABASE_LOGS; i++) {
        struct log_reader reader;
        struct str text = str_of(database_logs[i].text);
        open_log(database_logs[i].text, NULL, &reader);
        for (size_t len = 1; len < text.len; len++) {
            struct sums cut = read_in_steps(&reader, str_slice(text, 0, len), len);
            assert_int_equal(cut.bytes, len);
        }
        log_close(&reader);
    }
    log_batch_clear(&batch);
}

/* Damage to one byte costs the records around it, never the whole: the last record of three is read. */
static void damage_stays_where_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < DATABASE_LOGS; i++) {
        struct log_reader reader;
        open_log(database_logs[i].text, NULL, &reader);
        OWN(own_buf) struct buf once = {0}, text = {0};
        buf_puts(&once, database_logs[i].text);
        for (int copy = 0; copy < 3; copy++) {
            buf_put(&text, buf_str(&once));
        }
        uint64_t whole = read_in_steps(&reader, buf_str(&text), text.len).classes[LOG_PARSED];
        for (size_t at = 0; at < once.len; at++) {
            for (const char *bad = "\"'\n\t{<# 9"; *bad != '\0'; bad++) {
                char before = text.data[at];
                text.data[at] = *bad;
                uint64_t parsed = read_in_steps(&reader, buf_str(&text), text.len).classes[LOG_PARSED];
                text.data[at] = before;
                if (parsed + 3 < whole || parsed < whole / 3) {
                    fail_msg("%s: '%c' at %zu leaves %d of %d records", database_logs[i].name, *bad, at, (int)parsed,
                             (int)whole);
                }
            }
        }
        log_close(&reader);
    }
    log_batch_clear(&batch);
}

static void a_statement_of_a_mebibyte_is_accounted_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < DATABASE_LOGS; i++) {
        for (int has_lines = 0; has_lines < 2; has_lines++) {
            struct log_reader reader;
            OWN(own_buf) struct buf text = {0};
            struct str head = str_of(database_logs[i].text);
            open_log(database_logs[i].text, NULL, &reader);
            size_t cut = str_find(head, STR("SELECT"), 0);
            assert_true(cut != SIZE_MAX);
            buf_put(&text, str_slice(head, 0, cut));
            for (size_t n = 0; n < (LOG_LINE_MAX - 1000) / 64; n++) {
                buf_puts(&text, "123456789 123456789 123456789 123456789 123456789 123456789 123");
                buf_puts(&text, has_lines ? "\n" : " ");
            }
            buf_put(&text, str_slice(head, cut, head.len));
            struct sums whole = read_in_steps(&reader, buf_str(&text), text.len);
            assert_int_equal(whole.bytes, text.len);
            struct sums pieces = read_in_steps(&reader, buf_str(&text), 100000);
            same(&whole, &pieces, database_logs[i].name, 100000);
            log_close(&reader);
        }
    }
    log_batch_clear(&batch);
}

/* A prefix that was given, in a form nobody would guess. */
static void any_log_line_prefix_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *prefix, *text, *user, *database, *client, *application;
        uint64_t session;
        const char *time;
    } given[] = {
        {"%d|%u|%r|%a|%m|%p> ",
         "shop|shop one|203.0.113.7(40000)|my app|2026-03-14 21:47:09.5 CEST|77> LOG:  statement: SELECT 1\n",
         "shop one", "shop", "203.0.113.7", "my app", 77, "2026-03-14T19:47:09.500Z"},
        {"%n %c %h %l%% ", "1773524829.250 69b5d81d.4d 2001:db8::7 3% LOG:  statement: SELECT 1\n", "", "",
         "2001:db8::7", "", 77, "2026-03-14T21:47:09.250Z"},
        {"%-10u|%8p|%t ", "shop      |      77|2026-03-14 21:47:09 -03 LOG:  statement: SELECT 1\n", "shop", "", "", "",
         77, "2026-03-15T00:47:09Z"},
        {"%b %v %x %e %s %i %Q %P %m %q%u ",
         "client backend 3/4 0 00000 2026-03-14 20:00:00 UTC idle in transaction -55  2026-03-14 21:47:09.000 UTC shop LOG:  statement: SELECT "
         "1\n",
         "shop", "", "", "", 0, "2026-03-14T21:47:09Z"},
        {"%m [%p] %q%u@%d/%a ", "2026-03-14 21:47:09.000 UTC [77] a b@shop/[unknown] LOG:  statement: SELECT 1\n",
         "a b", "shop", "", "", 77, "2026-03-14T21:47:09Z"},
    };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        struct log_reader reader;
        open_log(given[i].text, given[i].prefix, &reader);
        struct log_state memory = {0};
        struct str text = str_of(given[i].text);
        assert_int_equal(reader.format->parse(reader.setup, &memory, text, true, &batch), text.len);
        const struct row row = {given[i].prefix,
                                DEBIAN,
                                given[i].text,
                                LOG_PARSED,
                                given[i].time,
                                batch.lines[0].zone_minutes,
                                given[i].session,
                                given[i].user,
                                given[i].client,
                                given[i].database,
                                given[i].application,
                                "Query",
                                "SELECT 1",
                                NONE,
                                NONE,
                                NONE,
                                0};
        check_row(&row, &batch.lines[0]);
        log_close(&reader);
    }
    log_batch_clear(&batch);
}

/* Without accounts a record starts at its costs; what stands between the time and them does not lose the time. */
static void a_slow_log_without_accounts_is_read(void **state)
{
    (void)state;
    struct str text = STR(
        "# Time: 260314 21:47:09\n# Client: 192.0.2.1:5\n# Query_time: 0.5  Lock_time: 0\nSELECT 1;\n# Query_time: 0.7  Lock_time: 0\nSELECT 2;\n");
    struct log_reader reader;
    open_log(text.data, NULL, &reader);
    struct sums sums = read_in_steps(&reader, text, 1000);
    assert_int_equal(sums.classes[LOG_PARSED], 2);
    assert_int_equal(sums.classes[LOG_NOTE], 1);
    log_close(&reader);
    log_batch_clear(&batch);
}

/* A piece of a log in which no line has a time is still known for what it is; its records are rejected, not passed over. */
static void a_log_without_times_is_known(void **state)
{
    (void)state;
    static const char *const undated[] = {
        "\t\t   12 Query\tSELECT 1\n\t\t   12 Quit\t\n",
        "# User@Host: a[a] @ b []\n# Query_time: 0.5  Lock_time: 0\nSELECT 1;\n# User@Host: a[a] @ b []\n# Query_time: 0.5  Lock_time: 0\nSELECT 2;\n",
    };
    static const char *const names[] = {"MySQL general log", "MySQL slow log"};
    for (size_t i = 0; i < sizeof undated / sizeof *undated; i++) {
        struct log_reader reader;
        open_log(undated[i], NULL, &reader);
        assert_string_equal(reader.format->name, names[i]);
        struct sums sums = read_in_steps(&reader, str_of(undated[i]), 1000);
        assert_int_equal(sums.classes[LOG_NO_TIME], 2);
        log_close(&reader);
    }
    log_batch_clear(&batch);
}

/* The first lines of a server that nobody uses yet tell nothing of what follows %q: then Debian's is the likeliest. */
static void a_quiet_head_leaves_names_open(void **state)
{
    (void)state;
    OWN(own_buf) struct buf text = {0};
    for (int i = 0; i < 50; i++) {
        buf_puts(&text, "2026-03-14 21:47:09.123 UTC [77] LOG:  checkpoint starting: time\n");
    }
    struct log_reader reader;
    open_log(text.data, NULL, &reader);
    struct log_state memory = {0};
    struct str line = STR("2026-03-14 21:47:10.123 UTC [78] shop@crm LOG:  statement: SELECT 1\n");
    assert_int_equal(reader.format->parse(reader.setup, &memory, line, true, &batch), line.len);
    const struct row row = {"Debian", DEBIAN,  line.data,  LOG_PARSED, "2026-03-14T21:47:10.123Z",
                            PROVED,   78,      "shop",     "",         "crm",
                            "",       "Query", "SELECT 1", NONE,       NONE,
                            NONE,     0};
    check_row(&row, &batch.lines[0]);
    log_close(&reader);
    log_batch_clear(&batch);
}

/* A line that could be cut in very many ways: it is given up, not tried for ever. */
static void a_prefix_of_names_ends_soon(void **state)
{
    (void)state;
    OWN(own_buf) struct buf text = {0};
    buf_puts(&text, "2026-03-14 21:47:09 UTC a a a a a a a a LOG:  statement: SELECT 1\n2026-03-14 21:47:09 UTC ");
    size_t good = str_find(buf_str(&text), STR("\n"), 0) + 1;
    for (int i = 0; i < 5000; i++) {
        buf_puts(&text, "a ");
    }
    buf_puts(&text, "log:  statement: SELECT 1\n");
    struct log_reader reader;
    open_log(text.data, "%t %u %d %a %i %b %u %d %a ", &reader);
    struct log_state memory = {0};
    assert_int_equal(reader.format->parse(reader.setup, &memory, buf_str(&text), true, &batch), text.len);
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.lines[0].size, good);
    assert_int_equal(batch.lines[0].class_id, LOG_PARSED);
    assert_int_equal(batch.lines[1].class_id, LOG_NOT_SO);
    log_close(&reader);
    log_batch_clear(&batch);
}

static void what_a_log_has_is_said_exactly(void **state)
{
    (void)state;
    static const unsigned has[DATABASE_LOGS] = {
        [GENERAL] = LOG_HAS_YEAR | LOG_HAS_SESSION,
        [GENERAL_ISO] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE,
        [SLOW] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE | LOG_HAS_ROWS | LOG_HAS_DURATION | LOG_HAS_BYTES |
                 LOG_HAS_WIRE,
        [SLOW_ISO] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE | LOG_HAS_ROWS | LOG_HAS_DURATION,
        [AUDIT] = LOG_HAS_YEAR | LOG_HAS_SESSION,
        [AUDIT_SYSLOG] = LOG_HAS_SESSION,
        [PERCONA_JSON] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE,
        [ENTERPRISE_JSON] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE,
        [XML] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE,
        [XML_OLD] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE,
        [DEBIAN] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE | LOG_HAS_DURATION,
        [RDS] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE | LOG_HAS_DURATION,
        [CSV] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE | LOG_HAS_DURATION,
        [JSON] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE | LOG_HAS_DURATION,
        [CLOUD_SQL] = LOG_HAS_YEAR | LOG_HAS_SESSION | LOG_HAS_ZONE | LOG_HAS_DURATION,
        [SYSLOG] = LOG_HAS_SESSION | LOG_HAS_DURATION,
    };
    for (size_t i = 0; i < DATABASE_LOGS; i++) {
        struct log_reader reader;
        open_log(database_logs[i].text, NULL, &reader);
        if (reader.has != has[i]) {
            fail_msg("log %zu, %s: has %u, not %u", i, database_logs[i].name, reader.has, has[i]);
        }
        log_close(&reader);
    }
}

/* Whoever sends statements fills a log with lines of another one: it is still read as what it is. */
static void statements_do_not_make_another_log(void **state)
{
    (void)state;
    static const struct {
        const char *name, *before, *behind;
    } real[] = {
        {"MySQL general log", "260314 21:47:09\t   12 Query\tSELECT '\n", "'\n\t\t   12 Quit\t\n"},
        {"MySQL slow log",
         "# User@Host: a[a] @ b []\n# Query_time: 0.5  Lock_time: 0  Rows_sent: 0\nSET timestamp=1773524829;\nSELECT '\n",
         "';\n"},
    };
    for (size_t i = 0; i < sizeof real / sizeof *real; i++) {
        for (size_t k = 0; k < DATABASE_LOGS; k++) {
            OWN(own_buf) struct buf text = {0};
            buf_puts(&text, real[i].before);
            for (int copy = 0; copy < 20; copy++) {
                buf_puts(&text, database_logs[k].text);
            }
            buf_puts(&text, real[i].behind);
            struct log_reader reader;
            open_log(text.data, NULL, &reader);
            assert_string_equal(reader.format->name, real[i].name);
            log_close(&reader);
        }
    }
}

/* Most lines of this head are an access log's, and the file is a database's all the same: its first line is. Where the first line is
 * an access log's too, a file that is either is not guessed at. */
static void a_statement_full_of_requests_makes_no_access_log(void **state)
{
    (void)state;
    static const char request[] = "203.0.113.7 - - [14/Mar/2026:21:47:09 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"a\"\n";
    static const struct {
        const char *name, *before;
    } real[] = {
        {"MySQL general log", "260314 21:47:09\t   12 Query\tSELECT '\n"},
        {"MySQL general log", "\n260314 21:47:09\t   12 Quit\t\n\t\t   13 Query\tSELECT '\n"},
        {"MySQL slow log", "# User@Host: a[a] @ b []\n# Query_time: 0.5  Lock_time: 0  Rows_sent: 0\n"
                           "SET timestamp=1773524829;\nSELECT '\n"},
        {NULL, request},
    };
    for (size_t i = 0; i < sizeof real / sizeof *real; i++) {
        OWN(own_buf) struct buf text = {0};
        buf_puts(&text, real[i].before);
        for (int copy = 0; copy < 200; copy++) {
            buf_puts(&text, request);
        }
        buf_puts(&text, "'\n260314 21:47:10\t   12 Quit\t\n");
        const struct log_spec spec = {.zone_minutes = LOG_NO_ZONE, .written = written(), .where = "x"};
        struct log_reader reader;
        struct err err = {0};
        int64_t first;
        int rc = log_open(&spec, buf_str(&text), &reader, &first, &err);
        if (real[i].name == NULL) {
            assert_int_equal(rc, -1);
            assert_true(str_find(str_of(err.text), STR("combined and as MySQL general log"), 0) != SIZE_MAX);
            continue;
        }
        assert_int_equal(rc, 0);
        assert_string_equal(reader.format->name, real[i].name);
        assert_int_equal(first, 1773524829);
        log_close(&reader);
    }
}

/* The opening lines alone may stand in either log: the slow log claims less. Logs of other kinds are nobody's. */
static void what_is_not_ours_is_left_alone(void **state)
{
    (void)state;
    struct log_reader reader;
    open_log(
        "/usr/sbin/mysqld, Version: 8.0.36 (Ubuntu). started with:\nTcp port: 3306  Unix socket: /x\nTime                 Id Command    Argument\n",
        NULL, &reader);
    assert_string_equal(reader.format->name, "MySQL slow log");
    log_close(&reader);
    static const char *const others[] = {
        "2023-12-19 03:06:13.586 CET [10384] LOG C-0x7f3bd6c47f40: shop/api@192.0.2.8:38296 closing because: client close request (age=5s)\n",
        "2026-03-14 21:47:09 [Note] mysqld: ready for connections.\n",
        "{\"level\":\"info\",\"ts\":1669574898.5,\"msg\":\"Starting workers\"}\n",
        "Mar 14 21:47:09 db1 sshd[123]: Accepted publickey for ann from 203.0.113.7 port 50000 ssh2\n",
        "date,client\n2026-03-14,1\n",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const struct log_spec spec = {.zone_minutes = LOG_NO_ZONE, .written = written(), .where = "x"};
        int64_t first;
        if (log_open(&spec, str_of(others[i]), &reader, &first, NULL) == 0) {
            assert_int_not_equal(reader.format->kind, LOG_DATABASE);
            log_close(&reader);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_record_alone),
        cmocka_unit_test(one_reader_only_claims_a_log),
        cmocka_unit_test(blocks_may_end_anywhere),
        cmocka_unit_test(a_cut_log_is_accounted_for),
        cmocka_unit_test(damage_stays_where_it_is),
        cmocka_unit_test(a_statement_of_a_mebibyte_is_accounted_for),
        cmocka_unit_test(any_log_line_prefix_is_read),
        cmocka_unit_test(a_slow_log_without_accounts_is_read),
        cmocka_unit_test(a_log_without_times_is_known),
        cmocka_unit_test(a_quiet_head_leaves_names_open),
        cmocka_unit_test(a_prefix_of_names_ends_soon),
        cmocka_unit_test(what_a_log_has_is_said_exactly),
        cmocka_unit_test(statements_do_not_make_another_log),
        cmocka_unit_test(a_statement_full_of_requests_makes_no_access_log),
        cmocka_unit_test(what_is_not_ours_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
