/* Traffic counters, gathered: bytes by interval, and what they say of a stretch of time.
 *
 *      counter   |-----a-----|-----b-----|-----c-----|-----d-----|
 *      hole                <-------------------->
 *      at least              b                          (wholly inside)
 *      at most     a    +    b     +     c              (touching)
 *
 * Flow logs have any number of intervals. Where the table gets full, intervals are widened to a coarser grid and those that become
 * the same are one: both limits stay true, they only lie further apart. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "trace/keep.h"
#include "trace/peers.h"
#include "trace/traffic_inside.h"

#include "base/banned.h"

enum { DAY_S = 86400, DAYS_EACH_WAY = 28, DAYS_NEEDED = 3 };

static const int64_t grids[] = {
    1, 10, 60, 300, 900, 3600, 4 * 3600, DAY_S, 7 * DAY_S, 365 * DAY_S, INT64_C(36500) * DAY_S};

static void traffic_free(void *pointer)
{
    struct traffic *traffic = pointer;
    if (traffic != NULL) {
        free(traffic->spans);
        free(traffic);
    }
}

static struct traffic *traffic_new(const struct run *run, struct err *err)
{
    struct traffic *traffic = calloc(1, sizeof *traffic);
    if (traffic == NULL) {
        err_set(err, ERR_LIMIT, "no memory for traffic counters");
        return NULL;
    }
    traffic->run = run;
    traffic->grid = 1;
    return traffic;
}

static void *traffic_start(const struct run *run, uint32_t source, struct err *err)
{
    struct traffic *traffic = traffic_new(run, err);
    if (traffic != NULL) {
        traffic->set = run->sources.all[source].set;
    }
    return traffic;
}

/* ---- spans ---- */

static uint64_t sum_of(uint64_t a, uint64_t b)
{
    return a > INT64_MAX - (b > INT64_MAX ? INT64_MAX : b) ? INT64_MAX : a + b;
}

static struct span *slot_of(struct span *spans, size_t cap, uint32_t series, int64_t from, int64_t to)
{
    const int64_t parts[] = {(int64_t)series, from, to};
    size_t slot = (size_t)str_hash((struct str){(const char *)parts, sizeof parts}) & (cap - 1);
    while (spans[slot].is_used && (spans[slot].series != series || spans[slot].from != from || spans[slot].to != to)) {
        slot = (slot + 1) & (cap - 1);
    }
    return &spans[slot];
}

static int64_t floor_to(int64_t second, int64_t grid)
{
    int64_t rest = second % grid;
    return second - (rest < 0 ? rest + grid : rest);
}

static void put(struct traffic *traffic, struct span *spans, size_t cap, const struct span *span)
{
    int64_t from = floor_to(span->from, traffic->grid), to = floor_to(span->to + traffic->grid - 1, traffic->grid);
    struct span *slot = slot_of(spans, cap, span->series, from, to);
    traffic->span_count += !slot->is_used;
    slot->is_used = true;
    slot->series = span->series;
    slot->from = from;
    slot->to = to;
    slot->sent = sum_of(slot->sent, span->sent);
    slot->received = sum_of(slot->received, span->received);
    slot->either = sum_of(slot->either, span->either);
}

/* Into a table of cap slots, on the present grid. */
static int rebuild(struct traffic *traffic, size_t cap, struct err *err)
{
    struct span *spans = calloc(cap, sizeof *spans);
    if (spans == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu intervals", cap);
    }
    traffic->span_count = 0;
    for (size_t i = 0; i < traffic->span_cap; i++) {
        if (traffic->spans[i].is_used) {
            put(traffic, spans, cap, &traffic->spans[i]);
        }
    }
    free(traffic->spans);
    traffic->spans = spans;
    traffic->span_cap = cap;
    return 0;
}

static int make_room(struct traffic *traffic, struct err *err)
{
    if (traffic->span_count * 2 < traffic->span_cap) {
        return 0;
    }
    if (traffic->span_count < SPANS_MAX) {
        return rebuild(traffic, traffic->span_cap == 0 ? 256 : traffic->span_cap * 2, err);
    }
    size_t step = 0;
    while (step + 1 < sizeof grids / sizeof *grids && traffic->span_count >= SPANS_MAX / 2) {
        while (step + 1 < sizeof grids / sizeof *grids && grids[step] <= traffic->grid) {
            step++;
        }
        traffic->grid = grids[step];
        TRY(rebuild(traffic, traffic->span_cap, err));
    }
    return 0;
}

/* ---- series ---- */

/* SERIES_MAX: no room. */
static size_t series_get(struct traffic *traffic, const struct series *like)
{
    for (size_t i = 0; i < traffic->series_count; i++) {
        const struct series *series = &traffic->series[i];
        if (series->set == like->set && series->session == like->session && strcmp(series->device, like->device) == 0) {
            return i;
        }
    }
    if (traffic->series_count == SERIES_MAX) {
        return SERIES_MAX;
    }
    struct series *series = &traffic->series[traffic->series_count];
    *series = (struct series){.set = like->set, .session = like->session, .from = INT64_MAX, .to = INT64_MIN};
    memcpy(series->device, like->device, sizeof series->device);
    return traffic->series_count++;
}

static void add_to_series(struct series *series, const struct series *more)
{
    series->from = more->from < series->from ? more->from : series->from;
    series->to = more->to > series->to ? more->to : series->to;
    series->sent = sum_of(series->sent, more->sent);
    series->received = sum_of(series->received, more->received);
    series->either = sum_of(series->either, more->either);
    series->rounded = sum_of(series->rounded, more->rounded);
    series->count += more->count;
    series->unsized += more->unsized;
    series->is_flow |= more->is_flow;
}

/* status of a line of traffic: 1 when its bytes are of either direction (formats/log_flow.h). */
static int traffic_take(void *part, const struct log_line *line, const struct hit *hit, struct err *err)
{
    struct traffic *traffic = part;
    struct series like = {.set = traffic->set, .session = line->session};
    struct str device = log_field(line, line->device);
    (void)hit;
    traffic->lines++;
    if (str_eq(device, STR("lo"))) {
        traffic->loopback++;
        return 0;
    }
    keep_cut(like.device, sizeof like.device, device);
    size_t at = series_get(traffic, &like);
    if (at == SERIES_MAX) {
        traffic->dropped++;
        return 0;
    }
    bool is_sized = line->bytes != LOG_NO_BYTES && line->duration_us != LOG_NO_BYTES &&
                    line->duration_us / 1000000 < UINT64_C(10) * 365 * DAY_S;
    int64_t length = is_sized ? (int64_t)((line->duration_us + line->nano / 1000 + 999999) / 1000000) : 0;
    uint64_t rounded = 0;
    struct span span = {.from = line->second, .to = line->second + (length > 0 ? length : 1), .series = (uint32_t)at};
    if (is_sized && line->status != 0) {
        span.either = line->bytes;
    } else if (is_sized) {
        span.sent = line->bytes;
        span.received = line->bytes_in == LOG_NO_BYTES ? 0 : line->bytes_in;
        span.either = rounded = line->rounded == LOG_NO_BYTES ? 0 : line->rounded;
    }
    const struct series more = {.from = span.from,
                                .to = span.to,
                                .sent = span.sent,
                                .received = span.received,
                                .either = span.either - rounded,
                                .rounded = rounded,
                                .count = 1,
                                .unsized = !is_sized,
                                .is_flow = line->client.len > 0};
    add_to_series(&traffic->series[at], &more);
    if (!is_sized) {
        return 0;
    }
    TRY(make_room(traffic, err));
    put(traffic, traffic->spans, traffic->span_cap, &span);
    return 0;
}

static int merge_all(struct traffic *into, const struct traffic *from, struct err *err)
{
    uint32_t numbers[SERIES_MAX];
    if (from->grid > into->grid) {
        into->grid = from->grid;
        TRY(rebuild(into, into->span_cap == 0 ? 256 : into->span_cap, err));
    }
    for (size_t i = 0; i < from->series_count; i++) {
        size_t at = series_get(into, &from->series[i]);
        numbers[i] = (uint32_t)at;
        if (at < SERIES_MAX) {
            add_to_series(&into->series[at], &from->series[i]);
        } else {
            into->dropped += from->series[i].count;
        }
    }
    for (size_t i = 0; i < from->span_cap; i++) {
        struct span span = from->spans[i];
        if (span.is_used && numbers[span.series] < SERIES_MAX) {
            span.series = numbers[span.series];
            TRY(make_room(into, err));
            put(into, into->spans, into->span_cap, &span);
        }
    }
    into->lines += from->lines;
    into->loopback += from->loopback;
    into->dropped += from->dropped;
    return 0;
}

static int traffic_merge(struct run *run, void *part, uint64_t lines_before, struct err *err)
{
    struct traffic *into = run->kinds[LOG_TRAFFIC];
    (void)lines_before;
    if (into == NULL) {
        into = traffic_new(run, err);
        run->kinds[LOG_TRAFFIC] = into;
    }
    int rc = into == NULL ? -1 : merge_all(into, part, err);
    traffic_free(part);
    return rc;
}

/* ---- what they say of a stretch of time ---- */

static int span_order(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    if (x->series != y->series) {
        return x->series < y->series ? -1 : 1;
    }
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return x->to < y->to ? -1 : x->to > y->to;
}

void traffic_sort(struct traffic *traffic)
{
    size_t count = 0;
    if (traffic->is_sorted) {
        return;
    }
    for (size_t i = 0; i < traffic->span_cap; i++) {
        if (traffic->spans[i].is_used) {
            traffic->spans[count++] = traffic->spans[i];
        }
    }
    if (count > 0) {
        qsort(traffic->spans, count, sizeof *traffic->spans, span_order);
    }
    traffic->span_count = count;
    traffic->is_sorted = true;
}

/* The first span of the series; span_count if there is none. */
static size_t first_of(const struct traffic *traffic, size_t series)
{
    size_t low = 0, high = traffic->span_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (traffic->spans[middle].series < series) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void traffic_bound(const struct traffic *traffic, size_t series, int64_t from, int64_t to, struct bound *ret_bound)
{
    int64_t reached = from;
    *ret_bound = (struct bound){0};
    for (size_t i = first_of(traffic, series); i < traffic->span_count && traffic->spans[i].series == series; i++) {
        const struct span *span = &traffic->spans[i];
        if (span->from >= to) {
            break;
        }
        if (span->to <= from) {
            continue;
        }
        ret_bound->count++;
        ret_bound->max = sum_of(ret_bound->max, sum_of(span->sent, span->either));
        if (span->from >= from && span->to <= to) {
            ret_bound->min = sum_of(ret_bound->min, span->sent);
        }
        int64_t start = span->from > reached ? span->from : reached, end = span->to < to ? span->to : to;
        ret_bound->covered += end > start ? end - start : 0;
        reached = end > reached ? end : reached;
    }
    const struct series *all = &traffic->series[series];
    if (all->is_flow) { /* between its first and last flow it watched, as far as it says: no flow, no bytes */
        int64_t start = all->from > from ? all->from : from, end = all->to < to ? all->to : to;
        ret_bound->covered = end > start ? end - start : 0;
    }
}

/* Bytes sent in [from, to), intervals partly inside by the part. */
static double share_of(const struct traffic *traffic, size_t series, int64_t from, int64_t to)
{
    double sent = 0;
    for (size_t i = first_of(traffic, series); i < traffic->span_count && traffic->spans[i].series == series; i++) {
        const struct span *span = &traffic->spans[i];
        if (span->from >= to) {
            break;
        }
        int64_t start = span->from > from ? span->from : from, end = span->to < to ? span->to : to;
        if (end > start) {
            sent +=
                ((double)span->sent + (double)span->either) * (double)(end - start) / (double)(span->to - span->from);
        }
    }
    return sent;
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

bool traffic_usual(const struct traffic *traffic, size_t series, int64_t from, int64_t to, uint64_t *ret_usual,
                   size_t *ret_days)
{
    double days[2 * DAYS_EACH_WAY];
    size_t count = 0;
    int64_t step = (to - from + DAY_S - 1) / DAY_S * DAY_S;
    for (int64_t day = -DAYS_EACH_WAY; day <= DAYS_EACH_WAY && step < INT64_C(400) * DAY_S; day++) {
        struct bound bound;
        int64_t shift = day * step;
        if (day == 0) {
            continue;
        }
        traffic_bound(traffic, series, from + shift, to + shift, &bound);
        if (bound.covered == to - from) {
            days[count++] = share_of(traffic, series, from + shift, to + shift);
        }
    }
    *ret_days = count;
    if (count < DAYS_NEEDED) {
        return false;
    }
    qsort(days, count, sizeof *days, double_order);
    double median = count % 2 == 1 ? days[count / 2] : (days[count / 2 - 1] + days[count / 2]) / 2;
    *ret_usual = median < 9e18 ? (uint64_t)median : INT64_MAX;
    return true;
}

KEEP_KNOWS(struct traffic, 15448);
static void traffic_keep(struct keep *keep, struct run *run)
{
    struct err why = {0};
    struct traffic *traffic = run->kinds[LOG_TRAFFIC];
    bool is_there = traffic != NULL;
    KEEP(keep, is_there);
    if (!is_there) {
        return;
    }
    if (keep_reads(keep) && (traffic = run->kinds[LOG_TRAFFIC] = traffic_new(run, &why)) == NULL) {
        keep_fail(keep, &why);
        return;
    }
    KEEP(keep, traffic->set);
    KEEP(keep, traffic->series);
    traffic->series_count = keep_count(keep, traffic->series_count, SERIES_MAX);
    KEEP(keep, traffic->grid);
    KEEP(keep, traffic->lines);
    KEEP(keep, traffic->loopback);
    KEEP(keep, traffic->dropped);
    traffic->span_count = keep_count(keep, traffic->span_count, SPANS_MAX * 4);
    keep_rows(keep, &traffic->spans, &traffic->span_cap, sizeof *traffic->spans, SPANS_MAX * 4);
}

const struct kind_work traffic_work = {.start = traffic_start,
                                       .take = traffic_take,
                                       .merge = traffic_merge,
                                       .drop = traffic_free,
                                       .free = traffic_free,
                                       .keep = traffic_keep,
                                       .tell = traffic_tell};
