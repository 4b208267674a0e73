/* Likelihood ratios of `match` (docs/statistics.md, part A). Sums of probabilities are taken in ln. */
#include <math.h>

#include "match/ratio.h"

#include "base/banned.h"

const struct ratio_policy ratio_policy_default = {
    .omega = 1e-3,
    .tau = {[RATIO_HASH] = .06, [RATIO_TIME] = .10, [RATIO_ID] = .25},
    .eta = 0.10,
    .leaning = 0.75,
    .share_least = 0.95,
};

const char *ratio_kind_name(enum ratio_kind kind)
{
    static const char *const names[RATIO_KINDS] = {"hash", "time", "id"};
    return names[kind];
}

static const double contradiction_floor = -2; /* log10: however many columns disagree, they have one cause */

const char *ratio_name(enum ratio_alternative alternative)
{
    static const char *const names[] = {"elsewhere", "made_up", "partner", "recycled", "seed"};
    return alternative < RATIO_ALTERNATIVES ? names[alternative] : "none";
}

static double ln_flat(uint64_t n)
{
    return -log((double)n + 1);
}

/* ln(weight · BB(k; n, a, b) + (1 - weight) · U(n)); n = 0 says nothing. */
static double ln_mixed(double weight, uint64_t k, uint64_t n, double a, double b)
{
    if (n == 0) {
        return 0;
    }
    return stat_ln_add(log(weight) + stat_ln_bb(k, n, a, b), log1p(-weight) + ln_flat(n));
}

/* ln of what k of n agree by in a true export that is not as it was. Among all rows any share may be filler; of those
 * that are linked, which are the same people, what disagrees has mostly changed since, and fewer have changed than not. */
static double ln_altered(const struct ratio_policy *policy, uint64_t k, uint64_t n, bool are_linked)
{
    return are_linked && policy->leaning > 0 ? ln_mixed(policy->leaning, k, n, 2, 1) : ln_flat(n);
}

/* are_linked: of n rows each is known to be a row of the database, as they were linked by something else. */
static double column_at(const struct ratio_policy *policy, uint64_t k, uint64_t n, double u, double tau,
                        bool are_linked)
{
    uint64_t own = n < 3 ? n : 3;
    double flat = ln_flat(n);
    double other = stat_ln_add(log(1 - policy->omega - policy->eta) + stat_ln_bin(k, n, u), log(policy->omega) + flat);
    if (k >= 1 && k <= own) {
        other = stat_ln_add(other, log(policy->eta / (double)own));
    }
    double altered = ln_altered(policy, k, n, are_linked);
    double same = stat_ln_add(log((1 - tau) / 2) + stat_ln_bb(k, n, 20, 1), log((1 - tau) / 2) + altered);
    if (tau > 0) {
        same = stat_ln_add(same, log(tau) + other);
    }
    return (same - other) / M_LN10;
}

double ratio_source_column(const struct ratio_policy *policy, uint64_t k, uint64_t m, uint64_t n_all, double u,
                           double tau)
{
    if (m == 0) {
        return 0;
    }
    double value = column_at(policy, k, m, u, tau, true);
    if (value > 0 && n_all > m) {
        value = fmin(value, column_at(policy, k, n_all, u, tau, false));
    }
    return value;
}

double ratio_combine(const double *values, size_t count)
{
    if (count == 0) {
        return 0;
    }
    double agreeing = -INFINITY; /* ln of the sum of the ratios above one */
    double against = 0;
    for (size_t i = 0; i < count; i++) {
        agreeing = stat_ln_add(agreeing, fmax(values[i], 0) * M_LN10);
        against += fmin(values[i], 0);
    }
    return (agreeing - log((double)count)) / M_LN10 + fmax(against, contradiction_floor);
}

/* X over the columns, or over the secret ones only; agreement needs separate occasions. */
static double source_made(const struct ratio_policy *policy, const struct ratio_input *in, bool secret_only)
{
    double values[RATIO_COLUMNS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < in->column_count && i < RATIO_COLUMNS_MAX; i++) {
        const struct ratio_column *column = &in->columns[i];
        if (column->secret || !secret_only) {
            uint64_t n_all = in->e_n > column->n_all ? in->e_n : column->n_all;
            values[count++] = ratio_source_column(policy, column->k, column->m, n_all, column->u, column->tau);
        }
    }
    double x = ratio_combine(values, count);
    uint64_t clusters = secret_only ? in->clusters_secret : in->clusters_all;
    return x > 0 ? fmin(x, (double)clusters / 2) : x;
}

static double ln_pairing(const struct ratio_input *in, double a, double b)
{
    return in->has_pairing ? ln_mixed(.5, in->p_k, in->p_n, a, b) : 0;
}

static double clamp_share(double share)
{
    return fmin(fmax(share, 1e-6), 1 - 1e-6);
}

/* log10 without the source-made columns, for one background set. */
static double recycled_from(const struct ratio_input *in, const struct ratio_background *set, double pairing)
{
    double c = clamp_share(set->c);
    double r = clamp_share(set->r);
    uint64_t n = in->e_n;
    double known = ln_mixed(.5, in->e_k, n, 20, 1) - ln_mixed(.8, in->e_k, n, 10 * c, 10 * (1 - c));
    double in_set = ln_mixed(.5, set->k, n, 10 * r, 10 * (1 - r)) - ln_mixed(.5, set->k, n, 19, 1);
    return (known + in_set) / M_LN10 + pairing;
}

static double seed_rows(const struct ratio_input *in, double all)
{
    if (in->n == 0) {
        return fmax(all, 0);
    }
    double from_database = ln_mixed(.98, in->seed_rows, in->n, .2, 20);
    return (from_database - stat_ln_bb(in->seed_rows, in->n, 19, 1)) / M_LN10 + fmax(all, 0);
}

static double mean_containment(const struct ratio_input *in)
{
    double sum = 0;
    for (size_t i = 0; i < in->background_count; i++) {
        sum += in->backgrounds[i].c;
    }
    return in->background_count == 0 ? .5 : clamp_share(sum / (double)in->background_count);
}

void ratio_alternatives(const struct ratio_policy *policy, const struct ratio_input *in,
                        struct ratio_values *ret_values)
{
    struct ratio_values out = {.all = source_made(policy, in, false), .secret = source_made(policy, in, true)};
    double u = mean_containment(in);
    double e1 = ln_mixed(.5, in->e_k, in->e_n, 20, 1);
    double p1 = ln_pairing(in, 20, 1);
    double pairing = (p1 - ln_pairing(in, 3, 1)) / M_LN10;
    out.value[RATIO_ELSEWHERE] = (e1 - ln_mixed(.5, in->e_k, in->e_n, 4 * u, 4 * (1 - u))) / M_LN10 + pairing + out.all;
    out.value[RATIO_MADE_UP] =
        (e1 - ln_mixed(.5, in->e_k, in->e_n, .5, 9.5) + p1 - ln_pairing(in, .2, 9.8)) / M_LN10 + out.all;
    out.value[RATIO_PARTNER] = out.secret;
    out.value[RATIO_SEED] = seed_rows(in, out.all);
    for (size_t i = 0; i < in->background_count; i++) {
        double from = recycled_from(in, &in->backgrounds[i], pairing) + out.all;
        out.value[RATIO_RECYCLED] = i == 0 ? from : fmin(out.value[RATIO_RECYCLED], from);
    }
    for (int i = 0; i < RATIO_ALTERNATIVES; i++) {
        out.computed[i] = i != RATIO_RECYCLED || in->background_count > 0;
        if (in->head_agree > 0 && i != RATIO_SEED) {
            out.value[i] = fmax(out.value[i], 0);
        }
    }
    *ret_values = out;
}

enum ratio_alternative ratio_headline(struct ratio_values *values, struct interval cap)
{
    enum ratio_alternative weakest = RATIO_ALTERNATIVES;
    for (int i = 0; i < RATIO_ALTERNATIVES; i++) {
        values->value[i] = fmin(fmax(values->value[i], cap.lo), cap.hi);
        if (values->computed[i] && (weakest == RATIO_ALTERNATIVES || values->value[i] < values->value[weakest])) {
            weakest = (enum ratio_alternative)i;
        }
    }
    return weakest;
}

/* Walks away from 0 in hundredths while 10^t · P(misleading beyond t) + P(true short of t) <= 1. `sign` mirrors. */
static double walk_cap(const double *rare, size_t rare_count, const double *common, size_t common_count, double sign)
{
    double cap = 0;
    double end = log10((double)rare_count + 1);
    for (int step = 0; step / 100.0 <= end; step++) {
        double t = step / 100.0;
        size_t beyond = 0;
        size_t short_of = 0;
        for (size_t i = 0; i < rare_count; i++) {
            beyond += sign * rare[i] >= t;
        }
        for (size_t i = 0; i < common_count; i++) {
            short_of += sign * common[i] < t;
        }
        double wrong = pow(10, t) * ((double)beyond + 1) / ((double)rare_count + 1);
        if (wrong + (double)short_of / ((double)common_count + 1) > 1) {
            break;
        }
        cap = sign * t;
    }
    return cap;
}

struct interval ratio_cap(const double *h1, size_t h1_count, const double *h2, size_t h2_count)
{
    return (struct interval){.lo = walk_cap(h1, h1_count, h2, h2_count, -1),
                             .hi = walk_cap(h2, h2_count, h1, h1_count, 1)};
}

struct interval ratio_share(const struct ratio_policy *policy, uint64_t k, uint64_t n)
{
    struct interval agree = stat_clopper_pearson(k, n, 0.95);
    return (struct interval){agree.lo, fmin(1, agree.hi / policy->share_least)};
}

static double clip(double share)
{
    return fmin(fmax(share, 0), 1);
}

bool ratio_share_identity(uint64_t k, uint64_t n, uint64_t background_k, uint64_t background_n,
                          struct interval *ret_share)
{
    struct interval u = stat_clopper_pearson(background_k, background_n, 0.95);
    struct interval p = stat_clopper_pearson(k, n, 0.95);
    if (background_n == 0 || n == 0 || .95 - u.hi < .1) {
        return false;
    }
    /* other rows may be of people as known as the background's, or of nobody: then every known one is the database's */
    *ret_share = (struct interval){clip((p.lo - u.hi) / (1 - u.hi)), clip(p.hi / .95)};
    return true;
}
