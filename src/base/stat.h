/* Special functions and intervals. log10 unless a name says ln. Thread-safe (lgamma_r).
 * Sources: models of docs/statistics.md; Clopper & Pearson 1934; incomplete beta by Lentz's
 * continued fraction (DLMF 8.17.22). */
#ifndef ASSAY_BASE_STAT_H
#define ASSAY_BASE_STAT_H

#include "assay/words.h"

struct interval {
    double lo, hi;
};

/* Exact interval of a share, k of n, level e.g. 0.95. n = 0: [0, 1]. */
struct interval stat_clopper_pearson(uint64_t k, uint64_t n, double level);
/* Regularised incomplete beta I_x(a, b), 0 <= x <= 1, a, b > 0. */
double stat_beta_inc(double x, double a, double b);
/* ln Gamma(x); ln C(n, k); ln B(a, b). */
double stat_ln_gamma(double x);
double stat_ln_choose(double n, double k);
double stat_ln_beta(double a, double b);
/* ln of the beta-binomial BB(k; n, a, b); BB(0; 0) = 1. ln of Bin(k; n, u), -inf allowed. */
double stat_ln_bb(uint64_t k, uint64_t n, double a, double b);
double stat_ln_bin(uint64_t k, uint64_t n, double u);
/* ln(exp(a) + exp(b)) without overflow; -inf is zero. */
double stat_ln_add(double a, double b);
/* K of L such that k of n drawn without replacement is not surprising at either tail. */
void stat_hypergeometric(uint64_t k, uint64_t n, uint64_t leak_rows, double level, uint64_t *ret_lo, uint64_t *ret_hi);
/* The ENFSI words for |log10 LR|: "no", "weak", ... of look/language: below .3, 1, 2, 3, 4, 6. */
const char *stat_enfsi(double log10_lr);

#endif
