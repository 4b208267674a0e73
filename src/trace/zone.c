/* Is the time zone of a source proved or assumed?
 *
 * A line that names its zone, or a format that is UTC by its own rule, needs no proof. Other times are read as a person says
 * (--zone) or as UTC, and then two sources of one machine can tell: the lines of an error log have their requests in the
 * access log (contradict_errors.c), and what happens on one machine leaves lines in both within the same minute. Minutes
 * with lines of the one are laid over those of the other, moved by each quarter of an hour up to 14 h; day and night make a
 * broad hill, the true shift a peak of one step: it must stand PEAK deviations above its neighbours, and twice as far as
 * any other. Nothing is moved by it: the times stay as they were read, and the shift is said. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "trace/contradict.h"

#include "base/banned.h"

#define PEAK 6.0

enum { MINUTES_MIN = 60, STEP_MINUTES = SHIFT_SECONDS / 60, ROOM_MINUTES = STEP_MINUTES * (SHIFTS_HALF + 2) };

struct row {
    uint64_t *bits;
    uint64_t count; /* minutes, with ROOM_MINUTES free at both ends */
    int64_t base;   /* the minute of bit 0 */
    uint64_t marked;
};

static bool is_zoned(const struct source *source)
{
    return (source->reader.has & LOG_HAS_ZONE) != 0;
}

static const struct source *source_of_set(const struct run *run, uint32_t set)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        if (run->sources.all[i].set == set) {
            return &run->sources.all[i];
        }
    }
    return NULL;
}

static int row_new(struct row *row, int64_t from, int64_t to, struct err *err)
{
    row->base = from - ROOM_MINUTES;
    row->count = (uint64_t)(to - from + 1) + 2 * (uint64_t)ROOM_MINUTES;
    row->bits = calloc((size_t)(row->count / 64 + 2), sizeof *row->bits);
    return row->bits == NULL ? err_set(err, ERR_LIMIT, "no memory for minutes") : 0;
}

static void row_mark(struct row *row, const struct day *day)
{
    for (unsigned m = 0; m < DAY_MINUTES; m++) {
        uint64_t bit = (uint64_t)((int64_t)day->number * DAY_MINUTES + m - row->base);
        if (day->minutes[m] != 0 && bit < row->count) {
            row->marked += (row->bits[bit / 64] >> bit % 64 & 1) == 0;
            row->bits[bit / 64] |= UINT64_C(1) << bit % 64;
        }
    }
}

/* Minutes marked in both when `moved` is moved by that many minutes. */
static uint64_t overlay(const struct row *moved, const struct row *fixed, int64_t minutes)
{
    uint64_t sum = 0;
    for (uint64_t word = 0; word <= fixed->count / 64; word++) {
        int64_t from = (int64_t)(word * 64) - minutes;
        if (fixed->bits[word] == 0 || from <= -64 || from >= (int64_t)moved->count) {
            continue;
        }
        uint64_t at = (uint64_t)(from < 0 ? 0 : from), low = moved->bits[at / 64], high = moved->bits[at / 64 + 1];
        uint64_t bits = at % 64 == 0 ? low : low >> at % 64 | high << (64 - at % 64);
        bits = from < 0 ? low << -from : bits;
        sum += (uint64_t)__builtin_popcountll(bits & fixed->bits[word]);
    }
    return sum;
}

/* How far a shift stands above its neighbours, in deviations of a count. */
static double height(const uint64_t *counts, size_t at)
{
    double around = (double)(counts[at - 2] + counts[at - 1] + counts[at + 1] + counts[at + 2]) / 4;
    return ((double)counts[at] - around) / sqrt(around + 1);
}

static void find_peak(const struct row *moved, const struct row *fixed, struct zone_match *match)
{
    uint64_t counts[SHIFTS + 4];
    for (int s = 0; s < SHIFTS + 4; s++) {
        counts[s] = overlay(moved, fixed, (int64_t)(s - SHIFTS_HALF - 2) * STEP_MINUTES);
    }
    double best = 0, second = 0;
    size_t at = 2;
    for (size_t s = 2; s < SHIFTS + 2; s++) {
        double here = height(counts, s);
        second = here > best ? best : here > second ? here : second;
        at = here > best ? s : at;
        best = here > best ? here : best;
    }
    match->count = counts[at];
    match->margin = second > 0 ? best / second : best;
    match->shift = (int)at - SHIFTS_HALF - 2;
    match->is_matched = best >= PEAK && best >= 2 * second && counts[at] >= MINUTES_MIN;
}

static int match_by_minutes(struct run *run, uint32_t set, struct zone_match *match, struct err *err)
{
    const struct days *days = &run->survey.days;
    int64_t from = INT64_MAX, to = INT64_MIN;
    for (size_t i = 0; i < days->count; i++) {
        int64_t minute = (int64_t)days->all[i]->number * DAY_MINUTES;
        if (days->all[i]->set == set) {
            from = minute < from ? minute : from;
            to = minute + DAY_MINUTES > to ? minute + DAY_MINUTES : to;
        }
    }
    if (from > to || to - from > (int64_t)DAYS_MAX * DAY_MINUTES) {
        return 0;
    }
    struct row moved = {0}, fixed = {0};
    int rc = row_new(&moved, from, to, err);
    rc = rc == 0 ? row_new(&fixed, from, to, err) : rc;
    for (size_t i = 0; rc == 0 && i < days->count; i++) {
        const struct source *source = source_of_set(run, days->all[i]->set);
        if (days->all[i]->set == set) {
            row_mark(&moved, days->all[i]);
        } else if (source != NULL && is_zoned(source)) {
            row_mark(&fixed, days->all[i]);
        }
    }
    if (rc == 0 && moved.marked >= MINUTES_MIN && fixed.marked >= MINUTES_MIN) {
        find_peak(&moved, &fixed, match);
    }
    free(moved.bits);
    free(fixed.bits);
    return rc;
}

int zones_find(struct run *run, struct err *err)
{
    struct watched *watched = run->watched;
    TRY(complaints_match(run, err));
    for (uint32_t set = 0; set < run->sources.set_count; set++) {
        const struct source *source = source_of_set(run, set);
        struct zone_match *match = &watched->zones[set];
        uint64_t second;
        if (source == NULL || is_zoned(source) || run->options->has_zone) {
            continue;
        }
        if (source->reader.format->kind == LOG_ERRORS &&
            complaints_shift(run, set, &match->shift, &match->count, &second)) {
            match->is_matched = match->is_by_lines = true;
            match->margin = (double)match->count / (double)(second > 0 ? second : 1);
            continue;
        }
        TRY(match_by_minutes(run, set, match, err));
    }
    return 0;
}

int64_t zone_shift_minutes(const struct run *run, uint32_t set)
{
    const struct zone_match *match = &run->watched->zones[set];
    return match->is_matched ? (int64_t)match->shift * STEP_MINUTES : 0;
}

bool zone_is_comparable(const struct run *run)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct source *source = &run->sources.all[i];
        bool matters = source->reader.format->kind == LOG_WEB || source->reader.format->kind == LOG_DATABASE;
        if (matters && !is_zoned(source) && !run->options->has_zone && !run->watched->zones[source->set].is_matched) {
            return false;
        }
    }
    return true;
}

/* ---- telling ---- */

/* A source read as UTC whose lines come s quarters of an hour too early has a zone that lies as much west. */
static void set_match(struct record *record, const struct zone_match *match)
{
    int minutes = -match->shift * STEP_MINUTES, size = minutes < 0 ? -minutes : minutes;
    record_set(record, "how", json_string("matched to another source"));
    record_set(record, "zone", json_sprintf("%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60, size % 60));
    record_set(record, "told_as", json_string("UTC"));
    record_set(
        record, "by",
        json_string(match->is_by_lines ? "lines of the error log and their requests" : "minutes with lines in both"));
    record_count(record, "matches", match->count);
    record_set(record, "margin", json_real((double)(int64_t)(match->margin * 10 + .5) / 10));
}

json_t *zone_of(const struct run *run, size_t at)
{
    const struct source *source = &run->sources.all[at];
    const struct source_watch *watch = &run->watched->sources[at];
    const struct zone_match *match = &run->watched->zones[source->set];
    struct record record = record_new();
    if (is_zoned(source)) {
        record_set(&record, "how", json_string(watch->has_zone ? "in each line" : "UTC by the format's rule"));
    } else if (run->options->has_zone) {
        record_set(&record, "how", json_string("given (--zone)"));
    } else if (match->is_matched) {
        set_match(&record, match);
    } else {
        record_set(&record, "how", json_string("assumed UTC"));
    }
    record_set(
        &record, "year",
        json_string((source->reader.has & LOG_HAS_YEAR) != 0 ? "in each line" : "taken from the file's own time"));
    if (watch->zone_changes > 0) {
        record_count(&record, "changes", watch->zone_changes);
        record_set(&record, "first_change", place_json(run, &watch->zone_change));
    }
    if (record.is_failed) {
        json_decref(record.body);
        record.body = NULL;
    }
    return record.body;
}
