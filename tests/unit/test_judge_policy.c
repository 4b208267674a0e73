/* Constants that nobody measured: all in one table, each shown at half and double; the views that stand beside the ratio. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "assay/judge.h"
#include "base/json.h"
#include "base/own.h"
#include "judge/inside.h"

static json_t *rates_of(void)
{
    return json_pack("{s:{s:{s:{s:[s], s:[i,i], s:[i,i], s:[i,i]}}}, s:{s:{s:{s:[i,i], s:[i,i], s:[i,i]}}}}", "sweep",
                     "classes", "planted/high", "members", "shell/high", "recall", 300, 300, "false_files", 0, 600000,
                     "false_trees", 0, 900, "trace", "classes", "use/high", "recall", 300, 300, "false_sessions", 0,
                     90000, "false_logs", 0, 900);
}

static json_t *sweep_of(const char *id, const char *evidence, bool found)
{
    json_t *records = json_array();
    if (found) {
        json_array_append_new(records, json_pack("{s:s, s:s, s:{s:s, s:s, s:s}}", "id", "r", "type", "finding",
                                                 "record", "class", "shell", "confidence", "high", "path", "a.php"));
    }
    json_array_append_new(records, json_pack("{s:s, s:s, s:{s:i, s:i, s:{}, s:b}}", "id", "s", "type", "summary",
                                             "record", "read", 60, "web_files", 60, "skipped", "complete", 1));
    return json_pack("{s:s, s:s, s:s, s:[s], s:o}", "id", id, "engine", "sweep", "status", "done", "evidence", evidence,
                     "records", records);
}

/* One claim, `count` trees of keepers of their own. */
static json_t *model_of(size_t count, bool found, const char *custody)
{
    json_t *exams = json_array(), *evidence = json_array();
    for (size_t i = 0; i < count; i++) {
        char exam[24], tree[24], keeper[16];
        (void)snprintf(exam, sizeof exam, "X%zu", i);
        (void)snprintf(tree, sizeof tree, "E%zu", i);
        (void)snprintf(keeper, sizeof keeper, "p%zu", i % KEEPER_MAX);
        json_array_append_new(exams, sweep_of(exam, tree, found));
        json_array_append_new(evidence, json_pack("{s:s, s:s, s:s, s:s}", "id", tree, "what", "tree", "owner", keeper,
                                                  "custody", custody));
    }
    return json_pack("{s:{}, s:[{s:s, s:s, s:s}], s:[{s:s, s:s}], s:[{s:s, s:s, s:s, s:[s]}], s:o, s:o}", "case",
                     "claims", "id", "C1", "kind", "entry", "burden", "north", "parties", "id", "north", "name",
                     "North", "statements", "id", "S1", "party", "north", "act", "asserts", "claims", "C1", "evidence",
                     evidence, "examinations", exams);
}

static json_t *verdict_of(const json_t *model, const json_t *rates)
{
    struct err err = {0};
    OWN(own_json) json_t *verdicts = NULL;
    if (assay_judge(model, rates, &verdicts, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return json_incref(json_array_get(verdicts, 0));
}

static const json_t *row_of(const json_t *verdict, const char *constant, double factor)
{
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(verdict, "sensitivity"), i, row)
    {
        if (strcmp(json_text(row, "constant", ""), constant) == 0 && json_num(row, "factor", 0) == factor) {
            return row;
        }
    }
    return NULL;
}

static void every_constant_has_a_name_a_value_and_a_source(void **state)
{
    OWN(own_json) json_t *policy = assay_judge_policy();
    size_t i, varied = 0;
    const json_t *row;
    (void)state;
    assert_true(json_array_size(policy) >= POLICY_COUNT);
    json_array_foreach(policy, i, row)
    {
        assert_true(strlen(json_text(row, "name", "")) > 0);
        assert_true(strlen(json_text(row, "source", "")) > 0);
        assert_true(json_num(row, "value", -1) > 0);
        varied += json_bool(row, "varied", false);
    }
    assert_int_equal(varied, POLICY_STANDARD + 1); /* those before the fixed ones */
    assert_non_null(json_find(policy, "name", "standard.beyond-reasonable-doubt"));
}

static void each_varied_constant_is_in_the_verdict_twice(void **state)
{
    OWN(own_json) json_t *rates = rates_of();
    OWN(own_json) json_t *model = model_of(1, true, "interested");
    OWN(own_json) json_t *verdict = verdict_of(model, rates);
    OWN(own_json) json_t *policy = assay_judge_policy();
    size_t i;
    const json_t *row;
    (void)state;
    json_array_foreach(policy, i, row)
    {
        const bool varied = json_bool(row, "varied", false);
        assert_int_equal(row_of(verdict, json_text(row, "name", ""), .5) != NULL, varied);
        assert_int_equal(row_of(verdict, json_text(row, "name", ""), 2) != NULL, varied);
    }
    /* and what they say is what the calculus says: one in rho is the most an interested keeper carries for himself */
    json_object_set_new(json_array_get(json_object_get(model, "evidence"), 0), "owner", json_string("north"));
    OWN(own_json) json_t *own = verdict_of(model, rates);
    assert_true(json_num(own, "log10_lr", 0) < 1.05);
    assert_true(json_num(row_of(own, "rho.interested", .5), "log10_lr", 0) > 1.2);
    assert_true(json_num(row_of(own, "rho.interested", 2), "log10_lr", 9) < .8);
    assert_true(json_num(row_of(own, "rho.third", .5), "log10_lr", 0) == json_num(own, "log10_lr", 1));
}

static void the_constant_that_turns_a_verdict_is_named(void **state)
{
    OWN(own_json) json_t *rates = rates_of();
    OWN(own_json) json_t *model = model_of(1, true, "independent");
    (void)state;
    OWN(own_json) json_t *verdict = verdict_of(model, rates);
    const double lr = json_num(verdict, "log10_lr", 0);
    assert_true(lr > 2);
    json_object_set_new(json_array_get(json_object_get(model, "claims"), 0), "standard",
                        json_real(pow(10, lr) / 1.5)); /* within a factor of two */
    OWN(own_json) json_t *near = verdict_of(model, rates);
    assert_string_equal(json_text(near, "direction", ""), "supported");
    const json_t *turns = json_object_get(near, "turns_on");
    assert_true(json_array_size(turns) >= 1);
    assert_string_equal(json_text(row_of(near, "standard", 2), "direction", ""), "undetermined");
    bool named = false;
    for (size_t i = 0; i < json_array_size(turns); i++) {
        named |= strcmp(json_string_value(json_array_get(turns, i)), "standard") == 0;
    }
    assert_true(named);
}

static void competing_hypotheses_count_and_the_ratio_weighs(void **state)
{
    OWN(own_json) json_t *rates = rates_of();
    OWN(own_json) json_t *model = model_of(1, true, "independent");
    OWN(own_json) json_t *found = verdict_of(model, rates);
    const json_t *ach = json_object_get(found, "ach");
    (void)state;
    assert_string_equal(json_text(ach, "says", ""), "supported");
    assert_true(json_bool(ach, "agrees", false));
    assert_string_equal(json_text(json_array_get(json_object_get(ach, "rows"), 0), "cells", ""), "CCCIIII");
    /* the same find in the accuser's own hands: the count says as much as before, the ratio does not */
    json_object_set_new(json_array_get(json_object_get(model, "evidence"), 0), "owner", json_string("north"));
    json_object_set_new(json_array_get(json_object_get(model, "evidence"), 0), "custody", json_string("interested"));
    OWN(own_json) json_t *own = verdict_of(model, rates);
    assert_string_equal(json_text(own, "direction", ""), "undetermined");
    assert_string_equal(json_text(json_object_get(own, "ach"), "says", ""), "supported");
    assert_false(json_bool(json_object_get(own, "ach"), "agrees", true));
    /* nothing found in a tree that was read whole: breach is contradicted */
    OWN(own_json) json_t *empty = model_of(1, false, "independent");
    OWN(own_json) json_t *none = verdict_of(empty, rates);
    assert_string_equal(
        json_text(json_array_get(json_object_get(json_object_get(none, "ach"), "rows"), 0), "cells", ""), "IIICCCC");
    /* no examination: no view */
    OWN(own_json) json_t *bare = model_of(0, false, "independent");
    OWN(own_json) json_t *nothing = verdict_of(bare, rates);
    assert_true(json_is_null(json_object_get(nothing, "ach")));
}

static void the_burden_decides_only_what_is_open(void **state)
{
    OWN(own_json) json_t *rates = rates_of();
    OWN(own_json) json_t *model = model_of(1, true, "independent");
    OWN(own_json) json_t *found = verdict_of(model, rates);
    OWN(own_json) json_t *bare = model_of(0, false, "independent");
    OWN(own_json) json_t *open = verdict_of(bare, rates);
    (void)state;
    assert_false(json_bool(json_object_get(found, "burden"), "decides", true));
    assert_true(json_bool(json_object_get(open, "burden"), "decides", false));
    assert_non_null(strstr(json_text(json_object_get(open, "burden"), "text", ""), "counts against North"));
    json_object_del(json_array_get(json_object_get(bare, "claims"), 0), "burden");
    OWN(own_json) json_t *nobody = verdict_of(bare, rates);
    assert_false(json_bool(json_object_get(nobody, "burden"), "decides", true));
    const json_t *pro = json_object_get(json_object_get(found, "arguments"), "pro");
    assert_string_equal(json_string_value(json_array_get(json_object_get(pro, "statements"), 0)), "S1");
    assert_string_equal(json_string_value(json_array_get(json_object_get(pro, "examinations"), 0)), "X0");
}

/* The board's limit, in a time a person waits. */
static void two_hundred_and_fifty_six_items_in_bounded_time(void **state)
{
    OWN(own_json) json_t *rates = rates_of();
    OWN(own_json) json_t *model = model_of(ITEM_MAX, true, "interested");
    struct timespec began, ended;
    (void)state;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
    OWN(own_json) json_t *verdict = verdict_of(model, rates);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
    const double took = (double)(ended.tv_sec - began.tv_sec) + 1e-9 * (double)(ended.tv_nsec - began.tv_nsec);
    print_message("  %d items: %.2f s\n", ITEM_MAX, took);
    assert_true(json_is_number(json_object_get(verdict, "log10_lr")));
    assert_int_equal(json_array_size(json_object_get(verdict, "inputs")), ITEM_MAX);
    assert_true(took < 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_constant_has_a_name_a_value_and_a_source),
        cmocka_unit_test(each_varied_constant_is_in_the_verdict_twice),
        cmocka_unit_test(the_constant_that_turns_a_verdict_is_named),
        cmocka_unit_test(competing_hypotheses_count_and_the_ratio_weighs),
        cmocka_unit_test(the_burden_decides_only_what_is_open),
        cmocka_unit_test(two_hundred_and_fifty_six_items_in_bounded_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
