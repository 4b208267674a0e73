/* A lean model with its records says what the whole one says: the same records in the same order, the same verdicts, page and documents, whatever was
 * corrected, taken back or merged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "casekit.h"

#include "assay/case.h"
#include "assay/export.h"
#include "assay/judge.h"
#include "assay/report.h"

enum { MANY = 5500, SOME = 2500 };

static const char said[] =
    "[{'type':'party','id':'shop','name':'Shop','kind':'company'},"
    "{'type':'claim','id':'C1','kind':'entry','text':'a tool was planted','window':{'from':'2026-03-01','to':'2026-04-01'}},"
    "{'type':'claim','id':'C2','kind':'use','text':'it was used','window':{'from':'2026-03-14','to':'2026-03-15'}},"
    "{'type':'claim','id':'C3','kind':'taking','text':'rows were taken'},"
    "{'type':'claim','id':'C4','kind':'access','text':'it could be read'},"
    "{'type':'evidence','id':'E01','what':'tree','name':'web','owner':'shop','custody':'independent'},"
    "{'type':'evidence','id':'E02','what':'log','name':'a.log','owner':'shop','custody':'independent'},"
    "{'type':'evidence','id':'E03','what':'log','name':'b.log','owner':'shop','custody':'independent'},"
    "{'type':'evidence','id':'E04','what':'sample','name':'s.csv','owner':'shop','custody':'independent'},"
    "{'type':'examination','id':'X01','engine':'sweep','status':'done','evidence':['E01']},"
    "{'type':'examination','id':'X02','engine':'trace','status':'done','evidence':['E02','E03']},"
    "{'type':'examination','id':'X03','engine':'reach','status':'done','evidence':['E01']},"
    "{'type':'examination','id':'X04','engine':'match','status':'done','evidence':['E04','E01']},"
    "{'type':'examination','id':'X05','engine':'sweep','status':'failed','evidence':['E01'],'error':'x'}]";

static void put(json_t *entries, const char *type, const char *exam, json_t *record)
{
    assert_non_null(record);
    json_t *entry = json_pack("{s:s, s:s, s:o}", "type", type, "examination", exam, "record", record);
    assert_int_equal(json_array_append_new(entries, entry), 0);
}

/* More findings than are told apart, some of equal bytes, and files that nobody could read. */
static void put_tree(json_t *entries, unsigned i)
{
    static const char *const classes[] = {"shell", "shell", "shell", "shell", "shell", "shell", "shell", "tool", "odd"};
    char path[64];
    (void)snprintf(path, sizeof path, "web/up/%u.php", i % 5000);
    put(entries, "finding", i % 50 == 49 ? "X05" : "X01",
        json_pack("{s:s, s:s, s:s, s:o*, s:s, s:s}", "class", classes[i % 9], "confidence",
                  i % 50 != 0 ? "high" : "medium", "path", path, "sha256",
                  i % 4 != 0 ? json_sprintf("%u", i % 40 != 0 ? i : 7) : NULL, "source", "web", "mtime",
                  i % 3 != 0 ? "2026-03-14T10:00:00Z" : "2025-03-14T10:00:00Z"));
    if (i % 9 == 0) {
        put(entries, "coverage", "X01",
            json_pack("{s:s, s:s}", "class", i % 2 != 0 ? "unreadable" : "read", "path",
                      i % 4 != 0 ? "a.png" : "a.php"));
    }
}

static void put_log(json_t *entries, unsigned i)
{
    static const char *const roles[] = {"use", "first-use", "admin", "dump", "upload", "ran", "error", "login", "last"};
    char path[64];
    json_t *event = json_pack("{s:o, s:s, s:s, s:s, s:s, s:i, s:i}", "time",
                              json_sprintf("2026-03-14T%02u:%02u:%02uZ", i / 3600 % 24, i / 60 % 60, i % 60), "role",
                              roles[i % 7 == 0 ? i / 7 % 9 : 0], "client", i % 3 != 0 ? "K1" : "K2", "path", "",
                              "source", i % 2 != 0 ? "a.log" : "b.log", "line", (int)(i % 1000), "bytes", (int)i);
    (void)snprintf(path, sizeof path, "/up/%u.php", i % 11 * 600);
    json_object_set_new(event, "path", json_string(path));
    if (i % 400 == 7) {
        json_object_set_new(event, "decoded", kit_json("[{'parameter':'c','how':'base64','text':'id'}]"));
    }
    put(entries, "event", "X02", event);
    if (i % 700 == 11) {
        put(entries, "finding", "X02",
            json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:s}", "class", "upload-candidate", "confidence", "high",
                      "class_of_path", "shell", "path", "/avatar.php", "seed", json_sprintf("/up/%u.php", i),
                      "signed_in", i % 3 == 0, "first", "2026-03-14T10:00:00Z"));
    }
    if (i % 60 == 0) {
        put(entries, "finding", "X02",
            json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:i, s:{s:i, s:i}, s:s, s:s}", "class",
                      i % 120 == 0 ? "use" : "taking", "confidence", "high", "class_of_path",
                      i % 180 != 0 ? "shell" : "admin-tool", "path", path, "client", json_sprintf("K%u", i / 60 % 50),
                      "signed_in", i % 7 == 0, "requests", (int)(i % 40), "statuses", "200", (int)(i % 30), "404", 3,
                      "first", "2026-03-14T10:00:00Z", "last",
                      i % 4 == 0 ? "2026-03-14T11:00:00Z" : "2026-03-20T11:00:00Z"));
    }
}

static void append(struct assay_case *kase, json_t *entries)
{
    struct err err = {0};
    if (assay_case_append(kase, entries, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static const char ends[] =
    "[{'type':'measure','examination':'X03','record':{'class':'account','credential':'a','status':'connected','counted':true,'uri':'mysql://a@h/d'}},"
    "{'type':'measure','examination':'X03','record':{'class':'table','tables':3}},"
    "{'type':'finding','examination':'X03','record':{'class':'credential','path':'x'}},"
    "{'type':'coverage','examination':'X04','record':{'class':'rows','count':90,'role':'reference','source':'d'}},"
    "{'type':'coverage','examination':'X04','record':{'class':'rejected: broken','count':40,'role':'reference','source':'d'}},"
    "{'type':'summary','examination':'X01','record':{'files':9000,'read':8000,'web_files':7000,'findings':9000,'skipped':{'unreadable':500},'complete':false}},"
    "{'type':'summary','examination':'X02','record':{'lines':9000,'parsed':9000,'rejected':0,'clients':50,'first':'2026-03-14T00:00:00Z',"
    "'last':'2026-03-15T00:00:00Z','gaps':[],'complete':true}},"
    "{'type':'summary','examination':'X03','record':{'files':9,'read':9,'tables':1,'complete':true}},"
    "{'type':'summary','examination':'X04','record':{'rows_sample':10,'rows_reference':100,'rows_matched':9,'rows_linked':9,'complete':false,"
    "'log10_lr':{'elsewhere':2,'made_up':3}}},"
    /* corrections, twice of one; one that no longer stands; and one that is not there */
    "{'type':'finding','id':'X01/3','supersedes':'X01/3','examination':'X01','record':{'class':'odd','confidence':'high','path':'web/c.php'}},"
    "{'type':'finding','id':'X01/3','supersedes':'X01/3','examination':'X01','record':{'class':'shell','confidence':'high','path':'web/d.php'}},"
    "{'type':'finding','id':'again','supersedes':'X01/7','examination':'X01','record':{'class':'shell','confidence':'high','path':'web/e.php'}},"
    "{'type':'event','id':'X02/5','supersedes':'X02/5','examination':'X02','record':{'role':'dump','time':'2026-03-14T09:00:00Z','path':'/up/600.php'}},"
    "{'type':'confirmation','finding':'X01/8000','examination':'X01','party':'shop','agrees':true,'sha256':'aa','rate':{'recall':[90,100],'false':[1,100],'source':'own'}},"
    "{'type':'confirmation','finding':'X01/3','examination':'X01','party':'shop','agrees':false,'sha256':'ab','rate':{'recall':[90,100],'false':[1,100],'source':'own'}}]";

static const char rates_text[] =
    "{'sweep':{'classes':{'planted/high':{'members':['shell/high','tool/high'],'recall':[300,320],'false_files':[2,600000],'false_trees':[1,900]},"
    "'planted/medium':{'members':['shell/medium','odd/medium'],'recall':[100,320],'false_files':[9,600000],'false_trees':[5,900]}},"
    "'weights':{'script':0.9,'other':0.1}},"
    "'trace':{'classes':{'use/high':{'recall':[300,320],'false_sessions':[2,600000],'false_logs':[1,900]},"
    "'upload-candidate/high':{'recall':[90,100],'false_files':[9,9000],'false_logs':[2,900]},"
    "'taking/high':{'recall':[200,320],'false_sessions':[2,600000],'false_logs':[1,900]}}},"
    "'reach':{'classes':{'readable':{'recall':[90,100],'false_accounts':[1,100],'false_runs':[1,90]}}},"
    "'match':{'caps':{'secret':[-2,4]}}}";

static void make(const char *name, unsigned many)
{
    struct err err = {0};
    OWN(own_json) json_t *entries = json_array();
    assert_int_equal(assay_case_create(kit_path(name), name, NULL, NULL, &err), 0);
    struct assay_case *kase = kit_open(kit_path(name), ASSAY_CASE_WRITE);
    kit_append(kase, said);
    for (unsigned i = 0; i < many; i++) {
        put_tree(entries, i);
        put_log(entries, i);
    }
    append(kase, entries);
    kit_append(kase, ends);
    assay_case_close(kase);
}

static int make_cases(void **state)
{
    if (kit_make(state) != 0) {
        return -1;
    }
    struct err err = {0};
    make("own", MANY);
    make("other", 300);
    struct assay_case *kase = kit_open(kit_path("other"), ASSAY_CASE_WRITE);
    kit_append(
        kase,
        "[{'type':'confirmation','finding':'X01/5','examination':'X01','party':'shop','agrees':true},"
        "{'type':'verdict','claim':'C1','direction':'supported','inputs':['X01'],'for':[{'examination':'X01','records':['X01/5','X01/6']}]}]");
    assay_case_close(kase);
    make("all", SOME);
    kase = kit_open(kit_path("all"), ASSAY_CASE_WRITE);
    json_t *entry = NULL;
    if (assay_case_merge(kase, kit_path("other"), "web1", &entry, &err) != 0) {
        fail_msg("%s", err.text);
    }
    json_decref(entry);
    OWN(own_json) json_t *rates = kit_json(rates_text);
    OWN(own_json) json_t *model = assay_case_model(kase, &err);
    OWN(own_json) json_t *verdicts = NULL;
    if (assay_judge(model, rates, &verdicts, &err) != 0) {
        fail_msg("%s", err.text);
    }
    append(kase, verdicts); /* the page names records that verdicts rest on */
    assay_case_close(kase);
    return 0;
}

struct both {
    struct assay_case *kase;
    json_t *whole, *lean;
    struct assay_records *records;
};

static void open_both(struct both *both, const char *name, uint64_t size)
{
    struct err err = {0};
    both->kase = kit_open(kit_path(name), ASSAY_CASE_READ);
    size = size != 0 ? size : assay_case_size(both->kase);
    both->whole = assay_case_model_at(both->kase, size, &err);
    if (both->whole == NULL || assay_case_lean(both->kase, size, &both->lean, &both->records, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static void close_both(struct both *both)
{
    json_decref(both->whole);
    json_decref(both->lean);
    assay_records_free(both->records);
    assay_case_close(both->kase);
}

static int gather(void *self, const struct assay_record *record, struct err *err)
{
    (void)err;
    return json_array_append(self, record->wrapped);
}

static void assert_same(const json_t *a, const json_t *b)
{
    OWN(own_buf) struct buf left = {0};
    OWN(own_buf) struct buf right = {0};
    struct err err = {0};
    assert_int_equal(json_canonical(&left, a, &err), 0);
    assert_int_equal(json_canonical(&right, b, &err), 0);
    if (!str_eq(buf_str(&left), buf_str(&right))) {
        size_t at = 0;
        while (left.data[at] == right.data[at]) {
            at++;
        }
        fail_msg("differ at %zu: %.200s / %.200s", at, left.data + (at < 60 ? 0 : at - 60),
                 right.data + (at < 60 ? 0 : at - 60));
    }
}

static void test_records_are_those_of_the_whole_model(void **state)
{
    static const struct {
        const char *name;
        uint64_t size;
    } cases[] = {{"own", 0}, {"all", 0}, {"own", 5000}, {"other", 0}};
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct both both;
        struct err err = {0};
        size_t i;
        json_t *exam;
        open_both(&both, cases[c].name, cases[c].size);
        json_array_foreach(json_object_get(both.lean, "examinations"), i, exam)
        {
            json_t *records = json_array();
            assert_int_equal(assay_records_each(both.records, exam, ASSAY_EVERY_KIND, gather, records, &err), 0);
            json_object_set_new(exam, "records", records);
        }
        assert_same(both.whole, both.lean);
        close_both(&both);
    }
}

static int look_twice(void *self, const struct assay_record *record, struct err *err)
{
    const struct both *both = self;
    const json_t *exam = json_array_get(json_object_get(both->lean, "examinations"), 0);
    OWN(own_json) json_t *again = assay_records_get(both->records, exam, record->place, err);
    assert_same(record->wrapped, again);
    assert_string_equal(json_text(again, "type", ""), "coverage");
    return 0;
}

static void test_a_record_is_read_again_by_its_place(void **state)
{
    struct both both;
    struct err err = {0};
    (void)state;
    open_both(&both, "own", 0);
    const json_t *exam = json_array_get(json_object_get(both.lean, "examinations"), 0);
    assert_int_equal(assay_records_each(both.records, exam, 1U << ASSAY_COVERAGE, look_twice, &both, &err), 0);
    assert_null(assay_records_get(both.records, exam, UINT32_MAX, &err));
    close_both(&both);
}

static void test_verdicts_are_the_same(void **state)
{
    (void)state;
    OWN(own_json) json_t *rates = kit_json(rates_text);
    const char *const names[] = {"own", "other"};
    for (size_t i = 0; i < 2; i++) {
        struct err err = {0};
        struct both both;
        OWN(own_json) json_t *from_whole = NULL;
        OWN(own_json) json_t *from_sieve = NULL;
        open_both(&both, names[i], 0);
        OWN(own_json) json_t *sieved = assay_judge_model(both.kase, assay_case_size(both.kase), &err);
        bool is_whole = assay_judge(both.whole, rates, &from_whole, &err) == 0;
        bool is_sieved = sieved != NULL && assay_judge(sieved, rates, &from_sieve, &err) == 0;
        if (is_whole != is_sieved) {
            fail_msg("%s", err.text);
        }
        assert_same(from_whole, from_sieve);
        close_both(&both);
    }
}

static void test_the_page_is_the_same(void **state)
{
    (void)state;
    const char *const names[] = {"own", "all", "other"};
    for (size_t i = 0; i < 3; i++) {
        struct err err = {0};
        struct both both;
        OWN(own_mem) char *whole = NULL;
        OWN(own_mem) char *lean = NULL;
        size_t whole_len = 0;
        size_t lean_len = 0;
        open_both(&both, names[i], 0);
        if (assay_report_html(both.whole, 0, &whole, &whole_len, &err) != 0 ||
            assay_report_lean(both.lean, both.records, 0, &lean, &lean_len, &err) != 0) {
            fail_msg("%s", err.text);
        }
        assert_int_equal(whole_len, lean_len);
        assert_string_equal(whole, lean);
        close_both(&both);
    }
}

struct pieces {
    struct buf all;
    size_t longest;
};

static int put_piece(void *self, struct str bytes, struct err *err)
{
    struct pieces *pieces = self;
    pieces->longest = bytes.len > pieces->longest ? bytes.len : pieces->longest;
    buf_put(&pieces->all, bytes);
    return buf_check(&pieces->all, err);
}

static void test_documents_are_the_same(void **state)
{
    size_t count;
    const struct assay_export_format *formats = assay_export_formats(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct err err = {0};
        struct both both;
        struct pieces pieces = {.longest = 0};
        OWN(own_mem) char *whole = NULL;
        size_t length;
        static const char *const in_pieces[] = {"json", "timesketch", "stix"};
        bool is_one_piece = !str_is_one_of(str_of(formats[i].name), in_pieces, 3);
        open_both(&both, is_one_piece ? "other" : "all", 0);
        if (assay_export(both.whole, formats[i].name, NULL, &whole, &length, &err) != 0 ||
            assay_export_case(both.kase, formats[i].name, NULL, &(struct assay_export_out){put_piece, &pieces}, &err) !=
                0) {
            fail_msg("%s: %s", formats[i].name, err.text);
        }
        assert_int_equal(length, pieces.all.len);
        assert_memory_equal(whole, pieces.all.data, length);
        buf_free(&pieces.all);
        assert_true(is_one_piece || pieces.longest < length / 2); /* no buffer held all of it */
        close_both(&both);
    }
}

/* Some of the findings are of one file: its object stands in the bundle once, and the grouping at the end names all there are. */
static void test_a_bundle_holds_each_object_once(void **state)
{
    struct err err = {0};
    struct pieces pieces = {.longest = 0};
    OWN(own_json) json_t *seen = json_object();
    size_t i, files = 0, findings = 0;
    const json_t *object;
    (void)state;
    struct assay_case *kase = kit_open(kit_path("all"), ASSAY_CASE_READ);
    if (assay_export_case(kase, "stix", NULL, &(struct assay_export_out){put_piece, &pieces}, &err) != 0) {
        fail_msg("%s", err.text);
    }
    OWN(own_json) json_t *bundle = json_read(buf_str(&pieces.all), &err);
    const json_t *objects = json_object_get(bundle, "objects");
    json_array_foreach(objects, i, object)
    {
        const char *type = json_text(object, "type", "");
        const char *id = json_text(object, "id", "");
        files += strcmp(type, "file") == 0;
        findings += strcmp(type, "sighting") == 0;
        assert_null(json_object_get(seen, id));
        (void)json_object_set_new(seen, id, json_integer((json_int_t)i));
    }
    const json_t *last = json_array_get(objects, json_array_size(objects) - 1);
    const json_t *refs = json_object_get(last, "object_refs");
    assert_string_equal(json_text(last, "type", ""), "grouping");
    assert_int_equal(json_array_size(refs), json_array_size(objects) - 2); /* neither itself nor the definition */
    json_array_foreach(refs, i, object)
    {
        assert_non_null(json_object_get(seen, json_string_value(object)));
    }
    assert_true(files > 100 && files < findings);
    buf_free(&pieces.all);
    assay_case_close(kase);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_are_those_of_the_whole_model),
        cmocka_unit_test(test_a_record_is_read_again_by_its_place),
        cmocka_unit_test(test_verdicts_are_the_same),
        cmocka_unit_test(test_the_page_is_the_same),
        cmocka_unit_test(test_documents_are_the_same),
        cmocka_unit_test(test_a_bundle_holds_each_object_once),
    };
    return cmocka_run_group_tests(tests, make_cases, kit_drop);
}
