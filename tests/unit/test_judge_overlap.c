/* What a private comparison says in a verdict: its lower end for, its upper end against, and nothing where nobody looked. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assay/judge.h"
#include "base/json.h"
#include "base/own.h"
#include "judge/inside.h"

static const char rates_text[] =
    "{\"match\": {\"caps\": {\"secret\": [-2.47, 3.1], \"issued\": [-1.6, 0.08], \"none\": [-1.5, 0.56]},"
    " \"omega\": [0, 2485], \"tau\": {\"time\": [60, 1141]}}}";

struct entry {
    const char *fields, *mode, *audits, *parties;
    int keys, lo, hi;
};

static const char both[] = "\"asker\": \"north\", \"keeper\": \"shop\",";
static const char email[] = "\"email\"", mail_time[] = "\"email\", \"created_at\"", hash[] = "\"hash\"";

static json_t *entry_of(const struct entry *entry, int n)
{
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"id\": \"U%d\", \"n\": %d, \"result\": \"r%d\", \"mode\": \"%s\", \"audits\": \"%s\", %s"
                   " \"types\": [{\"fields\": [%s], \"count\": %d, \"fewer_than\": false, \"asker_keys\": %d,"
                   " \"audit_1\": {\"searched\": 300}, \"bounds\": {\"committed\": [0, 0], \"source\": [%d, %d]}}]}",
                   n, 10 + n, n, entry->mode, entry->audits, entry->parties, entry->fields, entry->lo, entry->keys,
                   entry->lo, entry->hi);
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

static json_t *model_of(const struct entry *entries, size_t count)
{
    json_t *model = json_loads(
        "{\"case\": {}, \"parties\": [{\"id\": \"shop\"}, {\"id\": \"north\"}],"
        " \"claims\": [{\"id\": \"C1\", \"n\": 3, \"kind\": \"possession\"}, {\"id\": \"C2\", \"n\": 4, \"kind\": \"taking\"}],"
        " \"statements\": [{\"id\": \"S1\", \"party\": \"north\", \"act\": \"asserts\", \"claims\": [\"C1\", \"C2\"]},"
        "  {\"id\": \"S2\", \"party\": \"shop\", \"act\": \"denies\", \"claims\": [\"C1\", \"C2\"]}],"
        " \"evidence\": [], \"examinations\": []}",
        0, NULL);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, entry_of(&entries[i], (int)i + 1));
    }
    json_object_set_new(model, "private", list);
    return model;
}

static json_t *verdicts_of(const json_t *model, const char *rates_as)
{
    OWN(own_json) json_t *rates = json_loads(rates_as, 0, NULL);
    json_t *verdicts = NULL;
    struct err err = {0};
    if (assay_judge(model, rates, &verdicts, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return verdicts;
}

/* Of the claim of possession; NAN: none. */
static double ratio_of(const struct entry *entry)
{
    OWN(own_json) json_t *model = model_of(entry, 1);
    OWN(own_json) json_t *verdicts = verdicts_of(model, rates_text);
    return json_num(json_array_get(verdicts, 0), "log10_lr", NAN);
}

static void an_interval_weighs_at_its_unfavourable_end(void **state)
{
    const struct {
        const char *what;
        struct entry entry;
        double least, most;
    } rows[] = {
        {"most keys agree", {mail_time, "neutral", "made", both, 1000, 900, 1000}, 2, 3.1},
        {"a third at least", {mail_time, "neutral", "made", both, 1000, 330, 1000}, 1.5, 3.1},
        {"as many as seed rows may be", {mail_time, "neutral", "made", both, 1000, 50, 1000}, 0, 0},
        {"few", {mail_time, "neutral", "made", both, 1000, 60, 1000}, 0, 1.5},
        {"not looked", {mail_time, "neutral", "not all were made", both, 1000, 0, 1000}, 0, 0},
        {"none, but clocks and exports differ", {mail_time, "neutral", "made", both, 1000, 0, 10}, 0, 0},
        {"people are known to others, too", {email, "neutral", "made", both, 1000, 990, 1000}, 0, 0},
        {"people whom the database does not know", {email, "neutral", "made", both, 1000, 0, 10}, -1.5, -.1},
        {"people, not looked", {email, "neutral", "made", both, 1000, 0, 1000}, 0, 0},
        {"a hash may be without salt", {hash, "neutral", "made", both, 1000, 990, 1000}, 0, 0},
        {"an id alone is told", {"\"id\"", "neutral", "made", both, 1000, 990, 1000}, 0, 0},
        {"nobody said who they are", {mail_time, "neutral", "made", "", 1000, 900, 1000}, 0, 1.05},
        {"one party is both",
         {mail_time, "neutral", "made", "\"asker\": \"shop\", \"keeper\": \"shop\",", 1000, 900, 1000},
         2,
         3.1},
        {"all of 20", {mail_time, "neutral", "made", both, 20, 20, 20}, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const double ratio = ratio_of(&rows[i].entry);
        if (!(ratio >= rows[i].least && ratio <= rows[i].most)) {
            fail_msg("%s: %.4f is not in %.2f to %.2f", rows[i].what, ratio, rows[i].least, rows[i].most);
        }
    }
}

/* A hash may be without salt: it speaks against nobody who has the passwords, or guesses them. */
static void a_hash_excludes_nobody(void **state)
{
    const struct entry alone = {hash, "neutral", "made", both, 1000, 990, 1000},
                       with_mail = {"\"email\", \"hash\"", "neutral", "made", both, 1000, 990, 1000};
    const struct entry *const rows[] = {&alone, &with_mail};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_json) json_t *model = model_of(rows[i], 1);
        OWN(own_json) json_t *verdicts = verdicts_of(model, rates_text);
        const json_t *row;
        size_t seen = 0, i_row;
        json_array_foreach(json_object_get(json_array_get(verdicts, 0), "alternatives"), i_row, row)
        {
            if (strcmp(json_text(row, "name", ""), "seed data") != 0) {
                assert_true(json_num(row, "log10_lr", NAN) == 0);
                seen++;
            }
        }
        assert_int_equal(seen, 4);
    }
}

static void wider_is_never_more(void **state)
{
    double before = 9;
    (void)state;
    for (int lo = 1000; lo >= 0; lo -= 50) { /* the lower end falls */
        const double ratio = ratio_of(&(struct entry){mail_time, "neutral", "made", both, 1000, lo, 1000});
        assert_true(ratio <= before && ratio >= 0);
        before = ratio;
    }
    before = -9;
    for (int hi = 0; hi <= 1000; hi += 50) { /* the upper end rises */
        const double ratio = ratio_of(&(struct entry){email, "neutral", "made", both, 1000, 0, hi});
        assert_true(ratio >= before && ratio <= 0);
        before = ratio;
    }
}

static const json_t *only_neutral(const json_t *verdict)
{
    assert_int_equal(json_array_size(json_object_get(verdict, "for")), 0);
    assert_int_equal(json_array_size(json_object_get(verdict, "against")), 0);
    assert_int_equal(json_array_size(json_object_get(verdict, "neutral")), 1);
    return json_array_get(json_object_get(verdict, "neutral"), 0);
}

/* On the table, with the reason, and no ratio. */
static void told_not_weighed(json_t *model, const char *rates, const char *says)
{
    OWN(own_json) json_t *verdicts = verdicts_of(model, rates);
    const json_t *verdict = json_array_get(verdicts, 0), *row = only_neutral(verdict);
    assert_true(json_is_null(json_object_get(verdict, "log10_lr")));
    assert_string_equal(json_text(verdict, "direction", ""), "undetermined");
    assert_true(json_is_null(json_object_get(row, "log10_lr")));
    if (strstr(json_text(row, "text", ""), says) == NULL) {
        fail_msg("'%s' does not say '%s'", json_text(row, "text", ""), says);
    }
    assert_non_null(strstr(json_text(verdict, "why", ""), says));
    assert_null(strstr(json_text(row, "text", ""), "no measured error rate"));
}

static void what_is_told_only(void **state)
{
    const struct entry good = {mail_time, "neutral", "made", both, 1000, 900, 1000};
    struct entry direct = good;
    (void)state;
    direct.mode = "direct, unaudited: the asker's statement";
    OWN(own_json) json_t *by_asker = model_of(&direct, 1);
    told_not_weighed(by_asker, rates_text, "it is the asker's statement, unaudited");

    OWN(own_json) json_t *model = model_of(&good, 1);
    told_not_weighed(model, "{}", "how often a comparison errs was not measured");
    json_t *type = json_array_get(json_object_get(json_array_get(json_object_get(model, "private"), 0), "types"), 0);
    json_object_del(type, "bounds");
    told_not_weighed(model, rates_text, "recorded without bounds");
    json_object_set_new(type, "bounds", json_pack("{s:[i, i]}", "source", 900, 1001)); /* more than there are */
    told_not_weighed(model, rates_text, "recorded without bounds");
}

static void a_comparison_of_the_sample_itself_speaks_instead(void **state)
{
    const struct entry good = {mail_time, "neutral", "made", both, 1000, 900, 1000};
    (void)state;
    OWN(own_json) json_t *model = model_of(&good, 1);
    json_t *exam =
        json_loads("{\"id\": \"X01\", \"engine\": \"match\", \"status\": \"done\", \"evidence\": [], \"records\": ["
                   " {\"id\": \"X01/1\", \"type\": \"summary\", \"record\": {\"rows_sample\": 9, \"log10_lr\": {},"
                   "  \"complete\": true}}]}",
                   0, NULL);
    assert_non_null(exam);
    json_array_append_new(json_object_get(model, "examinations"), exam);
    OWN(own_json) json_t *verdicts = verdicts_of(model, rates_text);
    assert_true(json_num(json_array_get(verdicts, 0), "log10_lr", NAN) == 0);
}

static void one_result_is_one_item(void **state)
{
    const struct entry good = {mail_time, "neutral", "made", both, 1000, 400, 1000};
    const struct entry two[] = {good, good};
    (void)state;
    OWN(own_json) json_t *once = model_of(two, 1), *twice = model_of(two, 2), *runs = model_of(two, 2);
    json_object_set_new(json_array_get(json_object_get(twice, "private"), 1), "result", json_string("r1"));
    OWN(own_json) json_t *first = verdicts_of(once, rates_text), *both_sides = verdicts_of(twice, rates_text);
    OWN(own_json) json_t *second_run = verdicts_of(runs, rates_text);
    const double ratio = json_num(json_array_get(first, 0), "log10_lr", NAN);
    assert_true(ratio > 1);
    assert_int_equal(json_array_size(json_object_get(json_array_get(both_sides, 0), "for")), 1);
    assert_int_equal(json_array_size(json_object_get(json_array_get(both_sides, 0), "neutral")), 0);
    /* another run between the same two does not add to the first */
    assert_true(fabs(json_num(json_array_get(second_run, 0), "log10_lr", NAN) - ratio) < 1e-9);
    const json_t *silent = json_object_get(json_array_get(second_run, 0), "neutral");
    assert_int_equal(json_array_size(silent), 1);
    assert_non_null(json_object_get(json_array_get(silent, 0), "silent"));
}

static void it_says_nothing_of_a_taking_and_is_named_for_replay(void **state)
{
    const struct entry good = {mail_time, "neutral", "made", both, 1000, 900, 1000};
    (void)state;
    OWN(own_json) json_t *model = model_of(&good, 1);
    OWN(own_json) json_t *verdicts = verdicts_of(model, rates_text);
    const json_t *possession = json_array_get(verdicts, 0), *taking = json_array_get(verdicts, 1);
    assert_true(json_is_null(json_object_get(taking, "log10_lr")));
    assert_string_equal(json_text(possession, "direction", ""), "supported");
    assert_string_equal(json_string_value(json_array_get(json_object_get(possession, "inputs"), 0)), "U1");
    assert_int_equal(json_integer_value(json_array_get(json_object_get(possession, "indices"), 1)), 11);
    const char *text = json_text(json_array_get(json_object_get(possession, "for"), 0), "text", "");
    assert_non_null(strstr(text, "900 of 1,000 distinct keys of one list are in the other"));
    assert_non_null(strstr(text, "what partners were given and how the rows were made was not looked at"));
    bool is_varied = false;
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(possession, "sensitivity"), i, row)
    {
        is_varied |= strcmp(json_text(row, "constant", ""), "private.seed") == 0;
    }
    assert_true(is_varied);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interval_weighs_at_its_unfavourable_end),
        cmocka_unit_test(a_hash_excludes_nobody),
        cmocka_unit_test(wider_is_never_more),
        cmocka_unit_test(what_is_told_only),
        cmocka_unit_test(a_comparison_of_the_sample_itself_speaks_instead),
        cmocka_unit_test(one_result_is_one_item),
        cmocka_unit_test(it_says_nothing_of_a_taking_and_is_named_for_replay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
