/* Intervals and likelihoods. Everything through lgamma_r, so threads may share it. */
#include <math.h>

#include "base/stat.h"

#include "base/banned.h"

double stat_ln_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

double stat_ln_choose(double n, double k)
{
    return stat_ln_gamma(n + 1) - stat_ln_gamma(k + 1) - stat_ln_gamma(n - k + 1);
}

double stat_ln_beta(double a, double b)
{
    return stat_ln_gamma(a) + stat_ln_gamma(b) - stat_ln_gamma(a + b);
}

double stat_ln_bb(uint64_t k, uint64_t n, double a, double b)
{
    double kd = (double)k;
    double nd = (double)n;
    return stat_ln_choose(nd, kd) + stat_ln_beta(a + kd, b + nd - kd) - stat_ln_beta(a, b);
}

double stat_ln_bin(uint64_t k, uint64_t n, double u)
{
    if (u <= 0) {
        return k == 0 ? 0 : -INFINITY;
    }
    if (u >= 1) {
        return k == n ? 0 : -INFINITY;
    }
    return stat_ln_choose((double)n, (double)k) + (double)k * log(u) + (double)(n - k) * log1p(-u);
}

double stat_ln_add(double a, double b)
{
    double high = a > b ? a : b;
    double low = a > b ? b : a;
    return isinf(high) && high < 0 ? high : high + log1p(exp(low - high));
}

/* DLMF 8.17.22 by the modified Lentz method; converges fast for x < (a+1)/(a+b+2). */
static double continued_fraction(double x, double a, double b)
{
    enum { STEPS = 20000 };
    const double tiny = 1e-300;
    double c = 1;
    double d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int i = 1; i <= STEPS; i++) {
        double m = i;
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double last = 0;
        for (int half = 0; half < 2; half++) {
            double term = half == 0 ? even : odd;
            d = 1 + term * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            c = fabs(c) < tiny ? tiny : c;
            last = c * d;
            value *= last;
        }
        if (fabs(last - 1) < 1e-15) {
            break;
        }
    }
    return value;
}

double stat_beta_inc(double x, double a, double b)
{
    if (x <= 0) {
        return 0;
    }
    if (x >= 1) {
        return 1;
    }
    double front = exp(a * log(x) + b * log1p(-x) - stat_ln_beta(a, b));
    if (x < (a + 1) / (a + b + 2)) {
        return front * continued_fraction(x, a, b) / a;
    }
    return 1 - front * continued_fraction(1 - x, b, a) / b;
}

static double beta_quantile(double p, double a, double b)
{
    double lo = 0;
    double hi = 1;
    for (int i = 0; i < 200; i++) {
        double mid = (lo + hi) / 2;
        if (mid <= lo || mid >= hi) {
            break;
        }
        if (stat_beta_inc(mid, a, b) < p) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return (lo + hi) / 2;
}

struct interval stat_clopper_pearson(uint64_t k, uint64_t n, double level)
{
    double tail = (1 - level) / 2;
    double kd = (double)k;
    double nd = (double)n;
    if (n == 0) {
        return (struct interval){0, 1};
    }
    struct interval ci;
    ci.lo = k == 0 ? 0 : k == n ? pow(tail, 1 / nd) : beta_quantile(tail, kd, nd - kd + 1);
    ci.hi = k == n ? 1 : k == 0 ? -expm1(log(tail) / nd) : beta_quantile(1 - tail, kd + 1, nd - kd);
    return ci;
}

/* P(X <= k) and P(X >= k) for X hypergeometric: n drawn from `rows` of which `marked` count. */
static void tails(uint64_t k, uint64_t n, uint64_t rows, uint64_t marked, double *ret_low, double *ret_high)
{
    uint64_t least = n + marked > rows ? n + marked - rows : 0;
    uint64_t most = n < marked ? n : marked;
    double whole = stat_ln_choose((double)rows, (double)n);
    double low = 0;
    double high = 0;
    for (uint64_t x = least; x <= most; x++) {
        double p = exp(stat_ln_choose((double)marked, (double)x) +
                       stat_ln_choose((double)(rows - marked), (double)(n - x)) - whole);
        low += x <= k ? p : 0;
        high += x >= k ? p : 0;
    }
    *ret_low = low;
    *ret_high = high;
}

/* Both tails are monotone in the number of marked rows, so each end is found by bisection. */
void stat_hypergeometric(uint64_t k, uint64_t n, uint64_t leak_rows, double level, uint64_t *ret_lo, uint64_t *ret_hi)
{
    double alpha = (1 - level) / 2;
    double low;
    double high;
    uint64_t from = k;
    uint64_t to = leak_rows - n + k;
    while (from < to) { /* smallest K with P(X >= k) >= alpha */
        uint64_t mid = from + (to - from) / 2;
        tails(k, n, leak_rows, mid, &low, &high);
        if (high >= alpha) {
            to = mid;
        } else {
            from = mid + 1;
        }
    }
    *ret_lo = from;
    to = leak_rows - n + k;
    while (from < to) { /* largest K with P(X <= k) >= alpha */
        uint64_t mid = to - (to - from) / 2;
        tails(k, n, leak_rows, mid, &low, &high);
        if (low >= alpha) {
            from = mid;
        } else {
            to = mid - 1;
        }
    }
    *ret_hi = from;
}

const char *stat_enfsi(double log10_lr)
{
    double size = fabs(log10_lr);
    static const struct {
        double below;
        const char *words;
    } scale[] = {{0.3, "none"}, {1, "weak"},       {2, "moderate"}, {3, "moderately strong"},
                 {4, "strong"}, {6, "very strong"}};
    for (size_t i = 0; i < sizeof scale / sizeof *scale; i++) {
        if (size < scale[i].below) {
            return scale[i].words;
        }
    }
    return "extremely strong";
}
