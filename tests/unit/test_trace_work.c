/* Connections beside requests: worlds in which lines were cut out, and innocent ones that come near to it.
 *
 * ASSAY_WORK=300 in the environment draws so many logs of each and prints how often each is told. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/str.h"
#include "trace/work.h"

#include "base/banned.h"

#define START INT64_C(1772409600) /* 2026-03-02T00:00:00Z */

/* One day of a site and its database. */
struct scene {
    const char *name;
    double rate;                      /* visits a second in the busiest hour */
    double pages;                     /* further pages of a visit, within seconds */
    double share;                     /* of pages that open a connection */
    double most;                      /* up to so many connections a page, 1 at least */
    double slow;                      /* mean seconds between the connection and the line */
    double slow_one;                  /* of one in a hundred pages */
    int64_t offset;                   /* the database's clock behind the web's */
    int64_t timer, timer_connections; /* every so many seconds */
    double other;                     /* visits a second of a site whose log is not given */
    int64_t burst_at, burst;          /* requests in one second, at that second */
    int64_t web_from, web_to;         /* the web log's ends; 0: the day's */
    int64_t cut_from, cut_to;         /* lines cut out */
    int64_t visit_at, visit_pages;    /* one visitor's, all of their lines cut out */
    int hours;
};

struct drawn {
    struct db_activity web, own;
    uint64_t seed;
};

static double draw(struct drawn *drawn)
{
    drawn->seed = drawn->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(drawn->seed >> 11) + .5) / 9007199254740992.0;
}

static double wait_of(struct drawn *drawn, double mean)
{
    return -log(draw(drawn)) * mean;
}

static void page(struct drawn *drawn, const struct scene *scene, double at, bool is_cut)
{
    double slow = scene->slow + (draw(drawn) < .01 ? scene->slow_one : 0);
    double line = at + (slow > 0 ? wait_of(drawn, slow) : .05);
    int64_t second = (int64_t)line, to = scene->web_to > 0 ? scene->web_to : INT64_MAX;
    is_cut |= second >= scene->cut_from && second < scene->cut_to;
    if (!is_cut && second >= scene->web_from && second < to) {
        assert_int_equal(db_activity_add(&drawn->web, START + second, 1, NULL), 0);
    }
    for (double n = 0; n < scene->most && draw(drawn) < scene->share; n++) {
        assert_int_equal(db_activity_add(&drawn->own, START + (int64_t)(at + n * .1) - scene->offset, 1, NULL), 0);
    }
}

static void visits(struct drawn *drawn, const struct scene *scene, double rate, bool is_elsewhere)
{
    double end = scene->hours * 3600.0;
    for (double at = wait_of(drawn, 1 / rate); at < end; at += wait_of(drawn, 1 / rate)) {
        double hour = fmod(at / 3600, 24), busy = .15 + .85 * sin(hour / 24 * 3.1416);
        if (draw(drawn) > busy) {
            continue;
        }
        double then = at;
        page(drawn, scene, then, is_elsewhere);
        for (double n = 0; n < scene->pages && draw(drawn) < .8; n++) {
            then += wait_of(drawn, .7);
            page(drawn, scene, then, is_elsewhere);
        }
    }
}

static struct excess play(const struct scene *scene, uint64_t seed, bool *ret_known)
{
    struct drawn drawn = {.seed = seed * 7919 + 17};
    visits(&drawn, scene, scene->rate, false);
    if (scene->other > 0) {
        visits(&drawn, scene, scene->other, true);
    }
    for (int64_t at = 137; scene->timer > 0 && at < (int64_t)scene->hours * 3600; at += scene->timer) {
        for (int64_t n = 0; n < scene->timer_connections; n++) {
            assert_int_equal(db_activity_add(&drawn.own, START + at + n / 10 - scene->offset, 1, NULL), 0);
        }
    }
    for (int64_t n = 0; n < scene->burst; n++) {
        page(&drawn, scene, (double)scene->burst_at + draw(&drawn), false);
    }
    for (int64_t n = 0; n < scene->visit_pages; n++) {
        page(&drawn, scene, (double)scene->visit_at + (double)n * 1.5, true);
    }
    db_activity_sort(&drawn.web);
    db_activity_sort(&drawn.own);
    struct offset offset = offset_estimate(drawn.web.all, drawn.web.count, drawn.own.all, drawn.own.count);
    struct excess excess = {0};
    struct err err = {0};
    if (offset.is_known) {
        assert_int_equal(work_compare(&drawn.web, &drawn.own, offset.seconds, &excess, &err), 0);
    }
    *ret_known = offset.is_known;
    free(drawn.web.all);
    free(drawn.own.all);
    return excess;
}

static unsigned seeds_of(unsigned usual)
{
    const char *text = getenv("ASSAY_WORK");
    uint64_t seeds;
    return text != NULL && str_u64(str_of(text), &seeds) ? (unsigned)seeds : usual;
}

static unsigned told_of(const struct scene *scene, unsigned seeds)
{
    unsigned told = 0, known = 0, near = 0;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        bool is_known;
        struct excess excess = play(scene, seed, &is_known);
        int64_t at = scene->visit_pages > 0 ? scene->visit_at : scene->cut_from;
        told += excess.is_found;
        known += is_known;
        near += excess.is_found && excess.from <= START + at + 900 && excess.to >= START + at - 30;
    }
    print_message("%-44s told in %3u of %3u logs (%u there), offset known in %u\n", scene->name, told, seeds, near,
                  known);
    return told;
}

static void innocent_logs_are_not_told_of(void **state)
{
    (void)state;
    static const struct scene scenes[] = {
        {.name = "quiet site", .rate = .02, .share = .9, .most = 1, .hours = 24},
        {.name = "busy site", .rate = 1, .pages = 4, .share = .9, .most = 1, .hours = 6},
        {.name = "half of the pages ask", .rate = .2, .pages = 4, .share = .5, .most = 1, .hours = 24},
        {.name = "several connections a page", .rate = .2, .pages = 3, .share = .7, .most = 6, .hours = 24},
        {.name = "slow pages", .rate = .2, .pages = 4, .share = .9, .most = 1, .slow = 2, .hours = 24},
        {.name = "a few very slow pages", .rate = .2, .pages = 4, .share = .9, .most = 1, .slow_one = 30, .hours = 24},
        {.name = "a burst of slow pages",
         .rate = .1,
         .share = .9,
         .most = 1,
         .slow = 2,
         .burst_at = 30000,
         .burst = 60,
         .hours = 24},
        {.name = "a burst", .rate = .1, .share = .9, .most = 1, .burst_at = 30000, .burst = 200, .hours = 24},
        {.name = "a timer, hourly",
         .rate = .1,
         .share = .9,
         .most = 1,
         .timer = 3600,
         .timer_connections = 30,
         .hours = 24},
        {.name = "a timer, every five minutes",
         .rate = .1,
         .pages = 3,
         .share = .9,
         .most = 1,
         .timer = 300,
         .timer_connections = 3,
         .hours = 24},
        {.name = "another clock", .rate = .2, .pages = 3, .share = .9, .most = 1, .offset = 7227, .hours = 24},
        {.name = "two sites, the other's log not given",
         .rate = .3,
         .pages = 3,
         .share = .9,
         .most = 1,
         .other = .1,
         .hours = 24},
    };
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        unsigned seeds = seeds_of(2), told = told_of(&scenes[i], seeds);
        if (told * 100 > seeds) {
            fail_msg("%s: told in %u of %u logs", scenes[i].name, told, seeds);
        }
    }
}

static void cut_lines_are_told_of(void **state)
{
    (void)state;
    static const struct scene scenes[] = {
        {.name = "a busy minute cut out",
         .rate = .3,
         .pages = 4,
         .share = .9,
         .most = 1,
         .cut_from = 40000,
         .cut_to = 40060,
         .hours = 24},
        {.name = "a visit of 60 pages on a quiet site",
         .rate = .03,
         .share = .9,
         .most = 1,
         .visit_at = 20000,
         .visit_pages = 60,
         .hours = 24},
        {.name = "the same, several connections a page",
         .rate = .03,
         .share = .7,
         .most = 6,
         .visit_at = 20000,
         .visit_pages = 60,
         .hours = 24},
        {.name = "the same, another clock",
         .rate = .03,
         .pages = 2,
         .share = .9,
         .most = 1,
         .offset = 7227,
         .visit_at = 20000,
         .visit_pages = 60,
         .hours = 24},
    };
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        unsigned seeds = seeds_of(2), told = told_of(&scenes[i], seeds);
        if (told * 10 < seeds * 9) {
            fail_msg("%s: told in %u of %u logs", scenes[i].name, told, seeds);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(innocent_logs_are_not_told_of),
        cmocka_unit_test(cut_lines_are_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
