/* What the page says of a count under a mask: its sizes and audits, "not looked" where nobody did, one row for a result that two
 * recorded, members of any type, and no text of an attacker's choice unescaped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assay/report.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

static json_t *golden(void)
{
    struct err err = {0};
    OWN(own_buf) struct buf text = {0};
    assert_int_equal(file_read("tests/golden/report-sample.json", 8 << 20, &text, &err), 0);
    json_t *model = json_loadb(text.data, text.len, 0, NULL);
    assert_non_null(model);
    return model;
}

static json_t *step(json_t *model, size_t i)
{
    return json_array_get(json_object_get(model, "private"), i);
}

static json_t *type(json_t *model, size_t i)
{
    return json_array_get(json_object_get(step(model, i), "types"), 0);
}

static char *page_of(const json_t *model)
{
    struct err err = {0};
    char *html = NULL;
    size_t length = 0;
    if (assay_report_html(model, time_parse(STR("2020-04-11T12:00:00Z")), &html, &length, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return html;
}

static size_t count(const char *page, const char *text)
{
    size_t found = 0;
    for (const char *at = strstr(page, text); at != NULL; at = strstr(at + 1, text)) {
        found++;
    }
    return found;
}

static void test_each_number_with_what_it_is_of(void **state)
{
    static const char *const said[] = {"31,000 in 31,877 rows",
                                       "412,000 in 415,530 rows",
                                       "<b>28,104</b>",
                                       "27,389 to 28,490",
                                       "email + created_at",
                                       "300 of the asker; 300 looked up in the leak, 0 not there",
                                       "300 followed; 30 absent ones looked up in the source, 0 there after all",
                                       "<b>fewer than 50</b>",
                                       "<b>U3</b> is direct, unaudited",
                                       "Nobody recorded which parties asker and keeper are.",
                                       "the asker’s rows: none opened, so not looked",
                                       "It is run 2 between these two",
                                       "What such a count does not show:"};
    (void)state;
    OWN(own_json) json_t *model = golden();
    OWN(own_mem) char *page = page_of(model);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        if (strstr(page, said[i]) == NULL) {
            fail_msg("'%s' is not on the page", said[i]);
        }
    }
    assert_int_equal(count(page, "<th scope=\"row\">U1</th>"), 2); /* two types */
    assert_int_equal(count(page, "<th scope=\"row\">U2</th>"), 0); /* the keeper's record of the same result */
}

static void test_nothing_where_there_is_no_result(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    for (size_t i = 0; i < 3; i++) {
        json_object_del(step(model, i), "result");
    }
    OWN(own_mem) char *page = page_of(model);
    assert_null(strstr(page, "Counted under a mask"));
}

static void test_it_needs_no_sample(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    json_array_clear(json_object_get(model, "examinations"));
    OWN(own_mem) char *page = page_of(model);
    assert_non_null(strstr(page, "<a href=\"#sample\">"));
    assert_non_null(strstr(page, "Counted under a mask"));
}

static void test_not_all_audits(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    json_object_set_new(step(model, 0), "audits", json_string("not all were made"));
    OWN(own_mem) char *page = page_of(model);
    assert_non_null(strstr(page, "<b>Not all audits were made</b>"));
    assert_null(strstr(page, "<b>Late</b>"));
}

static void test_after_the_deadline(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    json_object_set_new(step(model, 0), "late", json_string("the offer's deadline <i>is over</i>"));
    OWN(own_mem) char *page = page_of(model);
    assert_non_null(strstr(page, "<b>Late</b>, as whoever recorded it saw it: the offer"));
    assert_non_null(strstr(page, "deadline &lt;i&gt;is over&lt;/i&gt;."));
}

static void test_bounds_that_are_none(void **state)
{
    static const char *const bounds[] = {"null",
                                         "[]",
                                         "{}",
                                         "{\"source\": [5, 1]}",
                                         "{\"source\": [-1, 4]}",
                                         "{\"source\": [0, 1e300]}",
                                         "{\"source\": \"x\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        OWN(own_json) json_t *model = golden();
        json_object_set_new(type(model, 0), "bounds", json_loads(bounds[i], JSON_DECODE_ANY, NULL));
        OWN(own_mem) char *page = page_of(model);
        assert_null(strstr(page, "27,389 to"));
        assert_non_null(strstr(page, "<b>28,104</b></td><td>not recorded"));
    }
}

static void test_hostile_members(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    json_object_set_new(step(model, 0), "id", json_string("<script>1"));
    json_object_set_new(step(model, 0), "asker", json_string("<img src=x>"));
    json_object_set_new(type(model, 0), "fields", json_pack("[s, n, i, {}]", "<b onclick=x>", 3));
    json_object_set_new(type(model, 2), "audit_1", json_integer(7));
    json_object_set_new(step(model, 1), "types", json_string("none"));
    json_array_append_new(json_object_get(model, "private"), json_null());
    json_array_append_new(json_object_get(model, "private"), json_integer(4));
    OWN(own_mem) char *page = page_of(model);
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<img"));
    assert_null(strstr(page, "<b onclick"));
    json_object_set_new(model, "private", json_string("x"));
    OWN(own_mem) char *other = page_of(model);
    assert_null(strstr(other, "Counted under a mask"));
}

static void test_more_than_have_room(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden();
    json_t *steps = json_object_get(model, "private");
    for (int i = 0; i < 20; i++) {
        json_t *one = json_deep_copy(step(model, 0));
        char id[16];
        (void)snprintf(id, sizeof id, "r%d", i);
        json_object_set_new(one, "result", json_string(id));
        json_array_append_new(steps, one);
    }
    OWN(own_mem) char *page = page_of(model);
    assert_non_null(strstr(page, "10 more results have no room here; the case holds them."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_number_with_what_it_is_of),
        cmocka_unit_test(test_nothing_where_there_is_no_result),
        cmocka_unit_test(test_it_needs_no_sample),
        cmocka_unit_test(test_not_all_audits),
        cmocka_unit_test(test_after_the_deadline),
        cmocka_unit_test(test_bounds_that_are_none),
        cmocka_unit_test(test_hostile_members),
        cmocka_unit_test(test_more_than_have_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
