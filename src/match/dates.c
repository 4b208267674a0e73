/* When was it exported: from linked rows to what dating.h is given (docs/statistics.md, B.1 to B.3). */
#include <math.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/own.h"
#include "base/time.h"
#include "match/backup.h"
#include "match/dates.h"

#include "base/banned.h"

enum { DAY_S = 86400 };

/* ---- The clock ---- */

int64_t dates_to_table(const struct evidence *out, int64_t sample_s)
{
    return out->season.rule != NULL ? season_to_table(&out->season, sample_s) : sample_s - out->offset_s;
}

bool dates_is_shifted(const struct evidence *out)
{
    return out->offset_s != 0 || out->season.rule != NULL;
}

/* The table's instant behind a difference; false if the pair has none in this row. */
static bool table_instant(const struct linkage *linkage, size_t row, const struct link_pair *pair, int64_t *ret_table)
{
    int64_t seconds;
    if (!pair->is_time || links_hits(&linkage->links, row) != 1 ||
        links_difference(&linkage->links, row, pair->time) == LINK_NO_TIME ||
        !set_seconds(linkage->set, set_cell(linkage->set, row, pair->sample), &seconds)) {
        return false;
    }
    *ret_table = seconds - links_difference(&linkage->links, row, pair->time);
    return true;
}

void dates_settle(const struct season *season, struct linkage *linkage)
{
    for (size_t p = 0; season->rule != NULL && p < linkage->pair_count; p++) {
        const struct link_pair *pair = &linkage->pairs[p];
        int64_t table;
        for (size_t r = 0; r < linkage->set->row_count; r++) {
            if (table_instant(linkage, r, pair, &table)) {
                int64_t difference = links_difference(&linkage->links, r, pair->time);
                links_settle(&linkage->links, r, pair->time, season_extra(season, table, difference));
            }
        }
    }
}

/* The differences of one pair of columns of times, and the table's instants. */
static size_t differences_of(const struct linkage *sample, const struct link_pair *pair, int64_t *differences,
                             int64_t *tables)
{
    size_t count = 0;
    for (size_t r = 0; r < sample->set->row_count; r++) {
        if (table_instant(sample, r, pair, &tables[count])) {
            differences[count++] = links_difference(&sample->links, r, pair->time);
        }
    }
    return count;
}

/* A zone with daylight_s saving takes the place of its two offsets; a third one is still an export of another clock. */
static void take_season(struct evidence *out, const struct season *season, const uint64_t *explained)
{
    struct dating_offset offset = {.seconds = season->standard_s,
                                   .explained = season->standard_rows + season->daylight_rows};
    int64_t daylight_s = season->standard_s + (season->is_table_local ? -SEASON_S : SEASON_S);
    for (int i = 0; i < DATING_OFFSETS; i++) {
        int64_t seconds = (int64_t)(i - DATING_OFFSETS / 2) * DATING_STEP_S;
        bool is_own = seconds == season->standard_s || seconds == daylight_s;
        if (!is_own && explained[i] >= 3 && explained[i] > offset.second_explained) {
            offset.is_merged = true;
            offset.second_seconds = seconds;
            offset.second_explained = explained[i];
        }
    }
    out->offset = offset;
    out->season = *season;
}

/* One offset for the sample: from the two columns of times that it explains best. */
int dates_offset(const struct evidence_input *in, struct evidence *out, struct err *err)
{
    const struct linkage *sample = in->sample;
    size_t rows = sample->set->row_count;
    OWN(own_mem) int64_t *differences = calloc(2 * rows + 2, sizeof(*differences));
    if (differences == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu times", rows);
    }
    int64_t *tables = differences + rows + 1;
    for (size_t p = 0; p < sample->pair_count; p++) {
        if (!sample->pairs[p].is_time) {
            continue;
        }
        size_t count = differences_of(sample, &sample->pairs[p], differences, tables);
        struct dating_offset offset = dating_clock(differences, count);
        struct season season = season_find(differences, tables, count, &offset);
        uint64_t explained = season.standard_rows + season.daylight_rows;
        if (season.rule != NULL && (!out->has_offset || explained > out->offset.explained)) {
            uint64_t each[DATING_OFFSETS];
            dating_explained(differences, count, each);
            take_season(out, &season, each);
            out->has_offset = true;
        } else if (!out->has_offset || offset.explained > out->offset.explained) {
            out->offset = offset;
            out->season = (struct season){0};
            out->has_offset = out->has_offset || count > 0;
        }
    }
    out->offset_s = out->offset.seconds;
    struct linkage links = *sample; /* a view: the links themselves are settled */
    dates_settle(&out->season, &links);
    return 0;
}

/* ---- Dates ---- */

struct dated {
    struct dating_row *rows;
    int64_t *natural; /* per dated row: from, by the row's own times */
    size_t *numbers;  /* per dated row: which of the sample's */
    double *ranks;
    size_t count, repeated;
    struct dating_begins *begins;
    size_t begins_count;
    uint64_t up_to_lower;
    uint64_t to_come; /* rows of the reference that were created after today by its clock: left out */
    bool is_denied;   /* declared a random draw, and cannot be one */
};

/* The sample's column that shows when a row was marked as deleted, -1 without one: by the name of the table's. */
static int deleted_column(const struct evidence_input *in)
{
    int there = in->facts->deleted;
    for (size_t c = 0; there >= 0 && c < in->sample->set->column_count; c++) {
        if (link_same_name(in->sample->set->columns[c].name, in->table->columns[there].name)) {
            return (int)c;
        }
    }
    return -1;
}

/* What the row's own times and the reference say (B.1). natural: LINK_NO_TIME if nothing bounds it below. */
static struct dating_row own_interval(const struct evidence_input *in, const struct evidence *out, size_t r,
                                      int updated, int deleted, int64_t end)
{
    const struct links *links = &in->sample->links;
    int64_t changed = links_updated(links, r);
    int64_t marked = links_deleted(links, r);
    struct dating_row row = {links_created(links, r), end};
    int64_t shown = LINK_NO_TIME;
    if (count_shown(in, out, r, updated, &shown)) {
        row.from = dating_later(row.from, shown);
        row.until = changed != LINK_NO_TIME && changed > shown ? dating_sooner(end, changed) : end;
    }
    uint32_t value = deleted < 0 ? 0 : set_cell(in->sample->set, r, (size_t)deleted);
    int64_t gone;
    if (value != 0 && set_seconds(in->sample->set, value, &gone)) {
        row.from = dating_later(row.from, dates_to_table(out, gone));
    } else if (value == 0 && deleted >= 0 && marked != LINK_NO_TIME) {
        row.until = dating_sooner(row.until, marked);
    }
    return row;
}

/* B.1, for rows that agree in a source-made column, in the reference or in a backup. */
static void row_intervals(const struct evidence_input *in, const struct evidence *out, const bool *made, int64_t end,
                          struct dated *dated)
{
    const struct row_bounds *bounds = in->bounds;
    int updated = count_updated_pair(in, out);
    int deleted = deleted_column(in);
    int64_t today = time_now() / NS_PER_S + DAY_S; /* by whatever zone's clock */
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        bool here = links_hits(&in->sample->links, r) == 1 && count_agrees(in, out, r, made);
        bool there = bounds != NULL && bounds->counts[r];
        if (!here && !there) {
            continue;
        }
        struct dating_row row = {LINK_NO_TIME, end};
        int64_t shown;
        if (here) {
            row = own_interval(in, out, r, updated, deleted, end);
        } else if (count_shown(in, out, r, updated, &shown)) {
            row.from = shown;
        }
        row.from = bounds == NULL ? row.from : dating_later(row.from, bounds->created[r]);
        if (row.from != LINK_NO_TIME && row.from > today) { /* entered so, or by a clock that is wrong: no date */
            dated->to_come++;
            continue;
        }
        dated->natural[dated->count] = row.from;
        if (bounds != NULL) {
            row.from = dating_later(row.from, bounds->from[r]);
            row.until = dating_sooner(row.until, dating_sooner(bounds->until[r], bounds->all_until));
        }
        if (row.from != LINK_NO_TIME || row.until < end) {
            dated->repeated += out->states[r] == ROW_REPEATED;
            dated->numbers[dated->count] = r;
            dated->rows[dated->count++] = row;
        }
    }
}

/* Rows of the table up to each minute from its first one on. NULL without memory. */
static uint64_t *running_total(const struct minutes *begun, size_t count)
{
    uint64_t *running = calloc(count + 1, sizeof(*running));
    for (size_t i = 0; running != NULL && i < count; i++) {
        running[i] = (i == 0 ? 0 : running[i - 1]) + minutes_at(begun, begun->first + (int64_t)i);
    }
    return running;
}

/* Ranks of the rows below the newest, by their own times; do they look like a random draw? If it was declared one: may it be? */
static int looks_random(bool is_declared, const struct evidence *out, struct dated *dated, const struct minutes *begun,
                        const uint64_t *running, size_t minutes, int64_t newest, bool *ret_random, struct err *err)
{
    size_t ranks = 0;
    bool skipped = false;
    *ret_random = false;
    int64_t last = dating_sooner(minute_of(newest) - begun->first, (int64_t)minutes - 1);
    double below = last < 0 ? 0 : (double)running[last];
    OWN(own_mem) uint32_t *at_minute = calloc((size_t)(last < 0 ? 0 : last) + 1, sizeof(*at_minute));
    if (at_minute == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu minutes", minutes);
    }
    for (size_t i = 0; i < dated->count && below > 0; i++) {
        int64_t at = dated->natural[i] == LINK_NO_TIME ? -1 : minute_of(dated->natural[i]) - begun->first;
        if (out->states[dated->numbers[i]] == ROW_REPEATED) {
            continue;
        }
        if (dated->natural[i] == newest && !skipped) {
            skipped = true;
        } else if (at >= 0 && at <= last) {
            at_minute[at]++;
        }
    }
    for (int64_t at = 0; at <= last; at++) { /* the later, the higher: that puts them in order */
        for (uint32_t i = 0; i < at_minute[at]; i++) {
            dated->ranks[ranks++] = (double)running[at] / below;
        }
    }
    *ret_random = is_declared ? !dating_is_not_random(dated->ranks, ranks)
                              : below > 0 && dating_looks_random(dated->ranks, ranks,
                                                                 (double)(dated->count - dated->repeated) / below);
    return 0;
}

/* Rows of the table that began after the lower bound, by the minute. A row that was created and changed since began once, and
 * which rows those are is not known: the larger of the two numbers is the least that began. Were the sample's drawn at random from them? */
static int follow_arrivals(const struct evidence_input *in, const struct evidence *out, struct dated *dated,
                           bool *ret_random, struct err *err)
{
    const struct minutes *begun = &in->facts->begun;
    const struct minutes *changed = &in->facts->changed;
    bool shows_changes = count_updated_pair(in, out) >= 0;
    int64_t newest = LINK_NO_TIME;
    int64_t lower = LINK_NO_TIME;
    for (size_t i = 0; i < dated->count; i++) {
        newest = dating_later(newest, dated->natural[i]);
        lower = dating_later(lower, dated->rows[i].from);
    }
    if (newest == LINK_NO_TIME || begun->total == 0) {
        return 0;
    }
    int64_t last = shows_changes && changed->total > 0 && changed->last > begun->last ? changed->last : begun->last;
    int64_t bound = dating_sooner(minute_of(lower), last);
    size_t span = (size_t)(last - bound);
    size_t minutes = bound >= begun->first ? (size_t)(bound - begun->first) + 1 : 0;
    OWN(own_mem) uint64_t *running = running_total(begun, minutes);
    dated->begins = calloc(span + 1, sizeof(*dated->begins));
    if (dated->begins == NULL || running == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu minutes", span + minutes);
    }
    dated->up_to_lower = minutes == 0 ? 0 : running[minutes - 1];
    uint64_t created = 0, altered = 0, told = 0;
    for (int64_t minute = bound + 1; minute <= last; minute++) {
        created += minutes_at(begun, minute);
        altered += shows_changes ? minutes_at(changed, minute) : 0;
        uint64_t least = created > altered ? created : altered;
        if (least > told) {
            dated->begins[dated->begins_count++] = (struct dating_begins){(minute + 1) * 60, least - told};
            told = least;
        }
    }
    enum assay_match_rows rows = in->options->rows;
    bool is_declared = rows == ASSAY_ROWS_RANDOM;
    *ret_random = false;
    if (is_declared || rows == ASSAY_ROWS_UNKNOWN) {
        TRY(looks_random(is_declared, out, dated, begun, running, minutes, newest, ret_random, err));
    }
    dated->is_denied = is_declared && !*ret_random;
    return 0;
}

/* ---- What is told beyond the bounds ---- */

static int64_t month_of(int64_t seconds)
{
    int64_t year;
    unsigned month, day;
    time_date(seconds / 86400 - (seconds % 86400 < 0), &year, &month, &day);
    return (year - 1970) * 12 + (int64_t)month - 1;
}

/* Rows that begin and that end, by month; by several months where more than DATES_BUCKETS would be needed. */
static void by_month(const struct dated *dated, int64_t end, struct dates_told *told)
{
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < dated->count; i++) {
        const int64_t ends[] = {dated->rows[i].from, dated->rows[i].until};
        for (size_t e = 0; e < 2; e++) {
            bool is_told = ends[e] != LINK_NO_TIME && ends[e] < end;
            first = is_told ? dating_sooner(first, month_of(ends[e])) : first;
            last = is_told ? dating_later(last, month_of(ends[e])) : last;
        }
        told->open += dated->rows[i].until >= end;
    }
    if (last < first) {
        return;
    }
    told->first_month = first;
    told->months = (last - first) / DATES_BUCKETS + 1;
    told->bucket_count = (size_t)((last - first) / told->months) + 1;
    for (size_t i = 0; i < dated->count; i++) {
        const struct dating_row *row = &dated->rows[i];
        if (row->from != LINK_NO_TIME && row->from < end) {
            told->from[(month_of(row->from) - first) / told->months]++;
        }
        if (row->until < end) {
            told->until[(month_of(row->until) - first) / told->months]++;
        }
    }
}

static void tell(const struct dated *dated, int64_t end, struct evidence *out)
{
    struct dates_told *told = &out->told;
    *told = (struct dates_told){.rows = dated->count};
    for (size_t i = 0; i < dated->count && told->against_count < DATES_AGAINST_TOLD; i++) {
        const struct dating_row *row = &dated->rows[i];
        if (out->dating.is_empty && (row->from > out->dating.best || row->until <= out->dating.best)) {
            told->against[told->against_count++] = dated->numbers[i];
        }
    }
    by_month(dated, end, told);
}

static int say(const struct evidence_input *in, struct evidence *out, const struct dated *dated, struct err *err)
{
    if (out->has_dating && out->capped.value[out->headline] < .3) {
        TRY(evidence_assume(
            out, "dates: they hold if the rows come from this database, which the headline does not support", err));
    }
    if (dated->is_denied) {
        TRY(evidence_assume(
            out,
            "dates: the rows are declared a random draw, and their times say that they are none (Kolmogorov and "
            "Smirnov, one in a thousand): there is no 95 % interval, and only the hard bounds hold",
            err));
    }
    if (dated->to_come > 0) {
        TRY(evidence_assume(
            out,
            "dates: rows of the database that were created in the future, by its own clock, bound nothing; its "
            "clock or these rows are wrong",
            err));
    }
    if (out->dating.has_soft && in->options->rows == ASSAY_ROWS_UNKNOWN) {
        TRY(evidence_assume(
            out,
            "dates: the 95 % interval takes the rows for a random draw; a seller who picks old rows at random "
            "defeats it, and only the hard bounds hold",
            err));
    }
    if (in->bounds != NULL && in->bounds->count > 0) {
        TRY(evidence_assume(
            out, "dates: each backup shows the whole table as it was at the date given, by the database's clock", err));
    }
    return 0;
}

static int date(const struct evidence_input *in, struct evidence *out, struct dated *dated, struct err *err)
{
    bool made[LINK_PAIRS_MAX] = {false};
    int64_t end = in->options->now / NS_PER_S + 1;
    for (size_t i = 0; i < out->column_count; i++) {
        made[i] = out->columns[i].is_counted;
    }
    row_intervals(in, out, made, end, dated);
    if (dated->count == 0) {
        return say(in, out, dated, err);
    }
    struct dating_input input = {
        .rows = dated->rows, .row_count = dated->count, .repeated = dated->repeated, .now = end};
    if (in->facts->created_is_time && in->facts->begun.outside == 0) {
        TRY(follow_arrivals(in, out, dated, &input.random, err));
    }
    if (input.random) {
        double still = (double)out->rows_linked / (double)in->sample->set->row_count;
        input.begins = dated->begins;
        input.begins_count = dated->begins_count;
        input.alive_at_lower = (double)dated->up_to_lower / fmax(still, .01);
    }
    TRY(dating_bounds(&input, &out->dating, err));
    out->has_dating = true;
    out->is_random = input.random;
    out->is_open = !out->dating.is_empty && out->dating.hard_hi == end;
    tell(dated, end, out);
    return say(in, out, dated, err);
}

int dates_bound(const struct evidence_input *in, struct evidence *out, struct err *err)
{
    size_t rows = in->sample->set->row_count + 1;
    OWN(own_mem) struct dating_row *intervals = calloc(rows, sizeof(*intervals));
    OWN(own_mem) int64_t *natural = calloc(rows, sizeof(*natural));
    OWN(own_mem) size_t *numbers = calloc(rows, sizeof(*numbers));
    OWN(own_mem) double *ranks = calloc(rows, sizeof(*ranks));
    if (intervals == NULL || natural == NULL || numbers == NULL || ranks == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", rows);
    }
    struct dated dated = {.rows = intervals, .natural = natural, .numbers = numbers, .ranks = ranks};
    int result = date(in, out, &dated, err);
    free(dated.begins);
    return result;
}
