/* Signs in time: a database at work while the web log is silent, and visits that go on over a hole. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/contradict.h"

#include "base/banned.h"

enum {
    SECONDS_A_DAY = 86400,
    MINUTES_MIN = 200,   /* minutes with lines of a database, to know what is usual */
    RUN_MIN = 3,         /* minutes in a row */
    VISIT_SECONDS = 900, /* before and after a hole */
    VISITORS_MAX = 1 << 13,
    HOLES_LOOKED_AT = 8,
    VISITORS_MIN = 4
};

/* ---- a database at work ---- */

static uint64_t bit_of(int64_t minute, uint64_t base)
{
    return (uint64_t)minute - base;
}

/* Minutes with lines, of all sets of a kind, as bits from `base` on. */
struct minutes {
    uint64_t *bits;
    uint64_t base, count;
};

static void mark_day(struct minutes *minutes, const struct day *day, int64_t shift_minutes, int64_t spread)
{
    for (unsigned m = 0; m < DAY_MINUTES; m++) {
        for (int64_t s = -spread; day->minutes[m] != 0 && s <= spread; s++) {
            uint64_t bit = bit_of((int64_t)day->number * DAY_MINUTES + m + shift_minutes + s, minutes->base);
            if (bit < minutes->count) {
                minutes->bits[bit / 64] |= UINT64_C(1) << bit % 64;
            }
        }
    }
}

static enum log_kind kind_of(const struct run *run, uint32_t set)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        if (run->sources.all[i].set == set) {
            return run->sources.all[i].reader.format->kind;
        }
    }
    return LOG_KIND_COUNT;
}

static int mark_kind(struct minutes *minutes, const struct run *run, enum log_kind kind, int64_t from, int64_t to,
                     struct err *err)
{
    minutes->base = (uint64_t)(from / 60);
    minutes->count = (uint64_t)((to - from) / 60 + 1);
    minutes->bits = calloc((size_t)(minutes->count / 64 + 1), sizeof *minutes->bits);
    if (minutes->bits == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %llu minutes", (unsigned long long)minutes->count);
    }
    for (size_t i = 0; i < run->survey.days.count; i++) {
        const struct day *day = run->survey.days.all[i];
        if (kind_of(run, day->set) == kind) {
            int64_t shift = kind == LOG_DATABASE ? zone_shift_minutes(run, day->set) : 0;
            mark_day(minutes, day, shift, kind == LOG_WEB ? 1 : 0);
        }
    }
    return 0;
}

static bool has(const struct minutes *minutes, uint64_t bit)
{
    return (minutes->bits[bit / 64] >> bit % 64 & 1) != 0;
}

struct hours {
    double both[24], all[24];
};

static unsigned hour_of(const struct minutes *minutes, uint64_t bit)
{
    return (unsigned)((minutes->base + bit) / 60 % 24);
}

/* How surprising it is that minutes of these hours have no web line: -log of the chance, all else independent. */
static double surprise(const struct hours *hours, unsigned hour, double run_length)
{
    double all = hours->all[hour] - run_length, share = (hours->both[hour] + 1) / ((all > 0 ? all : 0) + 2);
    return -log(share < 0.999 ? 1 - share : 0.001);
}

struct stretch_found {
    uint64_t from, to; /* minutes */
    double minutes, surprise;
};

/* The longest runs of database minutes without a web line. */
static void find_runs(const struct minutes *web, const struct minutes *database, const struct hours *hours,
                      struct stretch_found *best, double *ret_runs, double *ret_alone)
{
    struct stretch_found run = {0};
    *ret_runs = *ret_alone = 0;
    for (uint64_t bit = 0; bit <= database->count; bit++) {
        bool is_end = bit == database->count;
        if (!is_end && !has(database, bit)) {
            continue;
        }
        if (!is_end && !has(web, bit)) {
            run.from = run.minutes == 0 ? bit : run.from;
            run.to = bit;
            run.minutes++;
            run.surprise += surprise(hours, hour_of(database, bit), run.minutes);
            continue;
        }
        *ret_runs += run.minutes > 0;
        *ret_alone += run.minutes;
        *best = run.surprise > best->surprise ? run : *best;
        run = (struct stretch_found){0};
    }
}

static int tell_silence_in(struct telling *telling, const struct minutes *web, const struct minutes *database)
{
    struct hours hours = {0};
    double all = 0, both = 0, runs, alone;
    for (uint64_t bit = 0; bit < database->count; bit++) {
        if (has(database, bit)) {
            hours.all[hour_of(database, bit)]++;
            hours.both[hour_of(database, bit)] += has(web, bit);
            all++;
            both += has(web, bit);
        }
    }
    struct stretch_found best = {0};
    find_runs(web, database, &hours, &best, &runs, &alone);
    /* other minutes alone come in runs, too: their mean length says how many of them are one event */
    double length = runs > 1 ? (alone - best.minutes) / (runs - 1) : 1;
    length = length > 1 ? length : 1;
    if (all < MINUTES_MIN || best.minutes < RUN_MIN || both < all * 0.9 || best.surprise / length < log(all / 1e-3)) {
        return 0;
    }
    int64_t from = ((int64_t)database->base + (int64_t)best.from) * 60,
            to = ((int64_t)database->base + (int64_t)best.to) * 60 + 59;
    char says[320];
    snprintf(
        says, sizeof says,
        "the database log has lines in %.0f minutes in which the web log has none; in %.0f of %.0f minutes with lines of the "
        "database the web log has some, too",
        best.minutes, both, all);
    const struct sign sign = {.kind = "database at work while the web log is silent",
                              .source = telling->run->sources.sets[0],
                              .says = says,
                              .innocent =
                                  "a timer, a backup or a person at the database, or two machines whose clocks differ",
                              .of = LOG_WEB,
                              .count = (uint64_t)best.minutes,
                              .base = (all - both) / all,
                              .base_of = "minutes of the database without a line of the web log",
                              .from = from,
                              .to = to};
    return sign_tell(telling, &sign);
}

int tell_silence(struct telling *telling)
{
    const struct run *run = telling->run;
    int64_t from, to, database_from, database_to;
    if (!kind_range(run, LOG_WEB, &from, &to) || !kind_range(run, LOG_DATABASE, &database_from, &database_to) ||
        !zone_is_comparable(run)) {
        return 0;
    }
    from = database_from > from ? database_from : from;
    to = database_to < to ? database_to : to;
    if (to - from < 3600 || to - from > (int64_t)DAYS_MAX * SECONDS_A_DAY) {
        return 0;
    }
    struct minutes web = {0}, database = {0};
    int rc = mark_kind(&web, run, LOG_WEB, from, to, telling->err);
    rc = rc == 0 ? mark_kind(&database, run, LOG_DATABASE, from, to, telling->err) : rc;
    rc = rc == 0 ? tell_silence_in(telling, &web, &database) : rc;
    free(web.bits);
    free(database.bits);
    return rc;
}

/* ---- visits over a hole ---- */

/* Clients seen just before and just after one moment pair. */
struct edge {
    int64_t from, to; /* the last second before, the first after */
    uint32_t set;
    size_t before, both;
};

struct visit {
    struct client_key key;
    uint64_t before, after; /* a bit an edge */
};

struct visits {
    struct run *run;
    struct edge edges[HOLES_LOOKED_AT * 5];
    size_t edge_count;
    struct visit *all; /* VISITORS_MAX * 2 slots */
    size_t count;
    uint32_t set;
    bool is_full;
};

static struct visit *visit_of(struct visits *visits, struct client_key key)
{
    size_t slots = VISITORS_MAX * 2;
    size_t slot =
        (size_t)((key.lo ^ key.hi * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % slots;
    while (visits->all[slot].before + visits->all[slot].after != 0 && !client_key_eq(visits->all[slot].key, key)) {
        slot = (slot + 1) % slots;
    }
    return &visits->all[slot];
}

static int take_visits(void *self, const struct log_batch *batch, uint64_t offset, uint64_t number, struct err *err)
{
    struct visits *visits = self;
    (void)offset;
    (void)number;
    (void)err;
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        uint64_t before = 0, after = 0;
        for (size_t e = 0; log_is_parsed(line) && e < visits->edge_count; e++) {
            const struct edge *edge = &visits->edges[e];
            bool is_here = edge->set == visits->set;
            before |= (uint64_t)(is_here && line->second <= edge->from && line->second > edge->from - VISIT_SECONDS)
                      << e;
            after |= (uint64_t)(is_here && line->second >= edge->to && line->second < edge->to + VISIT_SECONDS) << e;
        }
        if ((before | after) == 0) {
            continue;
        }
        struct visit *visit = visit_of(visits, client_key_of(log_field(line, line->client)));
        bool is_new = (visit->before | visit->after) == 0;
        if (is_new && visits->count == VISITORS_MAX) {
            visits->is_full = true;
            continue;
        }
        visits->count += is_new;
        visit->key = client_key_of(log_field(line, line->client));
        visit->before |= before;
        visit->after |= after;
    }
    return 0;
}

static bool touches(void *self, const struct job *job)
{
    struct visits *visits = self;
    visits->set = visits->run->sources.all[job->source].set;
    for (size_t e = 0; e < visits->edge_count; e++) {
        const struct edge *edge = &visits->edges[e];
        if (edge->set == visits->set && job->last > edge->from - VISIT_SECONDS &&
            job->first < edge->to + VISIT_SECONDS) {
            return true;
        }
    }
    return false;
}

/* Each hole, and beside it the same length of time a day or a week away, where there is no hole: what is usual. */
static void choose_edges(struct visits *visits, const struct telling *telling)
{
    static const int64_t away[] = {0, -7 * SECONDS_A_DAY, 7 * SECONDS_A_DAY, -SECONDS_A_DAY, SECONDS_A_DAY};
    const struct story *story = telling->story;
    for (size_t i = 0; i < story->gap_count && visits->edge_count < HOLES_LOOKED_AT * 5; i++) {
        const struct gap *gap = &story->gaps[i];
        if (kind_of(telling->run, gap->set) != LOG_WEB || gap->to - gap->from > SECONDS_A_DAY / 2) {
            continue;
        }
        for (size_t k = 0; k < 5; k++) {
            visits->edges[visits->edge_count++] =
                (struct edge){.from = gap->from + away[k], .to = gap->to + away[k], .set = gap->set};
        }
    }
}

static int tell_visits_of(struct telling *telling, const struct visits *visits, size_t at)
{
    const struct edge *hole = &visits->edges[at];
    double before = 0, both = 0;
    for (size_t k = 1; k < 5; k++) {
        before += (double)visits->edges[at + k].before;
        both += (double)visits->edges[at + k].both;
    }
    double usual = before > 0 ? both / before : -1;
    double here = hole->before > 0 ? (double)hole->both / (double)hole->before : 0;
    if (hole->both < VISITORS_MIN || usual < 0 || here < usual * 0.7) {
        return 0;
    }
    char says[320], length[TIME_TEXT];
    duration(length, hole->to - hole->from);
    snprintf(
        says, sizeof says,
        "%zu of %zu clients seen in the %d minutes before a silence of %s were there again in the %d minutes after it, as many "
        "as at other times: the server was at work meanwhile",
        hole->both, hole->before, VISIT_SECONDS / 60, length, VISIT_SECONDS / 60);
    const struct sign sign = {
        .kind = "visits go on over a hole",
        .source = telling->run->sources.sets[hole->set],
        .says = says,
        .innocent = "an outage that visitors waited out, machines that ask again and again, or a disk that "
                    "was full: then the error log and the system's own log say so",
        .of = LOG_WEB,
        .count = hole->both,
        .base = usual,
        .base_of = "clients that come again after as long a time, a day or a week away",
        .from = hole->from,
        .to = hole->to};
    return sign_tell(telling, &sign);
}

int tell_visits(struct telling *telling)
{
    OWN(own_mem) struct visits *visits = calloc(1, sizeof *visits);
    OWN(own_mem) struct visit *all = calloc((size_t)VISITORS_MAX * 2, sizeof *all);
    if (visits == NULL || all == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory to look at visits");
    }
    visits->run = telling->run;
    visits->all = all;
    choose_edges(visits, telling);
    if (visits->edge_count == 0) {
        return 0;
    }
    const struct feed_taker taker = {.self = visits, .take = take_visits};
    TRY(read_again(telling->run, touches, &taker, telling->err));
    for (size_t i = 0; i < (size_t)VISITORS_MAX * 2; i++) {
        for (size_t e = 0; e < visits->edge_count; e++) {
            visits->edges[e].before += all[i].before >> e & 1;
            visits->edges[e].both += (all[i].before & all[i].after) >> e & 1;
        }
    }
    for (size_t e = 0; e < visits->edge_count && !visits->is_full; e += 5) {
        TRY(tell_visits_of(telling, visits, e));
    }
    return 0;
}
