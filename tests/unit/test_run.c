/* run: what the parent hears of a child that ends well, fails, crashes, lies or says nothing. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "assay/run.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"

#include "base/banned.h"

struct heard {
    unsigned findings, summaries, complaints;
    char complaint[128];
    int refuse_at;
};

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    struct heard *heard = self;
    (void)body;
    heard->findings += kind == ASSAY_FINDING;
    heard->summaries += kind == ASSAY_SUMMARY;
    return heard->refuse_at != 0 && (int)heard->findings == heard->refuse_at ? err_set(err, ERR_IO, "full") : 0;
}

static void hear_complaint(void *self, struct str where, struct str what)
{
    struct heard *heard = self;
    heard->complaints++;
    (void)snprintf(heard->complaint, sizeof heard->complaint, "%.*s|%.*s", STR_FMT(where), STR_FMT(what));
}

static int summary(const struct assay_sink *sink, bool complete, struct err *err)
{
    return assay_emit(sink, ASSAY_SUMMARY, json_pack("{s:b}", "complete", complete), err);
}

static int finding(const struct assay_sink *sink, struct err *err)
{
    return assay_emit(sink, ASSAY_FINDING, json_pack("{s:s}", "class", "shell"), err);
}

static int work_well(const void *options, const struct assay_sink *sink, struct err *err)
{
    (void)options;
    TRY(finding(sink, err));
    assay_complain(sink, STR("a\x1b[2J"), STR("Permission denied"));
    return summary(sink, true, err);
}

static int work_fails(const void *options, const struct assay_sink *sink, struct err *err)
{
    (void)options;
    TRY(finding(sink, err));
    err_set(err, ERR_FORMAT, "x.log: two formats claim it");
    return err_remedy(err, "say which");
}

static int work_crashes(const void *options, const struct assay_sink *sink, struct err *err)
{
    (void)options;
    TRY(finding(sink, err));
    (void)signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return 0;
}

static int work_says_nothing(const void *options, const struct assay_sink *sink, struct err *err)
{
    (void)options;
    (void)sink;
    (void)err;
    return 0;
}

static int work_speaks_after_its_summary(const void *options, const struct assay_sink *sink, struct err *err)
{
    (void)options;
    TRY(summary(sink, true, err));
    return finding(sink, err);
}

/* A compromised child that writes bytes of its own into the pipe. */
static int work_lies(const void *options, const struct assay_sink *sink, struct err *err)
{
    (void)sink;
    struct str bytes = str_of(options);
    return file_write_fd(3, bytes, err);
}

static int work_endlessly(const void *options, const struct assay_sink *sink, struct err *err)
{
    (void)options;
    for (;;) {
        TRY(finding(sink, err));
    }
}

/* Tells through its finding whether it could open what it should not. */
static int work_reads(const void *options, const struct assay_sink *sink, struct err *err)
{
    if (open(options, O_RDONLY) >= 0) {
        TRY(finding(sink, err));
    }
    return summary(sink, true, err);
}

static int run_of(int (*work)(const void *, const struct assay_sink *, struct err *), const void *options,
                  struct heard *heard, struct assay_outcome *outcome, struct err *err)
{
    static const char *const nothing[] = {NULL};
    struct assay_sink listener = {heard, hear, hear_complaint, NULL};
    struct assay_run run = {"test", work, options, nothing, false, NULL, 0, NULL};
    return assay_run(&run, &listener, outcome, err);
}

static void a_run_that_ends_well(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct assay_outcome outcome;
    struct err err = {0};
    assert_int_equal(run_of(work_well, NULL, &heard, &outcome, &err), 0);
    assert_int_equal(heard.findings, 1);
    assert_int_equal(heard.summaries, 1);
    assert_string_equal(heard.complaint, "a\\x1b[2J|Permission denied");
    assert_true(outcome.is_complete && outcome.has_summary && outcome.findings == 1);
    assert_true(outcome.protections[0] != '\0' && outcome.ended >= outcome.began);
}

static void failures_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int (*work)(const void *, const struct assay_sink *, struct err *);
        const char *options, *text;
        enum err_kind kind;
        unsigned findings;
    } rows[] = {
        {"fails", work_fails, NULL, "two formats claim it", ERR_FORMAT, 1},
        {"crashes", work_crashes, NULL, "signal 11", ERR_BUG, 1},
        {"says nothing", work_says_nothing, NULL, "without a summary", ERR_BUG, 0},
        {"speaks on", work_speaks_after_its_summary, NULL, "a record that is none", ERR_BUG, 0},
        {"no JSON", work_lies, "hello\n", "examining process", ERR_FORMAT, 0},
        {"no object", work_lies, "{\"k\":\"finding\",\"b\":[]}\n", "a record that is none", ERR_BUG, 0},
        {"no kind", work_lies, "{\"k\":\"verdict\",\"b\":{}}\n", "a record that is none", ERR_BUG, 0},
        {"wild error", work_lies, "{\"e\":[99,\"x\\u001b\",7]}\n", "x\\x1b", ERR_BUG, 0},
        {"empty error", work_lies, "{\"e\":[]}\n", "?", ERR_BUG, 0},
        {"empty complaint", work_lies, "{\"c\":[]}\n", "without a summary", ERR_BUG, 0},
        {"wild progress", work_lies, "{\"p\":[-1,\"x\"]}\n", "without a summary", ERR_BUG, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct heard heard = {0};
        struct assay_outcome outcome;
        struct err err = {0};
        assert_int_equal(run_of(rows[i].work, rows[i].options, &heard, &outcome, &err), -1);
        if (strstr(err.text, rows[i].text) == NULL || err.kind != rows[i].kind || heard.findings != rows[i].findings) {
            fail_msg("%s: kind %d, '%s', %u findings", rows[i].name, (int)err.kind, err.text, heard.findings);
        }
    }
}

static void a_listener_that_refuses_stops_the_child(void **state)
{
    (void)state;
    struct heard heard = {.refuse_at = 100};
    struct assay_outcome outcome;
    struct err err = {0};
    assert_int_equal(run_of(work_endlessly, NULL, &heard, &outcome, &err), -1);
    assert_int_equal(heard.findings, 100);
    assert_string_equal(err.text, "full");
}

static void the_child_reads_only_what_it_was_given(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct assay_outcome outcome;
    struct err err = {0};
    assert_int_equal(run_of(work_reads, "/etc/passwd", &heard, &outcome, &err), 0);
    if (strstr(outcome.protections, "landlock") == NULL) {
        skip();
    }
    assert_int_equal(heard.findings, 0);
}

static void a_tree_has_one_digest_whatever_the_order(void **state)
{
    (void)state;
    struct err err;
    char dir[] = "/tmp/assay-run-XXXXXX";
    char path[128];
    char first[65];
    char second[65];
    uint64_t bytes;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/sub", dir);
    assert_int_equal(mkdir(path, 0755), 0);
    (void)snprintf(path, sizeof path, "%s/sub/b.php", dir);
    assert_int_equal(file_write(path, STR("two"), &err), 0);
    (void)snprintf(path, sizeof path, "%s/a.php", dir);
    assert_int_equal(file_write(path, STR("one"), &err), 0);
    assert_int_equal(assay_evidence_digest(dir, first, &bytes, NULL, &err), 0);
    assert_int_equal(bytes, 6);
    /* printf '%s 3 a.php\n%s 3 sub/b.php\n' $(printf one|sha256sum) $(printf two|sha256sum) | sha256sum */
    assert_string_equal(first, "d673d7240da126f398413e716d182b629a454e556ffd4161fac8c4ca066cc823");
    assert_int_equal(file_write(path, STR("onE"), &err), 0);
    assert_int_equal(assay_evidence_digest(dir, second, &bytes, NULL, &err), 0);
    assert_string_not_equal(first, second);
    assert_int_equal(assay_evidence_digest("postgresql://u@h/d", second, &bytes, NULL, &err), 0);
    assert_string_equal(second, "");
    unlink(path);
    (void)snprintf(path, sizeof path, "%s/sub/b.php", dir);
    unlink(path);
    (void)snprintf(path, sizeof path, "%s/sub", dir);
    rmdir(path);
    rmdir(dir);
}

static int work_names_a_person(const void *options, const struct assay_sink *sink, struct err *err)
{
    (void)options;
    TRY(assay_emit(sink, ASSAY_FINDING,
                   json_pack("{s:s,s:s,s:s,s:[s,s]}", "client", "K1", "address", "203.0.113.77", "user", "anna",
                             "reasons", "3 requests of 203.0.113.77, and 203.0.113.77 again", "anna signed in"),
                   err));
    TRY(assay_emit(sink, ASSAY_EVENT, json_pack("{s:s,s:s}", "client", "K2", "address", "2001:db8:1::5"), err));
    return summary(sink, true, err);
}

static void a_case_holds_no_address_and_no_name(void **state)
{
    (void)state;
    struct err err = {0};
    struct heard heard = {0};
    struct assay_sink listener = {&heard, hear, NULL, NULL};
    struct assay_outcome outcome;
    static const char *const nothing[] = {NULL};
    struct assay_run run = {"trace", work_names_a_person, NULL, nothing, false, NULL, 0, NULL};
    char dir[] = "/tmp/assay-rec-XXXXXX";
    char log[64];
    char case_dir[64];
    char ledger[96];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(log, sizeof log, "%s/access.log", dir);
    (void)snprintf(case_dir, sizeof case_dir, "%s/a.case", dir);
    (void)snprintf(ledger, sizeof ledger, "%s/ledger.jsonl", case_dir);
    assert_int_equal(file_write(log, STR("x"), &err), 0);
    assert_int_equal(assay_case_create(case_dir, "a", NULL, NULL, &err), 0);
    OWN(own_assay_recorder) struct assay_recorder *recorder = assay_recorder_new("trace", &listener, &err);
    struct assay_sink sink = assay_recorder_sink(recorder);
    assert_int_equal(assay_run(&run, &sink, &outcome, &err), 0);
    OWN(own_assay_case) struct assay_case *kase = NULL;
    assert_int_equal(assay_case_open(case_dir, ASSAY_CASE_WRITE, &kase, NULL, &err), 0);
    struct assay_exhibit exhibit = {"log", log, NULL, NULL, NULL, NULL};
    OWN(own_json) json_t *options = json_object();
    OWN(own_json) json_t *id = NULL;
    assert_int_equal(assay_recorder_store(recorder, kase, &exhibit, 1, options, &outcome, NULL, &id, &err), 0);
    OWN(own_buf) struct buf text = {0};
    assert_int_equal(file_read(ledger, 1 << 20, &text, &err), 0);
    assert_non_null(strstr(text.data, "203.0.•.•"));
    assert_non_null(strstr(text.data, "3 requests of K1, and K1 again"));
    assert_non_null(strstr(text.data, "2001:db8:•"));
    assert_non_null(strstr(text.data, "a•••"));
    assert_null(strstr(text.data, "203.0.113.77"));
    assert_null(strstr(text.data, "anna"));
    assert_null(strstr(text.data, "1::5"));
}

/* The tree is there, but a file in it is not to be read. Whoever may read everything becomes somebody else for it. */
static int store_as(const char *case_dir, const char *tree, uid_t uid, struct heard *heard)
{
    struct err err = {0};
    struct assay_sink listener = {heard, hear, hear_complaint, NULL};
    struct assay_outcome outcome = {.protections = "none"};
    struct assay_exhibit exhibit = {"tree", tree, NULL, NULL, NULL, NULL};
    OWN(own_assay_recorder) struct assay_recorder *recorder = assay_recorder_new("sweep", &listener, &err);
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *options = json_object();
    OWN(own_json) json_t *id = NULL;
    assert_int_equal(assay_case_open(case_dir, ASSAY_CASE_WRITE, &kase, NULL, &err), 0);
    assert_int_equal(seteuid(uid), 0);
    return assay_recorder_store(recorder, kase, &exhibit, 1, options, &outcome, NULL, &id, &err);
}

static void an_unread_file_is_told_and_accuses_nobody(void **state)
{
    (void)state;
    enum { NOBODY = 65534 };
    const uid_t self = geteuid(), other = self == 0 ? NOBODY : self;
    struct err err = {0};
    struct heard heard = {0};
    struct assay_unread unread;
    char dir[] = "/tmp/assay-unread-XXXXXX", tree[64], one[80], two[80], case_dir[64], ledger[96], hex[65];
    uint64_t bytes;
    OWN(own_buf) struct buf text = {0};
    assert_non_null(mkdtemp(dir));
    (void)snprintf(tree, sizeof tree, "%s/www", dir);
    (void)snprintf(one, sizeof one, "%s/a.php", tree);
    (void)snprintf(two, sizeof two, "%s/b.php", tree);
    (void)snprintf(case_dir, sizeof case_dir, "%s/a.case", dir);
    (void)snprintf(ledger, sizeof ledger, "%s/ledger.jsonl", case_dir);
    assert_int_equal(mkdir(tree, 0755), 0);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(file_write(one, STR("one"), &err), 0);
    assert_int_equal(file_write(two, STR("two"), &err), 0);
    assert_int_equal(assay_case_create(case_dir, "a", NULL, NULL, &err), 0);
    assert_int_equal(store_as(case_dir, tree, self, &heard), 0);
    assert_int_equal(heard.complaints, 0);
    assert_int_equal(chmod(one, 0644), 0);
    assert_int_equal(chmod(two, 0), 0);

    assert_int_equal(seteuid(other), 0);
    assert_int_equal(assay_evidence_digest(tree, hex, &bytes, &unread, &err), 0);
    assert_int_equal(unread.count, 1);
    assert_int_equal(bytes, 3);
    assert_string_equal(unread.first, "b.php: Permission denied");
    /* printf '%s 3 a.php\n- 0 b.php\n' $(printf one|sha256sum) | sha256sum */
    assert_string_equal(hex, "d5535dfeea9e39492a18a1a0962913b7401935abbedbc3477c86641c90540cda");
    assert_int_equal(assay_evidence_digest(tree, hex, &bytes, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_non_null(strstr(err.text, "1 of its files could not be read, the first: b.php: Permission denied"));
    assert_int_equal(seteuid(self), 0);

    assert_int_equal(chmod(case_dir, 0777), 0); /* a new checkpoint is a new file */
    assert_int_equal(store_as(case_dir, tree, other, &heard), 0);
    assert_int_equal(seteuid(self), 0);
    assert_int_equal(heard.complaints, 1);
    assert_non_null(strstr(heard.complaint, "1 of its files could not be read"));
    assert_int_equal(chmod(two, 0644), 0);
    assert_int_equal(file_write(two, STR("twO"), &err), 0);
    assert_int_equal(store_as(case_dir, tree, self, &heard),
                     0); /* the newest that it can be held against is the first */
    assert_int_equal(heard.complaints, 2);
    assert_non_null(strstr(heard.complaint, "is not what it was as E01"));
    assert_int_equal(file_read(ledger, 1 << 20, &text, &err), 0);
    assert_non_null(strstr(text.data, "\"unread\":1"));
    assert_null(strstr(text.data, "\"now\":\"E02\""));
    assert_non_null(strstr(text.data, "\"now\":\"E03\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_ends_well),
        cmocka_unit_test(failures_are_told_apart),
        cmocka_unit_test(a_listener_that_refuses_stops_the_child),
        cmocka_unit_test(the_child_reads_only_what_it_was_given),
        cmocka_unit_test(a_tree_has_one_digest_whatever_the_order),
        cmocka_unit_test(a_case_holds_no_address_and_no_name),
        cmocka_unit_test(an_unread_file_is_told_and_accuses_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
