/* The parts of trace: addresses, paths, queries, names of rotated files, silences. Each row went wrong somewhere, or could. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/inside.h"

#include "base/banned.h"

/* ---- addresses ---- */

static bool same(const char *a, const char *b)
{
    return client_key_eq(client_key_of(str_of(a)), client_key_of(str_of(b)));
}

static void one_address_is_one_client_however_written(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"2001:db8::1", "2001:0db8:0:0:0:0:0:1"},
        {"::ffff:1.2.3.4", "1.2.3.4"},
        {"::FFFF:102:304", "1.2.3.4"},
        {"2001:DB8::A", "2001:db8::a"},
        {"::", "0:0:0:0:0:0:0:0"},
        {"1::", "1:0:0:0:0:0:0:0"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (!same(pairs[i][0], pairs[i][1])) {
            fail_msg("%s is not %s", pairs[i][0], pairs[i][1]);
        }
    }
}

static void different_texts_are_different_clients(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "1.2.3.4",       "1.2.3.40",
        "11.2.3.4",      "1.2.3.256",
        "1.2.3",         "1.2.3.4.5",
        "1..2.3",        "1.2.3.4a",
        "01.2.3.4x",     "255.255.255.255",
        "256.1.1.1",     "999.999.999.999",
        "1.2.3.:",       "12.34.56.78",
        "host",          "host.example",
        "::1",           "::2",
        "1::1::1",       "12345::",
        ":::",           ":1",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "::1.2.3.4.5",   "fe80::1%eth0",
        "a.b.c.d",       "/.0.0.0.0",
        "1.2.3.-",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same(texts[i], texts[j])) {
                fail_msg("%s is %s", texts[i], texts[j]);
            }
        }
    }
    uint64_t v4 = client_key_of(STR("203.0.113.77")).lo;
    assert_int_equal(v4, UINT64_C(0xffff00000000) | 203u << 24 | 113 << 8 | 77);
}

static void every_address_reads_as_itself(void **state)
{
    (void)state;
    uint32_t address = 1;
    for (int i = 0; i < 20000; i++) {
        char text[16];
        address = address * 1664525u + 1013904223u;
        /* short and long numbers alike */
        uint32_t a = (address >> 24) % (i % 3 == 0 ? 10 : 256), b = (address >> 16 & 255) % (i % 5 == 0 ? 100 : 256),
                 c = address >> 8 & 255, d = (address & 255) % (i % 2 == 0 ? 10 : 256);
        snprintf(text, sizeof text, "%u.%u.%u.%u", a, b, c, d);
        struct client_key key = client_key_of(str_of(text));
        assert_int_equal(key.hi, 0);
        assert_int_equal(key.lo, UINT64_C(0xffff00000000) | a << 24 | b << 16 | c << 8 | d);
    }
}

static void clients_are_counted_once_over_tables(void **state)
{
    (void)state;
    struct err err = {0};
    struct clients tables[3];
    for (size_t t = 0; t < 3; t++) {
        clients_init(&tables[t], UINT64_C(0x8f1bbcdcca62c1d6));
    }
    for (uint32_t i = 0; i < 240000; i++) {
        struct client_key keys[2] = {{0, UINT64_C(0xffff00000000) | i * 7}, {UINT64_C(0x20010db8) << 32, i / 3}};
        assert_int_equal(clients_add(&tables[i % 3], keys, 2, i % 40, &err), 0);
        assert_int_equal(clients_add(&tables[(i + 1) % 3], keys, 1, 3, &err), 0);
    }
    for (unsigned workers = 1; workers <= 3; workers++) {
        uint64_t distinct = 0;
        assert_int_equal(clients_distinct(tables, 3, workers, &distinct, &err), 0);
        assert_int_equal(distinct, 240000 + 80000);
    }
    uint64_t requests;
    uint64_t stretches =
        clients_stretches(tables, 3, (struct client_key){0, UINT64_C(0xffff00000000) | 5 * 7}, &requests);
    assert_int_equal(requests, 2);
    assert_int_equal(stretches, 1u << 5 | 1u << 3);
    assert_int_equal(clients_stretches(tables, 3, (struct client_key){0, UINT64_C(0xffff00000000) | 6}, &requests), 0);
    assert_int_equal(requests, 0);
    for (size_t t = 0; t < 3; t++) {
        clients_free(&tables[t]);
    }
}

/* ---- paths ---- */

static void requests_name_a_path_in_many_ways(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        int is;
    } rows[] = {
        {"/uploads/a.php", 0},
        {"/uploads/a.php?q=1", 0},
        {"/uploads/a.php#x", 0},
        {"//uploads///a.php", 0},
        {"/uploads/./a.php", 0},
        {"/x/../uploads/a.php", 0},
        {"/uploads/%61.php", 0},
        {"/uploads/%61%2ephp?x", 0},
        {"/uploads/a.php/x/y.css", 0},
        {"/uploads/a.php/", 0},
        {"http://h/uploads/a.php", 0},
        {"https://h:8/uploads/a.php?x", 0},
        {"/uploads/\\x61.php", 0},
        {"/uploads/\\\\x61.php", -1}, /* a backslash that was in the request, and no escape */
        {"/o/\\xc3\\xa9 \\\"q\\\"\\\\\\t.php?x", 4},
        {"/o/%c3%a9%20%22q%22%5c%09.php", 4},
        {"/o/\xc3\xa9 \\x22q\\x22\\x5C\\x09.php", 4},
        {"/../../uploads/a.php", 0},
        {"/uploads/b.php/../a.php", 0},
        {"/uploads/A.php", -1},
        {"/uploads/a.phpx", -1},
        {"/uploads/a.ph", -1},
        {"/uploads/a.php%20", -1},
        {"uploads/a.php", 0},
        {"/q?/uploads/a.php", -1},
        {"/", -1},
        {"", -1},
        {"*", -1},
        {"/v1.2/a.php", -1},
        {"/db/adm.php?username=x", 1},
        {"/v1.2/db/adm.php", -1},
        {"/v1.2/site/x", 2},
        {"/v1.2/site/x?/uploads/a.php", 2},
        {"/a/long/way/down/to/somewhere/else/that/is/followed/too.php", 3},
        {"/a/long/way/down/to/somewhere/else/that/is/followed/too.php/x?y", 3},
        {"/a/long/way/down/to/somewhere/else/that/is//followed/too.php", 3},
        {"/a/long/way/down/to/somewhere/else/that/is/followed/top.php", -1},
    };
    const struct str seeds[] = {STR("/uploads/a.php"), STR("/db/adm.php"), STR("/v1.2/site/x"),
                                STR("/a/long/way/down/to/somewhere/else/that/is/followed/too.php"),
                                STR("/o/\xc3\xa9 \"q\"\\\t.php")};
    struct err err = {0};
    struct paths paths;
    assert_int_equal(paths_init(&paths, seeds, sizeof seeds / sizeof *seeds, &err), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int found = path_match(&paths, str_of(rows[i].target));
        if (found != rows[i].is) {
            fail_msg("\"%s\" is %d, not %d", rows[i].target, found, rows[i].is);
        }
    }
    paths_free(&paths);
}

/* The wide look at a path must say what its normal form says, wherever its bytes lie. */
static void the_fast_way_agrees_with_the_normal_form(void **state)
{
    (void)state;
    static const char bytes[] = "ab/./?%#61\\x.php/";
    uint64_t next = 7;
    const struct str seeds[] = {STR("/a/b"), STR("/a.php"), STR("/a"), STR("/b/a.php"), STR("/a/a/a/a/a/a/a/a/a/a"),
                                STR("/p")};
    struct err err = {0};
    struct paths paths;
    assert_int_equal(paths_init(&paths, seeds, 6, &err), 0);
    for (int round = 0; round < 200000; round++) {
        char text[40];
        size_t len = 0, want = (size_t)round % 39 + 1;
        while (len < want) {
            next = next * UINT64_C(6364136223846793005) + 1442695040888963407u;
            text[len++] = bytes[(next >> 33) % (sizeof bytes - 1)];
        }
        text[0] = '/';
        struct str target = {text, len};
        char normal[PATH_BYTES];
        size_t normal_len = path_normal(normal, target);
        int expected = NO_PATH;
        for (size_t end = normal_len; end > 0 && expected == NO_PATH;
             end--) { /* the path, or it before a "/" behind a dot */
            bool may_end = end == normal_len || (normal[end] == '/' && memchr(normal, '.', end) != NULL);
            for (int s = 0; s < 6 && may_end && expected == NO_PATH; s++) {
                expected = str_eq(seeds[s], (struct str){normal, end}) ? s : NO_PATH;
            }
        }
        int found = path_match(&paths, target);
        if (found != expected && !(found != NO_PATH && expected != NO_PATH)) {
            fail_msg("\"%.*s\" is %d, not %d", STR_FMT(target), found, expected);
        }
    }
    paths_free(&paths);
}

/* An empty or a dot segment anywhere, at whatever place among the 16 bytes that are looked at together. */
static void segments_that_mean_nothing_are_seen_at_every_place(void **state)
{
    (void)state;
    const struct str seeds[] = {STR("/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r.php"),
                                STR("/ab/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r.php")};
    static const char *const nothings[] = {"/", "./", "x/../", "%2f"};
    struct err err = {0};
    struct paths paths;
    assert_int_equal(paths_init(&paths, seeds, 2, &err), 0);
    for (int s = 0; s < 2; s++) {
        for (size_t at = 1; at + 5 < seeds[s].len; at++) {
            for (size_t n = 0; n < sizeof nothings / sizeof *nothings && seeds[s].data[at - 1] == '/'; n++) {
                char text[80];
                snprintf(text, sizeof text, "%.*s%s%s", (int)at, seeds[s].data, nothings[n], seeds[s].data + at);
                if (path_match(&paths, str_of(text)) != s) {
                    fail_msg("%s is not seen", text);
                }
            }
        }
    }
    paths_free(&paths);
}

static void queries_speak(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        unsigned look;
    } rows[] = {
        {"/db.php", 0},
        {"/db.php?pgsql=db&username=shop&db=shop&ns=public&dump=", QUERY_ADMINER | QUERY_DB | QUERY_DUMP},
        {"/db.php?username=shop&db=shop&dump=customers", QUERY_ADMINER | QUERY_DB | QUERY_DUMP},
        {"/db.php?server=&username=root&db=shop&select=orders", QUERY_ADMINER | QUERY_DB | QUERY_SELECT},
        {"/db.php?sqlite=&username=&db=x.db&sql=", QUERY_ADMINER | QUERY_DB | QUERY_SQL},
        {"/db.php?file=default.css&version=4.8.1", QUERY_ASSET},
        {"/login.php?username=ann", 0},
        {"/db.php?dumpling=1&xdb=2", 0},
        {"/index.php?route=/export", QUERY_EXPORT},
        {"/index.php?route=%2Fexport&server=1", QUERY_EXPORT},
        {"/pma/export.php?x", QUERY_EXPORT},
        {"/pma/export.php", QUERY_EXPORT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned look = target_look(str_of(rows[i].target));
        if (look != rows[i].look) {
            fail_msg("\"%s\" looks like %u", rows[i].target, look);
        }
    }
}

static void places_and_kinds(void **state)
{
    (void)state;
    assert_true(path_is_script(STR("/x/A.PHP")));
    assert_true(path_is_script(STR("/a.phtml")));
    assert_false(path_is_script(STR("/a.php.jpg")));
    assert_false(path_is_script(STR("/a.php/x")));
    assert_true(path_is_archive(STR("/b/dump.sql.gz")));
    assert_false(path_is_archive(STR("/sql")));
    assert_true(str_eq(path_writable_hint(STR("/wp-content/Uploads/2026/a.php")), STR("Uploads")));
    assert_int_equal(path_writable_hint(STR("/uploads")).len, 0); /* a page of that name, not a folder */
    assert_int_equal(path_writable_hint(STR("/shop/a.php")).len, 0);
    assert_int_equal(path_writable_hint(STR("/")).len, 0);
}

static void rotated_files_have_one_stem(void **state)
{
    (void)state;
    static const struct {
        const char *path, *stem;
    } rows[] = {
        {"l/access.log", "l/access.log"},
        {"l/access.log.1", "l/access.log"},
        {"l/access.log.12.gz", "l/access.log"},
        {"l/access.log-20260314", "l/access.log"},
        {"access.log-20260314.gz", "access.log"},
        {"access.log.2026-03-14", "access.log"},
        {"access-20260314.log", "access.log"},
        {"access_20260314.log.gz", "access.log"},
        {"10.0.0.1", "10.0.0"},
        {"7", "7"},
        {".gz", ".gz"},
        {"server2.log", "server2.log"},
        {"ssl_access_log", "ssl_access_log"},
        {"web-2/access.log", "web-2/access.log"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_buf) struct buf stem = {0};
        struct rotated rotated;
        rotated_name(&rotated, str_of(rows[i].path), &stem);
        if (!str_eq(buf_str(&stem), str_of(rows[i].stem))) {
            fail_msg("%s: %s", rows[i].path, stem.data);
        }
    }
}

/* ---- silences ---- */

struct clock {
    struct days days;
    uint64_t seed;
};

static double draw(struct clock *clock)
{
    clock->seed = clock->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return ((double)(clock->seed >> 11) + 0.5) / 9007199254740992.0;
}

static double draw_wait(struct clock *clock, double mean)
{
    return -__builtin_log(draw(clock)) * mean;
}

static void put(struct clock *clock, int64_t second)
{
    struct err err = {0};
    assert_int_equal(days_add(&clock->days, 0, second, 1, &err), 0);
}

#define START INT64_C(1772323200) /* 2026-03-01T00:00:00Z, a Sunday */

/* Visits with a mean wait between them, busy by hour; each visit is a burst. cut: [from, to) without lines. */
static size_t play(double days, double wait, double burst, bool has_nights, int64_t cut_from, int64_t cut_to,
                   uint64_t seed, struct gap gaps[static GAPS_MAX], double *floor)
{
    struct clock clock = {.seed = seed};
    double at = 0;
    while (at < days * 86400) {
        at += draw_wait(&clock, wait);
        double hour = (double)((int64_t)(at / 3600) % 24);
        if (has_nights && (hour < 7 || hour > 22)) {
            continue;
        }
        double line = at;
        do {
            int64_t second = START + (int64_t)line;
            if (second < START + cut_from || second >= START + cut_to) {
                put(&clock, second);
            }
            line += draw_wait(&clock, 3);
        } while (draw(&clock) < burst);
    }
    size_t count = days_gaps(&clock.days, 0, gaps, floor);
    days_free(&clock.days);
    return count;
}

static void a_log_without_holes_has_no_gaps(void **state)
{
    (void)state;
    static const struct {
        double days, wait, burst;
        bool has_nights;
    } rows[] = {{0.05, 2, 0, false},   {0.05, 20, 0.9, false}, {1, 5, 0, false},
                {1, 300, 0.95, false}, {4, 10, 0.5, true},     {10, 60, 0.9, true},
                {40, 30, 0.8, true},   {40, 1000, 0.9, true},  {90, 3600, 0.5, false}};
    static struct gap gaps[GAPS_MAX];
    double floor;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t bad = 0;
        for (uint64_t seed = 1; seed <= 40; seed++) {
            bad += play(rows[i].days, rows[i].wait, rows[i].burst, rows[i].has_nights, 0, 0, seed, gaps, &floor) > 0;
        }
        if (bad > 0) {
            fail_msg("row %zu: gaps in %zu of 40 logs without any (%.0f s, %.1f expected, %s)", i, bad,
                     (double)(gaps[0].to - gaps[0].from), gaps[0].expected, gaps[0].basis);
        }
    }
}

static void a_hole_is_found_where_it_is(void **state)
{
    (void)state;
    static const struct {
        double days, wait, burst;
        bool has_nights;
        int64_t from, to;
    } rows[] = {{0.02, 0.5, 0, false, 600, 720},
                {1, 2, 0.5, false, 40000, 42000},
                {4, 10, 0.5, true, 86400 + 36000, 86400 + 50000},
                {10, 20, 0.8, true, 5 * 86400 + 30000, 6 * 86400 + 61200},
                {60, 60, 0.9, true, 30 * 86400 + 36000, 31 * 86400 + 36000}};
    static struct gap gaps[GAPS_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double floor;
        size_t count = play(rows[i].days, rows[i].wait, rows[i].burst, rows[i].has_nights, rows[i].from, rows[i].to, 3,
                            gaps, &floor);
        bool is_there = count == 1 && gaps[0].from < START + rows[i].from && gaps[0].to >= START + rows[i].to &&
                        gaps[0].from > START + rows[i].from - 7200 && gaps[0].to < START + rows[i].to + 7200;
        if (!is_there) {
            fail_msg("row %zu: %zu gaps, first %lld to %lld, floor %.0f s", i, count, (long long)(gaps[0].from - START),
                     (long long)(gaps[0].to - START), floor);
        }
        assert_true(floor > 0);
    }
}

/* Ten lines a minute for four days, and a hole of half a day: the hole itself must not lower what was to be expected. */
static void what_was_to_be_expected_leaves_the_hole_out(void **state)
{
    (void)state;
    static struct gap gaps[GAPS_MAX];
    struct clock clock = {.seed = 1};
    double floor;
    for (int64_t at = 0; at < 4 * 86400; at += 6) {
        if (at < 2 * 86400 || at >= 2 * 86400 + 43200) {
            put(&clock, START + at);
        }
    }
    assert_int_equal(days_gaps(&clock.days, 0, gaps, &floor), 1);
    assert_true(gaps[0].expected > 7100 && gaps[0].expected < 7300);
    assert_string_equal(gaps[0].basis, "hour of the day");
    days_free(&clock.days);
}

static void days_are_bounded_and_merge(void **state)
{
    (void)state;
    struct err err = {0};
    struct days a = {0}, b = {0};
    for (int64_t day = 0; day < DAYS_MAX + 10; day++) {
        assert_int_equal(days_add(&a, 0, day * 86400 + 5, 2, &err), 0);
    }
    assert_int_equal(a.outside, 20);
    assert_int_equal(days_add(&b, 0, 5, 1, &err), 0);
    assert_int_equal(days_add(&b, 1, 5, 1, &err), 0);
    assert_int_equal(days_merge(&a, &b, &err), 0);
    assert_int_equal(a.all[0]->hours[0], 3);
    assert_int_equal(a.outside, 21);
    days_free(&a);
    days_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_is_one_client_however_written),
        cmocka_unit_test(different_texts_are_different_clients),
        cmocka_unit_test(every_address_reads_as_itself),
        cmocka_unit_test(clients_are_counted_once_over_tables),
        cmocka_unit_test(requests_name_a_path_in_many_ways),
        cmocka_unit_test(the_fast_way_agrees_with_the_normal_form),
        cmocka_unit_test(segments_that_mean_nothing_are_seen_at_every_place),
        cmocka_unit_test(queries_speak),
        cmocka_unit_test(places_and_kinds),
        cmocka_unit_test(rotated_files_have_one_stem),
        cmocka_unit_test(a_log_without_holes_has_no_gaps),
        cmocka_unit_test(a_hole_is_found_where_it_is),
        cmocka_unit_test(what_was_to_be_expected_leaves_the_hole_out),
        cmocka_unit_test(days_are_bounded_and_merge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
