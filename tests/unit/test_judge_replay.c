/* A recorded verdict is computed again from the ledger and the rates archived then, and nothing that was changed since goes unseen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "casekit.h"

#include "assay/judge.h"

static const char rates_text[] =
    "{\"sweep\":{\"classes\":{\"planted/high\":{\"members\":[\"shell/high\"],\"recall\":[300,300],"
    "\"false_files\":[0,600000],\"false_trees\":[0,900]}}}}";

static void archive_rates(struct assay_case *kase, char digest[static 65])
{
    struct err err = {0};
    uint64_t bytes;
    kit_write(kit_path("rates.json"), str_of(rates_text));
    assert_int_equal(assay_case_archive(kase, kit_path("rates.json"), digest, &bytes, &err), 0);
}

/* What `assay judge` does. */
static json_t *give(struct assay_case *kase)
{
    struct err err = {0};
    char digest[65];
    archive_rates(kase, digest);
    OWN(own_json) json_t *model = assay_case_model(kase, &err);
    OWN(own_json) json_t *rates = assay_case_document(kase, digest, &err);
    json_t *verdicts = NULL;
    assert_non_null(model);
    assert_non_null(rates);
    const uint64_t size = (uint64_t)json_int(json_object_get(model, "ledger"), "size", 0);
    assert_int_equal(assay_judge_entries(model, size, rates, digest, &verdicts, &err), 0);
    return verdicts;
}

static void append(struct assay_case *kase, json_t *entries)
{
    struct err err = {0};
    if (assay_case_append(kase, entries, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static struct assay_case *judged_case(const char *dir)
{
    struct err err = {0};
    assert_int_equal(assay_case_create(dir, "Maple Lane", NULL, NULL, &err), 0);
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
    kit_append(
        kase,
        "[{'type':'party','id':'shop','name':'Shop','kind':'company'},"
        " {'type':'claim','id':'C1','kind':'entry','text':'a tool was planted','standard':100},"
        " {'type':'claim','id':'C2','kind':'use','text':'it was used','standard':100},"
        " {'type':'evidence','id':'E01','what':'tree','owner':'shop','custody':'independent'},"
        " {'type':'examination','id':'X01','engine':'sweep','status':'done','evidence':['E01']},"
        " {'type':'finding','examination':'X01','record':{'class':'shell','confidence':'high','path':'a.php','sha256':'aa'}},"
        " {'type':'summary','examination':'X01','record':{'files':9,'read':9,'web_files':9,'skipped':{},'complete':true}}]");
    OWN(own_json) json_t *verdicts = give(kase);
    append(kase, verdicts);
    return kase;
}

static json_t *replayed(struct assay_case *kase, const char *id)
{
    struct err err = {0};
    OWN(own_json) json_t *ids = id != NULL ? json_pack("[s]", id) : NULL;
    json_t *rows = NULL;
    if (assay_judge_replay(kase, ids, &rows, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return rows;
}

static const char *status(const json_t *rows, size_t i)
{
    return json_text(json_array_get(rows, i), "status", "none");
}

static void what_was_given_agrees_also_after_more_was_recorded(void **state)
{
    (void)state;
    OWN(own_assay_case) struct assay_case *kase = judged_case(kit_path("agrees.case"));
    kit_append(
        kase,
        "[{'type':'examination','id':'X02','engine':'sweep','status':'done','evidence':['E01']},"
        " {'type':'summary','examination':'X02','record':{'files':9,'read':9,'web_files':9,'skipped':{},'complete':true}}]");
    OWN(own_json) json_t *second = give(kase);
    append(kase, second);
    OWN(own_json) json_t *rows = replayed(kase, NULL);
    assert_int_equal(json_array_size(rows), 4); /* those that were superseded, too */
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(status(rows, i), "agrees");
    }
    /* the second one weighed another case */
    OWN(own_json) json_t *verdicts = assay_case_entries(kase, "verdict", NULL);
    assert_int_not_equal(json_int(json_array_get(verdicts, 0), "ledger", 0),
                         json_int(json_array_get(verdicts, 2), "ledger", 0));
    assert_string_equal(json_text(json_array_get(verdicts, 2), "supersedes", ""), "V01");
}

/* Whoever holds the key can sign what was never computed. */
static void a_forged_verdict_differs_in_the_member_that_was_forged(void **state)
{
    static const struct {
        const char *key, *value;
    } rows[] = {{"log10_lr", "3.9"}, {"direction", "'refuted'"}, {"why", "'so'"},
                {"for", "[]"},       {"policy", "{}"},           {"extra", "1"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[32], value[64];
        (void)snprintf(name, sizeof name, "forged%zu.case", i);
        (void)snprintf(value, sizeof value, "[%s]", rows[i].value);
        OWN(own_assay_case) struct assay_case *kase = judged_case(kit_path(name));
        OWN(own_json) json_t *verdicts = give(kase);
        OWN(own_json) json_t *wrong = kit_json(value);
        json_object_set(json_array_get(verdicts, 0), rows[i].key, json_array_get(wrong, 0));
        append(kase, verdicts);
        OWN(own_json) json_t *found = replayed(kase, "V03");
        assert_int_equal(json_array_size(found), 1);
        assert_string_equal(status(found, 0), "differs");
        const json_t *members = json_object_get(json_array_get(found, 0), "members");
        assert_int_equal(json_array_size(members), 1);
        assert_string_equal(json_text(json_array_get(members, 0), "name", ""), rows[i].key);
        OWN(own_json) json_t *other = replayed(kase, "V04");
        assert_string_equal(status(other, 0), "agrees");
        assert_true(kit_verifies(kit_path(name))); /* the ledger itself is whole: only the replay can tell */
    }
}

static void evidence_passed_over_is_told(void **state)
{
    (void)state;
    OWN(own_assay_case) struct assay_case *kase = judged_case(kit_path("late.case"));
    OWN(own_json) json_t *verdicts = give(kase);
    kit_append(kase, "[{'type':'party','id':'late','name':'Late','kind':'person'}]");
    append(kase, verdicts); /* taken before, recorded after */
    OWN(own_json) json_t *rows = replayed(kase, "V03");
    assert_string_equal(status(rows, 0), "differs");
    assert_non_null(
        strstr(json_text(json_array_get(rows, 0), "says", ""), "1 entries recorded before it were not weighed"));
    /* and no state before its own place */
    OWN(own_json) json_t *third = give(kase);
    json_object_set_new(json_array_get(third, 0), "ledger", json_integer(4000));
    json_object_set_new(json_array_get(third, 1), "ledger", json_integer(0));
    append(kase, third);
    OWN(own_json) json_t *impossible = replayed(kase, NULL);
    assert_string_equal(status(impossible, 4), "differs");
    assert_string_equal(status(impossible, 5), "differs");
}

static void rates_that_were_altered_or_lost_are_told(void **state)
{
    char digest[65], name[128];
    (void)state;
    OWN(own_assay_case) struct assay_case *kase = judged_case(kit_path("rates.case"));
    archive_rates(kase, digest);
    (void)snprintf(name, sizeof name, "rates.case/documents/%s", digest);
    kit_write(kit_path(name), STR("{}"));
    OWN(own_json) json_t *altered = replayed(kase, NULL);
    assert_string_equal(status(altered, 0), "differs");
    assert_non_null(strstr(json_text(json_array_get(altered, 0), "says", ""), "was altered"));
    assert_int_equal(unlink(kit_path(name)), 0);
    OWN(own_json) json_t *lost = replayed(kase, NULL);
    assert_string_equal(status(lost, 0), "unknown");
    assert_non_null(strstr(json_text(json_array_get(lost, 0), "says", ""), "is not there"));
}

static void another_calculus_never_agrees(void **state)
{
    (void)state;
    OWN(own_assay_case) struct assay_case *kase = judged_case(kit_path("older.case"));
    OWN(own_json) json_t *verdicts = give(kase);
    json_object_del(json_array_get(verdicts, 0), "calculus");
    json_object_set_new(json_array_get(verdicts, 1), "calculus", json_integer(ASSAY_CALCULUS + 1));
    append(kase, verdicts);
    OWN(own_json) json_t *rows = replayed(kase, NULL);
    assert_string_equal(status(rows, 1), "agrees");
    assert_string_equal(status(rows, 2), "unknown");
    assert_string_equal(status(rows, 3), "unknown");
}

static void a_name_that_is_no_verdict(void **state)
{
    (void)state;
    OWN(own_assay_case) struct assay_case *kase = judged_case(kit_path("name.case"));
    OWN(own_json) json_t *ids = json_pack("[s]", "V77");
    struct err err = {0};
    json_t *rows = NULL;
    assert_int_equal(assay_judge_replay(kase, ids, &rows, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_given_agrees_also_after_more_was_recorded),
        cmocka_unit_test(a_forged_verdict_differs_in_the_member_that_was_forged),
        cmocka_unit_test(evidence_passed_over_is_told),
        cmocka_unit_test(rates_that_were_altered_or_lost_are_told),
        cmocka_unit_test(another_calculus_never_agrees),
        cmocka_unit_test(a_name_that_is_no_verdict),
    };
    return cmocka_run_group_tests(tests, kit_make, kit_drop);
}
