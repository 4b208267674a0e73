/* Merging: another case under its own signer. A pair of worlds for each: a longer state of the same history, and one that only looks
 * like it; and whatever does not verify stays outside, without a trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "casekit.h"

static void make(const char *name, const char *entries)
{
    struct err err = {0};
    if (assay_case_create(kit_path(name), name, NULL, NULL, &err) != 0) {
        fail_msg("%s", err.text);
    }
    struct assay_case *kase = kit_open(kit_path(name), ASSAY_CASE_WRITE);
    kit_append(kase, entries);
    assay_case_close(kase);
}

static void more(const char *name, const char *entries)
{
    struct assay_case *kase = kit_open(kit_path(name), ASSAY_CASE_WRITE);
    kit_append(kase, entries);
    assay_case_close(kase);
}

static const char theirs[] =
    "[{'type':'party','id':'shop','name':'shop','kind':'company'},"
    "{'type':'statement','id':'S1','party':'shop','act':'denies','text':'shop','claims':['C1'],'notice':{'to':'shop','from':'2026'}},"
    "{'type':'claim','id':'C1','kind':'entry','text':'C1','burden':'shop'},"
    "{'type':'evidence','id':'E01','what':'tree','name':'E01','owner':'shop','keeper':'shop'},"
    "{'type':'examination','id':'X01','engine':'sweep','evidence':['E01'],'status':'done'},"
    "{'type':'finding','examination':'X01','record':{'path':'E01','id':'E01'}},"
    "{'type':'verdict','id':'V01','claim':'C1','direction':'supported','inputs':['X01'],'for':[{'examination':'X01','evidence':['E01'],"
    "'records':['X01/1'],'text':'X01'}]}]";

static int make_cases(void **state)
{
    if (kit_make(state) != 0) {
        return -1;
    }
    make("theirs", theirs);
    return 0;
}

/* 0, or the kind of the failure; *says (256 bytes) is its text. */
static int merge(const char *into, const char *other, const char *alias, json_t **ret_entry, char *says)
{
    struct assay_case *kase = kit_open(kit_path(into), ASSAY_CASE_WRITE);
    struct err err = {0};
    json_t *entry = NULL;
    int failed = assay_case_merge(kase, kit_path(other), alias, &entry, &err);
    assay_case_close(kase);
    (void)snprintf(says, 256, "%.255s", err.text);
    if (ret_entry != NULL) {
        *ret_entry = entry;
    } else {
        json_decref(entry);
    }
    return failed == 0 ? 0 : (int)err.kind;
}

static char *model_text(const char *name)
{
    struct assay_case *kase = kit_open(kit_path(name), ASSAY_CASE_READ);
    struct err err = {0};
    json_t *model = assay_case_model(kase, &err);
    if (model == NULL) {
        fail_msg("%s", err.text);
    }
    char *text = json_dumps(model, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(model);
    assay_case_close(kase);
    return text;
}

static void must_have(const char *text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strstr(text, *words) == NULL) {
            fail_msg("not there: %s: %s", *words, text);
        }
    }
}

static void things_stand_under_their_signer(void **state)
{
    (void)state;
    char says[256];
    make(
        "ours",
        "[{'type':'party','id':'shop','name':'our own','kind':'company'},{'type':'evidence','id':'E01','what':'log'}]");
    assert_int_equal(merge("ours", "theirs", "acc", NULL, says), 0);
    OWN(own_mem) char *text = model_text("ours");
    must_have(text,
              (const char *const[]){
                  "\"id\":\"acc/E01\"", "\"id\":\"acc/X01\"", "\"id\":\"acc/X01/1\"", "\"evidence\":[\"acc/E01\"]",
                  "\"owner\":\"acc/shop\"", "\"party\":\"acc/shop\"", "\"claims\":[\"acc/C1\"]", "\"to\":\"acc/shop\"",
                  "\"from\":\"2026\"", "\"records\":[\"acc/X01/1\"]", "\"inputs\":[\"acc/X01\"]",
                  "\"claim\":\"acc/C1\"", "\"burden\":\"acc/shop\"", "\"signer\":\"assay.invalid/theirs\"",
                  "\"merge\":\"M1\"",
                  /* what only looks like an id is left alone: names, texts, the engine's own record */
                  "\"name\":\"shop\"", "\"text\":\"shop\"", "\"text\":\"C1\"", "\"name\":\"E01\"",
                  "\"record\":{\"id\":\"E01\",\"path\":\"E01\"}", "\"text\":\"X01\"", "\"name\":\"our own\"", NULL});
    assert_true(strstr(text, "\"what\":\"log\"") < strstr(text, "\"id\":\"acc/E01\"")); /* ours first */
    assert_true(kit_verifies(kit_path("ours")));
    OWN(own_mem) char *report = kit_report(kit_path("ours"));
    assert_non_null(strstr(report, "1 of 1 merged cases verify"));
}

static void a_bundle_and_the_case_it_came_from_are_one(void **state)
{
    (void)state;
    char says[256];
    struct err err = {0};
    json_t *entry = NULL, *summary = NULL;
    struct assay_case *kase = kit_open(kit_path("theirs"), ASSAY_CASE_WRITE);
    const struct assay_pack_options part = {.redact = (const char *const[]){"S1", NULL}};
    assert_int_equal(assay_case_pack(kase, kit_path("part.tar"), &part, &summary, &err), 0);
    assay_case_close(kase);
    json_decref(summary);
    make("both", "[{'type':'party','id':'P1','name':'x','kind':'person'}]");
    assert_int_equal(merge("both", "part.tar", NULL, &entry, says), 0);
    assert_string_equal(json_text(entry, "alias", ""), "theirs");
    assert_int_equal(json_int(entry, "redacted", 0), 1);
    json_decref(entry);
    OWN(own_mem) char *before = model_text("both");
    assert_null(strstr(before, "theirs/S1"));
    assert_int_equal(merge("both", "theirs", NULL, &entry, says), 0); /* the same state, but all of it */
    assert_string_equal(json_text(entry, "supersedes", ""), "M1");
    json_decref(entry);
    OWN(own_mem) char *after = model_text("both");
    assert_non_null(strstr(after, "theirs/S1"));
    assert_int_equal(merge("both", "part.tar", NULL, &entry, says), 0);
    assert_true(json_bool(entry, "already", false));
    json_decref(entry);
    assert_true(kit_verifies(kit_path("both")));
}

static void copy_case(const char *from, const char *to)
{
    static const char *const files[] = {"ledger.jsonl", "checkpoint", "vkey", "key"};
    char path[300];
    OWN(own_buf) struct buf bytes = {0};
    (void)mkdir(kit_path(to), 0700);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", from, files[i]);
        kit_read(kit_path(path), &bytes);
        (void)snprintf(path, sizeof path, "%s/%s", to, files[i]);
        kit_write(kit_path(path), buf_str(&bytes));
    }
    (void)snprintf(path, sizeof path, "%s/documents", to);
    (void)mkdir(kit_path(path), 0700);
}

static void a_longer_state_supersedes_and_a_fork_is_refused(void **state)
{
    (void)state;
    char says[256];
    json_t *entry = NULL;
    make("host", "[{'type':'claim','id':'C1','kind':'use','text':'first'}]");
    copy_case("host", "fork");
    make("joint", "[{'type':'party','id':'P1','name':'x','kind':'person'}]");
    assert_int_equal(merge("joint", "host", "web", NULL, says), 0);
    more("host", "[{'type':'claim','id':'C2','kind':'use','text':'second'}]");
    copy_case("host", "older");
    assert_int_equal(merge("joint", "host", NULL, &entry, says), 0);
    assert_string_equal(json_text(entry, "alias", ""), "web");
    assert_int_equal(json_int(entry, "size", 0), 3);
    json_decref(entry);
    OWN(own_mem) char *text = model_text("joint");
    must_have(text, (const char *const[]){"web/C1", "web/C2", NULL});
    /* another second entry, signed by the same key */
    more(
        "fork",
        "[{'type':'claim','id':'C2','kind':'use','text':'other'},{'type':'claim','id':'C3','kind':'use','text':'third'}]");
    assert_int_equal(merge("joint", "fork", NULL, NULL, says), ERR_TAMPERED);
    assert_non_null(strstr(says, "has signed two histories: entry 2 is not the one that M2 merged"));
    assert_int_equal(merge("joint", "older", NULL, &entry, says), 0);
    assert_true(json_bool(entry, "already", false));
    json_decref(entry);
    assert_true(kit_verifies(kit_path("joint")));
}

static void what_is_refused_leaves_no_trace(void **state)
{
    (void)state;
    char says[256];
    OWN(own_buf) struct buf bytes = {0};
    OWN(own_buf) struct buf ledger = {0};
    OWN(own_buf) struct buf now = {0};
    json_t *summary = NULL;
    make("strict", "[{'type':'examination','id':'X01','engine':'sweep'}]");
    struct assay_case *kase = kit_open(kit_path("theirs"), ASSAY_CASE_WRITE);
    const struct assay_pack_options all = {.report = NULL};
    assert_int_equal(assay_case_pack(kase, kit_path("bad.tar"), &all, &summary, NULL), 0);
    assay_case_close(kase);
    json_decref(summary);
    kit_read(kit_path("bad.tar"), &bytes);
    bytes.data[bytes.len / 2] ^= 1;
    kit_write(kit_path("bad.tar"), buf_str(&bytes));
    kit_write(kit_path("no.tar"), STR("nothing"));
    kit_read(kit_path("strict/ledger.jsonl"), &ledger);
    static const struct {
        const char *other, *alias;
        int kind;
        const char *says;
    } rows[] = {
        {"bad.tar", NULL, ERR_TAMPERED, "does not verify, and is not merged"},
        {"no.tar", NULL, ERR_TAMPERED, "does not verify, and is not merged"},
        {"nowhere", NULL, ERR_NOT_FOUND, "nowhere"},
        {"theirs", "X01", ERR_USAGE, "is the name of something else"},
        {"theirs", "a/b", ERR_USAGE, "cannot be a name"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int kind = merge("strict", rows[i].other, rows[i].alias, NULL, says);
        if (kind != rows[i].kind || strstr(says, rows[i].says) == NULL) {
            fail_msg("%s: %d: %s", rows[i].other, kind, says);
        }
    }
    copy_case("strict", "itself");
    assert_int_equal(merge("strict", "itself", NULL, NULL, says), ERR_USAGE);
    assert_non_null(strstr(says, "signed by the key of this case itself"));
    kit_read(kit_path("strict/ledger.jsonl"), &now);
    assert_true(str_eq(buf_str(&now), buf_str(&ledger)));
    assert_int_equal(rmdir(kit_path("strict/documents")), 0); /* empty */
}

static void an_exchanged_bundle_is_refused_by_model_and_verify(void **state)
{
    (void)state;
    char says[256];
    char path[300];
    json_t *entry = NULL;
    OWN(own_buf) struct buf bytes = {0};
    make("kept", "[{'type':'party','id':'P1','name':'x','kind':'person'}]");
    assert_int_equal(merge("kept", "theirs", NULL, &entry, says), 0);
    (void)snprintf(path, sizeof path, "kept/documents/%s", json_text(entry, "sha256", ""));
    json_decref(entry);
    kit_read(kit_path(path), &bytes);
    size_t at = str_find(buf_str(&bytes), STR("denies"), 0);
    assert_true(at != SIZE_MAX);
    memcpy(bytes.data + at, "admits", 6);
    kit_write(kit_path(path), buf_str(&bytes));
    struct assay_case *kase = kit_open(kit_path("kept"), ASSAY_CASE_READ);
    struct err err = {0};
    assert_null(assay_case_model(kase, &err));
    assert_int_equal(err.kind, ERR_TAMPERED);
    assert_non_null(strstr(err.text, "the merged ledger is not what was merged"));
    assay_case_close(kase);
    OWN(own_mem) char *report = kit_report(kit_path("kept"));
    must_have(report, (const char *const[]){"\"verified\":false", "is not the ledger that entry M1 merged", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(things_stand_under_their_signer),
        cmocka_unit_test(a_bundle_and_the_case_it_came_from_are_one),
        cmocka_unit_test(a_longer_state_supersedes_and_a_fork_is_refused),
        cmocka_unit_test(what_is_refused_leaves_no_trace),
        cmocka_unit_test(an_exchanged_bundle_is_refused_by_model_and_verify),
    };
    return cmocka_run_group_tests(tests, make_cases, kit_drop);
}
