/* The engine from door to sink, where a test must say what sweep said: classes and times of files. Logs lie in a
 * folder of their own for the time of a test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "assay/trace.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

/* Records as they come, each with its kind. */
static int keep(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)err;
    json_object_set_new(body, "kind", json_string(assay_kind_name(kind)));
    json_array_append(self, body);
    return 0;
}

static void no_complaint(void *self, struct str where, struct str what)
{
    (void)self;
    (void)where;
    (void)what;
}

/* Visitors, one a second over two hours, so that a log of "at least twenty clients" is there; extra lines among them. */
static void write_log(const char *path, const char *extra)
{
    OWN(own_buf) struct buf text = {0};
    struct err err = {0};
    for (int i = 0; i < 7200; i++) {
        buf_printf(
            &text,
            "198.51.100.%d - - [14/Mar/2026:%02d:%02d:%02d +0000] \"GET /p.php?%d HTTP/1.1\" 200 %d \"-\" \"UA\"\n",
            i % 50, 8 + i / 3600, i / 60 % 60, i % 60, i, 900 + i % 7);
        if (i == 3600) {
            buf_puts(&text, extra);
        }
    }
    assert_int_equal(file_write(path, buf_str(&text), &err), 0);
}

#define AT(clock) "203.0.113.77 - - [14/Mar/2026:09:" clock " +0000] "
#define NAMED(clock) "203.0.113.77 - carla [14/Mar/2026:09:" clock " +0000] "
#define END " \"-\" \"UA\"\n"

static json_t *run(const char *extra, const char *class_name, const char *mtime)
{
    char path[] = "/tmp/assay-trace-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_log(path, extra);
    const char *const logs[] = {path};
    const struct assay_trace_seed seed = {"/up/a.php", class_name,
                                          mtime == NULL ? TIME_NONE : time_parse(str_of(mtime))};
    const struct assay_trace_options options = {
        .logs = logs, .log_count = 1, .seeds = &seed, .seed_count = 1, .jobs = 2};
    json_t *records = json_array();
    const struct assay_sink sink = {.self = records, .put = keep, .complain = no_complaint};
    struct err err = {0};
    int rc = assay_trace(&options, &sink, &err);
    unlink(path);
    if (rc != 0) {
        fail_msg("%s", err.text);
    }
    return records;
}

/* The finding of a class (the first), or NULL. */
static const json_t *finding(const json_t *records, const char *class_name)
{
    size_t i;
    const json_t *record;
    json_array_foreach(records, i, record)
    {
        if (strcmp(json_text(record, "kind", ""), "finding") == 0 &&
            strcmp(json_text(record, "class", ""), class_name) == 0) {
            return record;
        }
    }
    return NULL;
}

static bool has_reason(const json_t *record, const char *part)
{
    size_t i;
    const json_t *reason;
    json_array_foreach(json_object_get(record, "reasons"), i, reason)
    {
        if (strstr(json_string_value(reason), part) != NULL) {
            return true;
        }
    }
    return false;
}

/* How sure a use is, by the class of what lies there and by what the log says of a sign-in. */
static void confidence_of_use(void **state)
{
    (void)state;
    static const char open_use[] = AT("00:10") "\"GET /up/a.php HTTP/1.1\" 200 400" END;
    static const char named_use[] = NAMED("00:10") "\"GET /up/a.php HTTP/1.1\" 200 400" END;
    static const char asked_use[] =
        AT("00:05") "\"GET /up/a.php HTTP/1.1\" 401 90" END NAMED("00:10") "\"GET /up/a.php HTTP/1.1\" 200 400" END;
    static const char half_use[] =
        NAMED("00:10") "\"GET /up/a.php HTTP/1.1\" 200 400" END AT("00:11") "\"GET /up/a.php HTTP/1.1\" 200 400" END;
    static const struct {
        const char *extra, *class_name, *confidence;
        bool is_signed_in;
    } rows[] = {
        {open_use, "shell", "high", false},     {open_use, "admin-tool", "high", false},
        {open_use, "packed", "high", false},    {open_use, "odd-place", "medium", false},
        {open_use, NULL, "medium", false},      {named_use, "admin-tool", "low", true},
        {asked_use, "admin-tool", "low", true}, {named_use, "shell", "medium", true},
        {asked_use, "shell", "low", true},      {half_use, "admin-tool", "high", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_json) json_t *records = run(rows[i].extra, rows[i].class_name, NULL);
        const json_t *use = finding(records, "use");
        assert_non_null(use);
        if (strcmp(json_text(use, "confidence", ""), rows[i].confidence) != 0 ||
            json_bool(use, "signed_in", false) != rows[i].is_signed_in) {
            fail_msg("row %zu: %s", i, json_text(use, "confidence", ""));
        }
    }
}

/* The file's own time picks the upload, even where another client sent it; a nearer POST of the same client is the other candidate. */
static void a_file_time_picks_its_upload(void **state)
{
    (void)state;
    static const char extra[] = "203.0.113.9 - - [14/Mar/2026:09:00:10 +0000] \"POST /avatar.php HTTP/1.1\" 302 -" END
        AT("00:40") "\"POST /contact.php HTTP/1.1\" 200 99" END AT(
            "00:50") "\"POST /denied.php HTTP/1.1\" 403 99" END AT("01:00") "\"GET /up/a.php HTTP/1.1\" 200 400" END;
    OWN(own_json) json_t *with_time = run(extra, "shell", "2026-03-14T09:00:11Z");
    const json_t *first = finding(with_time, "upload-candidate");
    assert_string_equal(json_text(first, "path", ""), "/avatar.php");
    assert_string_equal(json_text(first, "address", ""), "203.0.113.9");
    assert_string_equal(json_text(first, "confidence", ""), "medium");
    assert_true(has_reason(first, "1 s after this request"));
    assert_true(has_reason(first, "another client"));

    OWN(own_json) json_t *without = run(extra, "shell", NULL);
    first = finding(without, "upload-candidate");
    assert_string_equal(json_text(first, "path", ""), "/contact.php");
    assert_int_equal(json_int(first, "interval_s", -1), 20);
    assert_true(has_reason(first, "candidate, not a fact"));
}

#define OTHER(clock) "203.0.113.9 - - [14/Mar/2026:09:" clock " +0000] "
#define SENDS "\"POST /avatar.php HTTP/1.1\" 302 -" END
#define ASKS(status) "\"GET /up/a.php HTTP/1.1\" " status " 400" END

/* Who sent something at the file's own time and asked for the file before anybody was answered there is the surest candidate. */
static void whoever_asks_first_may_have_brought_it(void **state)
{
    (void)state;
    static const struct {
        const char *what, *extra, *confidence;
    } rows[] = {
        {"sent and asked", AT("00:10") SENDS AT("00:15") ASKS("200"), "high"},
        {"asked, and it was refused", AT("00:10") SENDS AT("00:11") ASKS("404") OTHER("00:20") ASKS("200"), "high"},
        {"another sent later in the same second", AT("00:10") SENDS OTHER("00:10") SENDS AT("00:15") ASKS("200"),
         "high"},
        {"another asks", AT("00:10") SENDS OTHER("00:15") ASKS("200"), "medium"},
        {"another was answered before", AT("00:10") SENDS OTHER("00:12") ASKS("200") AT("00:15") ASKS("200"), "medium"},
        {"it answered before", OTHER("00:01") ASKS("200") AT("00:10") SENDS AT("00:15") ASKS("200"), "medium"},
        {"asked before it was sent", AT("00:05") ASKS("404") AT("00:10") SENDS AT("00:15") ASKS("200"), "medium"},
        {"four seconds from its time", AT("00:07") SENDS AT("00:15") ASKS("200"), "medium"},
        {"signed in", NAMED("00:10") SENDS NAMED("00:15") ASKS("200"), "low"},
        {"sent to the administration",
         AT("00:10") "\"POST /wp-admin/update.php?action=upload-plugin HTTP/1.1\" 200 90" END AT("00:15") ASKS("200"),
         "medium"},
        {"sent to the manager", AT("00:10") "\"POST /Manager/x.php HTTP/1.1\" 302 -" END AT("00:15") ASKS("200"),
         "medium"},
        {"sent to a page with a like name",
         AT("00:10") "\"POST /managers-club/join.php HTTP/1.1\" 302 -" END AT("00:15") ASKS("200"), "high"},
        {"refused", AT("00:10") "\"POST /avatar.php HTTP/1.1\" 403 -" END AT("00:15") ASKS("200"), NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_json) json_t *records = run(rows[i].extra, "shell", "2026-03-14T09:00:11Z");
        const json_t *found = finding(records, "upload-candidate");
        const char *confidence = found == NULL ? "none" : json_text(found, "confidence", "?");
        if (strcmp(confidence, rows[i].confidence == NULL ? "none" : rows[i].confidence) != 0) {
            fail_msg("%s: %s", rows[i].what, confidence);
        }
        if (rows[i].confidence != NULL && strcmp(confidence, "high") == 0) {
            assert_string_equal(json_text(found, "address", ""), "203.0.113.77");
            assert_string_equal(json_text(found, "class_of_path", ""), "shell");
            assert_true(has_reason(found, "nobody was answered there before"));
            assert_true(has_reason(found, "candidate, not a fact"));
        }
    }
}

static void a_file_older_than_the_log_came_before_it(void **state)
{
    (void)state;
    static const char extra[] = AT("01:00") "\"GET /up/a.php HTTP/1.1\" 200 400" END;
    OWN(own_json) json_t *records = run(extra, "shell", "2026-01-01T00:00:00Z");
    assert_true(has_reason(finding(records, "use"), "before the first line"));
    assert_null(finding(records, "upload-candidate"));
    OWN(own_json) json_t *later = run(extra, "shell", "2026-03-14T09:30:00Z");
    assert_true(has_reason(finding(later, "use"), "changed later, or its time was set"));
    OWN(own_json) json_t *unknown = run(extra, "shell", NULL);
    assert_true(has_reason(finding(unknown, "use"), "the log begins"));
}

/* PUT brings the file to the path itself: an upload, no use. */
static void a_put_is_the_upload_and_no_use(void **state)
{
    (void)state;
    static const char put[] = AT("01:00") "\"PUT /up/a.php HTTP/1.1\" 201 -" END;
    OWN(own_json) json_t *alone = run(put, "shell", NULL);
    assert_null(finding(alone, "use"));
    static const char both[] =
        AT("01:00") "\"PUT /up/a.php HTTP/1.1\" 201 -" END AT("01:09") "\"POST /up/a.php HTTP/1.1\" 200 77" END;
    OWN(own_json) json_t *used = run(both, "shell", NULL);
    assert_int_equal(json_int(finding(used, "use"), "requests", 0), 2);
    const json_t *upload = finding(used, "upload-candidate");
    assert_string_equal(json_text(upload, "path", ""), "/up/a.php");
    assert_int_equal(json_int(upload, "interval_s", -1), 9);
}

/* What a page always sends is taken off; 206, HEAD and empty answers do not lower what it always sends. */
static void the_carrier_is_taken_off(void **state)
{
    (void)state;
    static const char extra[] =
        AT("01:00") "\"GET /up/a.php HTTP/1.1\" 200 506717" END AT("01:01") "\"HEAD /up/a.php HTTP/1.1\" 200 -" END
            AT("01:02") "\"GET /up/a.php HTTP/1.1\" 206 10" END AT("01:03") "\"GET /up/a.php HTTP/1.1\" 404 50" END AT(
                "01:04") "\"GET /up/a.php?wp_meta=x HTTP/1.1\" 200 507795" END;
    OWN(own_json) json_t *records = run(extra, "shell", NULL);
    const json_t *use = finding(records, "use");
    assert_int_equal(json_int(use, "above_baseline", -1), 1078);
    assert_int_equal(json_int(use, "body_bytes", -1), 506717 + 10 + 50 + 507795);
    assert_null(finding(records, "taking"));
}

static void large_answers_of_a_shell_are_a_taking_but_not_a_sure_one(void **state)
{
    (void)state;
    static const char extra[] =
        AT("01:00") "\"POST /up/a.php HTTP/1.1\" 200 300" END AT("01:04") "\"POST /up/a.php HTTP/1.1\" 200 900000" END;
    OWN(own_json) json_t *shell = run(extra, "shell", NULL);
    assert_string_equal(json_text(finding(shell, "taking"), "confidence", ""), "medium");
    OWN(own_json) json_t *unknown = run(extra, NULL, NULL);
    assert_string_equal(json_text(finding(unknown, "taking"), "confidence", ""), "low");
}

/* An export of one table from its own view: a POST to select=, large. */
static void a_table_view_that_sends_much_is_an_export(void **state)
{
    (void)state;
    static const char extra[] = AT("01:00") "\"GET /up/a.php?server=&username=root&db=shop HTTP/1.1\" 200 4000" END AT(
        "01:04") "\"POST /up/a.php?server=&username=root&db=shop&select=customers HTTP/1.1\" 200 900000" END;
    OWN(own_json) json_t *records = run(extra, NULL, NULL);
    assert_string_equal(json_text(finding(records, "taking"), "confidence", ""), "high");
    assert_int_equal(json_int(finding(records, "taking"), "export_bytes", 0), 896000);
}

/* An export that sent little may be an empty table: said, but not surely. */
static void a_small_export_is_not_a_sure_one(void **state)
{
    (void)state;
    static const char extra[] = AT("01:00") "\"GET /up/a.php?server=&username=root&db=shop HTTP/1.1\" 200 4000" END AT(
        "01:04") "\"POST /up/a.php?server=&username=root&db=shop&dump= HTTP/1.1\" 200 5000" END;
    OWN(own_json) json_t *records = run(extra, "admin-tool", NULL);
    assert_string_equal(json_text(finding(records, "taking"), "confidence", ""), "medium");
    assert_int_equal(json_int(finding(records, "taking"), "dump_requests", 0), 1);
}

static void bad_seeds_and_no_logs_are_usage(void **state)
{
    (void)state;
    const struct assay_sink sink = {.self = NULL, .put = keep, .complain = no_complaint};
    const struct assay_trace_seed seed = {"/", NULL, TIME_NONE};
    const char *const logs[] = {"/nonexistent/access.log"};
    struct err err = {0};
    struct assay_trace_options options = {.logs = logs, .log_count = 1, .seeds = &seed, .seed_count = 1};
    assert_int_equal(assay_trace(&options, &sink, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    options.seed_count = 0;
    assert_int_equal(assay_trace(&options, &sink, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_non_null(strstr(err.text, "/nonexistent/access.log"));
    options.log_count = 0;
    assert_int_equal(assay_trace(&options, &sink, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confidence_of_use),
        cmocka_unit_test(a_file_time_picks_its_upload),
        cmocka_unit_test(whoever_asks_first_may_have_brought_it),
        cmocka_unit_test(a_file_older_than_the_log_came_before_it),
        cmocka_unit_test(a_put_is_the_upload_and_no_use),
        cmocka_unit_test(the_carrier_is_taken_off),
        cmocka_unit_test(large_answers_of_a_shell_are_a_taking_but_not_a_sure_one),
        cmocka_unit_test(a_table_view_that_sends_much_is_an_export),
        cmocka_unit_test(a_small_export_is_not_a_sure_one),
        cmocka_unit_test(bad_seeds_and_no_logs_are_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
