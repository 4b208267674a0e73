/* When a log speaks, and when it is silent longer than it would be by itself.
 *
 * Each set keeps, for every minute, the first and last second with a line, and for every hour the number
 * of lines. A silence is the stretch between two lines. Under the set's own rate r(t) the number of lines in it is
 * expected to be E = integral of r; for a Poisson source E of such a stretch is exponential with mean 1. Visitors
 * come in bursts, so the mean is taken from the log itself: phi = max(1, median excess of its longer silences / ln 2), which a
 * few cut-out stretches cannot move. Only silences of a minute and more are learned from, where there are enough: shorter ones
 * tell of pages within a visit. What counts is E behind that first minute, n * exp(-(E - base) / phi) < ALPHA with n silences
 * above base. r(t) is by hour of the week when four weeks or more are there, by hour of the day from three days on, else the
 * overall rate, without the silence's own hours, and never more than the hours around the silence have: a holiday has other
 * hours than its weekday. So a night that is always quiet is no gap, and a log of minutes is judged by its minutes.
 *
 * ALPHA is ten times smaller than the chance that is aimed at, one clean log in a thousand: rates are only estimates. What
 * comes of it, and which holes are found, is measured in docs/trace-coverage.md. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "trace/inside.h"
#include "trace/keep.h"

#include "base/banned.h"

#define GAP_ALPHA 1e-4
#define TAIL_DOUBT 1.5  /* a median of n is off by 1/sqrt(n), so much is allowed for it ... */
#define SHORT_DOUBT 3.0 /* ... and more where no rhythm of days is known */
#define AROUND_MIN 0.25 /* hours that must have been watched, to know a rate */

enum {
    SECONDS_A_DAY = 86400,
    MIN_SILENCE = 60, /* seconds; shorter ones are never called a gap */
    TAIL_MIN = 24,    /* silences above a height, to learn from them */
    AROUND_HOURS = 2, /* before and after a silence, for what is usual there */
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

KEEP_KNOWS(struct days, 56);
void days_keep(struct keep *keep, struct days *days)
{
    size_t count = keep_count(keep, days->count, DAYS_MAX);
    KEEP(keep, days->outside);
    for (size_t i = 0; i < count && keep_is_well(keep); i++) {
        struct err why = {0};
        struct day day, *there = NULL;
        if (!keep_reads(keep)) {
            KEEP(keep, *days->all[i]);
            continue;
        }
        KEEP(keep, day);
        if (days_get(days, day.set, day.number, &there, &why) != 0) {
            keep_fail(keep, &why);
        } else if (there != NULL) {
            *there = day;
        }
    }
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

/* The days of one set, in order. */
struct log_days {
    struct day *const *days;
    size_t count;
    int64_t first, last; /* seconds of the first and the last line */
    bool is_short;       /* no rhythm of days is known */
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

/* Lines of one hour (since 1970) of a set; at: the day that was asked for last, a hint. */
static double lines_of_hour(struct day *const *days, size_t count, int64_t hour, size_t *at)
{
    int64_t number = (hour < 0 ? hour - 23 : hour) / 24;
    while (*at > 0 && days[*at]->number > number) {
        --*at;
    }
    while (*at + 1 < count && days[*at]->number < number) {
        ++*at;
    }
    return days[*at]->number == number ? days[*at]->hours[hour - number * 24] : 0;
}

/* The rate, in lines an hour, of the hours [from_hour, to_hour] without the silence; negative: hardly watched. */
static double rate_around(const struct log_days *log, int64_t from_hour, int64_t to_hour, const struct silence *silence,
                          size_t *at)
{
    double lines = 0, watched = 0;
    for (int64_t hour = from_hour; hour <= to_hour; hour++) {
        int64_t from = hour * 3600 > log->first ? hour * 3600 : log->first;
        int64_t to = hour * 3600 + 3600 < log->last ? hour * 3600 + 3600 : log->last;
        int64_t silent_from = silence->from > from ? silence->from : from;
        int64_t silent_to = silence->to < to ? silence->to : to;
        if (to > from) {
            lines += lines_of_hour(log->days, log->count, hour, at);
            watched += (double)(to - from - (silent_to > silent_from ? silent_to - silent_from : 0)) / 3600;
        }
    }
    return watched < AROUND_MIN ? -1 : lines / watched;
}

static double quieter(double a, double b)
{
    return a < 0 ? b : b < 0 || a < b ? a : b;
}

/* What the hours just before and just after a silence would have put there, the quieter of the two sides: a holiday, an
 * outage elsewhere or the coming night make a silence longer than this hour of other days would. Where no other day is
 * known, what lies further than an hour from them counts a tenth: a log of one day cannot tell a night from a hole. */
static double expect_nearby(const struct log_days *log, const struct silence *silence, size_t *at)
{
    int64_t from = silence->from / 3600, to = silence->to / 3600;
    int64_t around = log->is_short ? 1 : AROUND_HOURS;
    double before = rate_around(log, from - around, from, silence, at);
    double after = rate_around(log, to, to + around, silence, at);
    double rate = quieter(before, after), hours = (double)(silence->to - silence->from) / 3600;
    hours = log->is_short && hours > 1 ? 1 + (hours - 1) / 10 : hours;
    return rate < 0 ? INFINITY : rate * hours;
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
static double limit_of(const double *sorted, size_t count, double doubt)
{
    double limit = log((double)count / GAP_ALPHA);
    for (size_t tail = count; tail >= (tail == count ? 3 : TAIL_MIN); tail /= 2) {
        double base = tail == count ? 0 : sorted[count - tail];
        double phi = (sorted[count - tail + tail / 2] - base) / M_LN2;
        phi *= 1 + doubt / sqrt((double)tail);
        double here = base + (phi > 1 ? phi : 1) * log((double)tail / GAP_ALPHA);
        limit = here > limit ? here : limit;
    }
    return limit;
}

/* Within a visit lines follow each other in seconds: silences so short tell of pages, longer ones of visits, and only
 * those say how long visitors stay away. Learned from silences of a minute, where there are enough of them. */
static int64_t learned_from(const struct silences *silences)
{
    int64_t shortest = MIN_SILENCE;
    for (size_t count = 0; shortest > 2; shortest /= 2, count = 0) {
        for (size_t i = 0; i < silences->count; i++) {
            count += silences->all[i].to - silences->all[i].from >= shortest;
        }
        if (count >= 2 * TAIL_MIN) {
            break;
        }
    }
    return shortest;
}

/* Lines expected in a silence behind its first seconds, those that every silence looked at has: a silence that has lasted for a
 * while is as good as new, so this is alike in busy and in quiet hours. */
static double excess_of(const struct silence *silence, int64_t shortest)
{
    double length = (double)(silence->to - silence->from);
    return silence->expected * (length - (double)shortest) / length;
}

static size_t judge_silences(const struct silences *silences, const struct rhythm *rhythm, uint32_t set,
                             struct gap gaps[static GAPS_MAX], double *ret_limit)
{
    OWN(own_mem) double *sorted = reallocarray(NULL, silences->count, sizeof *sorted);
    if (sorted == NULL) {
        return 0;
    }
    int64_t shortest = learned_from(silences);
    size_t count = 0;
    for (size_t i = 0; i < silences->count; i++) {
        if (silences->all[i].to - silences->all[i].from >= shortest) {
            sorted[count++] = excess_of(&silences->all[i], shortest);
        }
    }
    qsort(sorted, count, sizeof *sorted, double_order);
    *ret_limit = limit_of(sorted, count, rhythm->fold == 1 ? SHORT_DOUBT : TAIL_DOUBT);
    size_t found = 0;
    for (size_t i = 0; i < silences->count && found < GAPS_MAX; i++) {
        const struct silence *s = &silences->all[i];
        if (s->to - s->from >= MIN_SILENCE && excess_of(s, shortest) > *ret_limit) {
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
        const struct log_days log = {
            .days = own, .count = count, .first = first, .last = last, .is_short = rhythm.fold == 1};
        size_t at = 0;
        for (size_t i = 0; i < silences.count; i++) {
            struct silence *one = &silences.all[i];
            one->expected = expect(&rhythm, one->from, one->to);
            double nearby = one->expected > 1 ? expect_nearby(&log, one, &at) : INFINITY;
            one->expected = nearby < one->expected ? nearby : one->expected;
        }
        found = judge_silences(&silences, &rhythm, set, gaps, &limit);
        for (unsigned h = 0; h < rhythm.fold; h++) {
            lines += rhythm.lines[h];
        }
        *ret_floor = last > first && lines > 0 ? limit * (double)(last - first) / lines + MIN_SILENCE : 0;
    }
    free(silences.all);
    return found;
}
