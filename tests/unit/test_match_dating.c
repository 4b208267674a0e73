/* Dating (docs/statistics.md, part B): the worked cases, the vectors, and the rules that every answer must obey. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <cmocka.h>

#include "match/season.h"

static json_t *vectors(void)
{
    const char *shared = getenv("ASSAY_SHARED");
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/models/statistics-vectors.json", shared != NULL ? shared : "../shared");
    return json_load_file(path, 0, NULL);
}

/* s = 100 to 129 and 1000; a row begins every 10 s from 1010: the bound is 2000. */
static void test_soft(void **state)
{
    (void)state;
    struct dating_row rows[31];
    struct dating_begins begins[200];
    for (int i = 0; i < 31; i++) {
        rows[i] = (struct dating_row){i < 30 ? 100 + i : 1000, 9999};
    }
    for (int i = 0; i < 200; i++) {
        begins[i] = (struct dating_begins){1010 + 10 * i, 1};
    }
    struct dating_input in = {rows, 31, begins, 200, 1000, 9999, true, 0};
    struct dating_result result;
    struct err err = {0};
    assert_int_equal(dating_bounds(&in, &result, &err), 0);
    assert_int_equal(result.hard_lo, 1000);
    assert_int_equal(result.hard_hi, 9999);
    assert_true(result.has_soft);
    assert_int_equal(result.soft_hi, 2000);
    in.random = false;
    assert_int_equal(dating_bounds(&in, &result, &err), 0);
    assert_false(result.has_soft);
    in.row_count = 0;
    assert_int_equal(dating_bounds(&in, &result, &err), -1);
}

static void test_empty(void **state)
{
    (void)state;
    const struct dating_row rows[] = {{100, 400}, {500, 900}, {1000, 1200}, {1500, 9999}};
    struct dating_input in = {rows, 4, NULL, 0, 1000, 9999, true, 0};
    struct dating_result result;
    struct err err = {0};
    assert_int_equal(dating_bounds(&in, &result, &err), 0);
    assert_true(result.is_empty);
    assert_int_equal(result.exports, 4);
    assert_int_equal(result.contradicted, 3);
    assert_false(result.has_soft);
    const struct dating_row two[] = {{100, 9999}, {500, 400}, {1000, 9999}};
    in.rows = two;
    in.row_count = 3;
    assert_int_equal(dating_bounds(&in, &result, &err), 0);
    assert_int_equal(result.exports, 2);
    assert_int_equal(result.best, 1000);
    /* A row that begins at the very instant the other was last seen: one export explains both. */
    const struct dating_row touching[] = {{100, 501}, {500, 900}};
    in.rows = touching;
    in.row_count = 2;
    assert_int_equal(dating_bounds(&in, &result, &err), 0);
    assert_int_equal(result.exports, 1);
    assert_false(result.is_empty);
    in.rows = two;
    in.row_count = 3;
    assert_int_equal(dating_bounds(&in, &result, &err), 0);
    assert_int_equal(result.contradicted, 1);
}

/* B.4: each export's interval is what its own rows leave, and every row is in one. */
static void test_exports(void **state)
{
    (void)state;
    struct dating_row rows[40];
    struct dating_result result;
    struct err err = {0};
    for (int i = 0; i < 40; i++) {
        rows[i] = i < 30 ? (struct dating_row){100 + i, 500 + i} : (struct dating_row){600 + i, 9999};
    }
    struct dating_input in = {.rows = rows, .row_count = 40, .now = 9999};
    assert_int_equal(dating_bounds(&in, &result, &err), 0);
    assert_true(result.is_empty);
    assert_int_equal(result.exports, 2);
    assert_int_equal(result.told[0].from, 129);
    assert_int_equal(result.told[0].until, 500);
    assert_int_equal(result.told[0].rows, 30);
    assert_int_equal(result.told[1].from, 639);
    assert_int_equal(result.told[1].until, 9999);
    assert_int_equal(result.told[1].rows, 10);
    assert_int_equal(result.contradicted, 10);
    assert_int_equal(result.impossible, 0);
    /* More exports than are told: counted, not lost. */
    for (int i = 0; i < 40; i++) {
        rows[i] = (struct dating_row){100 * i, 100 * i + 50};
    }
    assert_int_equal(dating_bounds(&in, &result, &err), 0);
    assert_int_equal(result.exports, 40);
    assert_int_equal(result.told[DATING_EXPORTS_TOLD - 1].from, 100 * (DATING_EXPORTS_TOLD - 1));
    /* A row that has ended before it begins: nothing explains it, and it narrows no other. */
    const struct dating_row odd[] = {{100, 9999}, {800, 400}};
    in.rows = odd;
    in.row_count = 2;
    assert_int_equal(dating_bounds(&in, &result, &err), 0);
    assert_int_equal(result.impossible, 1);
    assert_true(result.is_empty);
    assert_int_equal(result.told[0].from, 100);
    assert_int_equal(result.told[0].until, 400);
}

/* 2021-01-15T12:00Z, and a row every five days from there. */
enum { SEASON_ROWS = 73 };
#define JANUARY INT64_C(1610712000)

static void season_rows(const struct season *season, int64_t differences[static SEASON_ROWS],
                        int64_t tables[static SEASON_ROWS])
{
    for (int i = 0; i < SEASON_ROWS; i++) {
        int64_t utc = JANUARY + (int64_t)i * 5 * 86400;
        differences[i] = season->standard_s;
        tables[i] = season->is_table_local ? utc - season->standard_s : utc;
        differences[i] += season_extra(season, tables[i], differences[i]);
        tables[i] = season->is_table_local ? utc - differences[i] : utc;
    }
}

static struct season found(const int64_t *differences, const int64_t *tables, size_t count)
{
    struct dating_offset single = dating_clock(differences, count);
    return season_find(differences, tables, count, &single);
}

/* Instants just before and after changes that the tz database has: {UTC, hour on?} in the rules of each family. */
static void test_season_changes(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        int64_t standard_s, utc;
        bool on;
    } rows[] = {
        {"European Union", 3600, 1616893199, false},             /* Berlin, 2021-03-28T00:59:59Z */
        {"European Union", 3600, 1616893200, true},              /* 01:00Z */
        {"European Union", 3600, 1635641999, true},              /* 2021-10-31T00:59:59Z */
        {"European Union", 3600, 1635642000, false},             /* 01:00Z */
        {"United States and Canada", -18000, 1615705199, false}, /* New York, 2021-03-14T06:59:59Z */
        {"United States and Canada", -18000, 1615705200, true},  /* 07:00Z */
        {"United States and Canada", -18000, 1636264799, true},  /* 2021-11-07T05:59:59Z */
        {"United States and Canada", -18000, 1636264800, false}, /* 06:00Z */
        {"south-eastern Australia", 36000, 1633190399, false},   /* Sydney, 2021-10-02T15:59:59Z */
        {"south-eastern Australia", 36000, 1633190400, true},    /* 16:00Z */
        {"south-eastern Australia", 36000, 1617465599, true},    /* 2021-04-03T15:59:59Z */
        {"south-eastern Australia", 36000, 1617465600, false},   /* 16:00Z */
        {"New Zealand", 43200, 1632578399, false},               /* Auckland, 2021-09-25T13:59:59Z */
        {"New Zealand", 43200, 1632578400, true},                /* 14:00Z */
        {"New Zealand", 43200, 1617458399, true},                /* 2021-04-03T13:59:59Z */
        {"New Zealand", 43200, 1617458400, false},               /* 14:00Z */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct season season = season_named(rows[i].family, rows[i].standard_s, false);
        assert_non_null(season.rule);
        assert_int_equal(season_extra(&season, rows[i].utc, 0) != 0, rows[i].on);
    }
}

static void test_season(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        int64_t standard_s;
        bool is_table_local;
    } rows[] = {
        {"European Union", 3600, false},
        {"European Union", 0, false}, /* London */
        {"United States and Canada", -18000, false},
        {"south-eastern Australia", 36000, false},
        {"south-eastern Australia", 34200, false}, /* Adelaide, +9:30 */
        {"New Zealand", 43200, false},
        {"European Union", -3600, true}, /* the table keeps Berlin's time, the sample is UTC */
        {"United States and Canada", 28800, true},
    };
    int64_t differences[SEASON_ROWS];
    int64_t tables[SEASON_ROWS];
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct season season = season_named(rows[i].family, rows[i].standard_s, rows[i].is_table_local);
        season_rows(&season, differences, tables);
        struct season is = found(differences, tables, SEASON_ROWS);
        assert_non_null(is.rule);
        assert_string_equal(is.family, rows[i].family);
        assert_int_equal(is.standard_s, rows[i].standard_s);
        assert_int_equal(is.is_table_local, rows[i].is_table_local);
        assert_int_equal(is.standard_rows + is.daylight_rows, SEASON_ROWS);
        for (int r = 0; r < SEASON_ROWS; r++) {
            assert_int_equal(season_to_table(&is, tables[r] + differences[r]), tables[r]);
        }
    }
    /* Two exports an hour apart, of rows from all the year: no zone. */
    for (int i = 0; i < SEASON_ROWS; i++) {
        differences[i] = i % 2 == 0 ? 3600 : 7200;
        tables[i] = JANUARY + (int64_t)i * 5 * 86400;
    }
    assert_null(found(differences, tables, SEASON_ROWS).rule);
    /* One offset, or two that are two hours apart. */
    for (int i = 0; i < SEASON_ROWS; i++) {
        differences[i] = 3600;
    }
    assert_null(found(differences, tables, SEASON_ROWS).rule);
    for (int i = 20; i < 50; i++) {
        differences[i] = 10800;
    }
    assert_null(found(differences, tables, SEASON_ROWS).rule);
    /* Two rows in winter are too few. */
    struct season season = season_named("European Union", 3600, false);
    season_rows(&season, differences, tables);
    assert_null(found(differences + 13, tables + 13, 40).rule);
    /* The local hour that occurs twice: 2021-10-31, 02:30 in Berlin. */
    assert_int_equal(season_to_table(&season, 1635647400), DATING_NO_TIME);
}

static void check_dating(const json_t *row)
{
    struct dating_row rows[64];
    struct dating_begins begins[512];
    const json_t *from = json_object_get(row, "row_from");
    const json_t *until = json_object_get(row, "row_until");
    const json_t *after = json_object_get(row, "begin_times_after");
    struct dating_input in = {
        .rows = rows, .row_count = json_array_size(from), .begins = begins, .begins_count = json_array_size(after)};
    for (size_t i = 0; i < in.row_count; i++) {
        rows[i] = (struct dating_row){json_integer_value(json_array_get(from, i)),
                                      json_integer_value(json_array_get(until, i))};
    }
    for (size_t i = 0; i < in.begins_count; i++) {
        begins[i] = (struct dating_begins){json_integer_value(json_array_get(after, i)), 1};
    }
    in.alive_at_lower = (double)json_integer_value(json_object_get(row, "rows_alive_at_lower"));
    in.now = json_integer_value(json_object_get(row, "now"));
    in.random = json_is_true(json_object_get(row, "random_sample"));
    struct dating_result result;
    struct err err = {0};
    assert_int_equal(dating_bounds(&in, &result, &err), 0);
    assert_int_equal(result.hard_lo, json_integer_value(json_object_get(row, "hard_lo")));
    assert_int_equal(result.hard_hi, json_integer_value(json_object_get(row, "hard_hi")));
    assert_int_equal(result.is_empty, json_is_true(json_object_get(row, "empty")));
    assert_int_equal(result.exports, json_integer_value(json_object_get(row, "min_exports")));
    const json_t *soft = json_object_get(row, "soft_hi");
    assert_int_equal(result.has_soft, json_is_integer(soft));
    if (json_is_integer(soft)) {
        assert_int_equal(result.soft_hi, json_integer_value(soft));
    }
    const json_t *interval = json_object_get(row, "interval");
    if (json_is_array(interval)) {
        int64_t hi = result.has_soft && result.soft_hi < result.hard_hi ? result.soft_hi : result.hard_hi;
        assert_int_equal(hi, json_integer_value(json_array_get(interval, 1)));
    }
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *all = vectors();
    if (all == NULL) {
        skip();
    }
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(all, "dating"), i, row)
    {
        check_dating(row);
    }
    assert_true(i >= 7);
    json_array_foreach(json_object_get(all, "clock_offset"), i, row)
    {
        int64_t differences[64];
        const json_t *list = json_object_get(row, "d");
        for (size_t d = 0; d < json_array_size(list); d++) {
            differences[d] = json_integer_value(json_array_get(list, d));
        }
        struct dating_offset offset = dating_clock(differences, json_array_size(list));
        assert_int_equal(offset.seconds, 60 * json_integer_value(json_object_get(row, "minutes")));
    }
    assert_true(i >= 5);
    json_decref(all);
}

static void test_clock(void **state)
{
    (void)state;
    static const struct {
        int64_t d[10];
        size_t count;
        int64_t minutes;
        bool merged;
    } rows[] = {
        {{0, 0, 0, 5}, 4, 0, false},
        {{19800, 19800, 19800}, 3, 330, false}, /* India, +5:30 */
        {{20700, 20700, 20700}, 3, 345, false}, /* Nepal, +5:45 */
        {{7200, 7200, 7200, 7200, 0}, 5, 120, false},
        {{7200, 7200, 0}, 3, 0, false}, /* two rows are too few */
        {{7200, 7200}, 2, 0, false},
        {{-18000, -18000, -18000, -18000}, 4, -300, false},
        {{3600, 3600, 3600, -3600, -3600, -3600},
         6,
         -60,
         true}, /* a tie of size: the negative first; the other is reported */
        {{0, 0, 0, 0, 7200, 7200, 7200}, 7, 0, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dating_offset offset = dating_clock(rows[i].d, rows[i].count);
        assert_int_equal(offset.seconds, rows[i].minutes * 60);
        assert_int_equal(offset.is_merged, rows[i].merged);
    }
}

static void test_random(void **state)
{
    (void)state;
    double even[20], heads[20];
    for (int i = 0; i < 20; i++) {
        even[i] = (i + .5) / 20;
        heads[i] = (i + .5) / 2000;
    }
    assert_true(dating_looks_random(even, 20, .01));
    assert_false(dating_looks_random(heads, 20, .01)); /* the table's first rows */
    assert_false(dating_looks_random(even, 20, .5));   /* half of the table is a prefix */
    assert_false(dating_looks_random(even, 4, .01));   /* too few to see */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_soft),   cmocka_unit_test(test_empty),          cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_clock),  cmocka_unit_test(test_random),         cmocka_unit_test(test_exports),
        cmocka_unit_test(test_season), cmocka_unit_test(test_season_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
