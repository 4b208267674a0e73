/* From a case to verdict entries: invented rates, so that each rule shows by itself. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "assay/judge.h"
#include "base/json.h"
#include "base/own.h"
#include "judge/inside.h"

static const char rates_text[] =
    "{'sweep': {'weights': {'script': 0.97, 'other': 0.03}, "
    "  'classes': {'planted/high': {'members': ['shell/high', 'packed/high'], 'recall': [300, 300],"
    "    'false_files': [0, 600000], 'false_trees': [0, 900]}}},"
    " 'trace': {'classes': {"
    "  'use/high': {'recall': [300, 300], 'false_sessions': [0, 90000], 'false_logs': [0, 900]},"
    "  'taking/high': {'recall': [290, 300], 'false_sessions': [0, 90000], 'false_logs': [0, 900]}}},"
    " 'match': {'caps': {'secret': [-2.9, 3.4], 'issued': [-2, 0], 'none': [-1, 0]},"
    "  'settles': {'h1_supported': [900, 1000], 'h1_refuted': [0, 1000], 'h2_supported': [0, 3000], 'h2_refuted': [1500, 3000]}}}";

static const char model_text[] =
    "{'case': {'window': {'from': '2026-03-01T00:00:00Z', 'to': '2026-03-11T00:00:00Z'}},"
    " 'parties': [{'id': 'shop'}, {'id': 'north'}, {'id': 'acct', 'compromised': {'from': '2026-03-12T00:00:00Z'}}],"
    " 'claims': [{'id': 'C1', 'kind': 'entry'}, {'id': 'C2', 'kind': 'use'}, {'id': 'C3', 'kind': 'access'},"
    "  {'id': 'C4', 'kind': 'taking'}, {'id': 'C5', 'kind': 'possession'}, {'id': 'C6', 'kind': 'ransom'}],"
    " 'statements': [{'id': 'S1', 'party': 'north', 'act': 'asserts', 'claims': ['C1', 'C2', 'C3', 'C4', 'C5', 'C6']},"
    "  {'id': 'S2', 'party': 'shop', 'act': 'denies', 'claims': ['C1', 'C2', 'C3', 'C4', 'C5', 'C6']},"
    "  {'id': 'S3', 'party': 'acct', 'act': 'denies', 'said': '2026-03-20T00:00:00Z', 'claims': ['C1']}],"
    " 'evidence': [{'id': 'E01', 'what': 'tree', 'owner': 'shop', 'custody': 'interested'},"
    "  {'id': 'E02', 'what': 'log', 'owner': 'shop', 'custody': 'interested'},"
    "  {'id': 'E03', 'what': 'sample', 'owner': 'north', 'custody': 'interested'},"
    "  {'id': 'E04', 'what': 'database', 'owner': 'shop', 'custody': 'interested'}],"
    " 'examinations': ["
    "  {'id': 'X01', 'engine': 'sweep', 'status': 'done', 'evidence': ['E01'], 'records': ["
    "   {'id': 'X01/1', 'type': 'finding', 'record': {'class': 'shell', 'confidence': 'high', 'path': 'a.php', 'sha256': 'aa'}},"
    "   {'id': 'X01/2', 'type': 'finding', 'record': {'class': 'packed', 'confidence': 'high', 'path': 'b.php', 'sha256': 'aa'}},"
    "   {'id': 'X01/3', 'type': 'finding', 'record': {'class': 'admin-tool', 'confidence': 'high', 'path': 'c.php', 'sha256': 'cc'}},"
    "   {'id': 'X01/4', 'type': 'summary', 'record': {'files': 100, 'read': 100, 'web_files': 60, 'skipped': {}, 'complete': true}}]},"
    "  {'id': 'X02', 'engine': 'trace', 'status': 'done', 'evidence': ['E02'], 'records': ["
    "   {'id': 'X02/1', 'type': 'finding', 'record': {'class': 'use', 'confidence': 'high', 'client': 'K1', 'signed_in': false,"
    "    'class_of_path': 'shell', 'statuses': {'200': 2, '404': 9}, 'first': '2026-03-05T00:00:00Z', 'last': '2026-03-05T01:00:00Z'}},"
    "   {'id': 'X02/2', 'type': 'finding', 'record': {'class': 'use', 'confidence': 'high', 'client': 'K1', 'signed_in': false,"
    "    'class_of_path': 'packed', 'statuses': {'200': 1}}},"
    "   {'id': 'X02/3', 'type': 'finding', 'record': {'class': 'taking', 'confidence': 'high', 'client': 'K1'}},"
    "   {'id': 'X02/4', 'type': 'summary', 'record': {'parsed': 1000, 'rejected': 0, 'clients': 60,"
    "    'first': '2026-03-01T00:00:00Z', 'last': '2026-03-10T23:59:59Z', 'gaps': [], 'complete': true}}]},"
    "  {'id': 'X03', 'engine': 'match', 'status': 'done', 'evidence': ['E03', 'E04'], 'records': ["
    "   {'id': 'X03/1', 'type': 'summary', 'record': {'rows_sample': 500, 'rows_reference': 50000, 'rows_matched': 487, 'rows_linked': 490,"
    "    'log10_lr': {'elsewhere': 3.4, 'partner': 3.1, 'recycled': 3.2, 'made_up': 3.4, 'seed': 3.4}, 'complete': true}}]},"
    "  {'id': 'X04', 'engine': 'sweep', 'status': 'failed', 'evidence': ['E01'], 'records': []}]}";

static json_t *parse(const char *quoted)
{
    char text[8192];
    size_t i;
    for (i = 0; quoted[i] != '\0'; i++) {
        assert_true(i < sizeof text - 1);
        text[i] = quoted[i] == '\'' ? '"' : quoted[i];
    }
    text[i] = '\0';
    json_error_t where;
    json_t *value = json_loads(text, 0, &where);
    if (value == NULL) {
        fail_msg("%s at %d", where.text, where.position);
    }
    return value;
}

static json_t *judge(const json_t *model, const json_t *rates)
{
    struct err err = {0};
    json_t *verdicts = NULL;
    if (assay_judge(model, rates, &verdicts, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return verdicts;
}

static const char *direction(const json_t *verdicts, size_t i)
{
    return json_text(json_array_get(verdicts, i), "direction", "?");
}

static double ratio(const json_t *verdicts, size_t i)
{
    return json_num(json_array_get(verdicts, i), "log10_lr", NAN);
}

static json_t *exam(json_t *model, size_t i)
{
    return json_array_get(json_object_get(model, "examinations"), i);
}

/* Takes the finding records of an examination away. */
static void drop_findings(json_t *model, size_t i)
{
    json_t *records = json_object_get(exam(model, i), "records");
    for (size_t r = json_array_size(records); r > 0; r--) {
        if (strcmp(json_text(json_array_get(records, r - 1), "type", ""), "finding") == 0) {
            json_array_remove(records, r - 1);
        }
    }
}

static json_t *summary(json_t *model, size_t i)
{
    json_t *records = json_object_get(exam(model, i), "records");
    return json_object_get(json_array_get(records, json_array_size(records) - 1), "record");
}

static void kept_by(json_t *model, size_t i, const char *party)
{
    json_object_set_new(json_array_get(json_object_get(model, "evidence"), i), "keeper", json_string(party));
}

static void set_up(json_t **model, json_t **rates)
{
    *model = parse(model_text);
    *rates = parse(rates_text);
}

static void the_true_world(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    OWN(own_json) json_t *v = judge(model, rates);
    assert_int_equal(json_array_size(v), 6);
    assert_string_equal(direction(v, 0), "supported");
    assert_string_equal(direction(v, 1), "supported");
    assert_string_equal(direction(v, 3), "supported");
    assert_string_equal(direction(v, 4), "supported");
    /* without reach nobody says what could be read; no engine sees a ransom */
    for (size_t i = 2; i < 6; i += 3) {
        assert_int_equal(json_array_size(json_object_get(json_array_get(v, i), "for")), 0);
        assert_int_equal(json_array_size(json_object_get(json_array_get(v, i), "against")), 0);
        assert_int_equal(json_array_size(json_object_get(json_array_get(v, i), "flips")), 0);
        assert_string_equal(direction(v, i), "undetermined");
        assert_true(json_is_null(json_object_get(json_array_get(v, i), "log10_lr")));
        assert_string_equal(json_text(json_array_get(v, i), "words", ""), "not examined");
        assert_int_equal(json_array_size(json_object_get(json_array_get(v, i), "settle")), 1);
    }
    const json_t *first = json_array_get(v, 0);
    assert_string_equal(json_text(first, "type", ""), "verdict");
    assert_int_equal(json_array_size(json_object_get(first, "for")), 2);
    /* two paths with the same bytes are one planting */
    const json_t *tree = json_array_get(json_object_get(first, "for"), 0);
    assert_string_equal(json_text(tree, "text", ""), "1 planted file among 100 files read");
    assert_int_equal(json_array_size(json_object_get(tree, "records")), 2);
    assert_string_equal(json_text(json_object_get(first, "coverage"), "word", ""), "whole");
    assert_int_equal(json_array_size(json_object_get(json_array_get(v, 4), "alternatives")), 5);
    assert_int_equal(json_array_size(json_object_get(first, "sensitivity")), 24);
    assert_int_equal(json_array_size(json_object_get(first, "inputs")), 3);
}

/* ---- how it came: a planted file's own time against the log ---- */

static const char came_rates[] = "{'recall': [50, 60], 'false_files': [20, 20000], 'false_logs': [9, 900]}";

/* A world in which nobody used what was planted. mtime: of the planted file; found: a request brought it. */
static void set_up_unused(json_t **model, json_t **rates, const char *mtime, bool found)
{
    set_up(model, rates);
    drop_findings(*model, 1);
    json_object_set_new(json_object_get(json_object_get(*rates, "trace"), "classes"), "upload-candidate/high",
                        parse(came_rates));
    json_t *sweep = json_object_get(exam(*model, 0), "records");
    for (size_t i = 0; i < 2; i++) {
        json_object_set_new(json_object_get(json_array_get(sweep, i), "record"), "mtime", json_string(mtime));
    }
    if (found) {
        json_array_insert_new(
            json_object_get(exam(*model, 1), "records"), 0,
            parse("{'id': 'X02/9', 'type': 'finding', 'record': {'class': 'upload-candidate', 'confidence': 'high',"
                  " 'class_of_path': 'shell', 'seed': '/a.php', 'signed_in': false, 'address': '203.0.113.7',"
                  " 'first': '2026-03-05T00:00:00Z', 'last': '2026-03-05T00:00:00Z'}}"));
    }
}

/* The item with that rate on a claim, on whichever side; NULL. */
static const json_t *item_of(const json_t *verdict, const char *rate, const char **ret_side)
{
    static const char *const sides[] = {"for", "against", "neutral"};
    for (size_t s = 0; s < 3; s++) {
        const json_t *items = json_object_get(verdict, sides[s]);
        for (size_t i = 0; i < json_array_size(items); i++) {
            if (strcmp(json_text(json_array_get(items, i), "rate", ""), rate) == 0) {
                *ret_side = sides[s];
                return json_array_get(items, i);
            }
        }
    }
    return NULL;
}

static void expect_item(const json_t *model, const json_t *rates, size_t claim, const char *rate, const char *side,
                        const char *text)
{
    OWN(own_json) json_t *v = judge(model, rates);
    const char *at = "none";
    const json_t *item = item_of(json_array_get(v, claim), rate, &at);
    if (strcmp(at, side) != 0 || (text != NULL && strstr(json_text(item, "text", ""), text) == NULL)) {
        fail_msg("%s, not %s: %s", at, side, json_text(item, "text", ""));
    }
}

static void expect_came(const json_t *model, const json_t *rates, const char *side, const char *text)
{
    expect_item(model, rates, 0, "upload-candidate/high", side, text);
}

static void the_request_that_brought_it_speaks_for_entry(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up_unused(&model, &rates, "2026-03-05T00:00:01Z", true);
    expect_came(model, rates, "for", "1 of 1 planted file whose time lies in the web log came with a request");
    OWN(own_json) json_t *with = judge(model, rates);
    json_object_del(json_object_get(json_object_get(rates, "trace"), "classes"), "upload-candidate/high");
    expect_came(model, rates, "neutral", "no measured error rate for trace upload-candidate/high");
    OWN(own_json) json_t *without = judge(model, rates);
    /* recall .71 or more, at most 1.9 % of logs give such an agreement for an innocent file: about 40 */
    assert_true(ratio(with, 0) > ratio(without, 0) + 1.3);
    assert_true(ratio(with, 0) < ratio(without, 0) + 1.7);
    for (size_t i = 1; i < 5; i++) { /* how it came says nothing of what was done with it */
        assert_true(i == 2 || fabs(ratio(with, i) - ratio(without, i)) < 1e-9);
    }
}

static void what_the_log_cannot_tell_of_how_it_came(void **state)
{
    (void)state;
    {
        OWN(own_json) json_t *model = NULL;
        OWN(own_json) json_t *rates = NULL;
        set_up_unused(&model, &rates, "2026-03-05T00:00:01Z", false);
        expect_came(model, rates, "against", "0 of 1 planted file");
        json_t *gaps = json_object_get(summary(model, 1), "gaps");
        json_array_append_new(gaps,
                              parse("{'from': '2026-03-04T00:00:00Z', 'to': '2026-03-06T00:00:00Z', 'log': 'web'}"));
        expect_came(model, rates, "neutral", "lie outside the log");
    }
    {
        OWN(own_json) json_t *model = NULL;
        OWN(own_json) json_t *rates = NULL;
        set_up_unused(&model, &rates, "2025-01-05T00:00:01Z", false);
        expect_came(model, rates, "neutral", "lie outside the log");
    }
    {
        /* of a sweep that came later trace knew nothing */
        OWN(own_json) json_t *model = NULL;
        OWN(own_json) json_t *rates = NULL;
        set_up_unused(&model, &rates, "2026-03-05T00:00:01Z", false);
        json_t *exams = json_object_get(model, "examinations");
        json_t *swept = json_incref(json_array_get(exams, 0));
        json_array_remove(exams, 0);
        json_array_append_new(exams, swept);
        expect_came(model, rates, "none", NULL);
    }
    {
        /* a hole elsewhere in the log of who denies it: whoever cuts lines cuts these, too */
        OWN(own_json) json_t *model = NULL;
        OWN(own_json) json_t *rates = NULL;
        set_up_unused(&model, &rates, "2026-03-05T00:00:01Z", false);
        json_t *gaps = json_object_get(summary(model, 1), "gaps");
        json_array_append_new(gaps,
                              parse("{'from': '2026-03-07T00:00:00Z', 'to': '2026-03-08T00:00:00Z', 'log': 'web'}"));
        expect_came(model, rates, "neutral", "its silence says nothing");
    }
}

/* How often it still shows is measured apart: whoever cuts the lines of a use cuts these, too. */
static void a_coming_is_of_what_nobody_used(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up_unused(&model, &rates, "2026-03-05T00:00:01Z", true);
    json_object_set_new(rates, "stories", parse("{'leaves': {'log_came': [90, 100], 'log_came_used': [90, 100]}}"));
    json_t *use = json_object_get(json_object_get(json_object_get(rates, "trace"), "classes"), "use/high");
    json_object_set_new(use, "recall", json_pack("[i,i]", 3, 300)); /* a log that shows no use says next to nothing */
    OWN(own_json) json_t *both = judge(model, rates);
    json_t *leaves = json_object_get(json_object_get(rates, "stories"), "leaves");
    json_object_set_new(leaves, "log_came_used", json_pack("[i,i]", 0, 100));
    OWN(own_json) json_t *unused = judge(model, rates);
    assert_true(ratio(unused, 0) < ratio(both, 0) - .1); /* the stories with a use do not gain by it */
    json_object_set_new(leaves, "log_came", json_pack("[i,i]", 0, 100));
    OWN(own_json) json_t *neither = judge(model, rates);
    assert_true(ratio(neither, 0) < ratio(unused, 0) - .5);
    assert_non_null(strstr(json_text(json_object_get(json_array_get(unused, 0), "assumed"), "v", ""),
                           "its coming in the log 90 of 100"));
}

/* Use and coming stand in one log, of one client: the use speaks, and the ratio is what it was. */
static void where_it_was_used_the_use_speaks(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up_unused(&model, &rates, "2026-03-05T00:00:01Z", true);
    json_array_insert_new(
        json_object_get(exam(model, 1), "records"), 0,
        parse("{'id': 'X02/1', 'type': 'finding', 'record': {'class': 'use', 'confidence': 'high', 'client': 'K1',"
              " 'class_of_path': 'shell', 'statuses': {'200': 9}, 'first': '2026-03-05T00:00:00Z'}}"));
    expect_came(model, rates, "neutral", "speaks for it");
    OWN(own_json) json_t *with = judge(model, rates);
    json_array_remove(json_object_get(exam(model, 1), "records"), 1);
    OWN(own_json) json_t *without = judge(model, rates);
    assert_true(fabs(ratio(with, 0) - ratio(without, 0)) < 1e-9);
}

/* ---- whole tables read through what was planted: the database's log beside the web's ---- */

static const char taken_rates[] =
    "{'members': ['taking-database/high', 'taking-database/medium'], 'recall': [50, 60], 'false_sessions': [3, 90000],"
    " 'false_logs': [3, 600]}";

/* The model with a database's log beside the web's; offset: what trace said of the clocks, NULL for not known. */
static void set_up_database(json_t **model, json_t **rates, const char *offset, bool found)
{
    char log[256];
    set_up(model, rates);
    json_object_set_new(json_object_get(json_object_get(*rates, "trace"), "classes"), TAKEN_RATE, parse(taken_rates));
    (void)snprintf(
        log, sizeof log,
        "{'web': {'parsed': 1000, 'rejected': 0, 'first': '2026-03-01T00:00:00Z', 'last': '2026-03-10T23:59:59Z'},"
        " 'database': {'parsed': 90, 'rejected': 0, 'first': '2026-03-01T01:00:00Z', 'last':"
        " '2026-03-11T00:59:59Z', 'offset_s': %s}}",
        offset != NULL ? offset : "null");
    json_object_set_new(summary(*model, 1), "logs", parse(log));
    if (found) {
        /* by the database's clock it was in another month */
        json_array_insert_new(
            json_object_get(exam(*model, 1), "records"), 0,
            parse("{'id': 'X02/9', 'type': 'finding', 'record': {'class': 'taking-database', 'confidence': 'medium',"
                  " 'client': 'K1', 'path': '/a.php', 'first': '2026-04-05T01:00:00Z', 'last': '2026-04-05T01:00:00Z',"
                  " 'web': {'time': '2026-03-05T00:30:00Z', 'bytes': 90000}}}"));
    }
}

static void expect_taken(const json_t *model, const json_t *rates, size_t claim, const char *side, const char *text)
{
    expect_item(model, rates, claim, TAKEN_RATE, side, text);
}

static void a_dump_through_what_was_planted_speaks_for_taking(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up_database(&model, &rates, "-3600", true);
    drop_findings(model, 0); /* what the tree says bears on both sides */
    OWN(own_json) json_t *with = judge(model, rates);
    expect_taken(model, rates, 3, "for",
                 "1 client used what was planted as whole tables were read, by the database's own log");
    expect_taken(model, rates, 3, "for", "240 of 240 hours of both logs");
    expect_taken(model, rates, 0, "none", NULL);
    expect_taken(model, rates, 1, "none", NULL);
    json_object_del(json_object_get(json_object_get(rates, "trace"), "classes"), TAKEN_RATE);
    expect_taken(model, rates, 3, "neutral", "no measured error rate for trace " TAKEN_RATE);
    OWN(own_json) json_t *without = judge(model, rates);
    for (size_t i = 0; i < 2; i++) {
        assert_true(fabs(ratio(with, i) - ratio(without, i)) < 1e-9);
    }
    assert_true(ratio(with, 3) > ratio(without, 3) + .1);
}

/* Three in six hundred, at most 1.5 %, and recall .71 or more: fifty at most. */
static void its_ratio_is_that_of_its_rates(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up_database(&model, &rates, "-3600", true);
    OWN(own_json) json_t *v = judge(model, rates);
    const char *side = "none";
    const json_t *item = item_of(json_array_get(v, 3), TAKEN_RATE, &side);
    assert_true(json_num(item, "log10_lr", 0) > 1 && json_num(item, "log10_lr", 0) < 1.7);
}

static void what_a_database_log_cannot_tell(void **state)
{
    static const struct {
        const char *offset, *text;
        bool found, used, left;
    } rows[] = {
        /* that the data left another way is as well explained: nothing found refutes no taking */
        {"-3600", "no client surely used", .found = false, .used = true, .left = true},
        {NULL, "clocks", .found = false, .used = true, .left = true},
        {"1e9", "clocks", .found = false, .used = true, .left = true},
        {"999999999999", "clocks", .found = false, .used = true, .left = true},
        {"-3600", "nobody is seen", .found = true, .used = false, .left = true},
        /* read, but nothing large left to that client */
        {"-3600", "no client surely used", .found = true, .used = true, .left = false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_json) json_t *model = NULL;
        OWN(own_json) json_t *rates = NULL;
        set_up_database(&model, &rates, rows[i].offset, rows[i].found);
        json_t *records = json_object_get(exam(model, 1), "records");
        for (size_t r = json_array_size(records); r > 0; r--) {
            const char *class = json_text(json_object_get(json_array_get(records, r - 1), "record"), "class", "");
            if ((!rows[i].used && strcmp(class, "use") == 0) || (!rows[i].left && strcmp(class, "taking") == 0)) {
                json_array_remove(records, r - 1);
            }
        }
        expect_taken(model, rates, 3, "neutral", rows[i].text);
    }
}

/* Times that a case may claim: a window and logs of centuries, and a hole in each of them. */
static void centuries_are_counted_too(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up_database(&model, &rates, "86400", false);
    json_t *logs = json_object_get(summary(model, 1), "logs");
    const char *const names[] = {"web", "database"};
    for (size_t i = 0; i < 2; i++) {
        json_object_set_new(json_object_get(logs, names[i]), "first", json_string("1678-01-01T00:00:00Z"));
        json_object_set_new(json_object_get(logs, names[i]), "last", json_string("2261-12-31T23:59:59Z"));
        for (size_t times = 0; times < 4; times++) {
            json_array_append_new(json_object_get(summary(model, 1), "gaps"),
                                  json_pack("{s:s, s:s, s:s}", "from", "1690-01-01T00:00:00Z", "to",
                                            "2250-01-01T00:00:00Z", "log", names[i]));
        }
    }
    json_object_set_new(json_object_get(model, "case"), "window",
                        parse("{'from': '1680-01-01T00:00:00Z', 'to': '2260-01-01T00:00:00Z'}"));
    expect_taken(model, rates, 3, "neutral", "in 0 of ");
    json_object_del(json_object_get(model, "case"), "window");
    expect_taken(model, rates, 3, "neutral", "nobody said when it happened");
}

/* What the database's log would settle can be said where the web log shows who used what was planted. */
static void a_database_log_is_asked_for(void **state)
{
    static const struct {
        bool measured, used;
        const char *could;
    } rows[] = {{true, true, NULL},
                {true, false, "could show it, where the web log shows who used what was planted"},
                {false, true, "could show it; no error rate is measured for it yet"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_json) json_t *model = NULL;
        OWN(own_json) json_t *rates = NULL;
        set_up_database(&model, &rates, NULL, false);
        json_object_del(summary(model, 1), "logs");
        json_array_remove(json_object_get(model, "examinations"), 2); /* no sample: taking stays open */
        json_t *log = json_object_get(exam(model, 1), "records");
        json_array_remove(log, 2);
        if (!rows[i].used) {
            drop_findings(model, 1);
        }
        if (!rows[i].measured) {
            json_object_del(json_object_get(json_object_get(rates, "trace"), "classes"), TAKEN_RATE);
        }
        OWN(own_json) json_t *v = judge(model, rates);
        const json_t *row = json_find(json_object_get(json_array_get(v, 3), "settle"), "what",
                                      "the database's own log of queries, read together with the web server's");
        assert_non_null(row);
        assert_string_equal(json_text(row, "holder", ""), "shop");
        assert_int_equal(json_object_get(row, "if_found") != NULL, rows[i].could == NULL);
        assert_true(rows[i].could != NULL || json_num(row, "if_found", 0) > json_num(row, "if_nothing", 9));
        assert_true(rows[i].could == NULL || strcmp(json_text(row, "could", ""), rows[i].could) == 0);
    }
}

/* Half of the window, by the web server's clock; a hole in the database's log takes from it, too. */
static void both_logs_have_to_cover_the_time(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up_database(&model, &rates, "-3600", false);
    json_t *log = json_object_get(json_object_get(summary(model, 1), "logs"), "database");
    json_object_set_new(log, "last", json_string("2026-03-06T00:59:59Z"));
    expect_taken(model, rates, 3, "neutral", "120 of 240 hours of both logs");
    json_array_append_new(json_object_get(summary(model, 1), "gaps"),
                          parse("{'from': '2026-03-02T01:00:00Z', 'to': '2026-03-03T01:00:00Z', 'log': 'database'}"));
    expect_taken(model, rates, 3, "neutral", "96 of 240 hours of both logs");
    json_object_del(json_object_get(summary(model, 1), "logs"), "database");
    expect_taken(model, rates, 3, "none", NULL);
}

/* Two measured groups of one sweep are one examination: one speaks, and to drop it is to drop both. */
static void one_examination_is_dropped_whole(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    json_t *classes = json_object_get(json_object_get(rates, "sweep"), "classes");
    json_t *medium = json_deep_copy(json_object_get(classes, "planted/high"));
    json_object_set_new(medium, "false_trees", json_pack("[i,i]", 3, 900));
    json_object_set_new(classes, "planted/medium", medium);
    drop_findings(model, 1);
    OWN(own_json) json_t *v = judge(model, rates);
    const json_t *entry = json_array_get(v, 0);
    size_t trees = 0;
    for (int side = 0; side < 3; side++) {
        const json_t *items = json_object_get(entry, (const char *[]){"for", "against", "neutral"}[side]);
        for (size_t i = 0; i < json_array_size(items); i++) {
            trees += strcmp(json_text(json_array_get(items, i), "examination", ""), "X01") == 0;
        }
    }
    assert_int_equal(trees, 1);
    const json_t *flips = json_object_get(entry, "flips");
    const json_t *of_tree = NULL;
    for (size_t i = 0; i < json_array_size(flips); i++) {
        const json_t *flip = json_array_get(flips, i);
        const json_t *exams = json_object_get(flip, "examinations");
        const char *first = json_string_value(json_array_get(exams, 0));
        if (json_array_size(exams) == 1 && strcmp(first, "X01") == 0) {
            assert_null(of_tree);
            of_tree = flip;
        }
    }
    assert_string_equal(json_text(of_tree, "drop", ""), "examination");
    assert_true(json_num(of_tree, "log10_lr", NAN) < .5); /* nothing is left that found a planting */
}

/* The weakest of the five alternatives is what the claim of origin can reach, whatever else was found. */
static void possession_is_the_match_alone(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    OWN(own_json) json_t *full = judge(model, rates);
    assert_true(ratio(full, 4) < 3.1);
    json_object_set_new(json_object_get(summary(model, 2), "log10_lr"), "recycled", json_null());
    OWN(own_json) json_t *open = judge(model, rates);
    assert_true(fabs(ratio(open, 4)) < .05);
    assert_string_equal(direction(open, 4), "undetermined");
    assert_non_null(
        strstr(json_text(json_array_get(open, 4), "why", ""), "recycled could not be measured and is not excluded"));
    json_array_remove(json_object_get(model, "examinations"), 2);
    OWN(own_json) json_t *without = judge(model, rates);
    assert_true(json_is_null(json_object_get(json_array_get(without, 4), "log10_lr")));
}

/* A fresh world whose comparison says `members` besides; `sides` of claim i, and whether its reasons have the words. */
static json_t *world_with(const char *members)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    set_up(&model, &rates);
    OWN(own_json) json_t *more = parse(members);
    json_object_update(summary(model, 2), more);
    return judge(model, rates);
}

static bool why_has(const json_t *verdicts, size_t i, const char *words)
{
    return strstr(json_text(json_array_get(verdicts, i), "why", ""), words) != NULL;
}

/* Rows that agree with other rows' cells as well agree for another reason than their source. */
static void a_twin_above_zero_takes_agreement_away(void **state)
{
    (void)state;
    OWN(own_json) json_t *sound = world_with("{'twin': {'spread': [-2.0, 0.0]}}");
    assert_string_equal(direction(sound, 4), "supported");
    OWN(own_json) json_t *v = world_with("{'twin': {'spread': [-1.0, 0.8]}}");
    assert_true(fabs(ratio(v, 4)) < .05);
    assert_true(why_has(v, 4, "agrees with other rows' cells as well"));
    OWN(own_json)
    json_t *against = world_with(
        "{'twin': {'spread': [-1.0, 0.8]}, 'log10_lr': {'elsewhere': -2, 'partner': -2, 'recycled': -2, 'made_up': -2, 'seed': 1}}");
    assert_true(ratio(against, 4) < -.1); /* what contradicts still does, as far as a keeper who denies is believed */
}

/* What stood in an earlier leak came from there; that it was taken this time is not shown by it. */
static void an_older_leak_is_no_new_taking(void **state)
{
    (void)state;
    OWN(own_json) json_t *fresh = world_with("{'novelty': {'rows': 487, 'rows_known': 0, 'columns_new': []}}");
    assert_string_equal(direction(fresh, 3), "supported");
    OWN(own_json) json_t *v = world_with("{'novelty': {'rows': 487, 'rows_known': 487, 'columns_new': []}}");
    assert_true(ratio(v, 3) < ratio(fresh, 3) - .5);
    assert_true(why_has(v, 3, "stand in an earlier leak of this database"));
    assert_string_equal(direction(v, 4), "supported"); /* of the origin it says what it said */
    assert_true(fabs(ratio(v, 4) - ratio(fresh, 4)) < 1e-9);
    assert_true(why_has(v, 4, "origin, but nothing new"));
    OWN(own_json) json_t *part = world_with("{'novelty': {'rows': 487, 'rows_known': 400, 'columns_new': []}}");
    assert_true(fabs(ratio(part, 3) - ratio(fresh, 3)) < 1e-9);
    assert_true(why_has(part, 3, "400 of 487 rows that agree stand in an earlier leak"));
}

static void what_belongs_beside_a_match_is_said(void **state)
{
    (void)state;
    OWN(own_json)
    json_t *v = world_with(
        "{'rows_declared': 'chosen', 'excluded': {'repeats an earlier row': 99}, 'made': {'term': 0.7}, 'complete': false,"
        " 'shared': {'answered': false}}");
    static const char *const words[] = {"99 of its rows repeat an earlier one and count once",
                                        "whoever published it chose the rows", "speaks for made up, by 10^0.7",
                                        "not all of what was handed in could be read",
                                        "nobody said what was handed to partners"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!why_has(v, 4, words[i])) {
            fail_msg("'%s' is not in: %s", words[i], json_text(json_array_get(v, 4), "why", ""));
        }
    }
    OWN(own_json) json_t *plain = world_with("{'shared': {'answered': true}, 'rows_declared': 'random'}");
    assert_false(why_has(plain, 4, "chose the rows") || why_has(plain, 4, "handed to partners"));
}

/* A comparison that was run with other rates carries no more than the verdict's own. */
static void a_match_carries_what_these_rates_carry(void **state)
{
    (void)state;
    OWN(own_json)
    json_t *at_cap =
        world_with("{'log10_lr': {'elsewhere': 3.4, 'partner': 3.4, 'recycled': 3.4, 'made_up': 3.4, 'seed': 3.4}}");
    OWN(own_json)
    json_t *beyond = world_with("{'log10_lr': {'elsewhere': 6, 'partner': 6, 'recycled': 6, 'made_up': 6, 'seed': 6}}");
    assert_true(fabs(ratio(at_cap, 4) - ratio(beyond, 4)) < 1e-9);
    OWN(own_json) json_t *issued = world_with("{'evidence_class': 'issued'}");
    assert_true(fabs(ratio(issued, 4)) < .05); /* upper cap 0 */
}

/* Not found where nobody could look is no evidence against. */
static void an_unread_database_refutes_nothing(void **state)
{
    (void)state;
    for (int lost = 0; lost < 2; lost++) {
        OWN(own_json) json_t *model = NULL;
        OWN(own_json) json_t *rates = NULL;
        set_up(&model, &rates);
        OWN(own_json)
        json_t *more = parse(
            "{'complete': false, 'log10_lr': {'elsewhere': -2.5, 'partner': 0, 'recycled': -2.5, 'made_up': -2.5, 'seed': 1}}");
        json_object_update(summary(model, 2), more);
        json_t *records = json_object_get(exam(model, 2), "records");
        json_array_insert_new(
            records, 0,
            parse("{'id': 'X03/0', 'type': 'coverage', 'record': {'source': 'shop.sql', 'class': 'rows',"
                  " 'role': 'reference', 'count': 1000}}"));
        json_t *rejected = parse(
            "{'id': 'X03/9', 'type': 'coverage', 'record': {'source': 'shop.sql', 'class': 'rejected: cut off'}}");
        json_object_set_new(json_object_get(rejected, "record"), "count", json_integer(lost ? 200 : 3));
        json_array_insert_new(records, 1, rejected);
        OWN(own_json) json_t *v = judge(model, rates);
        if (!(lost ? fabs(ratio(v, 4)) < .01 : ratio(v, 4) < -.1)) {
            fail_msg("%d: %f", lost, ratio(v, 4));
        }
        assert_true(why_has(v, 4, lost ? "what is not found there says nothing" : "not all of what was handed in"));
    }
}

static void nothing_is_said_without_rates(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    OWN(own_json) json_t *v = judge(model, NULL);
    for (size_t i = 0; i < 6; i++) {
        assert_true(json_is_null(json_object_get(json_array_get(v, i), "log10_lr")));
        assert_string_equal(direction(v, i), "undetermined");
    }
    assert_non_null(strstr(json_text(json_array_get(v, 0), "why", ""), "no measured error rate for sweep planted"));
    /* counts of nothing are no measurement */
    json_t *use = json_object_get(json_object_get(json_object_get(rates, "trace"), "classes"), "use/high");
    json_object_set_new(use, "false_logs", json_pack("[i,i]", 0, 0));
    OWN(own_json) json_t *some = judge(model, rates);
    assert_false(json_is_null(json_object_get(json_array_get(some, 0), "log10_lr")));
    assert_true(ratio(some, 1) < .05); /* use: the tree alone says nothing about it */
}

static void the_accuser_as_keeper_is_capped(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    kept_by(model, 0, "north");
    kept_by(model, 1, "north");
    OWN(own_json) json_t *v = judge(model, rates);
    assert_true(ratio(v, 0) <= 1);
    assert_true(ratio(v, 1) <= 1);
    assert_string_equal(direction(v, 0), "undetermined");
    /* a keeper whose account was hijacked when it spoke has said nothing */
    kept_by(model, 0, "acct");
    kept_by(model, 1, "acct");
    OWN(own_json) json_t *third = judge(model, rates);
    assert_true(ratio(third, 0) <= 1);
    json_t *evidence = json_object_get(model, "evidence");
    json_object_set_new(json_array_get(evidence, 0), "custody", json_string("independent"));
    json_object_set_new(json_array_get(evidence, 1), "custody", json_string("independent"));
    OWN(own_json) json_t *independent = judge(model, rates);
    assert_string_equal(direction(independent, 0), "supported");
}

/* A channel in other hands says nothing for its party; what the party says elsewhere counts. */
static void words_of_a_hijacked_channel_are_no_stance(void **state)
{
    (void)state;
    OWN(own_json)
    json_t *model = parse(
        "{'parties': [{'id': 'a', 'compromised_channels': [{'channel': 'post', 'from': '2026-03-12'}]}],"
        " 'statements': [{'id': 'S1', 'party': 'a', 'act': 'denies', 'channel': 'post', 'said': '2026-03-20', 'claims': ['C1']}]}");
    OWN(own_json) json_t *claim = parse("{'id': 'C1'}");
    assert_int_equal(stance_of(model, "a", claim), STANCE_NONE);
    json_t *statement = json_array_get(json_object_get(model, "statements"), 0);
    json_object_set_new(statement, "channel", json_string("letter"));
    assert_int_equal(stance_of(model, "a", claim), STANCE_FALSE);
}

static void silence_counts_as_far_as_one_could_see(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    drop_findings(model, 0);
    drop_findings(model, 1);
    json_array_remove(json_object_get(model, "examinations"), 2);
    OWN(own_json) json_t *whole = judge(model, rates);
    assert_true(ratio(whole, 1) < -.5);
    assert_string_equal(direction(whole, 1), "undetermined"); /* the denying party kept it all: at most one in rho */
    /* half the log is missing, kept by the one who denies: its silence says nothing */
    json_object_set_new(
        summary(model, 1), "gaps",
        json_pack("[{s:s,s:s,s:i}]", "from", "2026-03-03T00:00:00Z", "to", "2026-03-08T00:00:00Z", "seconds", 432000));
    OWN(own_json) json_t *holed = judge(model, rates);
    assert_true(ratio(holed, 1) > ratio(whole, 1));
    const json_t *coverage = json_object_get(json_array_get(holed, 1), "coverage");
    assert_string_equal(json_text(coverage, "unit", ""), "hours");
    assert_int_equal(json_int(coverage, "n", 0), 120);
    assert_int_equal(json_int(coverage, "of", 0), 240);
    /* without a window a silent log says nothing at all */
    json_object_del(json_object_get(model, "case"), "window");
    json_object_set_new(summary(model, 1), "gaps", json_array());
    OWN(own_json) json_t *boundless = judge(model, rates);
    assert_true(fabs(ratio(boundless, 1) - ratio(holed, 1)) < 1e-9);
    assert_non_null(strstr(json_text(json_array_get(boundless, 1), "why", ""), "nobody said when it happened"));
}

/* A database's log read beside the web's covers none of its days, and its silences are no holes in it. */
static void only_the_web_log_covers_what_the_web_log_shows(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    drop_findings(model, 0);
    drop_findings(model, 1);
    json_object_set_new(summary(model, 1), "logs",
                        json_pack("{s:{s:s,s:s,s:i,s:i},s:{s:s,s:s,s:i,s:i}}", "web", "first", "2026-03-01T00:00:00Z",
                                  "last", "2026-03-05T23:59:59Z", "parsed", 1000, "rejected", 0, "database", "first",
                                  "2026-03-01T00:00:00Z", "last", "2026-03-10T23:59:59Z", "parsed", 1000, "rejected",
                                  0));
    json_object_set_new(summary(model, 1), "gaps",
                        json_pack("[{s:s,s:s,s:i,s:s}]", "from", "2026-03-03T00:00:00Z", "to", "2026-03-04T00:00:00Z",
                                  "seconds", 86400, "log", "database"));
    OWN(own_json) json_t *half = judge(model, rates);
    const json_t *coverage = json_object_get(json_array_get(half, 1), "coverage");
    assert_int_equal(json_int(coverage, "n", 0), 120);
    assert_int_equal(json_int(coverage, "of", 0), 240);
}

static void unread_scripts_lower_the_coverage(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    json_object_set_new(summary(model, 0), "complete", json_false());
    json_object_set_new(summary(model, 0), "skipped", json_pack("{s:i, s:i}", "permission denied", 60, "link", 5));
    OWN(own_json) json_t *v = judge(model, rates);
    const json_t *coverage = json_object_get(json_array_get(v, 0), "coverage");
    assert_true(fabs(json_num(coverage, "share", 0) - (.97 * .5 + .03)) < 1e-9);
    assert_string_equal(json_text(coverage, "word", ""), "partial");
    assert_int_equal(json_int(coverage, "of", 0), 160);
}

static void an_administrator_who_signed_in_is_no_outsider(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    json_t *records = json_object_get(exam(model, 1), "records");
    for (size_t i = 0; i < 3; i++) {
        json_object_set_new(json_object_get(json_array_get(records, i), "record"), "signed_in", json_true());
    }
    OWN(own_json) json_t *v = judge(model, rates);
    assert_string_equal(direction(v, 1), "undetermined");
    assert_true(ratio(v, 1) <= 0);
}

static json_t *record(json_t *model, size_t exam_at, size_t i)
{
    return json_object_get(json_array_get(json_object_get(exam(model, exam_at), "records"), i), "record");
}

/* Who only asked for it, who came after the dispute, and whoever used the owner's own tool did not use what was planted. */
static void onlookers_are_no_users(void **state)
{
    static const struct {
        const char *key, *value;
    } rows[] = {{"class_of_path", "'admin-tool'"},
                {"statuses", "{'200': 1, '404': 50}"},
                {"first", "'2026-03-12T00:00:00Z'"},
                {"confidence", "'medium'"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_json) json_t *model = NULL;
        OWN(own_json) json_t *rates = NULL;
        char text[128];
        set_up(&model, &rates);
        snprintf(text, sizeof text, "[%s]", rows[i].value);
        OWN(own_json) json_t *value = parse(text);
        json_object_set(record(model, 1, 0), rows[i].key, json_array_get(value, 0));
        if (strcmp(rows[i].key, "first") == 0) {
            json_object_del(record(model, 1, 0), "last");
        }
        OWN(own_json) json_t *v = judge(model, rates);
        assert_string_equal(direction(v, 1), "undetermined");
        assert_true(ratio(v, 1) <= 0);
        /* and what left through a client that used nothing planted is no taking by an intruder */
        assert_string_equal(direction(v, 3), "supported"); /* the sample still speaks */
        const json_t *neutral = json_object_get(json_array_get(v, 3), "neutral");
        bool is_told = false;
        for (size_t n = 0; n < json_array_size(neutral); n++) {
            is_told |=
                strstr(json_text(json_array_get(neutral, n), "text", ""), "no client surely took out more") != NULL;
        }
        assert_true(is_told);
    }
}

/* Nothing examined: every claim open, with what each side would have to examine. */
static void nothing_examined(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    json_array_clear(json_object_get(model, "examinations"));
    json_array_clear(json_object_get(model, "evidence"));
    OWN(own_json) json_t *v = judge(model, rates);
    for (size_t i = 0; i < 6; i++) {
        const json_t *verdict = json_array_get(v, i);
        assert_string_equal(direction(v, i), "undetermined");
        assert_true(json_is_null(json_object_get(verdict, "log10_lr")));
        assert_string_equal(json_text(json_object_get(verdict, "coverage"), "word", ""), "none");
        assert_true(json_array_size(json_object_get(verdict, "settle")) >= 1);
    }
    const json_t *settle = json_object_get(json_array_get(v, 0), "settle");
    assert_string_equal(json_text(json_array_get(settle, 0), "holder", ""), "shop");
    assert_true(json_num(json_array_get(settle, 0), "settles_if_true", 0) > .9);
    assert_string_equal(json_text(json_array_get(json_object_get(json_array_get(v, 5), "settle"), 0), "holder", ""),
                        "north");
    const json_t *possession = json_array_get(json_object_get(json_array_get(v, 4), "settle"), 0);
    assert_true(fabs(json_num(possession, "settles_if_true", 0) - .9) < 1e-9);
}

/* Words that a verdict never uses, in any of these worlds. */
static void no_forbidden_word(void **state)
{
    static const char *const banned[] = {"proves", "confirms", "guilty", "clean", "safe", "hacked", "likely"};
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    for (int world = 0; world < 3; world++) {
        OWN(own_json) json_t *v = judge(model, world == 2 ? NULL : rates);
        char *text = json_dumps(v, 0);
        for (size_t i = 0; i < sizeof banned / sizeof *banned; i++) {
            assert_null(strstr(text, banned[i]));
        }
        free(text);
        drop_findings(model, 0);
    }
}

static void a_record_that_lacks_what_is_needed(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    json_t *verdicts = NULL;
    struct err err = {0};
    (void)state;
    set_up(&model, &rates);
    json_array_clear(json_object_get(exam(model, 0), "records"));
    assert_int_equal(assay_judge(model, rates, &verdicts, &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    json_object_set_new(exam(model, 0), "status", json_string("failed"));
    json_object_set_new(json_array_get(json_object_get(model, "claims"), 0), "standard", json_integer(1));
    assert_int_equal(assay_judge(model, rates, &verdicts, &err), -1);
    json_object_set_new(json_array_get(json_object_get(model, "claims"), 0), "kind", json_string("magic"));
    assert_int_equal(assay_judge(model, rates, &verdicts, &err), -1);
    assert_int_equal(assay_judge(NULL, rates, &verdicts, &err), -1);
    assert_null(verdicts);
}

static void the_same_inputs_give_the_same_bytes(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    OWN(own_json) json_t *one = judge(model, rates);
    OWN(own_json) json_t *two = judge(model, rates);
    assert_true(json_equal(one, two));
}

/* ---- access: a way in and a key that opens ---- */

/* A run of reach over the tree of E01; accounts: JSON of the account records, in single quotes. */
static void add_reach(json_t *model, json_t *rates, const char *accounts)
{
    OWN(own_json) json_t *list = parse(accounts);
    json_t *records = json_array();
    size_t i;
    json_t *account;
    json_array_foreach(list, i, account)
    {
        char id[32];
        (void)snprintf(id, sizeof id, "X05/%zu", i + 1);
        json_object_set_new(account, "class", json_string("account"));
        json_array_append_new(records, json_pack("{s:s,s:s,s:O}", "id", id, "type", "measure", "record", account));
    }
    json_array_append_new(records,
                          json_pack("{s:s,s:s,s:{s:b}}", "id", "X05/9", "type", "summary", "record", "complete", 1));
    json_array_append_new(json_object_get(model, "examinations"),
                          json_pack("{s:s,s:s,s:s,s:[s],s:o}", "id", "X05", "engine", "reach", "status", "done",
                                    "evidence", "E01", "records", records));
    json_object_set_new(
        rates, "reach",
        parse("{'classes': {'readable': {'recall': [1990, 2000], 'false_accounts': [0, 2000], 'false_runs': [0, 2000]},"
              " 'entire': {'recall': [990, 1000], 'false_accounts': [0, 3000], 'false_runs': [0, 3000]}}}"));
}

static void access_with(const char *accounts, const char *extent, bool with_use, json_t **ret_verdict)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    set_up(&model, &rates);
    add_reach(model, rates, accounts);
    if (!with_use) {
        drop_findings(model, 0);
        drop_findings(model, 1);
    }
    if (extent != NULL) {
        json_object_set_new(json_array_get(json_object_get(model, "claims"), 2), "extent", json_string(extent));
    }
    json_array_remove(json_object_get(model, "examinations"), 2); /* a genuine sample would carry access by itself */
    OWN(own_json) json_t *v = judge(model, rates);
    *ret_verdict = json_incref(json_array_get(v, 2));
}

static double access_ratio(const char *accounts, const char *extent, bool with_use)
{
    OWN(own_json) json_t *verdict = NULL;
    access_with(accounts, extent, with_use, &verdict);
    return json_num(verdict, "log10_lr", NAN);
}

static const char open_part[] = "[{'credential': 'C1', 'status': 'connected', 'scope': 'part', 'counted': true}]";
static const char open_entire[] = "[{'credential': 'C1', 'status': 'connected', 'scope': 'entire', 'counted': true}]";
static const char open_unknown[] = "[{'credential': 'C1', 'status': 'connected', 'scope': 'unknown', 'counted': true}]";
static const char open_named[] =
    "[{'credential': 'C1', 'status': 'connected', 'scope': 'part', 'counted': true, 'uri': 'mysql://shop@db.zz:3306/shop?ssl=1',"
    "  'databases': [{'name': 'crm', 'scope': 'none'}, {'name': 'shop', 'scope': 'entire'}]}]";
static const char open_other[] =
    "[{'credential': 'C1', 'status': 'connected', 'scope': 'entire', 'counted': true, 'uri': 'mysql://a@db.zz/shop',"
    "  'databases': [{'name': 'crm', 'scope': 'entire'}]}]";
static const char refused[] = "[{'credential': 'C1', 'status': 'refused', 'scope': 'none'}]";
static const char unreachable[] = "[{'credential': 'C1', 'status': 'unreachable', 'scope': 'not tried'}]";
static const char not_of_tree[] = "[{'status': 'connected', 'scope': 'entire', 'counted': true}]";

static void access_needs_use_and_a_key_that_opens(void **state)
{
    (void)state;
    assert_true(access_ratio(open_part, NULL, true) >= 2);
    /* a password that opens lies in every web root: without use it says nothing */
    assert_true(access_ratio(open_part, NULL, false) < .5);
    /* used, but the key does not open */
    assert_true(access_ratio(refused, NULL, true) <= 0);
    /* nobody got an answer, or the credential is not one that lay there: not examined, which is not 0 */
    assert_true(isnan(access_ratio(unreachable, NULL, true)));
    assert_true(isnan(access_ratio(not_of_tree, NULL, true)));
}

static void access_to_the_entire_databases_needs_all_of_them(void **state)
{
    (void)state;
    assert_true(access_ratio(open_entire, "entire", true) >= 2);
    assert_true(access_ratio(open_part, "entire", true) <= 0);
    assert_true(access_ratio(open_part, "part", true) >= 2);
    /* the whole of the database that the credential names; others on the server are other databases */
    assert_true(access_ratio(open_named, "entire", true) >= 2);
    assert_true(isnan(access_ratio(open_other, "entire", true)));
    /* a catalogue that hides what cannot be read cannot show that nothing is hidden */
    assert_true(isnan(access_ratio(open_unknown, "entire", true)));
    OWN(own_json) json_t *verdict = NULL;
    access_with(open_entire, "entire", true, &verdict);
    assert_string_equal(json_text(verdict, "means", ""), "an intruder could read the whole of these databases");
    /* neither the use nor the key says anything alone, so each is shown by what is lost without it */
    assert_true(json_array_size(json_object_get(verdict, "for")) >= 2);
}

/* A genuine sample shows that data left some way. It does not show that all of it could be read. */
static void a_sample_does_not_show_that_all_could_be_read(void **state)
{
    static const char *const extents[] = {"part", "entire"};
    double ratios[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        OWN(own_json) json_t *model = NULL;
        OWN(own_json) json_t *rates = NULL;
        set_up(&model, &rates);
        add_reach(model, rates, open_part);
        drop_findings(model, 0);
        drop_findings(model, 1);
        json_object_set_new(json_array_get(json_object_get(model, "claims"), 2), "extent", json_string(extents[i]));
        OWN(own_json) json_t *v = judge(model, rates);
        ratios[i] = ratio(v, 2);
    }
    assert_true(ratios[0] > 1);
    assert_true(ratios[1] <= 0);
}

static void reach_speaks_for_access_alone(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    OWN(own_json) json_t *before = judge(model, rates);
    add_reach(model, rates, refused);
    OWN(own_json) json_t *after = judge(model, rates);
    for (size_t i = 0; i < 6; i++) {
        if (i != 2) {
            assert_true(json_equal(json_array_get(before, i), json_array_get(after, i)));
        }
    }
}

/* ---- V as measured ---- */

static void traces_that_intruders_wipe_say_less_when_missing(void **state)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    (void)state;
    set_up(&model, &rates);
    json_array_remove(json_object_get(model, "examinations"), 2);
    OWN(own_json) json_t *found = judge(model, rates);
    drop_findings(model, 0);
    drop_findings(model, 1);
    OWN(own_json) json_t *nothing = judge(model, rates);
    json_object_set_new(rates, "stories", parse("{'leaves': {'tree': [60, 100], 'log_use': [70, 100]}}"));
    OWN(own_json) json_t *nothing_wiped = judge(model, rates);
    json_decref(model);
    model = parse(model_text);
    json_array_remove(json_object_get(model, "examinations"), 2);
    OWN(own_json) json_t *found_wiped = judge(model, rates);
    assert_true(ratio(nothing, 0) < -.5);
    assert_true(ratio(nothing_wiped, 0) > ratio(nothing, 0) + .2 && ratio(nothing_wiped, 0) < 0);
    /* what was found counts a little less, by log10 of the lower end of 60 in 100 */
    assert_true(ratio(found_wiped, 0) < ratio(found, 0) && ratio(found_wiped, 0) > ratio(found, 0) - .6);
    const json_t *assumed = json_object_get(json_array_get(found_wiped, 0), "assumed");
    assert_non_null(strstr(json_text(assumed, "v", ""), "in the tree 60 of 100, use in the log 70 of 100"));
    /* counts that are none change nothing */
    json_object_set_new(rates, "stories", parse("{'leaves': {'tree': [101, 100], 'log_use': [0, 0]}}"));
    OWN(own_json) json_t *absurd = judge(model, rates);
    assert_true(ratio(absurd, 0) == ratio(found, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_true_world),
        cmocka_unit_test(the_request_that_brought_it_speaks_for_entry),
        cmocka_unit_test(what_the_log_cannot_tell_of_how_it_came),
        cmocka_unit_test(where_it_was_used_the_use_speaks),
        cmocka_unit_test(a_coming_is_of_what_nobody_used),
        cmocka_unit_test(a_dump_through_what_was_planted_speaks_for_taking),
        cmocka_unit_test(its_ratio_is_that_of_its_rates),
        cmocka_unit_test(what_a_database_log_cannot_tell),
        cmocka_unit_test(centuries_are_counted_too),
        cmocka_unit_test(a_database_log_is_asked_for),
        cmocka_unit_test(both_logs_have_to_cover_the_time),
        cmocka_unit_test(one_examination_is_dropped_whole),
        cmocka_unit_test(possession_is_the_match_alone),
        cmocka_unit_test(a_twin_above_zero_takes_agreement_away),
        cmocka_unit_test(an_older_leak_is_no_new_taking),
        cmocka_unit_test(what_belongs_beside_a_match_is_said),
        cmocka_unit_test(a_match_carries_what_these_rates_carry),
        cmocka_unit_test(an_unread_database_refutes_nothing),
        cmocka_unit_test(nothing_is_said_without_rates),
        cmocka_unit_test(the_accuser_as_keeper_is_capped),
        cmocka_unit_test(words_of_a_hijacked_channel_are_no_stance),
        cmocka_unit_test(silence_counts_as_far_as_one_could_see),
        cmocka_unit_test(only_the_web_log_covers_what_the_web_log_shows),
        cmocka_unit_test(unread_scripts_lower_the_coverage),
        cmocka_unit_test(an_administrator_who_signed_in_is_no_outsider),
        cmocka_unit_test(onlookers_are_no_users),
        cmocka_unit_test(nothing_examined),
        cmocka_unit_test(no_forbidden_word),
        cmocka_unit_test(a_record_that_lacks_what_is_needed),
        cmocka_unit_test(the_same_inputs_give_the_same_bytes),
        cmocka_unit_test(traces_that_intruders_wipe_say_less_when_missing),
        cmocka_unit_test(access_needs_use_and_a_key_that_opens),
        cmocka_unit_test(access_to_the_entire_databases_needs_all_of_them),
        cmocka_unit_test(a_sample_does_not_show_that_all_could_be_read),
        cmocka_unit_test(reach_speaks_for_access_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
