/* reach: which logins follow from what a tree says; URIs taken apart; what many databases are together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "reach/inside.h"
#include "reach/uri.h"

#include "base/banned.h"

static json_t *credential(const char *id, const char *uri, const char *state, const char *password)
{
    return json_pack("{s:s,s:{s:s,s:s,s:s,s:s,s:s,s:s*,s:{s:s*}}}", "kind", "finding", "record", "class", "credential",
                     "id", id, "opens", "database", "service", "mysql", "password", state, "uri", uri, "secret",
                     "password", password);
}

static void a_uri_is_cut_and_put_together(void **state)
{
    (void)state;
    static const char *const rows[] = {"mysql://shop@db.internal:3306/shop",
                                       "postgresql://a%40b@[::1]:5432/we%22ird?host=/run/x", "redis://localhost/0",
                                       "mysql://h/", "clickhouse://u@10.0.0.1:8123/d?a=b&c=d"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct uri uri;
        OWN(own_buf) struct buf out = {0};
        assert_true(uri_cut(str_of(rows[i]), &uri));
        uri_put(&out, &uri);
        assert_string_equal(out.data, rows[i]);
    }
    struct uri uri;
    assert_false(uri_cut(STR("sqlite:/x"), &uri));
    assert_true(uri_cut(STR("postgresql://a@[::1]:5432/d"), &uri));
    assert_true(str_eq(uri.host, STR("::1")) && str_eq(uri.port, STR("5432")) && str_eq(uri.account, STR("a")));
}

static void names_of_databases_survive_a_uri(void **state)
{
    (void)state;
    OWN(own_buf) struct buf coded = {0};
    OWN(own_buf) struct buf plain = {0};
    struct str name = STR("we\"ird %/?@\xc3\xa9");
    uri_encode(&coded, name);
    assert_true(uri_decode(&plain, buf_str(&coded)));
    assert_true(str_eq(buf_str(&plain), name));
    assert_false(uri_decode(&plain, STR("a%0")));
    assert_false(uri_decode(&plain, STR("a%00")));
    assert_false(uri_decode(&plain, STR("a%zz")));
}

static void where_a_host_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *at, *uri;
        bool fits;
    } rows[] = {
        {"db.internal=127.0.0.1:3307", "mysql://shop@db.internal:3306/shop", true},
        {"DB.internal=127.0.0.1:3307", "mysql://shop@db.internal/shop", true},
        {"db.internal:3306=127.0.0.1", "mysql://shop@db.internal/shop", true},
        {"db.internal:3308=127.0.0.1", "mysql://shop@db.internal/shop", false},
        {"localhost=10.0.0.1:3307", "mysql://shop@127.0.0.1/shop", true},
        {"localhost=10.0.0.1:3307", "mysql://shop@db.internal/shop", false},
    };
    struct err err = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct uri_at at;
        struct uri uri;
        assert_int_equal(uri_at_read(rows[i].at, &at, &err), 0);
        assert_true(uri_cut(str_of(rows[i].uri), &uri));
        assert_int_equal(uri_at_fits(&at, &uri), rows[i].fits);
    }
    static const char *const wrong[] = {"", "a", "a=", "=b", "a=b:99999", "a=b:x", "a=b/c", "a=b?x=y", "a:0=b"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct uri_at at;
        if (uri_at_read(wrong[i], &at, &err) == 0) {
            fail_msg("taken: %s", wrong[i]);
        }
        assert_int_equal(err.kind, ERR_USAGE);
    }
}

/* Each row of credentials with what becomes of it. */
static void which_logins_follow(void **state)
{
    (void)state;
    OWN(own_json) json_t *heard = json_array();
    json_array_append_new(heard, credential("C1", "mysql://a@h/x", "set", "one"));
    json_array_append_new(heard, credential("C2", "mysql://a@h:3306/y", "set", "one")); /* the same */
    json_array_append_new(heard, credential("C3", "mysql://a@h/x", "set", "two"));      /* another password */
    json_array_append_new(heard, credential("C4", "mysql://b@h/x", "set", "one"));      /* another account */
    json_array_append_new(heard, credential("C5", "mysql://a@other/x", "set", "one"));  /* not of --only */
    json_array_append_new(heard, credential("C6", "mysql://c@h/x", "elsewhere", NULL));
    json_array_append_new(heard, credential("C7", NULL, "set", "one"));
    json_array_append_new(heard, credential("C8", "oracle://a@h/x", "set", "one"));
    json_array_append_new(heard, credential("C9", "mysql://d@h/x", "", NULL)); /* nobody knows its password */
    json_array_append_new(heard, credential("C10", "mysql://e@h/x", "empty", NULL));
    static const char *const only[] = {"h"};
    static const char *const at[] = {"h=127.0.0.1:3307"};
    struct assay_reach_options options = {
        .heard = heard, .connect = true, .only = only, .only_count = 1, .at = at, .at_count = 1};
    struct err err = {0};
    OWN(own_login_plan) struct plan plan = {0};
    assert_int_equal(plan_logins(&options, &plan, &err), 0);
    static const size_t same[] = {0, 0, 2, 3, 4, 5, 6, 7, 8, 9};
    static const bool tried[] = {true, true, true, true, false, false, false, false, false, true};
    assert_int_equal(plan.count, 10);
    for (size_t i = 0; i < plan.count; i++) {
        if ((plan.targets[i].skip == NULL) != tried[i] || plan.targets[i].same != same[i]) {
            fail_msg("%s: %s, same as %zu", plan.targets[i].credential, plan.targets[i].skip, plan.targets[i].same);
        }
    }
    assert_string_equal(plan.targets[0].to.data, "mysql://a@127.0.0.1:3307/x");
    assert_string_equal(plan.targets[9].password, ""); /* not NULL, which would be the examiner's own */
    OWN(own_json) json_t *told = assay_reach_plan(&options, &err);
    assert_int_equal(json_array_size(told), 4);
    char *text = json_dumps(told, 0);
    assert_null(strstr(text, "one"));
    assert_null(strstr(text, "two"));
    free(text);
}

static void without_consent_nobody_logs_in(void **state)
{
    (void)state;
    OWN(own_json) json_t *heard = json_array();
    json_array_append_new(heard, credential("C1", "mysql://a@h/x", "set", "one"));
    struct assay_reach_options options = {.heard = heard};
    struct err err = {0};
    OWN(own_json) json_t *told = assay_reach_plan(&options, &err);
    assert_int_equal(json_array_size(told), 0);
}

static void what_databases_are_together(void **state)
{
    (void)state;
    static const struct {
        uint64_t none, unknown, part, entire;
        enum scope scope;
    } rows[] = {
        {0, 0, 0, 0, SCOPE_NONE},    {0, 0, 0, 2, SCOPE_ENTIRE}, {1, 0, 0, 1, SCOPE_PART}, {0, 1, 0, 1, SCOPE_UNKNOWN},
        {1, 1, 0, 0, SCOPE_UNKNOWN}, {1, 1, 0, 1, SCOPE_PART},   {0, 0, 1, 1, SCOPE_PART}, {3, 0, 0, 0, SCOPE_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t counts[SCOPE_COUNT] = {[SCOPE_NONE] = rows[i].none,
                                        [SCOPE_UNKNOWN] = rows[i].unknown,
                                        [SCOPE_PART] = rows[i].part,
                                        [SCOPE_ENTIRE] = rows[i].entire};
        assert_int_equal(scope_over(counts), rows[i].scope);
    }
}

static void what_tables_make_of_a_database(void **state)
{
    (void)state;
    static const struct {
        enum survey_scope said;
        struct tally tally;
        enum scope scope;
    } rows[] = {
        {SURVEY_SCOPE_WHOLE, {.tables = 3, .readable = 3}, SCOPE_ENTIRE},
        {SURVEY_SCOPE_WHOLE, {.tables = 3, .readable = 2, .hidden = 1}, SCOPE_PART},
        {SURVEY_SCOPE_WHOLE, {.tables = 3, .readable = 3, .partial = 1, .hidden = 1}, SCOPE_PART},
        {SURVEY_SCOPE_WHOLE, {.tables = 3, .hidden = 3}, SCOPE_NONE},
        {SURVEY_SCOPE_WHOLE, {.tables = 4, .readable = 3}, SCOPE_ENTIRE}, /* the fourth is a view */
        {SURVEY_SCOPE_UNKNOWN, {.tables = 3, .readable = 3}, SCOPE_UNKNOWN},
        {SURVEY_SCOPE_UNKNOWN, {.tables = 3, .readable = 2, .hidden = 1}, SCOPE_PART},
        {SURVEY_SCOPE_UNKNOWN, {0}, SCOPE_NONE},
        {SURVEY_SCOPE_CLOSED, {0}, SCOPE_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *why = NULL;
        assert_int_equal(scope_of_database(rows[i].said, &rows[i].tally, &why), rows[i].scope);
    }
}

static void sums_neither_wrap_nor_outgrow_json(void **state)
{
    (void)state;
    const uint64_t most = (UINT64_C(1) << 53) - 1;
    struct tally sum = {.rows = most - 1, .bytes = UINT64_MAX};
    const struct tally more = {.rows = 5, .bytes = UINT64_MAX};
    assert_true(tally_sum(2, 3) == 5);
    tally_plus(&sum, &more);
    assert_true(sum.rows == most && sum.bytes == most);
}

static int keep_table(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)err;
    if (kind == ASSAY_MEASURE) {
        *(json_t **)self = json_incref(body);
    }
    return 0;
}

/* What a server says of itself is evidence of the server: a count that nobody can hold is no count. */
static void a_count_that_nobody_can_hold_is_unknown(void **state)
{
    (void)state;
    OWN(own_json) json_t *said = NULL;
    OWN(own_people) struct people *people = NULL;
    struct err err = {0};
    char unsampled[WHY_BYTES];
    const struct assay_sink sink = {&said, keep_table, NULL, NULL};
    const struct assay_reach_options options = {.max_rows = 0};
    struct reach reach = {.options = &options, .sink = &sink, .until = INT64_MAX, .sample_until = INT64_MAX};
    const struct survey_column column = {STR("email"), STR("text"), true};
    const struct survey_table table = {.database = STR("d"),
                                       .name = STR("t"),
                                       .columns = &column,
                                       .column_count = 1,
                                       .rows = UINT64_MAX,
                                       .rows_kind = SURVEY_ROWS_ESTIMATED,
                                       .bytes = UINT64_MAX,
                                       .bytes_known = true};
    const struct place place = {"C1", STR("sqlite:x"), STR("x"), ""};
    struct tally tally = {0};
    assert_int_equal(people_open(&people, &err), 0);
    reach.people = people;
    assert_int_equal(table_look(&reach, &place, NULL, &table, &tally, unsampled, &err), 0);
    assert_string_equal(json_text(said, "rows_kind", ""), "unknown");
    assert_true(json_is_null(json_object_get(said, "rows")) && json_is_null(json_object_get(said, "bytes")));
    assert_true(tally.rows == 0 && tally.bytes == 0);
    seen_clear(&reach.totals.seen);
}

static void a_list_ends_before_an_entry_is_full(void **state)
{
    (void)state;
    OWN(own_fit) struct fit fit = {0};
    struct err err = {0};
    for (size_t i = 0; i < 5000; i++) {
        assert_int_equal(
            fit_add(&fit, json_pack("{s:s}", "name", "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"), &err), 0);
    }
    assert_int_equal(json_array_size(fit.array) + fit.left_out, 5000);
    assert_true(fit.left_out > 0);
    char *text = json_dumps(fit.array, JSON_COMPACT);
    assert_true(strlen(text) <= LIST_BYTES + 2);
    free(text);
}

static void a_password_is_taken_out_of_sentences(void **state)
{
    (void)state;
    OWN(own_json) json_t *text = say_why(STR("no: geheim and geheim"), "geheim");
    assert_string_equal(json_string_value(text), "no: (password) and (password)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uri_is_cut_and_put_together),
        cmocka_unit_test(names_of_databases_survive_a_uri),
        cmocka_unit_test(where_a_host_is_found),
        cmocka_unit_test(which_logins_follow),
        cmocka_unit_test(without_consent_nobody_logs_in),
        cmocka_unit_test(what_databases_are_together),
        cmocka_unit_test(what_tables_make_of_a_database),
        cmocka_unit_test(sums_neither_wrap_nor_outgrow_json),
        cmocka_unit_test(a_count_that_nobody_can_hold_is_unknown),
        cmocka_unit_test(a_list_ends_before_an_entry_is_full),
        cmocka_unit_test(a_password_is_taken_out_of_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
