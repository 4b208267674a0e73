/* A run that is stopped between any two jobs, and gone on with by another number of threads, says what a run without a stop says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "assay/trace.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/time.h"

#include "base/banned.h"

enum { LOGS = 9, LINES = 600, ROUNDS_MAX = 40 };

struct folder {
    char path[32];
    char names[LOGS][64];
    const char *logs[LOGS];
};

static void write_log(const char *path, int number)
{
    OWN(own_buf) struct buf text = {0};
    struct err err = {0};
    for (int i = 0; i < LINES; i++) {
        int at = number * LINES + i;
        buf_printf(
            &text,
            "198.51.100.%d - - [14/Mar/2026:%02d:%02d:%02d +0000] \"%s /%s.php?q=%s HTTP/1.1\" %d %d \"-\" \"UA\"\n",
            at * 7 % 200, at / 3600 % 24, at / 60 % 60, at % 60, at % 97 == 0 ? "POST" : "GET",
            at % 97 == 0 ? "up/a" : "p", at % 150 == 0 ? "1%20union%20select%201" : "x", at % 11 == 0 ? 404 : 200,
            900 + at % 700);
    }
    assert_int_equal(file_write(path, buf_str(&text), &err), 0);
}

static void make_logs(struct folder *folder)
{
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/assay-resume-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    for (int i = 0; i < LOGS; i++) {
        (void)snprintf(folder->names[i], sizeof folder->names[i], "%s/access.log.%d", folder->path, LOGS - i);
        folder->logs[i] = folder->names[i];
        write_log(folder->names[i], i);
    }
}

static void remove_logs(const struct folder *folder)
{
    for (int i = 0; i < LOGS; i++) {
        unlink(folder->names[i]);
    }
    rmdir(folder->path);
}

/* But for how long it took. */
static int keep(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)err;
    (void)json_object_del(body, "seconds");
    (void)json_object_set_new(body, "kind", json_string(assay_kind_name(kind)));
    return json_array_append(self, body);
}

static void no_complaint(void *self, struct str where, struct str what)
{
    (void)self, (void)where, (void)what;
}

static int run(const struct folder *folder, const struct assay_trace_resume *resume, unsigned jobs, json_t *records,
               struct err *err)
{
    const struct assay_trace_seed seed = {"/up/a.php", NULL, TIME_NONE};
    const struct assay_trace_options options = {.logs = folder->logs,
                                                .log_count = LOGS,
                                                .seeds = &seed,
                                                .seed_count = 1,
                                                .is_hunt = true,
                                                .jobs = jobs,
                                                .resume = resume};
    const struct assay_sink sink = {.self = records, .put = keep, .complain = no_complaint};
    return assay_trace(&options, &sink, err);
}

static int new_file(void)
{
    int fd = memfd_create("state", MFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* Runs until one is through; how many it took. */
static int run_until_through(const struct folder *folder, const struct assay_trace_resume *resume, unsigned jobs,
                             const json_t *whole)
{
    for (int round = 1; round < ROUNDS_MAX; round++) {
        OWN(own_json) json_t *records = json_array();
        struct err err = {0};
        if (run(folder, resume, jobs, records, &err) == 0) {
            assert_true(json_equal(records, whole));
            return round;
        }
        assert_int_equal(err.kind, ERR_LIMIT);
        assert_int_equal(json_array_size(records), 0);
    }
    fail_msg("it never comes to its end");
    return 0;
}

static json_t *whole_of(const struct folder *folder)
{
    struct err err = {0};
    json_t *whole = json_array();
    if (run(folder, NULL, 2, whole, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_true(json_array_size(whole) > 10);
    return whole;
}

static void test_behind_each_state(void **state)
{
    (void)state;
    struct folder folder;
    make_logs(&folder);
    OWN(own_json) json_t *whole = whole_of(&folder);
    for (unsigned jobs = 1; jobs <= 3; jobs++) {
        OWN(own_fd) int fd = new_file();
        const struct assay_trace_resume resume = {.fd = fd, .name = "state", .every_jobs = 2, .end_after_state = 1};
        assert_int_equal(run_until_through(&folder, &resume, jobs, whole), (LOGS + 1) / 2 + 1);
    }
    remove_logs(&folder);
}

struct asking {
    int asked, stop_at;
};

static bool is_stopped(void *self, bool is_last)
{
    struct asking *asking = self;
    (void)is_last;
    return ++asking->asked == asking->stop_at; /* a signal is heard once */
}

/* Told to stop at any time: before the first job, between two, behind the last. */
static void test_told_to_stop(void **state)
{
    (void)state;
    struct folder folder;
    make_logs(&folder);
    OWN(own_json) json_t *whole = whole_of(&folder);
    for (int stop_at = 1; stop_at <= LOGS + 1; stop_at++) {
        OWN(own_fd) int fd = new_file();
        struct asking asking = {.stop_at = stop_at};
        const struct assay_trace_resume resume = {.fd = fd, .name = "state", .is_stopped = is_stopped, .self = &asking};
        assert_int_equal(run_until_through(&folder, &resume, stop_at % 2 == 0 ? 3 : 1, whole), 2);
    }
    remove_logs(&folder);
}

static void test_another_program(void **state)
{
    (void)state;
    struct folder folder;
    struct err err = {0};
    make_logs(&folder);
    OWN(own_fd) int fd = new_file();
    OWN(own_json) json_t *records = json_array();
    struct assay_trace_resume resume = {.fd = fd, .name = "state", .every_jobs = 2, .end_after_state = 1};
    assert_int_equal(run(&folder, &resume, 1, records, &err), -1);
    resume.program[7] = 1;
    err = (struct err){0};
    assert_int_equal(run(&folder, &resume, 1, records, &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_string_equal(err.text, "state: is of another build of this program");
    remove_logs(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_behind_each_state),
        cmocka_unit_test(test_told_to_stop),
        cmocka_unit_test(test_another_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
