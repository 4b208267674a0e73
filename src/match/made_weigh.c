/* Likelihoods of made and of real values. Sums of probabilities are taken in ln.
 * Sources: Pitman & Yor 1997 (partition probability: Pitman 1995); Vovk & Wang 2021 (calibrators); Wilson & Hilferty 1931. */
#include <math.h>

#include "match/made_weigh.h"

#include "base/banned.h"

/* log10 of made over real, where half of the made are as real ones and a share omega of the real ones is odd. */
static double weigh(double ln_real, double ln_odd, double omega)
{
    double real = stat_ln_add(log1p(-omega) + ln_real, log(omega) + ln_odd);
    return (stat_ln_add(real, ln_odd) - M_LN2 - real) / M_LN10;
}

double made_defects(uint64_t k, uint64_t n, double chance, double omega)
{
    if (n == 0) {
        return 0;
    }
    double at_chance = stat_ln_bb(k, n, 20 * chance, 20 * (1 - chance));
    double odd = stat_ln_add(at_chance, -log((double)n + 1)) - M_LN2;
    return weigh(stat_ln_bb(k, n, .05, 50), odd, omega);
}

double made_share(uint64_t k, uint64_t n, struct made_shapes shapes, double omega)
{
    if (n == 0) {
        return 0;
    }
    return weigh(stat_ln_bb(k, n, shapes.real_a, shapes.real_b), stat_ln_bb(k, n, shapes.made_a, shapes.made_b), omega);
}

/* ---- Even draws ---- */

enum { SIZES = 28 }; /* vocabularies: 2 · 1.4^i */

static double ln_drawn_evenly(size_t distinct, size_t n)
{
    double sum = -INFINITY;
    for (int i = 0; i < SIZES; i++) {
        double words = floor(2 * pow(1.4, i));
        if (words >= (double)distinct) {
            double ln = stat_ln_gamma(words + 1) - stat_ln_gamma(words - (double)distinct + 1) - (double)n * log(words);
            sum = stat_ln_add(sum, ln);
        }
    }
    return sum - log(SIZES);
}

/* Product over the groups of (1-d)(2-d)…(size-1-d). */
static double ln_groups(const uint64_t *keys, size_t n, double discount)
{
    double sum = 0;
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && keys[to] == keys[from]; to++) {
        }
        sum += stat_ln_gamma((double)(to - from) - discount) - stat_ln_gamma(1 - discount);
    }
    return sum;
}

static double ln_pitman_yor(const uint64_t *keys, size_t n, size_t distinct)
{
    static const double discounts[] = {0, .25, .5, .75};
    static const double concentrations[] = {.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};
    enum { DISCOUNTS = sizeof(discounts) / sizeof(*discounts) };
    enum { CONCENTRATIONS = sizeof(concentrations) / sizeof(*concentrations) };
    double sum = -INFINITY;
    for (size_t d = 0; d < DISCOUNTS; d++) {
        double groups = ln_groups(keys, n, discounts[d]);
        for (size_t c = 0; c < CONCENTRATIONS; c++) {
            double theta = concentrations[c];
            double ln = groups - (stat_ln_gamma(theta + (double)n) - stat_ln_gamma(theta + 1));
            for (size_t i = 1; i < distinct; i++) {
                ln += log(theta + (double)i * discounts[d]);
            }
            sum = stat_ln_add(sum, ln);
        }
    }
    return sum - log((double)DISCOUNTS * CONCENTRATIONS);
}

double made_even(const uint64_t *keys, size_t n, double omega)
{
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        distinct += i == 0 || keys[i] != keys[i - 1];
    }
    if (n < 2) {
        return 0;
    }
    return weigh(ln_pitman_yor(keys, n, distinct), ln_drawn_evenly(distinct, n), omega);
}

/* ---- Hours ---- */

double made_clock(const uint64_t hours[static 24], double omega)
{
    static const double amplitudes[] = {.4, .6, .8, .95};
    double waves = -INFINITY;
    double n = 0;
    for (int h = 0; h < 24; h++) {
        n += (double)hours[h];
    }
    for (int phase = 0; phase < 24; phase++) {
        for (int a = 0; a < 4; a++) {
            double ln = 0;
            for (int h = 0; h < 24; h++) {
                ln += (double)hours[h] * log((1 + amplitudes[a] * cos(2 * M_PI * (h - phase) / 24)) / 24);
            }
            waves = stat_ln_add(waves, ln);
        }
    }
    return n < 1 ? 0 : weigh(waves - log(24 * 4), -n * log(24), omega);
}

/* ---- From a probability ---- */

double made_from_p(double p, double omega)
{
    p = fmin(fmax(p, 1e-300), 1 - 1e-9);
    double l = log(p);
    double calibrated = p > .999 ? .5 : (1 - p + p * l) / (p * l * l);
    return weigh(0, log(calibrated), omega);
}

double made_chi_square_p(double x, double df)
{
    double spread = 2 / (9 * df);
    double z = (cbrt(x / df) - (1 - spread)) / sqrt(spread);
    return .5 * erfc(z / M_SQRT2);
}
