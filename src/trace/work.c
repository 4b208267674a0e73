/* A database busier than the requests that are left explain.
 *
 * A page that asks the database opens a connection in the second of its request, or near it. So with c connections that
 * begin beside w requests to pages, c is about r w, r being what the whole log shows. Lines that were cut out of the web
 * log leave their connections behind: c is then more than r w, and in a quiet stretch even more than w.
 *
 * Where hardly a second has more connections than requests, a request opens one or none, and c is binomial: P(c >= k) <=
 * exp(-w D(k / w, r)) with D the relative entropy (Chernoff), and what is beyond w needs another cause, a Poisson count of rare
 * things. Elsewhere c counts as Poisson of mean r w. Counts that vary more than that are as if there were 1/phi as many of
 * them; phi is the middle one of the log's own stretches, which a few cut ones cannot move. The most surprising of all stretches is
 * told when fewer than one log in a thousand would show one by chance.
 *
 * What is not told, for it has another cause more often than not: a slow page's connection is seconds before or after
 * its line, so that all requests near a stretch count as if in it; what comes again at the same time of other hours or days is a
 * timer's; connections that stay open (a pool) say nothing; nor does either end of the web log, whose last pages were
 * not yet written down. */
#include "trace/work.h"

#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

#define WORK_ALPHA 1e-3

enum {
    BINS_MAX = 1 << 20,
    DAY_MAX = 86400,       /* longest log with bins of a second */
    LATE_SECONDS = 60,     /* the web log's last pages are not all written down */
    PERIODS_EACH_WAY = 32, /* that are looked at for what comes again */
    NEAR_SECONDS = 10,     /* by which a connection is before or after its request's line */
    SIZES = 9,             /* stretches of 1, 2, 4, ... bins */
    CONNECTIONS_MIN = 200,
    EXCESS_MIN = 5,
    BUSY = 4,        /* requests in a bin that says something of r and phi */
    SPREAD_MIN = 16, /* blocks to learn from */
    LEARN_STEPS = 4,
    SHARE_MIN = 9 /* tenths of connections that have a request beside them */
};

/* With fewer connections a request, they stay open, and do not begin with it. */
#define RATIO_MIN 0.2
/* Connections in a stretch without any request at all: somebody looks in by hand. */
#define RARE 0.5

/* Sums up to each bin: requests and connections before it. */
struct work {
    int64_t from, bin_seconds;
    size_t bins;
    double ratio, phi;
    bool is_single;    /* a request opens one connection or none */
    double *web, *own; /* bins + 1 */
};

/* False: a second had as many as can be counted, or more. */
static bool add_minutes(const struct work *work, double *sums, const struct db_activity *activity, int64_t shift)
{
    bool is_whole = true;
    for (size_t m = 0; m < activity->count; m++) {
        for (int64_t s = 0; s < 60; s++) {
            int64_t at = activity->all[m].minute * 60 + s + shift - work->from;
            if (at >= 0 && (size_t)(at / work->bin_seconds) < work->bins) {
                sums[at / work->bin_seconds + 1] += activity->all[m].seconds[s];
                is_whole &= activity->all[m].seconds[s] < UINT8_MAX;
            }
        }
    }
    for (size_t i = 1; i <= work->bins; i++) {
        sums[i] += sums[i - 1];
    }
    return is_whole;
}

static double in(const double *sums, size_t from, size_t to)
{
    return sums[to] - sums[from];
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* r: the middle one of the log's own blocks of so many bins, each with as many voices as it has requests; a cut moves the
 * mean, not this. 0: too few blocks have enough. room has place for two numbers a bin. */
static double ratio_of(const struct work *work, size_t size, double *room)
{
    size_t count = 0;
    double voices = 0, heard = 0;
    for (size_t i = 0; i + size <= work->bins; i += size) {
        double requests = in(work->web, i, i + size);
        if (requests >= BUSY) {
            room[count * 2] = in(work->own, i, i + size) / requests;
            room[count * 2 + 1] = requests;
            voices += requests;
            count++;
        }
    }
    if (count < SPREAD_MIN) {
        return 0;
    }
    qsort(room, count, 2 * sizeof *room, double_order);
    size_t at = 0;
    while (at + 1 < count && (heard += room[at * 2 + 1]) < voices / 2) {
        at++;
    }
    return room[at * 2];
}

static double variance(const struct work *work, double requests)
{
    return work->is_single ? requests * work->ratio * (1 - work->ratio) : requests * work->ratio;
}

/* phi of stretches of a size: the median of the squared excess over its variance, against that of a normal variable squared
 * (0.455). 0: too few to say. */
static double spread(const struct work *work, size_t size, double *room)
{
    size_t count = 0;
    for (size_t i = 0; i + size <= work->bins; i += size) {
        double requests = in(work->web, i, i + size), expected = variance(work, requests);
        double excess = in(work->own, i, i + size) - work->ratio * requests;
        if (requests >= BUSY) {
            room[count++] = excess * excess / expected;
        }
    }
    if (count < SPREAD_MIN) {
        return 0;
    }
    qsort(room, count, sizeof *room, double_order);
    double phi = room[count / 2] / 0.455;
    return phi > 1 ? phi : 1;
}

struct stretch_of_work {
    size_t from, to;
    double own, web, mean, surprise;
};

static double poisson_surprise(double count, double mean)
{
    return count > mean ? count * log(count / mean) - count + mean : 0;
}

static double surprise_of(const struct work *work, double own, double requests)
{
    if (!work->is_single) {
        return poisson_surprise(own, work->ratio * requests + RARE);
    }
    if (own <= work->ratio * requests) {
        return 0;
    }
    if (own >= requests) {
        return requests * log(1 / work->ratio) + poisson_surprise(own - requests, RARE);
    }
    double share = own / requests;
    return requests * (share * log(share / work->ratio) + (1 - share) * log((1 - share) / (1 - work->ratio)));
}

/* Does as much come at the same time of at least half the other hours, or days, of which there must be two? */
static bool is_routine(const struct work *work, size_t from, size_t size, double excess)
{
    static const int64_t periods[] = {300, 600, 900, 1800, 3600, 86400};
    for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
        int64_t step = periods[p] / work->bin_seconds, bins = (int64_t)work->bins, slack = 60 / work->bin_seconds;
        size_t looked = 0, alike = 0;
        int64_t least = (int64_t)from % step, here = (int64_t)from - step * PERIODS_EACH_WAY;
        int64_t last = (int64_t)from + step * PERIODS_EACH_WAY;
        for (int64_t at = here > least ? here : least; at <= last && at + (int64_t)size <= bins; at += step) {
            int64_t begin = at > slack ? at - slack : 0, end = at + (int64_t)size + slack;
            if (at != (int64_t)from) {
                size_t to = (size_t)(end < bins ? end : bins);
                looked++;
                alike +=
                    in(work->own, (size_t)begin, to) - work->ratio * in(work->web, (size_t)begin, to) >= excess / 2;
            }
        }
        if (looked >= 2 && alike * 2 >= looked) {
            return true;
        }
    }
    return false;
}

/* Requests that may belong to a stretch. */
static double near(const struct work *work, size_t from, size_t to)
{
    size_t slack = (size_t)(NEAR_SECONDS / work->bin_seconds) + (NEAR_SECONDS % work->bin_seconds != 0);
    return in(work->web, from > slack ? from - slack : 0, to + slack < work->bins ? to + slack : work->bins);
}

/* Does a request open one connection or none? Then hardly any second has more connections than requests. */
static bool is_single(const struct work *work)
{
    double beyond = 0;
    for (size_t i = 0; i < work->bins; i++) {
        double more = in(work->own, i, i + 1) - near(work, i, i + 1);
        beyond += more > 0 ? more : 0;
    }
    return work->ratio < 0.98 && beyond * 10 <= work->own[work->bins];
}

/* r, and phi: the largest of a few sizes of blocks, from the least that says something on. False: the log is too short to know
 * its own. */
static bool learn(struct work *work, double *room)
{
    size_t size = 1;
    while (size < work->bins && (work->ratio = ratio_of(work, size, room)) <= 0) {
        size *= 2;
    }
    work->is_single = is_single(work);
    work->phi = 1;
    for (int step = 0; work->ratio >= RATIO_MIN && step < LEARN_STEPS; step++, size *= 2) {
        double here = spread(work, size, room);
        work->phi = here > work->phi ? here : work->phi;
    }
    return work->ratio >= RATIO_MIN;
}

/* *ret_tried: how many stretches were looked at. */
static void find_most(const struct work *work, struct stretch_of_work *best, double *ret_tried)
{
    *ret_tried = 0;
    for (size_t size = 1; size <= (size_t)1 << (SIZES - 1) && size <= work->bins; size *= 2) {
        for (size_t i = 0; i + size <= work->bins; i++) {
            double own = in(work->own, i, i + size), requests = near(work, i, i + size);
            double surprise = surprise_of(work, own, requests) / work->phi, beyond = own - requests;
            if (work->is_single && beyond >= EXCESS_MIN && poisson_surprise(beyond, RARE) > surprise) {
                surprise = poisson_surprise(beyond, RARE); /* however much r varies, it is at most one */
            }
            *ret_tried += own > 0;
            if (surprise <= best->surprise || own - work->ratio * requests < EXCESS_MIN) {
                continue;
            }
            if (is_routine(work, i, size, own - work->ratio * requests)) {
                i += size - 1; /* what overlaps it is as much so */
                continue;
            }
            *best = (struct stretch_of_work){i, i + size, own, requests, work->ratio * requests, surprise};
        }
    }
}

/* Connections with a request in their bin or in one beside it, in tenths. */
static bool is_driven_by_requests(const struct work *work)
{
    double with = 0;
    for (size_t i = 0; i < work->bins; i++) {
        double near = in(work->web, i > 0 ? i - 1 : 0, i + 2 <= work->bins ? i + 2 : work->bins);
        with += near > 0 ? in(work->own, i, i + 1) : 0;
    }
    return with * 10 >= SHARE_MIN * work->own[work->bins];
}

static int compare(struct work *work, const struct db_activity *web, const struct db_activity *own, int64_t shift,
                   struct excess *ret, struct err *err)
{
    OWN(own_mem) double *web_sums = calloc(work->bins + 1, sizeof *web_sums);
    OWN(own_mem) double *own_sums = calloc(work->bins + 1, sizeof *own_sums);
    OWN(own_mem) double *room = calloc(work->bins + 1, 2 * sizeof *room);
    if (web_sums == NULL || own_sums == NULL || room == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu stretches of time", work->bins);
    }
    work->web = web_sums;
    work->own = own_sums;
    bool is_whole = add_minutes(work, web_sums, web, 0);
    is_whole &= add_minutes(work, own_sums, own, shift);
    double tried = 0;
    if (!is_whole || own_sums[work->bins] < CONNECTIONS_MIN || web_sums[work->bins] < CONNECTIONS_MIN ||
        !is_driven_by_requests(work)) {
        return 0;
    }
    struct stretch_of_work best = {0};
    if (!learn(work, room)) {
        return 0;
    }
    find_most(work, &best, &tried);
    *ret = (struct excess){.is_found = best.surprise > log((tried + 1) / WORK_ALPHA),
                           .from = work->from + (int64_t)best.from * work->bin_seconds,
                           .to = work->from + (int64_t)best.to * work->bin_seconds - 1,
                           .own = best.own,
                           .web = best.web,
                           .mean = best.mean,
                           .ratio = work->ratio,
                           .surprise = best.surprise};
    return 0;
}

/* The first and the last second in which anything was. */
static void range_of(const struct db_activity *activity, int64_t *from, int64_t *to)
{
    *from = INT64_MAX;
    *to = INT64_MIN;
    for (size_t i = 0; i < activity->count; i++) {
        for (int64_t s = 0; s < 60; s++) {
            int64_t second = activity->all[i].minute * 60 + s;
            if (activity->all[i].seconds[s] > 0) {
                *from = second < *from ? second : *from;
                *to = second > *to ? second : *to;
            }
        }
    }
}

int work_compare(const struct db_activity *web, const struct db_activity *own, int64_t shift, struct excess *ret,
                 struct err *err)
{
    int64_t from, to, own_from, own_to;
    *ret = (struct excess){0};
    range_of(web, &from, &to);
    range_of(own, &own_from, &own_to);
    if (from > to || own_from > own_to || web->dropped > 0 || own->dropped > 0) {
        return 0; /* what was dropped is not known to be even */
    }
    from = from > own_from + shift ? from : own_from + shift;
    to = to - LATE_SECONDS < own_to + shift ? to - LATE_SECONDS : own_to + shift;
    int64_t seconds = to - from + 1;
    struct work work = {.from = from, .bin_seconds = seconds <= DAY_MAX ? 1 : seconds <= 10 * DAY_MAX ? 10 : 60};
    if (seconds < 60 || seconds / work.bin_seconds > BINS_MAX) {
        return 0;
    }
    work.bins = (size_t)(seconds / work.bin_seconds);
    return compare(&work, web, own, shift, ret, err);
}

static size_t seconds_in(const struct db_activity *activity)
{
    size_t count = 0;
    for (size_t i = 0; i < activity->count; i++) {
        for (size_t s = 0; s < 60; s++) {
            count += activity->all[i].seconds[s] > 0;
        }
    }
    return count;
}

bool db_activity_is_same(const struct db_activity *a, int64_t shift_a, const struct db_activity *b, int64_t shift_b)
{
    size_t in_a = seconds_in(a), in_b = seconds_in(b), both = 0, at = 0;
    for (size_t i = 0; i < a->count; i++) {
        for (int64_t s = 0; s < 60; s++) {
            int64_t second = a->all[i].minute * 60 + s + shift_a - shift_b;
            int64_t minute = second / 60 - (second % 60 < 0);
            while (at < b->count && b->all[at].minute < minute) {
                at++;
            }
            both += a->all[i].seconds[s] > 0 && at < b->count && b->all[at].minute == minute &&
                    b->all[at].seconds[second - minute * 60] > 0;
        }
    }
    return both * 2 > (in_a < in_b ? in_a : in_b);
}
