/* Every write, sync, truncation and rename of an append fails once, and so does every allocation: afterwards the case opens,
 * verifies, and holds the batch wholly or not at all; a batch that was acknowledged is there.
 *
 * The calls are replaced for the whole process, libraries included. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <cmocka.h>

#include "casekit.h"

enum fault {
    NO_FAULT,
    FAIL_WRITE,
    SHORT_WRITE,
    HALF_WRITE,
    INTERRUPT,
    FAIL_FSYNC,
    FAIL_RENAME,
    FAIL_ALLOC,
    FAIL_ALLOC_ON
};

static enum fault armed;
static bool truncation_fails;
static unsigned long countdown; /* calls until the fault; 0: it has fired */

static bool fires(void)
{
    if (countdown != 0 && --countdown == 0) {
        return true;
    }
    return countdown == 0 && armed == FAIL_ALLOC_ON;
}

static void arm(enum fault fault, unsigned long call)
{
    armed = fault;
    countdown = call;
}

/* Whether the fault happened; nothing fails from here on. */
static bool disarm(void)
{
    bool fired = countdown == 0;
    armed = NO_FAULT;
    return fired;
}

ssize_t write(int fd, const void *data, size_t bytes)
{
    if (armed == FAIL_WRITE && fires()) {
        errno = EIO;
        return -1;
    }
    if (armed == SHORT_WRITE && fires()) {
        armed = FAIL_WRITE; /* half of it fits, then the disk is full */
        countdown = 1;
        return syscall(SYS_write, fd, data, bytes / 2);
    }
    if (armed == HALF_WRITE && fires()) {
        return syscall(SYS_write, fd, data, bytes / 2 + 1); /* a part, and the rest when asked again */
    }
    if (armed == INTERRUPT && fires()) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_write, fd, data, bytes);
}

int fsync(int fd)
{
    if (armed == FAIL_FSYNC && fires()) {
        errno = EIO;
        return -1;
    }
    if (armed == INTERRUPT && fires()) {
        errno = EINTR;
        return -1;
    }
    (void)fd;
    return 0; /* the disk is not what is tested, and it is slow */
}

int ftruncate(int fd, off_t bytes)
{
    if (truncation_fails) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_ftruncate, fd, bytes);
}

int renameat(int old_dir, const char *old, int new_dir, const char *name)
{
    if (armed == FAIL_RENAME && fires()) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_renameat, old_dir, old, new_dir, name);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

#ifndef HAS_SANITIZER
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

static bool alloc_fires(void)
{
    return (armed == FAIL_ALLOC || armed == FAIL_ALLOC_ON) && fires();
}

void *malloc(size_t bytes)
{
    return alloc_fires() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    return alloc_fires() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    return alloc_fires() ? NULL : __libc_realloc(memory, bytes);
}
#endif

static uint64_t entries_of(const char *dir)
{
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
    OWN(own_json) json_t *model = assay_case_model(kase, NULL);
    assert_non_null(model);
    assay_case_close(kase);
    return (uint64_t)json_int(json_object_get(model, "ledger"), "size", 0);
}

enum { ENTRIES = 8, BATCH = 3 };

/* Everything that writes, in one go. Returns what the append said. */
static int write_everything(const char *dir, bool *ret_opened)
{
    struct assay_case *kase = NULL;
    struct err err = {0};
    json_t *seal = NULL;
    char sha256[65];
    uint64_t bytes;
    *ret_opened = assay_case_open(dir, ASSAY_CASE_WRITE, &kase, NULL, &err) == 0;
    if (!*ret_opened) {
        return -1;
    }
    int archived = assay_case_archive(kase, kit_path("original"), sha256, &bytes, &err);
    json_t *entries =
        json_pack("[{s:s, s:s}, {s:s}, {s:s}]", "type", "evidence", "name", "x", "type", "claim", "type", "claim");
    int failed = entries != NULL ? assay_case_append(kase, entries, &err) : -1;
    json_decref(entries);
    /* a seal signs afresh and would cover up what a failed append left */
    if (failed == 0 && assay_case_seal(kase, &seal, &err) == 0) {
        json_decref(seal);
    }
    json_t *model = assay_case_model(kase, &err);
    json_decref(model);
    assay_case_close(kase);
    (void)archived; /* only the batch counts here */
    return failed;
}

static void check(const char *dir, uint64_t before, bool acknowledged, unsigned long call)
{
    if (!kit_verifies(dir)) {
        fail_msg("call %lu: does not verify: %s", call, kit_report(dir));
    }
    uint64_t after = entries_of(dir);
    if (after != before + BATCH && (acknowledged || after != before)) {
        fail_msg("call %lu: %llu entries became %llu, acknowledged %d", call, (unsigned long long)before,
                 (unsigned long long)after, acknowledged);
    }
    if (!kit_verifies(dir)) {
        fail_msg("call %lu: does not verify after it was mended", call);
    }
}

static char copy_to[128];

static int copy_one(const char *path, const struct stat *about, int type, struct FTW *ftw)
{
    char target[512];
    (void)about;
    (void)snprintf(target, sizeof target, "%s%s", copy_to,
                   strchr(path + strlen(kit_root) + 1, '/') != NULL ? strchr(path + strlen(kit_root) + 1, '/') : "");
    (void)ftw;
    if (type == FTW_D) {
        return mkdir(target, 0700);
    }
    OWN(own_buf) struct buf bytes = {0};
    kit_read(path, &bytes);
    kit_write(target, buf_str(&bytes));
    return 0;
}

/* ROOT/c as it was when the test began. */
static void restore(const char *dir)
{
    (void)nftw(dir, kit_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    (void)snprintf(copy_to, sizeof copy_to, "%s", dir);
    assert_int_equal(nftw(kit_path("template"), copy_one, 16, FTW_PHYS), 0);
}

/* Fails call 1, 2, 3, ... of the same run until it comes through without a failure. */
static unsigned long fail_each(enum fault fault, unsigned long step)
{
    char dir[128];
    bool opened;
    (void)snprintf(dir, sizeof dir, "%s/c", kit_root);
    assert_int_equal(write_everything(dir, &opened), 0); /* libraries have what they keep */
    for (unsigned long call = 1;; call += step) {
        restore(dir);
        arm(fault, call);
        int failed = write_everything(dir, &opened);
        bool fired = disarm();
        check(dir, ENTRIES, failed == 0, call);
        if (!fired) {
            assert_int_equal(failed, 0);
            return call - 1;
        }
    }
}

static int make_case(void **state)
{
    if (kit_make(state) != 0) {
        return -1;
    }
    kit_fill(kit_path("template"));
    restore(kit_path("c"));
    return 0;
}

static void failing_writes(void **state)
{
    (void)state;
    assert_true(fail_each(FAIL_WRITE, 1) >= 4); /* document, lines, checkpoint, seal */
}

static void full_disk(void **state)
{
    (void)state;
    assert_true(fail_each(SHORT_WRITE, 1) >= 4);
}

/* What is only slow or interrupted does not fail at all. */
static void halves_and_interruptions(void **state)
{
    (void)state;
    static const enum fault faults[] = {HALF_WRITE, INTERRUPT};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char dir[128];
        bool opened;
        (void)snprintf(dir, sizeof dir, "%s/c", kit_root);
        unsigned long call = 1;
        for (bool fired = true; fired; call++) {
            restore(dir);
            arm(faults[i], call);
            int failed = write_everything(dir, &opened);
            fired = disarm();
            assert_int_equal(failed, 0);
            check(dir, ENTRIES, true, call);
        }
        assert_true(call > 5);
    }
}

static void failing_syncs(void **state)
{
    (void)state;
    assert_true(fail_each(FAIL_FSYNC, 1) >= 6);
}

static void failing_renames(void **state)
{
    (void)state;
    assert_true(fail_each(FAIL_RENAME, 1) >= 3);
}

/* What fails is taken back, and the same open case goes on; where that is not sure, it wants to be opened again. */
static void open_case_goes_on(void **state)
{
    (void)state;
    struct err err = {0};
    uint64_t torn = 0;
    struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_WRITE);
    OWN(own_json) json_t *entries = kit_json("[{'type':'evidence'}]");
    OWN(own_json) json_t *more = kit_json("[{'type':'evidence'}]");
    arm(FAIL_RENAME, 1);
    assert_int_equal(assay_case_append(kase, entries, &err), -1);
    assert_true(disarm());
    assert_int_equal(assay_case_append(kase, more, &err), 0); /* taken back: the case goes on */
    arm(FAIL_RENAME, 1);
    truncation_fails = true;
    json_t *third = kit_json("[{'type':'evidence'}]");
    assert_int_equal(assay_case_append(kase, third, &err), -1);
    truncation_fails = false;
    assert_true(disarm());
    assert_int_equal(assay_case_append(kase, third, &err), -1);
    assert_non_null(strstr(err.text, "opened again"));
    json_decref(third);
    assay_case_close(kase);
    assert_true(kit_verifies(kit_path("c")));
    assert_int_equal(assay_case_open(kit_path("c"), ASSAY_CASE_WRITE, &kase, &torn, &err), 0);
    assert_true(torn != 0);
    assay_case_close(kase);
    assert_true(kit_verifies(kit_path("c")));
}

static void failing_creation(void **state)
{
    (void)state;
    static const enum fault faults[] = {FAIL_WRITE, SHORT_WRITE, FAIL_FSYNC, FAIL_RENAME};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        for (unsigned long call = 1;; call++) {
            struct err err = {0};
            char name[64];
            char path[160];
            (void)snprintf(name, sizeof name, "fresh-%zu-%lu", i, call);
            (void)snprintf(path, sizeof path, "%s/%s", kit_root, name);
            arm(faults[i], call);
            int failed = assay_case_create(path, "fresh", NULL, NULL, &err);
            bool fired = disarm();
            bool is_there = access(path, F_OK) == 0;
            char half[192];
            (void)snprintf(half, sizeof half, "%s.new-%ld", path, (long)getpid());
            assert_int_not_equal(access(half, F_OK), 0); /* nothing half made stays behind */
            if (failed == 0 || is_there) {
                assert_true(kit_verifies(path)); /* there means whole, even if its durability is not known */
            }
            if (!fired) {
                assert_int_equal(failed, 0);
                break;
            }
        }
    }
}

static void failing_allocations(void **state)
{
    (void)state;
#ifdef HAS_SANITIZER
    print_message("allocations belong to the sanitizer here\n");
    skip();
#else
    assert_true(fail_each(FAIL_ALLOC, 1) > 100);
#endif
}

static void memory_runs_out_and_stays_out(void **state)
{
    (void)state;
#ifdef HAS_SANITIZER
    print_message("allocations belong to the sanitizer here\n");
    skip();
#else
    assert_true(fail_each(FAIL_ALLOC_ON, 7) > 100);
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_case, kit_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(failing_writes),   TEST(full_disk),           TEST(halves_and_interruptions),
        TEST(failing_syncs),    TEST(failing_renames),     TEST(open_case_goes_on),
        TEST(failing_creation), TEST(failing_allocations), TEST(memory_runs_out_and_stays_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
