/* What the page says of a sample against a database: numbers with their denominators, what was not computed or asked in words and never
 * as a zero, records of earlier releases, members of any type, and no text of an attacker's choice unescaped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "assay/report.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "report/say.h"

/* ---- the golden case: three examinations, as the program wrote them ---- */

static json_t *golden(void)
{
    struct err err = {0};
    struct buf text = {0};
    json_error_t problem;
    assert_int_equal(file_read("tests/golden/report-sample.json", 8 << 20, &text, &err), 0);
    json_t *model = json_loadb(text.data, text.len, 0, &problem);
    assert_non_null(model);
    buf_free(&text);
    return model;
}

static json_t *summary_of(json_t *model, size_t exam)
{
    json_t *records = json_object_get(json_array_get(json_object_get(model, "examinations"), exam), "records");
    size_t i;
    json_t *one;
    json_array_foreach(records, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "type")), "summary") == 0) {
            return json_object_get(one, "record");
        }
    }
    return NULL;
}

static struct str page_of(const json_t *model)
{
    struct err err = {0};
    char *html = NULL;
    size_t length = 0;
    if (assay_report_html(model, time_parse(STR("2020-04-11T12:00:00Z")), &html, &length, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return (struct str){html, length};
}

static bool says(struct str page, const char *text)
{
    return str_find(page, str_of(text), 0) != SIZE_MAX;
}

/* One in the section: those of the whole record come behind it. */
static bool has_picture(struct str page)
{
    size_t from = str_find(page, STR("<section id=\"sample\">"), 0);
    size_t to = str_find(page, STR("<section id=\"pictures\">"), 0);
    return str_find(str_slice(page, from, to), STR("<figure"), 0) != SIZE_MAX;
}

static void drop(struct str page)
{
    free((void *)(uintptr_t)page.data);
}

/* The case with one examination, its summary given. */
static struct str page_with(json_t *summary)
{
    OWN(own_json)
    json_t *model =
        json_pack("{s:{s:s}, s:[{s:s,s:s,s:s}], s:[{s:s,s:s,s:s,s:[s],s:[{s:s,s:o}]}]}", "case", "name", "n",
                  "evidence", "id", "E01", "what", "sample", "name", "leak.csv", "examinations", "id", "X01", "engine",
                  "match", "status", "done", "evidence", "E01", "records", "type", "summary", "record", summary);
    assert_non_null(model);
    return page_of(model);
}

/* ---- what it says ---- */

static void test_all_of_it(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    struct str page = page_of(model);
    static const char *const texts[] = {
        "<section id=\"sample\">",
        "<a href=\"#sample\">",
        "152 rows of the sample with the 1,443 rows of <code>live</code>, after all 1,443 rows of 1 table",
        "The sample was read as CSV, UTF-8 (all of it is valid).",
        "about 1,600 times more probable if the sample comes from this database than if it was taken elsewhere",
        "can lie below −2.7 or above +3.2",
        "−2.0 before the cap in each of 20 runs of 145 rows",
        "secret: columns that nobody has who was not given them",
        "not computed, so not excluded", /* recycled */
        "145 of 145",                    /* linked rows that agree */
        "2018-11-21 17:01:20",           /* the hard interval */
        "51 there, 101 absent; 11 older than there",
        "no single date explains all rows", /* of the second */
        "export 2: 118 rows",
        "2 of 20 planted rows are in the sample.",
        "=pin me",
        "nothing with Depot",
        "6 stand in an earlier leak",
        "Asked and not answered:",
        "wrong number of cells", /* of the third */
        "None of 24 kinds of tests found anything to look at",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!says(page, texts[i])) {
            fail_msg("not on the page: %s", texts[i]);
        }
    }
    assert_false(says(page, "@quillmail.zz"));
    drop(page);
}

static void test_nothing_in_common_is_no_number(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    json_array_remove(json_object_get(model, "examinations"), 0);
    json_array_remove(json_object_get(model, "examinations"), 0);
    struct str page = page_of(model);
    assert_true(says(page, "no table that was read shares a value with it"));
    assert_true(says(page, "<b>No ratio.</b>"));
    assert_true(says(page, "1 more row of the sample; the reasons stand under"));
    assert_true(says(page, "<b>Not everything was read.</b>"));
    assert_true(says(page, "cannot be told: no row is linked"));
    assert_false(says(page, "<b>Cap.</b>")); /* nothing bounds a number that there is not */
    assert_false(has_picture(page));
    drop(page);
}

static void test_a_twin_above_zero_warns(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    json_object_set_new(json_object_get(summary_of(model, 0), "twin"), "spread", json_pack("[f, f]", -1.5, 1.25));
    struct str page = page_of(model);
    assert_true(says(page, "−1.5 to +1.3 before the cap, in 20 runs of 145 rows"));
    assert_true(says(page, "do not rely on the ratio"));
    drop(page);
}

/* One member after the other missing, null or of another type: the page is made, and says nothing more than before. */
static void test_members_that_are_missing(void **state)
{
    (void)state;
    OWN(own_json) json_t *whole = golden();
    OWN(own_json)
    json_t *other = json_pack("[n, i, s, f, b, {s:s}, [s], [[]], [{}], {}]", -7, "x", 1e300, 1, "a", "b", "c");
    const char *key;
    json_t *value;
    json_object_foreach(summary_of(whole, 0), key, value)
    {
        for (size_t i = 0; i <= json_array_size(other); i++) {
            OWN(own_json) json_t *model = json_deep_copy(whole);
            json_array_remove(json_object_get(model, "examinations"), 2);
            json_array_remove(json_object_get(model, "examinations"), 1);
            if (i < json_array_size(other)) {
                json_object_set(summary_of(model, 0), key, json_array_get(other, i));
            } else {
                json_object_del(summary_of(model, 0), key);
            }
            struct str page = page_of(model);
            assert_true(says(page, "<section id=\"sample\">"));
            drop(page);
        }
    }
}

static void test_an_earlier_release(void **state)
{
    (void)state;
    struct str page = page_with(
        json_pack("{s:i, s:i, s:i, s:i, s:[{s:s,s:s,s:s,s:i,s:i}], s:{s:f,s:n}, s:{s:f,s:s}, s:[f,f], s:[s,n]}",
                  "rows_sample", 500, "rows_reference", 50000, "rows_matched", 487, "rows_linked", 493, "columns",
                  "sample", "pw", "reference", "customers.password_hash", "class", "source-secret", "k", 487, "n", 500,
                  "log10_lr", "elsewhere", 4.1, "seed", "headline", "log10_lr", 4.1, "alternative", "elsewhere", "cap",
                  -2.6, 4.1, "taken_between", "2026-03-14T20:58:10Z"));
    assert_true(says(page, "500 rows of the sample with the 50,000 rows of <code>customers</code>."));
    assert_true(says(page, "about 13,000 times more probable"));
    assert_true(says(page, "<b>Twin.</b> Not recorded."));
    assert_true(says(page, "<b>Rows that do not count.</b> Not recorded."));
    assert_true(says(page, ">2026-03-14 20:58:10<"));
    assert_true(says(page, ">nothing bounds it<"));
    assert_true(says(page, "how many of them date it is not recorded"));
    assert_true(says(page, "How the files were read is not recorded."));
    assert_true(says(page, "Whether anybody was asked is not recorded."));
    assert_false(says(page, "No row was rejected"));
    assert_false(says(page, "Which column of the sample is which")); /* linked rows were not counted */
    drop(page);
    page = page_with(json_object());
    assert_true(says(page, "<b>No ratio</b> is recorded."));
    assert_false(has_picture(page));
    drop(page);
}

static void test_an_examination_that_failed(void **state)
{
    (void)state;
    OWN(own_json)
    json_t *model = json_pack("{s:{s:s}, s:[{s:s,s:s,s:s,s:s,s:[]}]}", "case", "name", "n", "examinations", "id", "X01",
                              "engine", "match", "status", "failed", "error", "<i>no memory", "records");
    struct str page = page_of(model);
    assert_true(says(page, "Examination X01 has no summary: &lt;i&gt;no memory. Nothing was weighed"));
    drop(page);
}

/* What the engine masked stays so; what it was told to reveal is not repeated. */
static void test_no_value_of_a_row(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    json_t *summary = summary_of(model, 0);
    json_t *row = json_array_get(json_object_get(json_object_get(summary, "excerpts"), "agreeing"), 0);
    json_t *cell = json_array_get(json_object_get(row, "cells"), 0);
    json_object_set_new(cell, "shown", json_string("jana.novak@quillmail.zz"));
    struct str page = page_of(model);
    assert_false(says(page, "jana.novak@"));
    drop(page);
    json_object_set_new(cell, "shown", json_string("Jana Novak"));
    json_object_set_new(summary, "revealed", json_true());
    page = page_of(model);
    assert_false(says(page, "Jana Novak"));
    assert_true(says(page, "was told to show values. They are not repeated here."));
    drop(page);
}

/* ---- how much there may be ---- */

static void test_more_than_there_is_room_for(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    json_t *summary = summary_of(model, 1), *dates = json_object_get(summary, "dates");
    json_t *backups = json_array(), *exports = json_array(), *columns = json_array(), *ratios = json_object();
    for (int i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "way %d", i);
        json_object_set_new(ratios, name, json_real(i - 20));
        json_array_append_new(backups, json_pack("{s:[s,n], s:i, s:i}", "date", "2018-06-01T00:00:00Z", "rows_present",
                                                 i, "rows_absent", 2));
        json_array_append_new(
            exports, json_pack("{s:[s,s], s:i}", "between", "2018-06-01T00:00:00Z", "2018-07-01T00:00:00Z", "rows", i));
        json_array_append_new(columns, json_pack("{s:s,s:s,s:s,s:i,s:i}", "sample", name, "reference", "t.c", "class",
                                                 "shared", "rows_agreeing", i, "rows_compared", 40));
    }
    json_object_set_new(summary, "log10_lr", ratios);
    json_object_set_new(summary, "columns", columns);
    json_object_set_new(dates, "backups", backups);
    json_object_set_new(dates, "exports", exports);
    struct str page = page_of(model);
    assert_true(says(page, "7 of 45 alternatives computed")); /* five of the method, seven more are drawn */
    assert_true(says(page, "33 items have no room here"));
    assert_true(says(page, "16 items have no room here")); /* columns */
    assert_true(says(page, "60 items have no room here")); /* 32 exports and 28 backups */
    drop(page);
}

/* Numbers that no program of ours writes stay in the picture. */
static void test_numbers_out_of_range(void **state)
{
    (void)state;
    struct str page = page_with(json_pack(
        "{s:I, s:i, s:{s:f,s:f,s:f}, s:{s:f}, s:{s:f,s:s}, s:[f,f], s:{s:[f,f],s:I}, s:[s,s], s:i, s:{s:{s:s,s:i,s:[I],s:[I],s:I}}}",
        "rows_sample", (json_int_t)INT64_MAX, "rows_linked", -5, "log10_lr", "elsewhere", 1e300, "seed", -1e300,
        "made_up", -0.0, "raw", "elsewhere", -1e300, "headline", "log10_lr", 1e300, "alternative", "elsewhere", "cap",
        -1e300, 1e300, "twin", "spread", -1e9, 1e9, "runs", (json_int_t)INT64_MIN, "taken_between",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "clock_offset_s", INT32_MIN, "dates", "months", "first",
        "9999-12", "months", 1200, "from", (json_int_t)INT64_MAX, "until", (json_int_t)INT64_MAX, "open",
        (json_int_t)INT64_MIN));
    assert_true(says(page, "<section id=\"sample\">"));
    assert_false(says(page, "nan"));
    assert_false(says(page, "inf "));
    drop(page);
}

/* ---- hostile ---- */

static const char hostile[] = "</desc></text><script>alert(1)</script>\"'&\xe2\x80\xae\x1b[2J";

static json_t *poison(const json_t *value, const char *key)
{
    static const char *const kept[] = {"type",    "engine",     "status",   "class",         "role",
                                       "between", "date",       "first",    "taken_between", "hard",
                                       "id",      "planted_at", "evidence", "encoding_by"};
    for (size_t i = 0; key != NULL && i < sizeof kept / sizeof kept[0]; i++) {
        if (strcmp(key, kept[i]) == 0) {
            return json_deep_copy(value);
        }
    }
    if (json_is_string(value)) {
        return json_string(hostile);
    }
    if (json_is_array(value)) {
        json_t *copy = json_array();
        size_t i;
        const json_t *item;
        json_array_foreach(value, i, item)
        {
            json_array_append_new(copy, poison(item, NULL));
        }
        return copy;
    }
    if (json_is_object(value)) {
        json_t *copy = json_object();
        const char *name;
        const json_t *item;
        json_object_foreach((json_t *)(uintptr_t)value, name, item)
        {
            json_object_set_new(copy, name, poison(item, name));
        }
        return copy;
    }
    return json_deep_copy(value);
}

static void test_hostile_text_is_text(void **state)
{
    (void)state;
    OWN(own_json) json_t *whole = golden();
    OWN(own_json) json_t *model = poison(whole, NULL);
    for (size_t i = 0; i < 2; i++) { /* names of members, too */
        json_object_set_new(json_object_get(summary_of(model, i), "excluded"), hostile, json_integer(7));
        json_object_set_new(json_object_get(summary_of(model, i), "log10_lr"), hostile, json_real(2));
    }
    struct str page = page_of(model);
    assert_false(says(page, "<script"));
    assert_false(says(page, "\xe2\x80\xae"));
    assert_false(says(page, "\x1b"));
    assert_true(says(page, "&quot;&#39;&amp;\\u202e\\x1b[2J: 7"));
    assert_true(has_picture(page));
    drop(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_it),
        cmocka_unit_test(test_nothing_in_common_is_no_number),
        cmocka_unit_test(test_a_twin_above_zero_warns),
        cmocka_unit_test(test_members_that_are_missing),
        cmocka_unit_test(test_an_earlier_release),
        cmocka_unit_test(test_an_examination_that_failed),
        cmocka_unit_test(test_no_value_of_a_row),
        cmocka_unit_test(test_more_than_there_is_room_for),
        cmocka_unit_test(test_numbers_out_of_range),
        cmocka_unit_test(test_hostile_text_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
