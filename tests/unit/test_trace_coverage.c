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
#include <cmocka.h>

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

static void ten_minutes_cut_out_of_a_busy_hour_are_found(void **state)
{
    (void)state;
    const char *logs = getenv("ASSAY_GAPS");
    uint64_t count;
    if (logs != NULL && str_u64(str_of(logs), &count)) {
        print_table((size_t)count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_minutes_cut_out_of_a_busy_hour_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
