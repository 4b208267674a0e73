/* When a log speaks, and when it is silent longer than it would be by itself.
 *
 * Each set keeps, for every minute, the first and last second with a line, and for every hour the number
 * of lines. A silence is the stretch between two lines. Under the set's own rate r(t) the number of lines in it is
 * expected to be E = integral of r; for a Poisson source E of such a stretch is exponential with mean 1. Visitors
 * come in bursts, so the mean is taken from the log itself: phi = max(1, median excess of its longer silences / ln 2), which a
 * few cut-out stretches cannot move. A silence is a gap when n * exp(-(E - base) / phi) < ALPHA with n silences above base:
 * fewer than one log in a thousand would show one by chance. r(t) is by hour of the week when four weeks or more
 * are there, by hour of the day from three days on, else the overall rate; the days' own hours of a silence do not
 * count in r(t). So a night that is always quiet is none, and a log of minutes is judged by its minutes. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "trace/inside.h"

#include "base/banned.h"

#define GAP_ALPHA 1e-3

enum {
    SECONDS_A_DAY = 86400,
    MIN_SILENCE = 60, /* seconds; shorter ones are never called a gap */
    TAIL_MIN = 6,     /* silences above a height, to learn from them */
    WEEK_HOURS = 168,
    MONDAY_EPOCH = 3 /* 1970-01-01 was a Thursday */
};

void days_free(struct days *days)
{
    for (size_t i = 0; i < days->count; i++) {
        free(days->all[i]);
    }
    free(days->all);
    free(days->index);
    *days = (struct days){0};
}

static size_t day_slot(const struct days *days, uint32_t set, int32_t number)
{
    uint64_t mixed = ((uint64_t)set << 32 | (uint32_t)number) * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(mixed >> 40) & (days->index_cap - 1);
    while (days->index[slot] != 0) {
        const struct day *day = days->all[days->index[slot] - 1];
        if (day->set == set && day->number == number) {
            break;
        }
        slot = (slot + 1) & (days->index_cap - 1);
    }
    return slot;
}

static int days_grow(struct days *days, struct err *err)
{
    size_t cap = days->cap == 0 ? 64 : days->cap * 2;
    struct day **all = reallocarray(days->all, cap, sizeof *all);
    if (all != NULL) {
        days->all = all;
    }
    uint32_t *index = calloc(cap * 2, sizeof *index);
    if (all == NULL || index == NULL) {
        free(index);
        return err_set(err, ERR_LIMIT, "no memory for %zu days", cap);
    }
    free(days->index);
    days->index = index;
    days->cap = cap;
    days->index_cap = cap * 2;
    for (size_t i = 0; i < days->count; i++) {
        days->index[day_slot(days, days->all[i]->set, days->all[i]->number)] = (uint32_t)(i + 1);
    }
    return 0;
}

/* The day, made if need be. *ret_day is NULL when DAYS_MAX are there already. */
static int days_get(struct days *days, uint32_t set, int32_t number, struct day **ret_day, struct err *err)
{
    if (days->count == days->cap && days->count < DAYS_MAX) {
        TRY(days_grow(days, err));
    }
    size_t slot = day_slot(days, set, number);
    if (days->index[slot] == 0) {
        if (days->count == DAYS_MAX) {
            *ret_day = NULL;
            return 0;
        }
        struct day *day = calloc(1, sizeof *day);
        if (day == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu days", days->count);
        }
        day->set = set;
        day->number = number;
        days->all[days->count++] = day;
        days->index[slot] = (uint32_t)days->count;
    }
    *ret_day = days->all[days->index[slot] - 1];
    return 0;
}

static void mark_minute(struct day *day, unsigned minute, unsigned first, unsigned last)
{
    unsigned was = day->minutes[minute];
    unsigned lo = was == 0 || first < (was >> 6 & 63) ? first : was >> 6 & 63;
    unsigned hi = was == 0 || last > (was & 63) ? last : was & 63;
    day->minutes[minute] = (uint16_t)(1U << 15 | lo << 6 | hi);
}

int days_add(struct days *days, uint32_t set, int64_t second, uint32_t lines, struct err *err)
{
    struct day *day = days->recent;
    int64_t of_day = day == NULL ? -1 : second - (int64_t)day->number * SECONDS_A_DAY;
    if (of_day < 0 || of_day >= SECONDS_A_DAY || day->set != set) {
        int64_t number = (second - (second < 0 ? SECONDS_A_DAY - 1 : 0)) / SECONDS_A_DAY;
        TRY(days_get(days, set, (int32_t)number, &day, err));
        if (day == NULL) {
            days->outside += lines;
            return 0;
        }
        days->recent = day;
        of_day = second - number * SECONDS_A_DAY;
    }
    unsigned clock = (unsigned)of_day;
    day->hours[clock / 3600] += lines;
    mark_minute(day, clock / 60, clock % 60, clock % 60);
    return 0;
}

int days_merge(struct days *into, const struct days *from, struct err *err)
{
    into->outside += from->outside;
    for (size_t i = 0; i < from->count; i++) {
        const struct day *day = from->all[i];
        struct day *target;
        TRY(days_get(into, day->set, day->number, &target, err));
        if (target == NULL) {
            for (unsigned h = 0; h < 24; h++) {
                into->outside += day->hours[h];
            }
            continue;
        }
        for (unsigned h = 0; h < 24; h++) {
            target->hours[h] += day->hours[h];
        }
        for (unsigned m = 0; m < DAY_MINUTES; m++) {
            if (day->minutes[m] != 0) {
                mark_minute(target, m, day->minutes[m] >> 6 & 63, day->minutes[m] & 63);
            }
        }
    }
    return 0;
}

/* ---- gaps ---- */

struct silence {
    int64_t from, to;
    double expected;
};

/* The set's rate by hour of the week. */
struct rhythm {
    double lines[WEEK_HOURS], hours[WEEK_HOURS]; /* seen, and for how many hours watched */
    const char *basis;
    unsigned fold; /* hours after which the rhythm repeats: 168, 24, or 1 */
};

struct silences {
    struct silence *all;
    size_t count, cap;
};

static int day_order(const void *a, const void *b)
{
    int32_t x = (*(const struct day *const *)a)->number, y = (*(const struct day *const *)b)->number;
    return x < y ? -1 : x > y;
}

static int add_silence(struct silences *silences, int64_t from, int64_t to)
{
    if (to - from < 2) {
        return 0;
    }
    if (silences->count == silences->cap) {
        size_t cap = silences->cap == 0 ? 1024 : silences->cap * 2;
        struct silence *grown = reallocarray(silences->all, cap, sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        silences->all = grown;
        silences->cap = cap;
    }
    silences->all[silences->count++] = (struct silence){.from = from, .to = to};
    return 0;
}

/* The silences between the minutes that have lines, in time order. */
static int collect_silences(struct day *const *days, size_t count, struct silences *silences)
{
    int64_t last = INT64_MIN;
    for (size_t d = 0; d < count; d++) {
        for (unsigned m = 0; m < DAY_MINUTES; m++) {
            unsigned minute = days[d]->minutes[m];
            if (minute == 0) {
                continue;
            }
            int64_t start = (int64_t)days[d]->number * SECONDS_A_DAY + m * 60;
            if (last != INT64_MIN && add_silence(silences, last, start + (minute >> 6 & 63)) != 0) {
                return -1;
            }
            last = start + (minute & 63);
        }
    }
    return 0;
}

static unsigned fold_of(int64_t hour, unsigned fold)
{
    int64_t week = (hour + MONDAY_EPOCH * 24) % fold;
    return (unsigned)(week < 0 ? week + fold : week);
}

static void learn_rhythm(struct day *const *days, size_t count, int64_t first, int64_t last, struct rhythm *rhythm)
{
    *rhythm = (struct rhythm){.fold = 1, .basis = "overall rate"};
    if (last - first >= (int64_t)28 * SECONDS_A_DAY) {
        rhythm->fold = WEEK_HOURS;
        rhythm->basis = "hour of the week";
    } else if (last - first >= (int64_t)3 * SECONDS_A_DAY) {
        rhythm->fold = 24;
        rhythm->basis = "hour of the day";
    }
    for (size_t d = 0; d < count; d++) {
        for (unsigned h = 0; h < 24; h++) {
            rhythm->lines[fold_of((int64_t)days[d]->number * 24 + h, rhythm->fold)] += days[d]->hours[h];
        }
    }
    for (int64_t at = first; at <= last;) {
        int64_t hour_end = at - at % 3600 + 3600;
        int64_t to = hour_end < last ? hour_end : last;
        rhythm->hours[fold_of(at / 3600, rhythm->fold)] += (double)(to - at) / 3600;
        at = hour_end;
    }
}

/* Lines expected between from and to, those hours themselves left out of the rate. */
static double expect(const struct rhythm *rhythm, int64_t from, int64_t to)
{
    if (rhythm->fold == 1) {
        double watched = rhythm->hours[0] - (double)(to - from) / 3600;
        return watched > 0 ? rhythm->lines[0] / watched * (double)(to - from) / 3600 : 0;
    }
    unsigned here = fold_of(from / 3600, rhythm->fold);
    if (from / 3600 == to / 3600) {
        double hours = (double)(to - from) / 3600, watched = rhythm->hours[here] - hours;
        return hours * (watched > 0.5 ? rhythm->lines[here] / watched : rhythm->lines[here]);
    }
    double silent[WEEK_HOURS] = {0}, expected = 0;
    int64_t at = from;
    while (at < to) {
        int64_t hour_end = at - at % 3600 + 3600;
        int64_t until = hour_end < to ? hour_end : to;
        silent[fold_of(at / 3600, rhythm->fold)] += (double)(until - at) / 3600;
        at = until;
    }
    for (unsigned h = 0; h < rhythm->fold; h++) {
        double watched = rhythm->hours[h] - silent[h];
        /* a silence over all there is of an hour tells nothing about it: as if once watched, with half a line */
        expected += silent[h] * (watched > 0.5 ? rhythm->lines[h] / watched : 0.5);
    }
    return expected;
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The expected count above which a silence is none of the log's own: the essay above, at several heights of the
 * tail, since a site that is visited in bursts has many short silences and some long ones; the largest counts. */
static double limit_of(const double *sorted, size_t count)
{
    double limit = log((double)count / GAP_ALPHA);
    for (size_t tail = count; tail >= (tail == count ? 3 : TAIL_MIN); tail /= 2) {
        double base = tail == count ? 0 : sorted[count - tail];
        double phi = (sorted[count - tail + tail / 2] - base) / M_LN2;
        double here = base + (phi > 1 ? phi : 1) * log((double)tail / GAP_ALPHA);
        limit = here > limit ? here : limit;
    }
    return limit;
}

static size_t judge_silences(const struct silences *silences, const struct rhythm *rhythm, uint32_t set,
                             struct gap gaps[static GAPS_MAX], double *ret_limit)
{
    OWN(own_mem) double *sorted = reallocarray(NULL, silences->count, sizeof *sorted);
    if (sorted == NULL) {
        return 0;
    }
    for (size_t i = 0; i < silences->count; i++) {
        sorted[i] = silences->all[i].expected;
    }
    qsort(sorted, silences->count, sizeof *sorted, double_order);
    *ret_limit = limit_of(sorted, silences->count);
    size_t found = 0;
    for (size_t i = 0; i < silences->count && found < GAPS_MAX; i++) {
        const struct silence *s = &silences->all[i];
        if (s->expected > *ret_limit && s->to - s->from >= MIN_SILENCE) {
            gaps[found++] =
                (struct gap){.set = set, .from = s->from, .to = s->to, .expected = s->expected, .basis = rhythm->basis};
        }
    }
    return found;
}

size_t days_gaps(const struct days *days, uint32_t set, struct gap gaps[static GAPS_MAX], double *ret_floor)
{
    *ret_floor = 0;
    OWN(own_mem) struct day **own = reallocarray(NULL, days->count + 1, sizeof *own);
    if (own == NULL) {
        return 0;
    }
    size_t count = 0;
    double lines = 0;
    for (size_t i = 0; i < days->count; i++) {
        if (days->all[i]->set == set) {
            own[count++] = days->all[i];
        }
    }
    qsort(own, count, sizeof *own, day_order);
    struct silences silences = {0};
    size_t found = 0;
    if (count > 0 && collect_silences(own, count, &silences) == 0 && silences.count > 0) {
        struct rhythm rhythm;
        int64_t first = silences.all[0].from, last = silences.all[silences.count - 1].to;
        double limit = 0;
        learn_rhythm(own, count, first, last, &rhythm);
        for (size_t i = 0; i < silences.count; i++) {
            silences.all[i].expected = expect(&rhythm, silences.all[i].from, silences.all[i].to);
        }
        found = judge_silences(&silences, &rhythm, set, gaps, &limit);
        for (unsigned h = 0; h < rhythm.fold; h++) {
            lines += rhythm.lines[h];
        }
        *ret_floor = last > first && lines > 0 ? limit * (double)(last - first) / lines : 0;
    }
    free(silences.all);
    return found;
}
