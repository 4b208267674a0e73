/* Dating an export from its rows (docs/statistics.md, part B). */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/stat.h"
#include "match/dating.h"

#include "base/banned.h"

static int by_until(const void *a, const void *b)
{
    const struct dating_row *left = a;
    const struct dating_row *right = b;
    return (left->until > right->until) - (left->until < right->until);
}

/* B.4: stabbing the intervals with as few instants as possible; the earliest end decides. Rows that one instant explains stand
 * next to each other. A row that ends before it begins is an export of its own and narrows nobody's interval. */
static void fewest_exports(const struct dating_row *by_end, size_t count, struct dating_result *result)
{
    int64_t taken = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        const struct dating_row *row = &by_end[i];
        if (result->exports == 0 || row->from > taken) {
            taken = row->until - 1;
            result->exports++;
        }
        bool is_possible = row->from < row->until;
        result->impossible += !is_possible;
        if (result->exports > DATING_EXPORTS_TOLD) {
            continue;
        }
        struct dating_export *export = &result->told[result->exports - 1];
        *export = export->rows == 0 ? (struct dating_export){INT64_MIN, taken + 1, 0} : *export;
        export->from = is_possible && row->from > export->from ? row->from : export->from;
        export->rows++;
    }
}

int dating_by_time(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return (*left > *right) - (*left < *right);
}

/* The instant inside most intervals is one of their beginnings. */
static void least_contradicted(const struct dating_row *by_end, size_t count, int64_t *from,
                               struct dating_result *result)
{
    for (size_t i = 0; i < count; i++) {
        from[i] = by_end[i].from;
    }
    qsort(from, count, sizeof(*from), dating_by_time);
    size_t ended = 0;
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        while (ended < count && by_end[ended].until <= from[i]) {
            ended++;
        }
        bool last_of_equal = i + 1 == count || from[i + 1] != from[i];
        size_t inside = i + 1 > ended ? i + 1 - ended : 0;
        if (last_of_equal && inside > most) {
            most = inside;
            result->best = from[i];
        }
    }
    result->contradicted = count - most;
}

/* ln of the chance that none of n drawn rows is among the `later` ones, had the export come after them. */
static double ln_none_later(double rows, double n, double later)
{
    if (n >= rows + 1) {
        return later > 0 ? -INFINITY : 0;
    }
    return stat_ln_gamma(rows + 1) - stat_ln_gamma(rows - n + 1) - stat_ln_gamma(rows + later + 1) +
           stat_ln_gamma(rows + later - n + 1);
}

/* B.3: the first beginning after the lower bound at which drawing no later row has a chance below 5 %. */
static int64_t soft_bound(const struct dating_input *in, int64_t lower)
{
    double later = 0;
    for (size_t i = 0; i < in->begins_count; i++) {
        if (in->begins[i].time <= lower) {
            continue;
        }
        later += (double)in->begins[i].count;
        if (ln_none_later(in->alive_at_lower, (double)(in->row_count - in->repeated), later) < log(.05)) {
            return in->begins[i].time;
        }
    }
    return in->now;
}

/* Intervals that have no instant in common. */
static int contradicting(const struct dating_input *in, struct dating_result *result, struct err *err)
{
    OWN(own_mem) struct dating_row *rows = calloc(in->row_count, sizeof(*rows));
    OWN(own_mem) int64_t *scratch = calloc(in->row_count, sizeof(*scratch));
    if (rows == NULL || scratch == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for dating %zu rows", in->row_count);
    }
    memcpy(rows, in->rows, in->row_count * sizeof(*rows));
    qsort(rows, in->row_count, sizeof(*rows), by_until);
    fewest_exports(rows, in->row_count, result);
    least_contradicted(rows, in->row_count, scratch, result);
    return 0;
}

int dating_bounds(const struct dating_input *in, struct dating_result *ret_result, struct err *err)
{
    if (in->row_count == 0) {
        return err_set(err, ERR_USAGE, "no row to date");
    }
    struct dating_result result = {.hard_lo = INT64_MIN, .hard_hi = INT64_MAX};
    for (size_t i = 0; i < in->row_count; i++) {
        const struct dating_row *row = &in->rows[i];
        result.hard_lo = row->from > result.hard_lo ? row->from : result.hard_lo;
        result.hard_hi = row->until < result.hard_hi ? row->until : result.hard_hi;
    }
    result.is_empty = result.hard_lo >= result.hard_hi;
    if (result.is_empty) {
        TRY(contradicting(in, &result, err));
    } else { /* one export explains all */
        result.exports = 1;
        result.told[0] = (struct dating_export){result.hard_lo, result.hard_hi, in->row_count};
        result.best = result.hard_lo;
    }
    if (in->random && !result.is_empty) {
        result.has_soft = true;
        result.soft_hi = soft_bound(in, result.hard_lo);
    }
    *ret_result = result;
    return 0;
}

/* Kolmogorov and Smirnov's statistic against even ranks, with Stephens' correction for few of them. */
static double unevenness(const double *ranks, size_t count)
{
    double m = (double)count;
    double distance = 0;
    for (size_t i = 0; i < count; i++) {
        distance = fmax(distance, fmax(((double)i + 1) / m - ranks[i], ranks[i] - (double)i / m));
    }
    return distance * (sqrt(m) + .12 + .11 / sqrt(m));
}

bool dating_looks_random(const double *ranks, size_t count, double share_taken)
{
    return count >= 5 && share_taken <= .2 && unevenness(ranks, count) < 1.073;
}

bool dating_is_not_random(const double *ranks, size_t count)
{
    return count >= 5 && unevenness(ranks, count) > 1.949;
}

/* Differences that are exactly an offset, per offset; the index of the offset of `steps` quarter hours. */
static size_t slot(int steps)
{
    return (size_t)(steps + DATING_OFFSETS / 2);
}

void dating_explained(const int64_t *differences_s, size_t count, uint64_t explained[static DATING_OFFSETS])
{
    for (size_t i = 0; i < DATING_OFFSETS; i++) {
        explained[i] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t steps = differences_s[i] / DATING_STEP_S;
        if (differences_s[i] % DATING_STEP_S == 0 && steps >= -(DATING_OFFSETS / 2) && steps <= DATING_OFFSETS / 2) {
            explained[slot((int)steps)]++;
        }
    }
}

struct dating_offset dating_clock(const int64_t *differences_s, size_t count)
{
    uint64_t explained[DATING_OFFSETS];
    dating_explained(differences_s, count, explained);
    int best = 0;
    double margin = fmax(3, (double)count / 2);
    for (int size = 1; count >= 3 && size <= DATING_OFFSETS / 2; size++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            if ((double)explained[slot(sign * size)] >= (double)explained[slot(best)] + margin) {
                best = sign * size;
            }
        }
    }
    struct dating_offset result = {.seconds = (int64_t)best * DATING_STEP_S, .explained = explained[slot(best)]};
    for (int steps = -(DATING_OFFSETS / 2); steps <= DATING_OFFSETS / 2; steps++) {
        if (steps != best && explained[slot(steps)] >= 3 && explained[slot(steps)] > result.second_explained) {
            result.is_merged = true;
            result.second_seconds = (int64_t)steps * DATING_STEP_S;
            result.second_explained = explained[slot(steps)];
        }
    }
    return result;
}
