/* What the index is believed for: a ledger that is not hashed again, the outline, the timeline; and what makes it doubted. Batches are
 * long enough for several workers. */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <cmocka.h>

#include "casekit.h"

#include "base/time.h"
#include "case/inside.h"

static void fill(const char *dir, unsigned count)
{
    struct err err = {0};
    assert_int_equal(assay_case_create(dir, "Maple Lane", NULL, NULL, &err), 0);
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
    kit_append(kase, "[{'type':'party','id':'shop','name':'Shop','kind':'company'},"
                     "{'type':'examination','id':'X01','engine':'trace'}]");
    OWN(own_json) json_t *entries = json_array();
    for (unsigned i = 0; i < count; i++) {
        char time[TIME_TEXT];
        time_rfc3339(time, (1000000 + (int64_t)(i * 7919 % count)) * NS_PER_S);
        json_t *record = i % 10 == 9   ? json_pack("{s:i}", "line", (int)i)
                         : i % 10 == 5 ? json_pack("{s:s, s:i}", "first", time, "line", (int)i)
                                       : json_pack("{s:s, s:i}", "time", time, "line", (int)i);
        assert_int_equal(json_array_append_new(entries, json_pack("{s:s, s:s, s:o}", "type", "event", "examination",
                                                                  "X01", "record", record)),
                         0);
    }
    assert_int_equal(assay_case_append(kase, entries, &err), 0);
    kit_append(kase, "[{'type':'claim','kind':'entry','text':'a tool was planted'}]");
    assay_case_close(kase);
}

static bool is_recalled(const char *dir, enum assay_case_mode mode)
{
    struct assay_case *kase = kit_open(dir, mode);
    bool recalled = kase->is_recalled;
    assay_case_close(kase);
    return recalled;
}

static void unchanged_ledger_is_not_hashed_again(void **state)
{
    (void)state;
    const char *dir = kit_path("c");
    fill(dir, 3000);
    assert_true(is_recalled(dir, ASSAY_CASE_READ));
    assert_true(is_recalled(dir, ASSAY_CASE_WRITE));
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
    json_t *seal = NULL;
    assert_int_equal(assay_case_seal(kase, &seal, NULL), 0);
    json_decref(seal);
    kit_append(kase, "[{'type':'claim','kind':'use','text':'it was used'}]"); /* on a tree that nobody hashed */
    assay_case_close(kase);
    assert_true(is_recalled(dir, ASSAY_CASE_READ));
    assert_true(kit_verifies(dir));
}

/* A byte is flipped and everything a program can set is set back: size, names, times of access and of change. */
static void flipped_byte_is_seen_though_its_times_are_set_back(void **state)
{
    (void)state;
    const char *dir = kit_path("c");
    const char *ledger = kit_path("c/ledger.jsonl");
    struct stat before;
    struct err err = {0};
    struct assay_case *kase = NULL;
    fill(dir, 300);
    assert_int_equal(stat(ledger, &before), 0);
    int fd = open(ledger, O_RDWR | O_CLOEXEC);
    char byte;
    assert_int_equal(pread(fd, &byte, 1, 2000), 1);
    byte = (char)(byte ^ 1);
    assert_int_equal(pwrite(fd, &byte, 1, 2000), 1);
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
    assert_int_equal(assay_case_open(dir, ASSAY_CASE_READ, &kase, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_TAMPERED);
    assert_int_equal(assay_case_open(dir, ASSAY_CASE_WRITE, &kase, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_TAMPERED);
    assert_false(kit_verifies(dir));
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* What an index may be that was swapped, cut back or written by somebody else: hashed, and never believed. */
static void doubt_hashes(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "DELETE FROM mark",
        "UPDATE mark SET ctime = ctime + 1",
        "UPDATE mark SET mtime = mtime - 1",
        "UPDATE mark SET ino = ino + 1",
        "UPDATE mark SET dev = dev + 1",
        "UPDATE mark SET bytes = bytes + 1",
        "UPDATE mark SET size = size + 2",
        "UPDATE mark SET edge = zeroblob(length(edge))",
        "UPDATE extent SET size = size - 1",
        "UPDATE extent SET bytes = bytes - 1",
        "UPDATE root SET root = zeroblob(32)",
        "DELETE FROM root",
        "CREATE TABLE more(x)",
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const char *dir = kit_path("c");
        json_t *seal = NULL;
        fill(dir, 20);
        struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
        assert_int_equal(assay_case_seal(kase, &seal, NULL), 0);
        json_decref(seal);
        kit_append(kase, "[{'type':'claim','kind':'use','text':'it was used'}]");
        assay_case_close(kase);
        assert_true(is_recalled(dir, ASSAY_CASE_READ));
        run_sql(kit_path("c/index.sqlite"), changes[i]);
        if (is_recalled(dir, ASSAY_CASE_READ)) {
            fail_msg("believed after: %s", changes[i]);
        }
        assert_false(is_recalled(dir, ASSAY_CASE_WRITE));
        kase = kit_open(dir, ASSAY_CASE_WRITE);
        kit_append(kase, "[{'type':'claim','kind':'taking','text':'rows were taken'}]");
        assay_case_close(kase);
        if (!is_recalled(dir, ASSAY_CASE_READ)) {
            fail_msg("not made again after: %s", changes[i]);
        }
        assert_true(kit_verifies(dir));
        assert_int_equal(nftw(dir, kit_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    }
}

static void handed_over_case_is_hashed(void **state)
{
    (void)state;
    fill(kit_path("c"), 20);
    assert_int_equal(unlink(kit_path("c/key")), 0);
    assert_false(is_recalled(kit_path("c"), ASSAY_CASE_READ));
}

/* Somebody writes while we have the case open: what we close is not marked as known. */
static void foreign_write_meanwhile_leaves_no_mark(void **state)
{
    (void)state;
    const char *dir = kit_path("c");
    struct err err = {0};
    fill(dir, 300);
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
    int fd = open(kit_path("c/ledger.jsonl"), O_RDWR | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "x", 1, 2000), 1);
    close(fd);
    kit_append(kase, "[{'type':'claim','kind':'use','text':'it was used'}]");
    assay_case_close(kase);
    assert_int_equal(assay_case_open(dir, ASSAY_CASE_READ, &kase, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_TAMPERED);
}

/* Every page of the timeline against the whole model, sorted. */
static void pages_are_the_model_by_time(void **state)
{
    (void)state;
    const char *dir = kit_path("c");
    struct err err = {0};
    fill(dir, 5000);
    for (int round = 0; round < 2; round++) { /* with the index of the case, and with one in memory */
        struct assay_case *kase = kit_open(dir, ASSAY_CASE_READ);
        char after[64];
        char last[TIME_TEXT] = "";
        uint64_t seen = 0;
        struct assay_window window = {.from_ns = INT64_MIN, .to_ns = INT64_MIN, .limit = 700};
        for (;;) {
            json_t *page = NULL;
            size_t i;
            json_t *event;
            assert_int_equal(assay_case_events(kase, &window, &page, &err), 0);
            assert_int_equal(json_int(page, "count", 0), 4500);
            assert_int_equal(json_int(page, "undated", 0), 500);
            json_array_foreach(json_object_get(page, "events"), i, event)
            {
                const json_t *record = json_object_get(json_object_get(event, "entry"), "record");
                const char *at = json_text(event, "at", "");
                assert_string_equal(at, json_text(record, "time", json_text(record, "first", "")));
                assert_true(strcmp(last, at) <= 0);
                (void)snprintf(last, sizeof last, "%s", at);
                seen++;
            }
            const char *next = json_text(page, "next", NULL);
            (void)snprintf(after, sizeof after, "%s", next != NULL ? next : "");
            window.after = after;
            json_decref(page);
            if (after[0] == '\0') {
                break;
            }
        }
        assert_int_equal(seen, 4500);
        assay_case_close(kase);
        (void)unlink(kit_path("c/index.sqlite"));
    }
}

static void window_ends_before_its_end(void **state)
{
    (void)state;
    struct err err = {0};
    json_t *page = NULL;
    fill(kit_path("c"), 1000);
    struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_WRITE);
    struct assay_window window = {.from_ns = 1000100 * NS_PER_S, .to_ns = 1000110 * NS_PER_S, .limit = 50};
    assert_int_equal(assay_case_events(kase, &window, &page, &err), 0);
    assert_int_equal(json_int(page, "count", 0), 9); /* ten instants, one of a record without a time */
    assert_string_equal(json_text(json_array_get(json_object_get(page, "events"), 0), "at", ""),
                        "1970-01-12T13:48:20Z");
    json_decref(page);
    window.after = "soon";
    assert_int_equal(assay_case_events(kase, &window, &page, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    window = (struct assay_window){.limit = ASSAY_WINDOW_MAX + 1};
    assert_int_equal(assay_case_events(kase, &window, &page, &err), -1);
    assay_case_close(kase);
}

static uint64_t events_of(const char *dir)
{
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
    struct assay_window window = {.from_ns = INT64_MIN, .to_ns = INT64_MIN, .limit = 10};
    json_t *page = NULL;
    assert_int_equal(assay_case_events(kase, &window, &page, NULL), 0);
    uint64_t count = (uint64_t)json_int(page, "count", 0);
    assert_int_equal(count, json_array_size(json_object_get(page, "events")));
    json_decref(page);
    assay_case_close(kase);
    return count;
}

/* A record that another took the place of is not shown: by its own name, by another, in one batch, and named before it was there. */
static void superseded_records_are_left_out(void **state)
{
    (void)state;
    const char *dir = kit_path("c");
    struct err err = {0};
    assert_int_equal(assay_case_create(dir, "x", NULL, NULL, &err), 0);
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
    kit_append(kase, "[{'type':'examination','id':'X01','engine':'trace'}]");
#define EVENT(members) "{'type':'event','examination':'X01'," members "'record':{'time':'2026-03-14T21:47:09Z'}}"
    kit_append(kase, "[" EVENT("") "," EVENT("") "," EVENT("") "," EVENT("'id':'X01/3','supersedes':'X01/3',") "]");
    kit_append(kase, "[" EVENT("'id':'X01/1','supersedes':'X01/1',") "]");
    kit_append(kase, "[" EVENT("'supersedes':'X01/2',") "]");
    kit_append(kase, "[" EVENT("'supersedes':'X01/9',") "," EVENT("'id':'X01/9',") "]");
    /* ids X01/1, X01/3, X01/4 and X01/5 stand: X01/2 and X01/9 were superseded by others */
    OWN(own_json) json_t *model = assay_case_model(kase, &err);
    const json_t *examination = json_array_get(json_object_get(model, "examinations"), 0);
    assert_int_equal(json_array_size(json_object_get(examination, "records")), 4);
    assay_case_close(kase);
    assert_int_equal(events_of(dir), 4);
    assert_int_equal(unlink(kit_path("c/index.sqlite")), 0);
    assert_int_equal(events_of(dir), 4);
    assert_true(kit_verifies(dir));
}

static void outline_reads_the_same_with_and_without_index(void **state)
{
    (void)state;
    struct err err = {0};
    fill(kit_path("c"), 500);
    struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_READ);
    assert_non_null(kase->index);
    OWN(own_json) json_t *with = assay_case_outline(kase, &err);
    assay_case_close(kase);
    assert_int_equal(unlink(kit_path("c/index.sqlite")), 0);
    kase = kit_open(kit_path("c"), ASSAY_CASE_READ);
    assert_null(kase->index);
    OWN(own_json) json_t *without = assay_case_outline(kase, &err);
    assay_case_close(kase);
    assert_true(json_equal(with, without));
    assert_int_equal(json_array_size(json_object_get(with, "claims")), 1);
    const json_t *examination = json_array_get(json_object_get(with, "examinations"), 0);
    assert_int_equal(json_array_size(json_object_get(examination, "records")), 0);
}

/* A disk that gives back other bytes: any table may be hit, and the mark still fits. */
static void damaged_index_is_not_believed(void **state)
{
    (void)state;
    static const char *const damages[] = {
        "UPDATE block SET type = zeroblob(length(type))",
        "UPDATE block SET moment = zeroblob(length(moment)) WHERE moment IS NOT NULL",
        "UPDATE type SET name = 'finding' WHERE name = 'event'",
        "UPDATE run SET n = n + 1",
        "UPDATE number SET last = 0",
        "UPDATE extent SET size = size - 1",
        "INSERT INTO gone VALUES(3)",
    };
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        fill(kit_path("c"), 50);
        run_sql(kit_path("c/index.sqlite"), "UPDATE mark SET dev = dev");
        assert_true(is_recalled(kit_path("c"), ASSAY_CASE_READ));
        run_sql(kit_path("c/index.sqlite"), damages[i]);
        struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_READ);
        if (kase->is_recalled || !assay_case_index_is_damaged(kase)) {
            fail_msg("believed after: %s", damages[i]);
        }
        assay_case_close(kase);
        assert_false(kit_verifies(kit_path("c")));
        kase = kit_open(kit_path("c"), ASSAY_CASE_WRITE);
        kit_append(kase, "[{'type':'claim','kind':'taking','text':'rows were taken'}]");
        assay_case_close(kase);
        assert_true(is_recalled(kit_path("c"), ASSAY_CASE_READ));
        assert_true(kit_verifies(kit_path("c")));
        assert_int_equal(nftw(kit_path("c"), kit_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    }
}

/* An index that claims to be the ledger's and lies: told by verify, and by whoever follows it. */
static void lying_index_is_told(void **state)
{
    (void)state;
    static const char *const lies[] = {
        "UPDATE block SET leaf = zeroblob(length(leaf)) WHERE n = (SELECT max(n) FROM block WHERE count > 9)",
        "UPDATE block SET moment = zeroblob(length(moment)) WHERE moment IS NOT NULL",
        "UPDATE block SET type = zeroblob(length(type))",
        "UPDATE type SET name = 'finding' WHERE name = 'event'",
        "UPDATE block SET length = zeroblob(length(length))",
        "DELETE FROM block WHERE n = (SELECT max(n) FROM block)",
        "INSERT INTO block SELECT n + 1, 1, at + 1, type, length, moment, leaf FROM block ORDER BY n DESC LIMIT 1",
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        fill(kit_path("c"), 50);
        run_sql(kit_path("c/index.sqlite"), lies[i]);
        OWN(own_mem) char *report = kit_report(kit_path("c"));
        if (strstr(report, "index.sqlite DIFFERS from") == NULL || kit_verifies(kit_path("c"))) {
            fail_msg("%s: %s", lies[i], report);
        }
        assert_int_equal(nftw(kit_path("c"), kit_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    }
}

/* Batches larger than a block, ids of all sorts, then the same index built from the ledger alone: numbers go on as they did. */
static void rebuilt_index_gives_the_same_ids(void **state)
{
    (void)state;
    char before[16];
    char after[16];
    struct err err = {0};
    fill(kit_path("c"), 9000);
    struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_WRITE);
    kit_append(kase,
               "[{'type':'claim','id':'C7'},{'type':'claim','id':'C07'},{'type':'claim','id':'C19'},{'type':'claim'}]");
    assay_case_next_id(kase, "C", before);
    assert_string_equal(before, "C21");
    assay_case_close(kase);
    assert_int_equal(unlink(kit_path("c/index.sqlite")), 0);
    kase = kit_open(kit_path("c"), ASSAY_CASE_WRITE);
    assay_case_next_id(kase, "C", after);
    assert_string_equal(after, before);
    static const char *const taken[] = {"C7", "C07", "C19", "C20", "X01/1", "X01/9000", "X01/4097", "shop"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        OWN(own_json) json_t *entries = json_pack("[{s:s, s:s}]", "type", "claim", "id", taken[i]);
        assert_int_equal(assay_case_append(kase, entries, &err), -1);
        assert_int_equal(err.kind, ERR_USAGE);
    }
    kit_append(kase, "[{'type':'event','examination':'X01','id':'X01/4097','supersedes':'X01/4097','record':{}}]");
    OWN(own_json) json_t *wrong = kit_json("[{'type':'claim','id':'X01/9','supersedes':'X01/9'}]");
    assert_int_equal(assay_case_append(kase, wrong, &err), -1);
    assert_non_null(strstr(err.text, "is a event already"));
    assay_case_close(kase);
    assert_true(kit_verifies(kit_path("c")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_make, kit_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unchanged_ledger_is_not_hashed_again),
        TEST(flipped_byte_is_seen_though_its_times_are_set_back),
        TEST(doubt_hashes),
        TEST(handed_over_case_is_hashed),
        TEST(foreign_write_meanwhile_leaves_no_mark),
        TEST(pages_are_the_model_by_time),
        TEST(window_ends_before_its_end),
        TEST(superseded_records_are_left_out),
        TEST(outline_reads_the_same_with_and_without_index),
        TEST(damaged_index_is_not_believed),
        TEST(lying_index_is_told),
        TEST(rebuilt_index_gives_the_same_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
