/* What the logs could not show: silences, blocks that occur twice, and what stands against "nothing was there". Pairs of
 * worlds: one that was tampered with, one that only looks so.
 *
 * ASSAY_GAPS=1000 in the environment prints the table of docs/trace-coverage.md from so many logs a cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/watch.h"

#include "base/banned.h"

/* ---- a site's traffic ---- */

#define START INT64_C(1772409600) /* 2026-03-02T00:00:00Z, a Monday */

struct site {
    struct days days;
    uint64_t seed;
    int64_t cut_from, cut_to;
    uint64_t lines;
};

static double draw(struct site *site)
{
    site->seed = site->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return ((double)(site->seed >> 11) + 0.5) / 9007199254740992.0;
}

static double draw_wait(struct site *site, double mean)
{
    return -__builtin_log(draw(site)) * mean;
}

/* Share of the busiest hour: nights are quiet, Saturdays and Sundays half as busy. */
static double busy(int64_t second)
{
    static const double hours[24] = {.12, .08, .05, .05, .06, .1, .2, .4, .7, .9, 1,  1,
                                     .9,  .95, 1,   1,   .95, .9, .8, .8, .8, .7, .5, .25};
    int64_t day = (second - START) / 86400 % 7;
    return hours[second / 3600 % 24] * (day >= 5 ? .5 : 1);
}

static void log_line(struct site *site, double at)
{
    struct err err = {0};
    int64_t second = (int64_t)at;
    if (second >= site->cut_from && second < site->cut_to) {
        return;
    }
    site->lines++;
    assert_int_equal(days_add(&site->days, 0, second, 1, &err), 0);
}

/* Visits of a few pages, each page with what belongs to it: about eight lines a visit. An hour's mean rate is per_hour. */
static void play(struct site *site, double days, double per_hour)
{
    static const double mean_busy = 0.495, lines_a_visit = 8;
    double wait = 3600 / (per_hour / lines_a_visit / mean_busy);
    for (double at = START; at < START + days * 86400;) {
        at += draw_wait(site, wait);
        if (draw(site) > busy((int64_t)at)) {
            continue;
        }
        double line = at;
        do {
            log_line(site, line);
            for (int assets = 0; assets < 3; assets++) {
                if (draw(site) < 1. / 3) {
                    log_line(site, line + draw(site) * 2);
                }
            }
            line += draw_wait(site, 25);
        } while (draw(site) < .75);
    }
}

/* Is there a gap that covers most of what was cut? And how many others? */
static bool found(double days, double per_hour, int64_t minutes, uint64_t seed, size_t *ret_false)
{
    static struct gap gaps[GAPS_MAX];
    struct site site = {.seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
    if (minutes > 0) {
        int64_t day = (int64_t)(draw(&site) * (days < 1 ? 1 : days));
        day -= day % 7 >= 5 ? day % 7 - 4 : 0;                                              /* a working day ... */
        site.cut_from = START + day * 86400 + 9 * 3600 + (int64_t)(draw(&site) * 8 * 3600); /* ... from 9 to 17 */
        site.cut_to = site.cut_from + minutes * 60;
    }
    play(&site, days, per_hour);
    double floor;
    size_t count = days_gaps(&site.days, 0, gaps, &floor);
    bool is_found = false;
    for (size_t i = 0; i < count; i++) {
        bool is_it = minutes > 0 && gaps[i].from <= site.cut_from && gaps[i].to >= site.cut_to;
        is_found |= is_it;
        *ret_false += !is_it;
    }
    days_free(&site.days);
    return is_found;
}

static const double rates[] = {20, 100, 400, 2000};
static const int64_t cuts[] = {2, 5, 10, 20, 60, 240};
static const double lengths[] = {1, 14, 42};

static void print_table(size_t logs)
{
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
            size_t wrong = 0, n = rates[r] * lengths[l] > 20000 ? logs / 10 + 1 : logs;
            (void)printf("| %.0f days | %.0f |", lengths[l], rates[r]);
            for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
                size_t hits = 0, ignored = 0;
                for (size_t i = 0; i < n / 10 + 1; i++) {
                    hits += found(lengths[l], rates[r], cuts[c], 1000 * (c + 1) + i, &ignored);
                }
                (void)printf(" %.0f %% |", 100. * (double)hits / (double)(n / 10 + 1));
            }
            for (size_t i = 0; i < n; i++) {
                size_t here = 0;
                (void)found(lengths[l], rates[r], 0, i + 1, &here);
                wrong += here > 0;
            }
            (void)printf(" %zu of %zu |\n", wrong, n);
        }
    }
}

/* Twenty minutes of a busy hour are found where 400 lines an hour come in visits of eight, ten where 2000 do; and hardly a whole
 * log has a gap. The figures of more logs are in docs/trace-coverage.md. */
static void stretches_cut_out_of_busy_hours_are_found(void **state)
{
    (void)state;
    static const struct {
        double days, per_hour;
        int64_t minutes;
        size_t at_least; /* of 12 */
    } rows[] = {{1, 2000, 10, 12}, {14, 400, 20, 10}, {14, 400, 60, 12}, {14, 100, 240, 12}, {14, 2000, 5, 12}};
    const char *logs = getenv("ASSAY_GAPS");
    uint64_t count;
    if (logs != NULL && str_u64(str_of(logs), &count)) {
        print_table((size_t)count);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t hits = 0, ignored = 0;
        for (uint64_t seed = 0; seed < 12; seed++) {
            hits += found(rows[i].days, rows[i].per_hour, rows[i].minutes, 50 + seed, &ignored);
        }
        if (hits < rows[i].at_least) {
            fail_msg("row %zu: %zu of 12 found", i, hits);
        }
    }
}

static void a_night_and_a_weekend_are_no_gaps(void **state)
{
    (void)state;
    static const struct {
        double days, per_hour;
    } rows[] = {{1, 20}, {1, 400}, {14, 20}, {14, 400}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t wrong = 0;
        for (uint64_t seed = 0; seed < 25; seed++) {
            (void)found(rows[i].days, rows[i].per_hour, 0, 7000 + seed, &wrong);
        }
        if (wrong > 1) {
            fail_msg("row %zu: %zu gaps in 25 logs without any", i, wrong);
        }
    }
}

/* ---- the time asked about ---- */

static int keep(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)err;
    if (kind == ASSAY_MEASURE && strcmp(json_text(body, "class", ""), "answer") == 0) {
        json_array_append(self, body);
    }
    return 0;
}

static void no_complaint(void *self, struct str where, struct str what)
{
    (void)self;
    (void)where;
    (void)what;
}

/* Two days of a line every ten seconds from 2026-03-14 on; extra is put behind the first. */
static json_t *answers(const char *mtime, const char *extra)
{
    OWN(own_buf) struct buf text = {0};
    struct err err = {0};
    for (int i = 0; i < 2 * 8640; i++) {
        buf_printf(
            &text,
            "198.51.100.%d - - [%d/Mar/2026:%02d:%02d:%02d +0000] \"GET /p.php?%d HTTP/1.1\" 200 %d \"-\" \"UA\"\n",
            i % 50, 14 + i / 8640, i / 360 % 24, i / 6 % 60, i * 10 % 60, i, 900 + i % 7);
        buf_puts(&text, i == 0 ? extra : "");
    }
    char path[] = "/tmp/assay-coverage-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(file_write(path, buf_str(&text), &err), 0);
    const char *const logs[] = {path};
    const struct assay_trace_seed seed = {"/up/a.php", "shell", mtime == NULL ? TIME_NONE : time_parse(str_of(mtime))};
    const struct assay_trace_options options = {
        .logs = logs, .log_count = 1, .seeds = &seed, .seed_count = 1, .jobs = 2};
    json_t *records = json_array();
    const struct assay_sink sink = {.self = records, .put = keep, .complain = no_complaint};
    int rc = assay_trace(&options, &sink, &err);
    unlink(path);
    if (rc != 0) {
        fail_msg("%s", err.text);
    }
    return records;
}

static const json_t *answer_of(const json_t *records, const char *question)
{
    size_t i;
    const json_t *record;
    json_array_foreach(records, i, record)
    {
        if (strcmp(json_text(record, "question", ""), question) == 0 &&
            strcmp(json_text(record, "path", ""), "/up/a.php") == 0) {
            return record;
        }
    }
    fail_msg("no answer to %s", question);
    return NULL;
}

static void the_time_asked_about_begins_with_the_file(void **state)
{
    (void)state;
    static const struct {
        const char *mtime, *word, *hole;
    } rows[] = {{NULL, "not observed, full coverage", NULL},
                {"2026-03-14T12:00:00Z", "not observed, full coverage", NULL},
                {"2026-01-01T00:00:00Z", "not observed, holes", "before the log begins"},
                {"2026-04-01T00:00:00Z", "not observed, holes", "after the log ends"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_json) json_t *records = answers(rows[i].mtime, "");
        const json_t *use = answer_of(records, "use");
        const char *hole = json_text(json_array_get(json_object_get(use, "holes"), 0), "what", "");
        if (strcmp(json_text(use, "word", ""), rows[i].word) != 0 ||
            strcmp(hole, rows[i].hole == NULL ? "" : rows[i].hole) != 0) {
            fail_msg("row %zu: %s, %s", i, json_text(use, "word", ""), hole);
        }
    }
}

/* Only a refusal says that nothing ran. */
static void what_was_answered_decides(void **state)
{
    (void)state;
#define LINE(status) \
    "203.0.113.7 - - [14/Mar/2026:00:00:03 +0000] \"GET /up/a.php HTTP/1.1\" " status " 90 \"-\" \"UA\"\n"
    static const struct {
        const char *line, *use, *taking;
    } rows[] = {{LINE("200"), "observed", "cannot be seen"},
                {LINE("404"), "not observed, full coverage", "not observed, full coverage"},
                {LINE("403"), "not observed, full coverage", "not observed, full coverage"},
                {LINE("302"), "not observed, holes", "not observed, holes"},
                {LINE("500"), "not observed, holes", "not observed, holes"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_json) json_t *records = answers(NULL, rows[i].line);
        if (strcmp(json_text(answer_of(records, "use"), "word", ""), rows[i].use) != 0 ||
            strcmp(json_text(answer_of(records, "taking"), "word", ""), rows[i].taking) != 0 ||
            strcmp(json_text(answer_of(records, "entry"), "word", ""), "cannot be seen") != 0) {
            fail_msg("row %zu: %s, %s", i, json_text(answer_of(records, "use"), "word", ""),
                     json_text(answer_of(records, "taking"), "word", ""));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretches_cut_out_of_busy_hours_are_found),
        cmocka_unit_test(a_night_and_a_weekend_are_no_gaps),
        cmocka_unit_test(the_time_asked_about_begins_with_the_file),
        cmocka_unit_test(what_was_answered_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
