/* How logs come in: names of rotated sets; entries of archives, held in memory and read again from the archive, give the same. */
#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/inside.h"

#include "base/banned.h"

/* ---- names ---- */

static void a_name_says_its_set_and_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *path, *stem;
        enum rotation kind;
        uint64_t number;
        const char *day; /* of the dated ones */
        unsigned hour;
    } rows[] = {
        {"l/access.log", "l/access.log", ROTATION_NONE, 0, NULL, 0},
        {"l/access.log.gz", "l/access.log", ROTATION_NONE, 0, NULL, 0},
        {"l/access.log.12.zst", "l/access.log", ROTATION_NUMBER, 12, NULL, 0},
        {"l/access.log.gz.1", "l/access.log", ROTATION_NUMBER, 1, NULL, 0},
        {"access.1.log", "access.log", ROTATION_NUMBER, 1, NULL, 0},
        {"x.zip!logs/access.log.2.xz", "x.zip!logs/access.log", ROTATION_NUMBER, 2, NULL, 0},
        {"access.log-20260314.gz", "access.log", ROTATION_DAY, 0, "2026-03-14", 0},
        {"access.2026-03-14.log", "access.log", ROTATION_DAY, 0, "2026-03-14", 0},
        {"access_log_2026_03_14.bz2", "access_log", ROTATION_DAY, 0, "2026-03-14", 0},
        {"localhost_access_log.2026-03-14.txt", "localhost_access_log.txt", ROTATION_DAY, 0, "2026-03-14", 0},
        {"u_ex260314.log", "u_ex.log", ROTATION_DAY, 0, "2026-03-14", 0},
        {"W3SVC1/ex26031421.log", "W3SVC1/ex.log", ROTATION_HOUR, 0, "2026-03-14", 21},
        {"access.log-2026031421", "access.log", ROTATION_HOUR, 0, "2026-03-14", 21},
        {"access.log.2026-03-14-21", "access.log", ROTATION_HOUR, 0, "2026-03-14", 21},
        {"postgresql-2026-03-14_000000.log", "postgresql.log", ROTATION_INSTANT, 0, "2026-03-14", 0},
        {"app.2026-03-14.3.log", "app.log", ROTATION_INSTANT, 0, "2026-03-14", 0},
        {"access_log.1773446400", "access_log", ROTATION_INSTANT, 0, "2026-03-14", 0},
        {"access.log-20260314-1773446400", "access.log", ROTATION_INSTANT, 0, "2026-03-14", 0},
        {"access-202603.log", "access.log", ROTATION_INSTANT, 0, "2026-03-01", 0},
        /* those that only look so */
        {"index260314.log", "index260314.log", ROTATION_NONE, 0, NULL, 0},
        {"access-20261314.log", "access-20261314.log", ROTATION_NONE, 0, NULL, 0},
        {"access-20260231.log", "access-20260231.log", ROTATION_NONE, 0, NULL, 0},
        {"10.0.0.1.log", "10.0.0.1.log", ROTATION_NONE, 0, NULL, 0},
        {"web-2.log", "web-2.log", ROTATION_NONE, 0, NULL, 0},
        {"20260314.log", "20260314.log", ROTATION_NONE, 0, NULL, 0},
        {"2026/access.log", "2026/access.log", ROTATION_NONE, 0, NULL, 0},
        {"access.log.123456789", "access.log.123456789", ROTATION_NONE, 0, NULL, 0},
        {"a.zip!1", "a.zip!1", ROTATION_NONE, 0, NULL, 0},
        {"", "", ROTATION_NONE, 0, NULL, 0},
        {".1", ".1", ROTATION_NONE, 0, NULL, 0},
        {"!.gz", "!.gz", ROTATION_NONE, 0, NULL, 0},
        {"-------", "-------", ROTATION_NONE, 0, NULL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_buf) struct buf stem = {0};
        struct rotated rotated;
        rotated_name(&rotated, str_of(rows[i].path), &stem);
        if (!str_eq(buf_str(&stem), str_of(rows[i].stem)) || rotated.kind != rows[i].kind ||
            rotated.number != rows[i].number) {
            fail_msg("%s: set %s, kind %d, number %d", rows[i].path, stem.data, (int)rotated.kind, (int)rotated.number);
        }
        if (rows[i].day != NULL) {
            int64_t day = time_parse(str_of(rows[i].day)) / NS_PER_S / 86400;
            if (rotated.day != day || (rotated.kind == ROTATION_HOUR && rotated.hour != rows[i].hour)) {
                fail_msg("%s: day %lld for %lld, hour %u", rows[i].path, (long long)rotated.day, (long long)day,
                         rotated.hour);
            }
        }
    }
}

static void another_member_is_named_the_same_way(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint64_t number;
        const char *day;
        unsigned hour;
        const char *other;
    } rows[] = {
        {"l/access.log.12.gz", 3, "2026-03-15", 0, "l/access.log.3.gz"},
        {"access.log-20260314.gz", 0, "2026-04-01", 0, "access.log-20260401.gz"},
        {"access.2026-03-14.log", 0, "2026-04-01", 0, "access.2026-04-01.log"},
        {"u_ex260314.log", 0, "2027-04-01", 0, "u_ex270401.log"},
        {"ex26031421.log", 0, "2026-03-14", 7, "ex26031407.log"},
        {"postgresql-2026-03-14_013000.log", 0, "2026-03-15", 1, "postgresql-2026-03-15_013000.log"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_buf) struct buf out = {0};
        OWN(own_buf) struct buf stem = {0};
        struct rotated rotated;
        rotated_name(&rotated, str_of(rows[i].path), &stem);
        rotated_other(&rotated, str_of(rows[i].path), rows[i].number,
                      time_parse(str_of(rows[i].day)) / NS_PER_S / 86400, rows[i].hour, &out);
        assert_string_equal(out.data, rows[i].other);
    }
}

/* ---- archives ---- */

enum { ENTRIES = 30, LINES = 200 };

/* Day 1 is the first entry, or the last. */
static void make_lines(struct buf *out, unsigned day)
{
    for (unsigned i = 0; i < LINES; i++) {
        buf_printf(out,
                   "198.51.100.%u - - [%02u/Mar/2026:10:%02u:%02u +0000] \"GET /%u HTTP/1.1\" 200 %u \"-\" \"M\"\n",
                   i % 50, day, i / 60, i % 60, i, 100 + i * day);
    }
}

static void make_archive(char *path, bool is_reversed)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct archive *archive = archive_write_new();
    assert_int_equal(archive_write_add_filter_gzip(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format_pax_restricted(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_open_fd(archive, fd), ARCHIVE_OK);
    for (unsigned i = 0; i < ENTRIES; i++) {
        unsigned day = is_reversed ? ENTRIES - i : i + 1;
        char name[64];
        OWN(own_buf) struct buf lines = {0};
        make_lines(&lines, day);
        (void)snprintf(name, sizeof name, "logs/access.log.%u", ENTRIES + 1 - day);
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)lines.len);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(archive, lines.data, lines.len), lines.len);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    close(fd);
}

struct seen {
    uint64_t bytes, lines;
    uint64_t sizes; /* over the lines, so that each entry has a sum of its own */
};

static int take(void *self, const struct log_batch *batch, uint64_t offset, uint64_t line, struct err *err)
{
    struct seen *seen = self;
    (void)offset;
    (void)line;
    (void)err;
    for (size_t i = 0; i < batch->count; i++) {
        assert_true(log_is_parsed(&batch->lines[i]));
        seen->bytes += batch->lines[i].size;
        seen->sizes += batch->lines[i].bytes;
        seen->lines++;
    }
    return 0;
}

static void nobody_complains(void *self, struct str where, struct str what)
{
    (void)self;
    fail_msg("%.*s: %.*s", STR_FMT(where), STR_FMT(what));
}

static void read_all(const char *path, bool has_room, bool is_reversed)
{
    struct err err = {0};
    OWN(own_arena) struct arena keep;
    arena_init(&keep, 0);
    const struct assay_trace_options options = {.logs = &path, .log_count = 1};
    const struct assay_sink sink = {.complain = nobody_complains};
    struct sources sources = {.held_bytes = has_room ? 0 : HELD_MAX};
    if (sources_open(&sources, &options, &sink, &keep, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(sources.count, ENTRIES);
    assert_int_equal(sources.job_count, ENTRIES);
    assert_int_equal(sources.set_count, 1);
    assert_true(str_ends(str_of(sources.sets[0]), STR("!logs/access.log")));
    struct feed *feed = feed_new(&err);
    assert_non_null(feed);
    for (int pass = 0; pass < 2; pass++) {
        uint32_t before = 0;
        for (size_t i = 0; i < sources.job_count; i++) {
            const struct source *source = &sources.all[sources.jobs[i].source];
            assert_true((source->hold != NULL) == has_room);
            struct seen seen = {0};
            struct tally tally = {0};
            char damage[256];
            const struct feed_taker taker = {.self = &seen, .take = take};
            assert_int_equal(feed_job(feed, source, &sources.jobs[i], &taker, &tally, damage, &err), 0);
            assert_string_equal(damage, "");
            unsigned day = is_reversed ? ENTRIES - source->entry : source->entry + 1;
            assert_int_equal(seen.lines, LINES);
            assert_int_equal(seen.bytes, source->raw_bytes);
            assert_int_equal(seen.sizes, 100 * LINES + (uint64_t)day * LINES * (LINES - 1) / 2);
            /* with room: in the order of time. without: in the archive's, and its reader never went back */
            if (has_room) {
                assert_int_equal(sources.jobs[i].source, i);
            } else {
                assert_int_equal(source->entry, i);
                assert_int_equal(feed->cursor.next, i + 1);
                assert_true(i == 0 || source->entry > before);
            }
            before = source->entry;
        }
    }
    feed_free(feed);
    sources_close(&sources);
}

static void entries_come_the_same_from_memory_and_from_the_archive(void **state)
{
    (void)state;
    for (int is_reversed = 0; is_reversed < 2; is_reversed++) {
        char path[] = "/tmp/assay-source-XXXXXX";
        make_archive(path, is_reversed != 0);
        read_all(path, true, is_reversed != 0);
        read_all(path, false, is_reversed != 0);
        unlink(path);
    }
}

static void what_is_held_comes_back(void **state)
{
    (void)state;
    struct err err = {0};
    OWN(own_buf) struct buf plain = {0};
    OWN(own_buf) struct buf out = {0};
    make_lines(&plain, 3);
    struct hold *hold = hold_new(1 << 20);
    assert_non_null(hold);
    for (size_t at = 0; at < plain.len; at += 1000) {
        assert_true(hold_put(hold, str_slice(buf_str(&plain), at, at + 1000)));
    }
    assert_true(hold_end(hold));
    assert_true(hold_bytes(hold) < plain.len / 4);
    OWN(own_stream) struct stream *stream = hold_stream(hold, &err);
    assert_non_null(stream);
    for (size_t got = 1; got > 0;) {
        char *room = buf_room(&out, 777);
        assert_int_equal(stream_read(stream, room, 777, &got, &err), 0);
        out.len += got;
    }
    assert_true(str_eq(buf_str(&out), buf_str(&plain)));
    hold_free(hold);
    struct hold *small = hold_new(64);
    assert_non_null(small);
    assert_false(hold_put(small, buf_str(&plain)) && hold_end(small));
    hold_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_says_its_set_and_its_place),
        cmocka_unit_test(another_member_is_named_the_same_way),
        cmocka_unit_test(entries_come_the_same_from_memory_and_from_the_archive),
        cmocka_unit_test(what_is_held_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
