/* A database busier than the requests that are left explain.
 *
 * A page that asks the database opens a connection, or wakes one, in the second of its request. So with c connections at work
 * beside w requests to pages, c is about r w, r being what the whole log shows. Lines that were cut out of the web log leave
 * their connections behind: c is then more than r w, and in a quiet stretch even more than w.
 *
 * Where hardly a second has more connections than requests, a request opens one or none, and c is binomial: P(c >= k) <=
 * exp(-w D(k / w, r)) with D the relative entropy (Chernoff), and what is beyond w needs another cause, a Poisson count of rare
 * things. Elsewhere c counts as Poisson of mean r w. Counts that vary more than that are as if there were 1/phi as many of
 * them; phi is the middle one of the log's own stretches, which a few cut ones cannot move. The most surprising of all stretches is
 * told when fewer than one log in a thousand would show one by chance. Clocks are joined as in join.c; where the offset
 * is not known they are taken as one, which is so on one machine. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/contradict.h"
#include "trace/database.h"

#include "base/banned.h"

#define WORK_ALPHA 1e-3

enum {
    BINS_MAX = 1 << 20,
    SIZES = 6, /* stretches of 1, 2, 4, ... bins */
    CONNECTIONS_MIN = 200,
    EXCESS_MIN = 5,
    BUSY = 4,       /* requests in a bin that says something of r and phi */
    SPREAD_MIN = 8, /* bins to learn phi from */
    SHARE_MIN = 9   /* tenths of connections that have a request beside them */
};

/* Of a neighbouring second's requests, those that may belong to this one: a server stamps when a request begins, or ends. */
#define SPILL 0.05
/* Connections in a stretch without any request at all: somebody looks in by hand. */
#define RARE 0.5

/* Sums up to each bin: requests and connections before it. */
struct work {
    int64_t from, bin_seconds;
    size_t bins;
    double ratio;
    bool is_single;    /* a request opens one connection or none */
    double *web, *own; /* bins + 1 */
};

static void add_minutes(const struct work *work, double *sums, const struct db_activity *activity, int64_t shift)
{
    for (size_t m = 0; m < activity->count; m++) {
        for (int64_t s = 0; s < 60; s++) {
            int64_t at = activity->all[m].minute * 60 + s + shift - work->from;
            if (at >= 0 && (size_t)(at / work->bin_seconds) < work->bins) {
                sums[at / work->bin_seconds + 1] += activity->all[m].seconds[s];
            }
        }
    }
    for (size_t i = 1; i <= work->bins; i++) {
        sums[i] += sums[i - 1];
    }
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

/* r: the middle one of the log's own bins, each with as many voices as it has requests; a cut moves the mean, not this. 0: no
 * bin has enough. room has place for two numbers a bin. */
static double ratio_of(const struct work *work, double *room)
{
    size_t count = 0;
    double voices = 0, heard = 0;
    for (size_t i = 0; i < work->bins; i++) {
        double requests = in(work->web, i, i + 1);
        if (requests >= BUSY) {
            room[count * 2] = in(work->own, i, i + 1) / requests;
            room[count * 2 + 1] = requests;
            voices += requests;
            count++;
        }
    }
    if (count == 0) {
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

static double near(const struct work *work, size_t from, size_t to)
{
    double before = from > 0 ? in(work->web, from - 1, from) : 0,
           behind = to < work->bins ? in(work->web, to, to + 1) : 0;
    return in(work->web, from, to) + SPILL * (before + behind);
}

/* *ret_tried: how many stretches were looked at; 0: the log is too short to know its own spread. */
static void find_most(const struct work *work, double *room, struct stretch_of_work *best, double *ret_tried)
{
    double phi = 0;
    *ret_tried = 0;
    for (size_t size = 1; size <= (size_t)1 << (SIZES - 1) && size <= work->bins; size *= 2) {
        double here = spread(work, size, room);
        phi = here > phi ? here : phi;
        for (size_t i = 0; phi > 0 && i + size <= work->bins; i++) {
            double own = in(work->own, i, i + size), requests = near(work, i, i + size);
            double surprise = surprise_of(work, own, requests) / phi, beyond = own - requests;
            if (work->is_single && beyond >= EXCESS_MIN && poisson_surprise(beyond, RARE) > surprise) {
                surprise = poisson_surprise(beyond, RARE); /* however much r varies, it is at most one */
            }
            *ret_tried += own > 0;
            if (surprise > best->surprise && own - work->ratio * requests >= EXCESS_MIN) {
                *best = (struct stretch_of_work){
                    i, i + size, own, in(work->web, i, i + size), work->ratio * requests, surprise};
            }
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

static int tell_excess(struct telling *telling, const struct work *work, const struct stretch_of_work *best,
                       const char *source)
{
    int64_t from = work->from + (int64_t)best->from * work->bin_seconds,
            to = work->from + (int64_t)best->to * work->bin_seconds - 1;
    char says[384];
    snprintf(
        says, sizeof says,
        "in %lld s the database had %.0f connections at work beside %.0f requests to pages; usually there are %.2f "
        "for each, so that about %.0f requests seem to have no line",
        (long long)(to - from + 1), best->own, best->web, work->ratio,
        (best->own - best->mean) / (work->ratio > 1 ? work->ratio : 1));
    const struct sign sign = {.kind = "more connections than requests explain",
                              .source = source,
                              .says = says,
                              .innocent =
                                  "a timer, a backup, a queue or a person at the database, a page that opens more "
                                  "connections than others, or requests that another server logs",
                              .of = LOG_WEB,
                              .count = (uint64_t)(best->own - best->mean),
                              .base = exp(-best->surprise),
                              .base_of = "the chance of as many in one such stretch, as this log's own counts vary",
                              .from = from,
                              .to = to};
    return sign_tell(telling, &sign);
}

static int look(struct telling *telling, struct work *work, const struct takings *takings,
                const struct db_activity *own, int64_t shift)
{
    OWN(own_mem) double *web_sums = calloc(work->bins + 1, sizeof *web_sums);
    OWN(own_mem) double *own_sums = calloc(work->bins + 1, sizeof *own_sums);
    OWN(own_mem) double *room = calloc(work->bins + 1, 2 * sizeof *room);
    if (web_sums == NULL || own_sums == NULL || room == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for %zu stretches of time", work->bins);
    }
    work->web = web_sums;
    work->own = own_sums;
    add_minutes(work, web_sums, &takings->web, 0);
    add_minutes(work, own_sums, own, shift);
    double connections = own_sums[work->bins], requests = web_sums[work->bins], tried = 0;
    if (connections < CONNECTIONS_MIN || requests < CONNECTIONS_MIN || !is_driven_by_requests(work)) {
        return 0;
    }
    struct stretch_of_work best = {0};
    work->ratio = ratio_of(work, room);
    work->is_single = is_single(work);
    if (work->ratio <= 0) {
        return 0;
    }
    find_most(work, room, &best, &tried);
    if (best.surprise <= log((tried + 1) / WORK_ALPHA)) {
        return 0;
    }
    return tell_excess(telling, work, &best, telling->run->sources.sets[own->set]);
}

static void range_of(const struct db_activity *activity, int64_t *from, int64_t *to)
{
    *from = INT64_MAX;
    *to = INT64_MIN;
    for (size_t i = 0; i < activity->count; i++) {
        *from = activity->all[i].minute < *from ? activity->all[i].minute : *from;
        *to = activity->all[i].minute > *to ? activity->all[i].minute : *to;
    }
}

int tell_work(struct telling *telling)
{
    const struct database *database = telling->run->kinds[LOG_DATABASE];
    const struct takings *takings = database == NULL ? NULL : database->takings;
    for (size_t i = 0; takings != NULL && takings->has_web && i < database->activity_count; i++) {
        const struct db_activity *own = &database->activity[i];
        const struct offset *offset = &takings->offsets[i];
        int64_t web_from, web_to, own_from, own_to;
        range_of(&takings->web, &web_from, &web_to);
        range_of(own, &own_from, &own_to);
        int64_t shift = offset->is_known ? offset->seconds : 0;
        int64_t from = web_from > own_from ? web_from : own_from, to = web_to < own_to ? web_to : own_to;
        if (own->dropped > 0 || takings->web.dropped > 0 || from > to) {
            continue; /* what was dropped is not known to be even */
        }
        int64_t seconds = (to - from + 1) * 60;
        struct work work = {.from = from * 60, .bin_seconds = seconds <= 86400 ? 1 : seconds <= 864000 ? 10 : 60};
        work.bins = (size_t)(seconds / work.bin_seconds);
        if (work.bins <= BINS_MAX) {
            TRY(look(telling, &work, takings, own, shift));
        }
    }
    return 0;
}
