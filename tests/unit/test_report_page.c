/* assay_report_html(): golden pages, the same bytes every time, a policy that fits its style, and models that are broken,
 * empty, or very large. ASSAY_BLESS=1 writes the golden pages anew. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "assay/report.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

static int64_t when(const char *text)
{
    return time_parse(str_of(text));
}

static json_t *golden(const char *name)
{
    char path[128];
    struct err err = {0};
    struct buf text = {0};
    snprintf(path, sizeof path, "tests/golden/%s", name);
    assert_int_equal(file_read(path, 8 << 20, &text, &err), 0);
    json_error_t problem;
    json_t *model = json_loadb(text.data, text.len, 0, &problem);
    assert_non_null(model);
    buf_free(&text);
    return model;
}

static struct str page_of(const json_t *model, const char *at)
{
    struct err err = {0};
    char *html = NULL;
    size_t length = 0;
    if (assay_report_html(model, when(at), &html, &length, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(html[length], '\0');
    return (struct str){html, length};
}

static void drop(struct str page)
{
    free((void *)(uintptr_t)page.data);
}

static void check_golden(const char *json, const char *html, const char *at)
{
    char path[128];
    struct err err = {0};
    struct buf want = {0};
    OWN(own_json) json_t *model = golden(json);
    struct str page = page_of(model, at);
    snprintf(path, sizeof path, "tests/golden/%s", html);
    if (getenv("ASSAY_BLESS") != NULL) {
        assert_int_equal(file_write(path, page, &err), 0);
    }
    assert_int_equal(file_read(path, 8 << 20, &want, &err), 0);
    assert_int_equal(page.len, want.len);
    assert_memory_equal(page.data, want.data, want.len);
    buf_free(&want);
    drop(page);
}

static void test_golden_full(void **state)
{
    (void)state;
    check_golden("report-full.json", "report-full.html", "2026-04-03T16:20:00Z");
}

static void test_golden_nothing(void **state)
{
    (void)state;
    check_golden("report-nothing.json", "report-nothing.html", "2020-09-10T12:00:00Z");
}

static void test_golden_reach(void **state)
{
    (void)state;
    check_golden("report-reach.json", "report-reach.html", "2026-05-05T12:00:00Z");
}

static void test_golden_trace(void **state)
{
    (void)state;
    check_golden("report-trace.json", "report-trace.html", "2026-04-08T12:00:00Z");
}

static void test_golden_sample(void **state)
{
    (void)state;
    check_golden("report-sample.json", "report-sample.html", "2020-04-11T12:00:00Z");
}

static void test_same_bytes_in_any_locale(void **state)
{
    (void)state;
    static const char *const locales[] = {"C", "de_DE.UTF-8", "C.UTF-8"};
    OWN(own_json) json_t *model = golden("report-full.json");
    struct str first = page_of(model, "2026-04-03T16:20:00Z");
    for (size_t i = 0; i < 3; i++) {
        setlocale(LC_ALL, locales[i]); /* one that is not installed changes nothing */
        struct str again = page_of(model, "2026-04-03T16:20:00Z");
        assert_true(str_eq(first, again));
        drop(again);
    }
    setlocale(LC_ALL, "C");
    drop(first);
}

static struct str between(struct str page, struct str from, struct str to)
{
    size_t begin = str_find(page, from, 0);
    assert_int_not_equal(begin, SIZE_MAX);
    size_t end = str_find(page, to, begin + from.len);
    assert_int_not_equal(end, SIZE_MAX);
    return str_slice(page, begin + from.len, end);
}

static void test_policy_names_the_style(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden("report-full.json");
    struct str page = page_of(model, "2026-04-03T16:20:00Z");
    struct sha256 digest = sha256_of(between(page, STR("<style>"), STR("</style>")));
    char hash[64];
    base64_encode(hash, digest.bytes, SHA256_BYTES);
    assert_true(str_eq(between(page, STR("sha256-"), STR("&#39;")), str_of(hash)));
    assert_true(str_find(page, STR("default-src &#39;none&#39;"), 0) < str_find(page, STR("<style>"), 0));
    assert_int_equal(str_find(page, STR("<script"), 0), SIZE_MAX);
    assert_int_equal(str_find(page, STR(" style="), 0), SIZE_MAX);
    assert_int_equal(str_find(page, STR("http://"), 0), SIZE_MAX);
    assert_int_equal(str_find(page, STR("https://"), 0), SIZE_MAX);
    drop(page);
}

/* With nothing examined every claim is open, no ratio stands there, and absence is never claimed. */
static void test_nothing_examined_says_so(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden("report-nothing.json");
    struct str page = page_of(model, "2020-09-10T12:00:00Z");
    assert_int_equal(str_find(page, STR("class=\"v v-sup\""), 0), SIZE_MAX);
    assert_int_equal(str_find(page, STR("class=\"v v-ref\""), 0), SIZE_MAX);
    assert_int_not_equal(str_find(page, STR("no ratio"), 0), SIZE_MAX);
    assert_int_not_equal(str_find(page, STR("Nothing has been examined"), 0), SIZE_MAX);
    assert_int_not_equal(str_find(page, STR("4 d 12 h"), 0),
                         SIZE_MAX); /* the notice's clock: a day that is due lasts until it ends */
    assert_int_not_equal(str_find(page, STR("answered in "), 0), SIZE_MAX);               /* the reply */
    assert_int_not_equal(str_find(page, STR("1 independent root."), 0), SIZE_MAX);        /* circular reporting */
    assert_int_not_equal(str_find(page, STR("Voice unknown: 1 statement"), 0), SIZE_MAX); /* the hijacked account */
    assert_int_not_equal(str_find(page, STR("t•••@m•••.example"), 0), SIZE_MAX);
    assert_int_equal(str_find(page, STR("tom.ashdown"), 0), SIZE_MAX);
    assert_int_not_equal(str_find(page, STR("the web root as it was"), 0), SIZE_MAX); /* what would settle it */
    assert_int_equal(str_find_nocase(page, STR("nothing found"), 0), SIZE_MAX);
    drop(page);
    page = page_of(model, "2020-09-20T00:00:00Z");
    assert_int_not_equal(str_find(page, STR("passed"), 0), SIZE_MAX);
    drop(page);
}

/* A signed-in user must be said: the twin world's own administrator. */
static void test_signed_in_is_said(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden("report-full.json");
    json_t *records = json_object_get(json_array_get(json_object_get(model, "examinations"), 1), "records");
    size_t i;
    json_t *record;
    json_array_foreach(records, i, record)
    {
        if (strcmp(json_string_value(json_object_get(record, "type")), "finding") == 0) {
            json_object_set_new(json_object_get(record, "record"), "signed_in", json_true());
        }
    }
    struct str page = page_of(model, "2026-04-03T16:20:00Z");
    assert_int_not_equal(str_find(page, STR("recorded a signed-in user on every one"), 0), SIZE_MAX);
    assert_int_equal(str_find(page, STR("203.0."), 0), SIZE_MAX); /* a client is K1, never an address */
    drop(page);
}

/* The record of the tool that the first request asks for; NULL if the model has none. */
static json_t *adminer_of(json_t *model)
{
    size_t i, j;
    json_t *exam, *entry;
    json_array_foreach(json_object_get(model, "examinations"), i, exam)
    {
        json_array_foreach(json_object_get(exam, "records"), j, entry)
        {
            json_t *record = json_object_get(entry, "record");
            const char *name = json_string_value(json_object_get(record, "name"));
            if (name != NULL && strcmp(name, "Adminer") == 0) {
                return record;
            }
        }
    }
    return NULL;
}

/* Only what is certain is counted. */
static void test_tool_with_published_faults(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden("report-full.json");
    json_t *adminer = adminer_of(model);
    assert_non_null(adminer);
    json_t *faults = json_pack("[{s:b}, {s:b}, {s:b}]", "certain", 1, "certain", 0, "certain", 1);
    assert_int_equal(json_object_set_new(adminer, "vulnerabilities", faults), 0);
    assert_int_equal(json_object_set_new(adminer, "origin", json_string("dropped")), 0);
    struct str page = page_of(model, "2026-04-03T16:20:00Z");
    struct str said = between(page, STR("It is Adminer 4.8.1. "), STR("around it."));
    assert_true(str_find(said, STR("two published vulnerabilities of that release are listed with it"), 0) !=
                    SIZE_MAX ||
                str_find(said, STR("2 published vulnerabilities of that release are listed with it"), 0) != SIZE_MAX);
    drop(page);
}

/* Who cosigned and what was stamped is told only where there is any, and a name from a signature line is text. */
static void test_cosigned_and_stamped(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden("report-full.json");
    json_t *checkpoint = json_array_get(json_object_get(json_object_get(model, "ledger"), "checkpoints"), 0);
    struct str before = page_of(model, "2026-04-02T12:00:00Z");
    assert_null(strstr(before.data, "-attime"));
    drop(before);
    json_object_set_new(checkpoint, "cosigners", json_pack("[s,s]", "press.example/desk", "<b>x"));
    json_object_set_new(checkpoint, "stamps", json_pack("[s]", "checkpoints/42.1.tsr"));
    struct str page = page_of(model, "2026-04-02T12:00:00Z");
    assert_non_null(strstr(page.data, "-attime $(date -d &quot;$said&quot; +%s)"));
    assert_non_null(strstr(page.data, "press.example/desk, &lt;b&gt;x"));
    assert_non_null(strstr(page.data, "checkpoints/42.1.tsr"));
    assert_non_null(strstr(page.data, "cut -d+ -f3- vkey"));
    drop(page);
    json_object_set_new(json_object_get(model, "ledger"), "signer",
                        json_string("assay.invalid/maple-lane+00000001+AQ=="));
    page = page_of(model, "2026-04-02T12:00:00Z"); /* its number looks like a telephone's, and is not masked */
    assert_non_null(strstr(page.data, "printf %s assay.invalid/maple-lane+00000001+AQ== | cut -d+ -f3-"));
    drop(page);
    json_object_set_new(json_object_get(model, "ledger"), "signer", json_string("$(x)+00000001+AQ=="));
    page = page_of(model, "2026-04-02T12:00:00Z");
    assert_null(strstr(page.data, "printf %s $(x)"));
    drop(page);
}

/* A digest that leaves files out says so beside it; one of all files says nothing. */
static void test_unread_files_of_an_exhibit(void **state)
{
    static const struct {
        int unread;
        const char *says;
    } rows[] = {{0, NULL},
                {1, "1 file could not be read: the digest says nothing of it<"},
                {1203, "1,203 files could not be read: the digest says nothing of them<"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(own_json) json_t *model = golden("report-full.json");
        json_t *exhibit = json_array_get(json_object_get(model, "evidence"), 0);
        json_object_set_new(exhibit, "unread", json_integer(rows[i].unread));
        struct str page = page_of(model, "2026-04-02T12:00:00Z");
        if (rows[i].says != NULL) {
            assert_non_null(strstr(page.data, rows[i].says));
        } else {
            assert_null(strstr(page.data, "could not be read: the digest"));
        }
        drop(page);
    }
}

static void test_broken_models(void **state)
{
    (void)state;
    static const char *const rows[] = {"[]", "{}", "{\"case\":1}", "{\"case\":{},\"claims\":{}}",
                                       "{\"case\":{},\"examinations\":\"x\"}"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        char *html = NULL;
        size_t length = 0;
        OWN(own_json) json_t *model = json_loads(rows[i], 0, NULL);
        assert_int_equal(assay_report_html(model, 0, &html, &length, &err), -1);
        assert_int_equal(err.kind, ERR_FORMAT);
        assert_null(html);
    }
}

/* Members of the wrong type read as absent; the page is whole. */
static void test_bare_models(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{\"case\":{}}",
        "{\"case\":{\"name\":7,\"question\":[]},\"parties\":[null,1,\"x\"],\"statements\":[{},[],null],\"claims\":[{},1],"
        "\"evidence\":[{},{\"sha256\":1}],\"examinations\":[{},{\"records\":[1,{},{\"type\":\"event\"}]}],\"verdicts\":[{},2]}",
        "{\"case\":{\"name\":\"n\"},\"claims\":[{\"id\":\"C1\",\"standard\":-5,\"text\":\"\"}],\"verdicts\":[{\"claim\":\"C1\","
        "\"direction\":\"supported\",\"log10_lr\":1e308,\"coverage\":{\"share\":-4,\"n\":-1,\"of\":0},\"for\":[{}],\"alternatives\":[{}]}]}",
        "{\"case\":{\"name\":\"n\"},\"statements\":[{\"id\":\"S1\",\"relays\":[\"S1\",\"S2\"]},{\"id\":\"S2\",\"relays\":[\"S1\"]}]}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(own_json) json_t *model = json_loads(rows[i], 0, NULL);
        assert_non_null(model);
        struct str page = page_of(model, "2026-01-01");
        assert_true(str_ends(page, STR("</html>\n")));
        assert_true(str_is_utf8(page));
        drop(page);
    }
}

static json_t *event_at(int64_t ns, const char *role, int client)
{
    char text[TIME_TEXT], label[16];
    time_rfc3339(text, ns);
    snprintf(label, sizeof label, "K%d", client);
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:i}}", "id", "X02/9", "type", "event", "record",
                     "time", text, "role", role, "client", label, "path", "/a.php", "status", 200, "bytes", 400,
                     "source", "access.log", "line", 7);
}

static void with_events(json_t *model, size_t count)
{
    json_t *exam = json_array_get(json_object_get(model, "examinations"), 1);
    json_t *records = json_object_get(exam, "records");
    json_array_clear(records);
    for (size_t i = 0; i < count; i++) {
        int64_t at = when("2026-03-14T21:00:00Z") + (int64_t)i * 13 * NS_PER_S;
        json_array_append_new(records, event_at(at, i == 0 ? "first-use" : "use", i % 9 == 0 ? 2 : 1));
    }
}

static void test_five_and_fifty_thousand_events(void **state)
{
    (void)state;
    OWN(own_json) json_t *few = golden("report-full.json");
    OWN(own_json) json_t *many = golden("report-full.json");
    with_events(few, 5);
    with_events(many, 50000);
    struct str small = page_of(few, "2026-04-03"), large = page_of(many, "2026-04-03");
    assert_int_not_equal(str_find(small, STR("One mark: one request."), 0), SIZE_MAX); /* at 5 nothing is binned */
    assert_int_not_equal(str_find(large, STR("to the marked scripts, by 6 hours"), 0), SIZE_MAX);
    assert_int_not_equal(str_find(large, STR("50,000 of the 50,000 requests"), 0), SIZE_MAX);
    assert_true(large.len < small.len + 40000); /* the size of a page does not follow the number of events */
    drop(small);
    drop(large);
}

static void test_many_claims_and_statements(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = golden("report-full.json");
    json_t *claims = json_object_get(model, "claims"), *statements = json_object_get(model, "statements");
    char id[16], before[16] = "S8";
    for (int i = 100; i < 400; i++) {
        snprintf(id, sizeof id, "C%d", i);
        json_array_append_new(claims,
                              json_pack("{s:s, s:s, s:s}", "id", id, "kind", "use", "text", "Something was done."));
        snprintf(id, sizeof id, "S%d", i);
        json_array_append_new(statements, json_pack("{s:s, s:s, s:s, s:s, s:[s]}", "id", id, "party", "paper1", "act",
                                                    "reports", "said", "2026-03-30", "relays", before));
        snprintf(before, sizeof before, "%s", id);
    }
    struct str page = page_of(model, "2026-04-03");
    assert_int_not_equal(str_find(page, STR("id=\"C399\""), 0), SIZE_MAX);
    assert_int_not_equal(str_find(page, STR("268 items have no room here"), 0), SIZE_MAX);
    drop(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_full),
        cmocka_unit_test(test_golden_nothing),
        cmocka_unit_test(test_golden_reach),
        cmocka_unit_test(test_golden_trace),
        cmocka_unit_test(test_golden_sample),
        cmocka_unit_test(test_same_bytes_in_any_locale),
        cmocka_unit_test(test_policy_names_the_style),
        cmocka_unit_test(test_nothing_examined_says_so),
        cmocka_unit_test(test_signed_in_is_said),
        cmocka_unit_test(test_tool_with_published_faults),
        cmocka_unit_test(test_cosigned_and_stamped),
        cmocka_unit_test(test_unread_files_of_an_exhibit),
        cmocka_unit_test(test_broken_models),
        cmocka_unit_test(test_bare_models),
        cmocka_unit_test(test_five_and_fifty_thousand_events),
        cmocka_unit_test(test_many_claims_and_statements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
