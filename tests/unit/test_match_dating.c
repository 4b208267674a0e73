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

#include "match/dating.h"

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
    struct dating_input in = {rows, 31, begins, 200, 1000, 9999, true};
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
    struct dating_input in = {rows, 4, NULL, 0, 1000, 9999, true};
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
        cmocka_unit_test(test_soft),  cmocka_unit_test(test_empty),  cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_clock), cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
