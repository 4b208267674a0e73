/* When was it exported: from linked rows to what dating.h is given (docs/statistics.md, B.1 to B.3). */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/time.h"
#include "match/dates.h"

#include "base/banned.h"

/* ---- The clock ---- */

/* One offset for the sample: from the two columns of times that it explains best. */
int dates_offset(const struct evidence_input *in, struct evidence *out, struct err *err)
{
    const struct linkage *sample = in->sample;
    OWN(own_mem) int64_t *differences = calloc(sample->set->row_count + 1, sizeof(*differences));
    if (differences == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu times", sample->set->row_count);
    }
    for (size_t t = 0; t < sample->time_count; t++) {
        size_t count = 0;
        for (size_t r = 0; r < sample->set->row_count; r++) {
            const struct link found = links_get(&sample->links, r);
            const struct link *link = &found;
            if (link->hits == 1 && link->difference_s[t] != LINK_NO_TIME) {
                differences[count++] = link->difference_s[t];
            }
        }
        struct dating_offset offset = dating_clock(differences, count);
        if (!out->has_offset || offset.explained > out->offset.explained) {
            out->offset = offset;
            out->has_offset = out->has_offset || count > 0;
        }
    }
    out->offset_s = out->offset.seconds;
    return 0;
}

/* ---- Dates ---- */

struct dated {
    struct dating_row *rows;
    double *ranks;
    size_t count;
    struct dating_begins *begins;
    size_t begins_count;
    uint64_t up_to_newest;
};

/* B.1, for rows linked by agreement in a source-made column. */
static void row_intervals(const struct evidence_input *in, const struct evidence *out, const bool *made, int64_t now_s,
                          struct dated *dated)
{
    const struct linkage *sample = in->sample;
    int updated = count_updated_pair(in, out);
    for (size_t r = 0; r < sample->set->row_count; r++) {
        const struct link found = links_get(&sample->links, r);
        const struct link *link = &found;
        if (link->hits != 1 || !count_agrees(in, out, r, made)) {
            continue;
        }
        int64_t shown = LINK_NO_TIME;
        uint32_t value = updated < 0 ? 0 : set_cell(sample->set, r, sample->pairs[updated].sample);
        if (value != 0 && set_seconds(sample->set, value, &shown)) {
            shown -= out->offset_s;
        }
        struct dating_row row = {link->created > shown ? link->created : shown, now_s + 1};
        if (row.from == LINK_NO_TIME) {
            continue;
        }
        if (shown != LINK_NO_TIME && link->updated != LINK_NO_TIME && link->updated > shown) {
            row.until = link->updated;
        }
        dated->rows[dated->count++] = row;
    }
}

static int by_rank(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return (*left > *right) - (*left < *right);
}

/* Rows of the table per minute up to and after the newest row; ranks of the others below it. */
static int follow_arrivals(const struct evidence_input *in, const struct evidence *out, struct dated *dated,
                           struct err *err)
{
    const struct minutes *begun = &in->facts->begun;
    const struct minutes *changed = &in->facts->changed;
    bool shows_changes = count_updated_pair(in, out) >= 0;
    int64_t newest = INT64_MIN;
    for (size_t i = 0; i < dated->count; i++) {
        newest = dated->rows[i].from > newest ? dated->rows[i].from : newest;
    }
    int64_t bound = minute_of(newest);
    int64_t last = shows_changes && changed->total > 0 && changed->last > begun->last ? changed->last : begun->last;
    size_t span = last > bound ? (size_t)(last - bound) : 0;
    dated->begins = calloc(span + 1, sizeof(*dated->begins));
    size_t upto = bound >= begun->first ? (size_t)(bound - begun->first) + 1 : 0;
    OWN(own_mem) uint64_t *running = calloc(upto + 1, sizeof(*running));
    if (dated->begins == NULL || running == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu minutes", span);
    }
    for (size_t i = 0; i < upto; i++) {
        running[i] = (i == 0 ? 0 : running[i - 1]) + minutes_at(begun, begun->first + (int64_t)i);
    }
    dated->up_to_newest = upto == 0 ? 0 : running[upto - 1];
    for (int64_t minute = bound + 1; minute <= last; minute++) {
        uint64_t count = minutes_at(begun, minute) + (shows_changes ? minutes_at(changed, minute) : 0);
        if (count > 0) {
            dated->begins[dated->begins_count++] = (struct dating_begins){(minute + 1) * 60, count};
        }
    }
    size_t ranks = 0;
    bool skipped = false;
    for (size_t i = 0; i < dated->count; i++) {
        int64_t at = minute_of(dated->rows[i].from) - begun->first;
        if (dated->rows[i].from == newest && !skipped) {
            skipped = true;
        } else if (at >= 0 && (size_t)at < upto && dated->up_to_newest > 0) {
            dated->ranks[ranks++] = (double)running[at] / (double)dated->up_to_newest;
        }
    }
    qsort(dated->ranks, ranks, sizeof(*dated->ranks), by_rank);
    double share = dated->up_to_newest == 0 ? 1 : (double)dated->count / (double)dated->up_to_newest;
    enum assay_match_rows rows = in->options->rows;
    bool random =
        rows == ASSAY_ROWS_RANDOM || (rows == ASSAY_ROWS_UNKNOWN && dating_looks_random(dated->ranks, ranks, share));
    dated->begins_count = random ? dated->begins_count : SIZE_MAX;
    return 0;
}

static int date(const struct evidence_input *in, struct evidence *out, struct dated *dated, struct err *err)
{
    bool made[LINK_PAIRS_MAX] = {false};
    int64_t now_s = in->options->now / NS_PER_S;
    for (size_t i = 0; i < out->column_count; i++) {
        made[i] = out->columns[i].is_counted;
    }
    row_intervals(in, out, made, now_s, dated);
    if (dated->count == 0) {
        return 0;
    }
    struct dating_input input = {.rows = dated->rows, .row_count = dated->count, .now = now_s + 1};
    if (in->facts->created_is_time && in->facts->begun.outside == 0) {
        TRY(follow_arrivals(in, out, dated, err));
        input.random = dated->begins_count != SIZE_MAX;
    }
    if (input.random) {
        double still = (double)out->rows_linked / (double)in->sample->set->row_count;
        input.begins = dated->begins;
        input.begins_count = dated->begins_count;
        input.alive_at_lower = (double)dated->up_to_newest / fmax(still, .01);
    }
    TRY(dating_bounds(&input, &out->dating, err));
    out->has_dating = true;
    out->is_random = input.random;
    out->is_open = !out->dating.is_empty && out->dating.hard_hi == now_s + 1;
    return 0;
}

int dates_bound(const struct evidence_input *in, struct evidence *out, struct err *err)
{
    size_t rows = in->sample->set->row_count;
    struct dated dated = {.rows = calloc(rows + 1, sizeof(*dated.rows)),
                          .ranks = calloc(rows + 1, sizeof(*dated.ranks))};
    int result = dated.rows == NULL || dated.ranks == NULL ? err_set(err, ERR_LIMIT, "no memory for %zu rows", rows)
                                                           : date(in, out, &dated, err);
    free(dated.rows);
    free(dated.ranks);
    free(dated.begins);
    return result;
}
