/* What a comparison of a sample says in a verdict: its ratios, cut to what they can carry here, and what has to be said with them. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "judge/inside.h"

#include "base/banned.h"

PRINTF(2, 3) static void remark(struct item *item, const char *format, ...)
{
    size_t used = strlen(item->note);
    va_list args;

    if (used > 0 && used < sizeof item->note - 3) {
        memcpy(item->note + used, "; ", 3);
        used += 2;
    }
    va_start(args, format);
    vsnprintf(item->note + used, sizeof item->note - used, format, args);
    va_end(args);
}

/* ---- What of the reference was not seen ---- */

static bool is_reference(const json_t *exam, const char *source)
{
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        const json_t *record = json_object_get(row, "record");
        if (strcmp(json_text(record, "role", ""), "reference") == 0 &&
            strcmp(json_text(record, "source", ""), source) == 0) {
            return true;
        }
    }
    return false;
}

/* Rows that were rejected as a share of all; a part whose rows nobody could count is all of it. */
static double lost_share(const json_t *exam)
{
    double rows = 0, lost = 0;
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        const json_t *record = json_object_get(row, "record");
        const char *class = json_text(record, "class", "");
        const double count = json_num(record, "count", 0);
        const bool is_uncounted = strncmp(class, "rejected: damaged", 17) == 0 ||
                                  strncmp(class, "rejected: not read", 18) == 0 ||
                                  strncmp(class, "rejected: members", 17) == 0;

        if (strcmp(json_text(row, "type", ""), "coverage") != 0 ||
            !is_reference(exam, json_text(record, "source", ""))) {
            continue;
        }
        if (is_uncounted) {
            return 1;
        }
        rows += strcmp(class, "rows") == 0 ? count : 0;
        lost += strncmp(class, "rejected", 8) == 0 ? count : 0;
    }
    return rows + lost > 0 ? lost / (rows + lost) : 0;
}

/* ---- What the ratios may carry ---- */

struct limits {
    double lo, hi;
};

/* Of the verdict's own rates: a run with other rates must not carry more. */
static struct limits caps_of(const json_t *rates, const json_t *summary)
{
    const json_t *caps = json_object_get(json_object_get(json_object_get(rates, "match"), "caps"),
                                         json_text(summary, "evidence_class", "secret"));

    if (!json_is_array(caps)) {
        return (struct limits){0, 0};
    }
    return (struct limits){fmin(json_number_value(json_array_get(caps, 0)), 0),
                           fmax(json_number_value(json_array_get(caps, 1)), 0)};
}

/* Rows agree for another reason than their source if they agree with other rows' cells as well. */
static void limit_by_twin(const json_t *summary, struct item *item, struct limits *limits)
{
    const json_t *spread = json_object_get(json_object_get(summary, "twin"), "spread");

    if (json_number_value(json_array_get(spread, 1)) > JUDGE_TOLERANCE) {
        limits->hi = 0;
        remark(item, "it agrees with other rows' cells as well, so its agreement carries nothing");
    }
}

/* What stands in an earlier leak of the same database was taken, but nothing says that it was taken this time. */
static void limit_by_novelty(const json_t *summary, enum claim_kind kind, struct item *item, struct limits *limits)
{
    const json_t *novelty = json_object_get(summary, "novelty");
    const double rows = json_num(novelty, "rows", 0), known = json_num(novelty, "rows_known", 0);

    if (rows < 1 || known < 1) {
        return;
    }
    if (known < rows || json_array_size(json_object_get(novelty, "columns_new")) > 0) {
        remark(item, "%.0f of %.0f rows that agree stand in an earlier leak of this database", known, rows);
        return;
    }
    remark(item, "all rows that agree stand in an earlier leak of this database: origin, but nothing new");
    limits->hi = kind == CLAIM_POSSESSION ? limits->hi : 0;
}

/* A database of which much was not read does not show that a row is not in it. */
static void limit_by_reading(const json_t *exam, const json_t *summary, const struct policy *policy, struct item *item,
                             struct limits *limits)
{
    if (json_bool(summary, "complete", false)) {
        return;
    }
    if (lost_share(exam) > policy_of(policy, POLICY_LOST)) {
        limits->lo = 0;
        remark(item, "much of the database could not be read, so what is not found there says nothing");
    } else {
        remark(item, "not all of what was handed in could be read");
    }
}

/* A ratio that could not be computed leaves its alternative open: zero, not silence. */
static void read_ratios(const json_t *summary, const struct limits *limits, struct item *item)
{
    static const char *const names[ORIGIN_COUNT] = {NULL, "elsewhere", "partner", "recycled", "made_up", "seed", NULL};
    const json_t *ratios = json_object_get(summary, "log10_lr");
    char open[80] = "";
    size_t used = 0;
    int count = 0;

    for (int o = ORIGIN_ELSEWHERE; o < ORIGIN_ANY_OTHER; o++) {
        const json_t *value = json_object_get(ratios, names[o]);
        const double ratio = json_is_number(value) ? json_number_value(value) : 0;

        item->log10_against[o] = isfinite(ratio) ? fmin(fmax(ratio, limits->lo), limits->hi) : 0;
        if (!json_is_number(value)) {
            used += (size_t)snprintf(open + used, sizeof open - used, "%s%s", count++ > 0 ? ", " : "",
                                     o == ORIGIN_MADE_UP ? "made up" : names[o]);
        }
    }
    if (count > 0) {
        remark(item, "%s could not be measured and %s not excluded", open, count == 1 ? "is" : "are");
    }
}

/* ---- What belongs beside them ---- */

static void remark_rows(const json_t *summary, struct item *item)
{
    const double repeated = json_num(json_object_get(summary, "excluded"), "repeats an earlier row", 0);
    const double term = json_num(json_object_get(summary, "made"), "term", 0);

    if (repeated > 0) {
        remark(item, "%.0f of its rows repeat an earlier one and count once", repeated);
    }
    if (strcmp(json_text(summary, "rows_declared", ""), "chosen") == 0) {
        remark(item, "whoever published it chose the rows, so the counts speak of the sample alone");
    }
    if (term >= .05) {
        remark(item, "how its rows are made speaks for made up, by 10^%.1f, which is allowed for", term);
    }
    if (json_is_false(json_object_get(json_object_get(summary, "shared"), "answered"))) {
        remark(item, "nobody said what was handed to partners");
    }
}

void sample_read(const json_t *exam, const json_t *summary, const json_t *rates, const struct policy *policy,
                 enum claim_kind kind, struct item *item)
{
    struct limits limits = caps_of(rates, summary);

    const double cap = policy_of(policy, POLICY_CAP);
    limits.lo = fmax(limits.lo, -cap);
    limits.hi = fmin(limits.hi, cap);
    limit_by_twin(summary, item, &limits);
    limit_by_novelty(summary, kind, item, &limits);
    limit_by_reading(exam, summary, policy, item, &limits);
    read_ratios(summary, &limits, item);
    remark_rows(summary, item);
}
