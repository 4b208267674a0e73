/* From items to a ratio: one formula for finding and non-finding, one voice per group, one cause per keeper, whole
 * stories compared (docs/verdict.md gives every formula; statistics: Clopper & Pearson 1934). */
#include <math.h>

#include "base/stat.h"
#include "judge/inside.h"

#include "base/banned.h"

#define LAMBDA_MIN 1e-12
#define LN10 2.302585092994045684

double judge_count_lr(double found, double expected, double q)
{
    return 1 - q + q * found / fmax(expected, LAMBDA_MIN);
}

static double confidence_of(const struct policy *policy)
{
    return 1 - policy_of(policy, POLICY_MISSED);
}

/* The unit that says least: findings per expected false alarm, smallest over the units. */
static double found_per_alarm(const struct item *item, double confidence, bool low_end)
{
    double least = HUGE_VAL;

    for (size_t i = 0; i < item->unit_count; i++) {
        const struct unit *unit = &item->units[i];
        const struct interval f = stat_clopper_pearson(unit->false_alarms.k, unit->false_alarms.n, confidence);
        const double lambda = fmax((low_end ? f.lo : f.hi) * unit->looked_at, LAMBDA_MIN);

        least = fmin(least, unit->found / lambda);
    }
    return item->unit_count == 0 ? 0 : least;
}

/* The most false alarms that must be reckoned with, over the units. */
static double expected_alarms(const struct policy *policy, const struct item *item)
{
    double most = LAMBDA_MIN;

    for (size_t i = 0; i < item->unit_count; i++) {
        const struct rate rate = item->units[i].false_alarms;

        most = fmax(most, stat_clopper_pearson(rate.k, rate.n, confidence_of(policy)).hi * item->units[i].looked_at);
    }
    return most;
}

static double cut(double value, double low, double high)
{
    return fmin(fmax(value, low), high);
}

double judge_item_lr(const struct policy *policy, const struct item *item, double leaves)
{
    const double confidence = confidence_of(policy);
    const struct interval recall = stat_clopper_pearson(item->recall.k, item->recall.n, confidence);
    const double per_alarm[2] = {found_per_alarm(item, confidence, true), found_per_alarm(item, confidence, false)};
    const double recalls[2] = {recall.lo, recall.hi};
    double least = HUGE_VAL, most = 0;
    uint64_t clean = UINT64_MAX;

    for (size_t r = 0; r < 2; r++) {
        for (size_t f = 0; f < 2; f++) {
            const double q = leaves * recalls[r] * item->coverage;
            const double lr = 1 - q + q * per_alarm[f];

            least = fmin(least, lr);
            most = fmax(most, lr);
        }
    }
    for (size_t i = 0; i < item->unit_count; i++) {
        clean = item->units[i].false_alarms.n < clean ? item->units[i].false_alarms.n : clean;
    }
    const double lr = least > 1 ? least : most < 1 ? most : 1;
    return cut(lr, 1 / ((double)item->recall.n + 1), (item->unit_count == 0 ? 0 : (double)clean) + 1);
}

double judge_blind_weight(const struct policy *policy, const struct item *item)
{
    const double recall = stat_clopper_pearson(item->recall.k, item->recall.n, confidence_of(policy)).lo;
    const double q = recall * item->coverage;

    return q * log(fmax(1 - q + q / expected_alarms(policy, item), 1e-9)) + (1 - q) * log(fmax(1 - q, 1e-9));
}

void judge_chance_found(const struct item *item, double leaves, double *ret_true, double *ret_false)
{
    const double recall = stat_clopper_pearson(item->recall.k, item->recall.n, confidence_of(NULL)).lo;
    const double q = leaves * recall * item->coverage, no_alarm = exp(-expected_alarms(NULL, item));

    *ret_true = 1 - (1 - q) * no_alarm;
    *ret_false = 1 - no_alarm;
}

const char *direction_name(enum direction direction)
{
    static const char *const names[] = {"undetermined", "supported", "refuted"};
    return names[direction];
}

/* Of one keeper and one group. Examiners of each side are groups of their own, but silent once somebody without a side has read the
 * same: else whoever claims the best rate for himself would silence him. */
static bool is_one_voice(const struct item *a, const struct item *b)
{
    const bool is_outdone =
        a->is_confirmation && b->is_confirmation && a->source == b->source && a->is_partisan != b->is_partisan;

    return a->keeper == b->keeper && (a->group == b->group || is_outdone);
}

void judge_speakers(const struct board *board, const bool *dropped, bool speaks[static ITEM_MAX])
{
    double weight[ITEM_MAX];

    for (size_t i = 0; i < board->item_count; i++) {
        speaks[i] = dropped == NULL || !dropped[i];
        /* of two comparisons of one sample, the one with more rows */
        weight[i] = board->items[i]->source == SOURCE_MATCH ? board->items[i]->units[0].looked_at
                                                            : judge_blind_weight(board->policy, board->items[i]);
    }
    for (size_t i = 0; i < board->item_count; i++) {
        for (size_t j = i + 1; speaks[i] && j < board->item_count; j++) {
            const struct item *a = board->items[i], *b = board->items[j];

            if (!speaks[j] || !is_one_voice(a, b)) {
                continue;
            }
            if (a->is_partisan != b->is_partisan ? a->is_partisan : weight[j] > weight[i] + 1e-12) {
                speaks[i] = false; /* ties: the earliest stays */
            } else {
                speaks[j] = false;
            }
        }
    }
}

/* log10 of l_s for a match: 0 where the sample comes from D, minus the ratio against that origin elsewhere. */
static double match_log10(const struct item *item, enum origin origin)
{
    double weakest = HUGE_VAL;

    if (origin == ORIGIN_DATABASE) {
        return 0;
    }
    if (origin != ORIGIN_ANY_OTHER) {
        return -item->log10_against[origin];
    }
    for (int i = ORIGIN_ELSEWHERE; i < ORIGIN_ANY_OTHER; i++) {
        weakest = fmin(weakest, item->log10_against[i]);
    }
    return -weakest;
}

static double log10_mix(double rho, double own, double doctored)
{
    return stat_ln_add(log1p(-rho) + own * LN10, log(rho) + doctored * LN10) / LN10;
}

static double trace_lr(const struct policy *policy, const struct item *item, double leaves)
{
    return leaves == LEAVES_EITHER ? fmax(1, judge_item_lr(policy, item, 1)) : judge_item_lr(policy, item, leaves);
}

static double rho_of(const struct board *board, enum custody custody)
{
    return policy_of(board->policy, (enum policy_name)(POLICY_RHO_THIRD + custody));
}

/* The first story that leaves the same trace there: the intervals behind a figure are worth computing once. */
static size_t first_alike(const struct board *board, enum source source, size_t story)
{
    size_t first = 0;

    while (first < story && board->stories[first].leaves[source] != board->stories[story].leaves[source]) {
        first++;
    }
    return first;
}

void judge_weigh_item(const struct board *board, const struct item *item, double out[static STORY_MAX])
{
    double most = -HUGE_VAL;

    for (size_t s = 0; s < board->story_count; s++) {
        const struct story *story = &board->stories[s];
        const size_t same = first_alike(board, item->source, s);

        out[s] = item->source == SOURCE_MATCH ? match_log10(item, story->sample)
                 : same < s                   ? out[same]
                                              : log10(trace_lr(board->policy, item, story->leaves[item->source]));
        most = fmax(most, out[s]);
    }
    if (item->held != HELD_BY_KEEPER) {
        const double rho = rho_of(board, item->held == HELD_BY_THIRD ? CUSTODY_THIRD : CUSTODY_INTERESTED);

        for (size_t s = 0; s < board->story_count; s++) {
            out[s] = log10_mix(rho, out[s], most);
        }
    }
}

/* What a keeper handed in, as one cause: doctored with rho, but only towards a story he gains by. */
static void temper(const struct board *board, const struct keeper *keeper, double h[static STORY_MAX])
{
    const double rho = rho_of(board, keeper->custody);
    double most = -HUGE_VAL, gain = -HUGE_VAL;

    for (size_t s = 0; s < board->story_count; s++) {
        most = fmax(most, h[s]);
        if ((keeper->gains & (1U << s)) != 0) {
            gain = fmax(gain, h[s]);
        }
    }
    if (gain < most - JUDGE_TOLERANCE) {
        return; /* nobody doctors against himself */
    }
    for (size_t s = 0; s < board->story_count; s++) {
        h[s] = log10_mix(rho, h[s], gain);
    }
}

static void weigh_stories(const struct board *board, const bool *dropped, double out[static STORY_MAX])
{
    bool speaks[ITEM_MAX];

    judge_speakers(board, dropped, speaks);
    memset(out, 0, STORY_MAX * sizeof *out);
    for (size_t k = 0; k < board->keeper_count; k++) {
        double h[STORY_MAX] = {0};
        bool any = false;

        for (size_t i = 0; i < board->item_count; i++) {
            double l[STORY_MAX];

            if (!speaks[i] || board->items[i]->keeper != k) {
                continue;
            }
            any = true;
            judge_weigh_item(board, board->items[i], l);
            for (size_t s = 0; s < board->story_count; s++) {
                h[s] += l[s];
            }
        }
        if (any) {
            temper(board, &board->keepers[k], h);
        }
        for (size_t s = 0; s < board->story_count; s++) {
            out[s] += h[s];
        }
    }
}

/* The best story and the log of the mean, among those in which the claim is as asked. A story that leaves the claim open may be the
 * best of either side, and raises the mean of none. */
static void gather(const struct board *board, const double *weights, enum claim_kind claim, bool wanted,
                   size_t *ret_best, double *ret_max, double *ret_mean)
{
    double sum = -HUGE_VAL;
    size_t count = 0;

    *ret_max = -HUGE_VAL;
    *ret_best = 0;
    for (size_t s = 0; s < board->story_count; s++) {
        const bool is_open = (board->open & (1U << s)) != 0;

        if (!is_open && story_has(&board->stories[s], claim) != wanted) {
            continue;
        }
        if (weights[s] > *ret_max + JUDGE_TOLERANCE) {
            *ret_max = weights[s];
            *ret_best = s;
        }
        if (!is_open) {
            sum = stat_ln_add(sum, weights[s] * LN10);
            count++;
        }
    }
    *ret_mean = (sum - log((double)count)) / LN10;
}

void judge_weigh(const struct board *board, const bool *dropped, enum claim_kind claim, double standard_log10,
                 struct outcome *ret)
{
    double max_true, mean_true, max_false, mean_false;

    weigh_stories(board, dropped, ret->log10_story);
    gather(board, ret->log10_story, claim, true, &ret->best_true, &max_true, &mean_true);
    gather(board, ret->log10_story, claim, false, &ret->best_false, &max_false, &mean_false);

    const double support = mean_true - max_false, refute = max_true - mean_false;
    const double lr = support > 0 ? support : refute < 0 ? refute : 0;

    const double cap = policy_of(board->policy, POLICY_CAP);
    ret->log10_lr = cut(lr, -cap, cap);
    ret->direction = ret->log10_lr >= standard_log10 - JUDGE_TOLERANCE    ? DIRECTION_SUPPORTED
                     : ret->log10_lr <= -standard_log10 + JUDGE_TOLERANCE ? DIRECTION_REFUTED
                                                                          : DIRECTION_UNDETERMINED;
}
