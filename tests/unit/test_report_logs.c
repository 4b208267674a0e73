/* What the page says of examinations of logs: a log of a database covers nothing of the web server's, what is not recorded is never told
 * as none, a record is of the exhibit it came from, and no text of an attacker's choice gets onto the page unescaped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "assay/report.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "report/model.h"

/* ---- a case by hand ---- */

static void put(json_t *records, const char *type, json_t *record)
{
    assert_non_null(record);
    json_array_append_new(records, json_pack("{s:s, s:o}", "type", type, "record", record));
}

static json_t *case_of(json_t *records)
{
    return json_pack("{s:{s:s}, s:[{s:s,s:s,s:s}, {s:s,s:s,s:s}, {s:s,s:s,s:s}], s:[{s:s,s:s,s:s,s:[s,s,s],s:o}]}",
                     "case", "name", "n", "evidence", "id", "E01", "what", "log", "name", "/srv/access.log", "id",
                     "E02", "what", "log", "name", "/srv/db.log", "id", "E03", "what", "log", "name", "/srv/logs.zip",
                     "examinations", "id", "X01", "engine", "trace", "status", "done", "evidence", "E01", "E02", "E03",
                     "records", records);
}

static json_t *kind_of_log(const char *first, const char *last)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:s, s:s}", "files", 1, "lines", 9, "parsed", 9, "rejected", 0, "first",
                     first, "last", last);
}

/* A summary of one database log of ten hours, with a web log of one hour inside it if asked for. */
static json_t *summary(bool has_web)
{
    json_t *logs = json_pack("{s:o}", "database", kind_of_log("2026-05-04T00:00:00Z", "2026-05-04T10:00:00Z"));
    if (has_web) {
        json_object_set_new(logs, "web", kind_of_log("2026-05-04T05:00:00Z", "2026-05-04T09:00:00Z"));
    }
    return json_pack("{s:i, s:i, s:i, s:i, s:s, s:s, s:[{s:s,s:s,s:i,s:s,s:s}], s:o, s:i, s:b}", "lines", 18, "parsed",
                     18, "rejected", 0, "requests", 9, "first", "2026-05-04T00:00:00Z", "last", "2026-05-04T10:00:00Z",
                     "gaps", "from", "2026-05-04T02:00:00Z", "to", "2026-05-04T04:00:00Z", "seconds", 7200, "source",
                     "/srv/db.log", "log", "database", "logs", logs, "contradictions", 0, "complete", 1);
}

static json_t *dump(void)
{
    return json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:n,s:n}", "time", "2026-05-04T05:30:00Z", "role", "database-dump",
                     "source", "/srv/db.log", "line", 7, "account", "shop", "tables", "shop.customers", "tool",
                     "mysqldump", "rows", "bytes");
}

static json_t *use(const char *role)
{
    return json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:i,s:i}", "time", "2026-05-04T05:20:00Z", "role", role, "source",
                     "/srv/access.log", "line", 3, "client", "K1", "path", "/a.php", "method", "GET", "status", 200,
                     "bytes", 10);
}

static struct str page_of(json_t *model)
{
    struct err err = {0};
    char *html = NULL;
    size_t length = 0;
    if (assay_report_html(model, time_parse(STR("2026-05-05T12:00:00Z")), &html, &length, &err) != 0) {
        fail_msg("%s", err.text);
    }
    json_decref(model);
    return (struct str){html, length};
}

static struct str page_with(const char *type, json_t *record)
{
    json_t *records = json_array();
    put(records, type, record);
    put(records, "summary", summary(true));
    return page_of(case_of(records));
}

static bool says(struct str page, const char *text)
{
    return str_find(page, str_of(text), 0) != SIZE_MAX;
}

static void drop(struct str page)
{
    free((void *)(uintptr_t)page.data);
}

/* ---- nothing of one log for another ---- */

static void test_a_database_log_covers_no_request(void **state)
{
    (void)state;
    json_t *records = json_array();
    put(records, "event", dump());
    put(records, "summary", summary(false));
    struct str page = page_of(case_of(records));
    assert_true(says(page, "no log was examined")); /* in the lane of the web */
    assert_true(says(page, ">Database · 8 of 10 h<"));
    assert_false(says(page, ">Web ·"));
    drop(page);
}

static void test_each_kind_of_log_covers_its_own_time(void **state)
{
    (void)state;
    json_t *records = json_array();
    put(records, "event", use("first-use"));
    put(records, "event", dump());
    put(records, "summary", summary(true));
    struct str page = page_of(case_of(records));
    assert_true(says(page, ">Web · 4 of 4 h<")); /* the gap is the database's */
    assert_true(says(page, ">Database · 8 of 10 h<"));
    assert_true(says(page, "Database log silent for 2 hours in 1 gap"));
    assert_true(says(page, "Database log: no line for 2 hours"));
    assert_false(says(page, "Nothing can be said about requests"));
    drop(page);
}

static void test_a_line_of_ftp_is_no_request(void **state)
{
    (void)state;
    json_t *records = json_array(), *sent = use("upload");
    json_object_set_new(sent, "program", json_string("vsftpd"));
    json_object_set_new(sent, "file", json_string("/www/b.php"));
    json_object_set_new(sent, "user", json_string("web"));
    put(records, "event", use("first-use"));
    put(records, "event", sent);
    put(records, "summary", summary(true));
    struct str page = page_of(case_of(records));
    assert_true(says(page, "1 of the 1 requests"));
    assert_true(says(page, "The account web sends the file <code>/www/b.php</code> to the server."));
    assert_false(says(page, "sends a file to"));
    drop(page);
}

static void test_an_earlier_release_has_no_such_section(void **state)
{
    (void)state;
    json_t *records = json_array(), *old = summary(true);
    json_object_del(old, "logs");
    json_object_del(json_array_get(json_object_get(old, "gaps"), 0), "log");
    put(records, "event", use("first-use"));
    put(records, "summary", old);
    struct str page = page_of(case_of(records));
    assert_false(says(page, "id=\"logs\""));
    assert_false(says(page, "#logs\""));
    assert_true(says(page, "Nothing can be said about requests"));
    assert_true(says(page, ">Web · ") || says(page, ">8 of 10 h<"));
    drop(page);
}

/* ---- what is not known ---- */

static void test_not_recorded_is_not_none(void **state)
{
    (void)state;
    struct str page = page_with(
        "finding", json_pack("{s:s,s:n,s:n,s:i,s:n,s:n,s:i,s:n,s:n,s:[{s:s,s:i,s:n,s:n}]}", "class", "taking-database",
                             "client", "web", "minimum_rows", 0, "recorded_rows", "upper_rows", "minimum_bytes", 12,
                             "recorded_bytes", "upper_bytes", "tables", "name", "shop.t", "reads", 1, "rows", "bytes"));
    assert_true(says(page, "<td>0</td><td>not recorded</td><td>no limit known</td>"));
    assert_true(says(page, "<td>12 B (12 bytes)</td><td>not recorded</td><td>no limit known</td>"));
    assert_true(says(page, "shop.t</th><td>1</td><td>not recorded</td><td>not recorded</td>"));
    assert_true(says(page, "none: no request of a followed client could be told to be behind it"));
    drop(page);
}

static void test_words_of_the_logs(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"observed", "<b>Observed</b>"},
                                          {"not observed, full coverage", "<b>Not observed, full coverage</b>"},
                                          {"not observed, holes", "<b>Not observed, holes</b>"},
                                          {"cannot be seen", "<b>Cannot be seen</b>"},
                                          {"perhaps", "<b>perhaps</b>"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str page =
            page_with("measure", json_pack("{s:s,s:s,s:s,s:s,s:i,s:[]}", "class", "answer", "question", "use", "path",
                                           "/a.php", "word", rows[i][0], "hole_count", 60, "holes"));
        assert_true(says(page, rows[i][1]));
        assert_true(says(page, ">not asked<"));
        assert_true(says(page, "<summary>60 holes</summary><ul><li>and 60 more</li>")); /* holes that are not listed */
        drop(page);
    }
    struct str page = page_with("event", use("use"));
    assert_true(says(page, "no sign that it did not happen"));
    drop(page);
}

/* A column of its own for what was asked, and none for what nobody asked. */
static void test_questions_that_are_not_always_asked(void **state)
{
    (void)state;
    static const struct {
        const char *question;
        bool is_cut, is_other;
    } rows[] = {{"entry", false, false}, {"lines cut out", true, false}, {"the colour of it", false, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str page = page_with("measure", json_pack("{s:s,s:s,s:n,s:s}", "class", "answer", "question",
                                                         rows[i].question, "path", "word", "cannot be seen"));
        assert_true(says(page, "Was it used?"));
        assert_int_equal(says(page, "Were lines cut out?"), rows[i].is_cut);
        assert_int_equal(says(page, "Another question"), rows[i].is_other);
        assert_true(says(page, "<b>Cannot be seen</b>"));
        drop(page);
    }
}

static json_t *contradiction(json_t *rate)
{
    return json_pack("{s:s,s:s,s:i,s:o,s:s,s:s}", "class", "contradiction", "what", "too tidy", "count", 4, "base_rate",
                     rate, "says", "s", "innocent", "i");
}

static void test_signs_and_their_base_rates(void **state)
{
    (void)state;
    struct str page = page_with("measure", contradiction(json_null()));
    assert_true(says(page, "<td>4</td><td>not measured</td>"));
    drop(page);
    page = page_with("measure", contradiction(json_real(0.0)));
    assert_true(says(page, "<td>4</td><td>below 0.1 %</td>"));
    assert_false(says(page, "<td>0 %"));
    drop(page);
    page = page_with("measure", contradiction(json_real(0.25)));
    assert_true(says(page, "<td>4</td><td>25 %</td>"));
    drop(page);
}

static void test_no_sign_only_where_one_was_looked_for(void **state)
{
    (void)state;
    struct str page = page_with("event", use("use"));
    assert_true(says(page, "None of the signs that the examination looks for was seen"));
    drop(page);
    json_t *records = json_array(), *without = summary(true);
    json_object_del(without, "contradictions");
    put(records, "summary", without);
    page = page_of(case_of(records));
    assert_true(says(page, "did not look for such signs"));
    assert_false(says(page, "None of the signs"));
    drop(page);
}

/* A statement may hold a password or a customer's values. */
static void test_a_statement_is_not_shown(void **state)
{
    (void)state;
    struct str page = page_with("finding", json_pack("{s:s,s:s,s:s,s:i}", "class", "database-sign", "sign", "passwords",
                                                     "statement", "SET PASSWORD = 'verysecret'", "statements", 1));
    assert_true(says(page, "reads where passwords are kept"));
    assert_false(says(page, "verysecret"));
    drop(page);
}

/* ---- which exhibit ---- */

static void test_a_record_is_of_the_exhibit_it_came_from(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"/srv/access.log", "E01"}, {"/srv/logs.zip!db/db.log", "E03"},
                                          {"/srv/logs.zip", "E03"},   {"/else/db.log", "E02"},
                                          {"/else/x.log", ""},        {"/srv/logs.zipped", ""},
                                          {"standard input", ""},     {"", "E01"}};
    struct model model;
    OWN(own_json) json_t *root = case_of(json_array());
    assert_int_equal(model_read(root, NULL, 0, &model, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str exhibit = model_exhibit(&model, json_array_get(model.exams, 0), str_of(rows[i][0]));
        if (!str_eq(exhibit, str_of(rows[i][1]))) {
            fail_msg("%s: %.*s", rows[i][0], STR_FMT(exhibit));
        }
    }
    model_clear(&model);
}

static void test_an_item_rests_on_what_its_records_came_from(void **state)
{
    (void)state;
    json_t *records = json_array();
    put(records, "event", use("use"));
    put(records, "event", dump());
    json_object_set_new(json_array_get(records, 0), "id", json_string("X01/1"));
    json_object_set_new(json_array_get(records, 1), "id", json_string("X01/elsewhere"));
    struct model model;
    OWN(own_json) json_t *root = case_of(records);
    assert_int_equal(model_read(root, NULL, 0, &model, NULL), 0);
    static const struct {
        const char *record;
        bool first, second;
    } rows[] = {{"X01/1", true, false}, {"X01/elsewhere", false, true}, {"X01/99", true, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(own_json) json_t *item = json_pack("{s:s, s:[s]}", "examination", "X01", "records", rows[i].record);
        assert_int_equal(model_item_rests_on(&model, item, STR("E01")), rows[i].first);
        assert_int_equal(model_item_rests_on(&model, item, STR("E02")), rows[i].second);
        assert_false(model_item_rests_on(&model, item, STR("E09")));
    }
    model_clear(&model);
}

/* ---- hostile ---- */

/* A template that json_pack does not like gives NULL: then nothing would be tested. */
static void set(json_t *record, const char *key, json_t *value)
{
    assert_int_equal(json_object_set_new(record, key, value), 0);
}

static void test_hostile_records(void **state)
{
    (void)state;
    static const char *const types[] = {"finding", "measure", "coverage", "event"};
    static const char *const classes[] = {"taking-database",
                                          "database-sign",
                                          "hunt",
                                          "sigma",
                                          "ran",
                                          "login",
                                          "transfer",
                                          "answer",
                                          "contradiction",
                                          "duplicate",
                                          "clock-offset",
                                          "traffic-bound",
                                          "link",
                                          "client-column",
                                          "new-scripts",
                                          "hunt-not-shown",
                                          "parsed",
                                          "rotation: member missing",
                                          "log ends"};
    static const char *const texts[] = {
        "path",   "client", "what",       "word",    "question", "source", "account", "host",  "tool",  "database",
        "device", "says",   "innocent",   "base_of", "expected", "format", "log",     "title", "rule",  "user",
        "silent", "about",  "confidence", "detail",  "means",    "agent",  "from",    "to",    "other", "application"};
    static const char *const numbers[] = {"count",      "lines",     "bytes",     "requests",     "line",
                                          "seconds",    "sent_max",  "base_rate", "minimum_rows", "upper_bytes",
                                          "hole_count", "matched_s", "covered_s"};
    static const char evil[] = "\"><script>x</script><svg onload=1> a@b.example \u202egnp";
    json_t *records = json_array();
    for (size_t c = 0; c < sizeof classes / sizeof classes[0]; c++) {
        OWN(own_json) json_t *record = json_pack("{s:s}", "class", classes[c]);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            json_object_set_new(record, texts[i], json_string(evil));
        }
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            json_object_set_new(record, numbers[i], i % 2 == 0 ? json_integer(INT64_MAX) : json_real(1e308));
        }
        json_object_set_new(record, "role", json_string("database-dump"));
        json_object_set_new(record, "time", json_string("2026-05-04T05:30:00Z"));
        set(record, "reasons", json_pack("[s,i,n]", evil, 7));
        set(record, "tables", json_pack("[{s:s}, i, n]", "name", evil, 7));
        set(record, "zone", json_pack("{s:s,s:s,s:i}", "how", evil, "zone", evil, "changes", -1));
        json_object_set_new(record, "decoded",
                            json_pack("[{s:s,s:s,s:s}, i]", "parameter", evil, "how", evil, "text", evil, 3));
        set(record, "examples", json_pack("[{s:s,s:s}, i]", "request", evil, "source", evil, 3));
        json_object_set_new(
            record, "holes",
            json_pack("[{s:s,s:s,s:I}, i]", "what", evil, "detail", evil, "count", (json_int_t)INT64_MAX, 3));
        set(record, "between", json_pack("[s,s]", evil, evil));
        for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
            put(records, types[t], json_deep_copy(record));
        }
    }
    put(records, "summary", summary(true));
    struct str page = page_of(case_of(records));
    assert_true(str_is_utf8(page) && str_ends(page, STR("</html>\n")));
    assert_false(says(page, "<script"));
    assert_false(says(page, "<svg onload"));
    assert_false(says(page, "a@b.example"));
    drop(page);
}

/* Twenty thousand of each: the page stays small, and says how many it left out. */
static void test_many_records(void **state)
{
    (void)state;
    json_t *records = json_array();
    for (int i = 0; i < 20000; i++) {
        char path[16];
        snprintf(path, sizeof path, "/%d", i);
        put(records, "finding", json_pack("{s:s,s:s,s:s}", "class", "hunt", "what", "scanner", "path", path));
        put(records, "measure",
            json_pack("{s:s,s:s,s:s,s:s}", "class", "answer", "question", "use", "path", path, "word", "observed"));
        put(records, "event", dump());
    }
    put(records, "summary", summary(true));
    struct str page = page_of(case_of(records));
    assert_true(page.len < 400000);
    assert_true(says(page, "19,920 items have no room here"));
    assert_true(says(page, "19,936 items have no room here"));
    drop(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_database_log_covers_no_request),
        cmocka_unit_test(test_each_kind_of_log_covers_its_own_time),
        cmocka_unit_test(test_a_line_of_ftp_is_no_request),
        cmocka_unit_test(test_an_earlier_release_has_no_such_section),
        cmocka_unit_test(test_not_recorded_is_not_none),
        cmocka_unit_test(test_words_of_the_logs),
        cmocka_unit_test(test_questions_that_are_not_always_asked),
        cmocka_unit_test(test_signs_and_their_base_rates),
        cmocka_unit_test(test_no_sign_only_where_one_was_looked_for),
        cmocka_unit_test(test_a_statement_is_not_shown),
        cmocka_unit_test(test_a_record_is_of_the_exhibit_it_came_from),
        cmocka_unit_test(test_an_item_rests_on_what_its_records_came_from),
        cmocka_unit_test(test_hostile_records),
        cmocka_unit_test(test_many_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
