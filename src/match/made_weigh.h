/* How much a peculiarity says for "made by a program": log10 of P(seen | made) / P(seen | real), as pure functions
 * (docs/statistics.md, "Made up by a program"). Under "made" half of the programs are taken to get it right, so a sample without the
 * peculiarity is at most twice as probable if real. Under "real" a share omega is taken to show it all the same, so that no value exceeds
 * log10(1/2 + 1/(2·omega)). Both are proper distributions: the mean of 10^value over real data of the stated model is 1. */
#ifndef ASSAY_MATCH_MADE_WEIGH_H
#define ASSAY_MATCH_MADE_WEIGH_H

#include "base/stat.h"

/* k of n values are what no real maker writes; `chance`: the share of random ones that are. Real: one in a thousand damaged. */
double made_defects(uint64_t k, uint64_t n, double chance, double omega);

/* Shares that vary from table to table: beta-binomial with these shapes. */
struct made_shapes {
    double real_a, real_b, made_a, made_b;
};
double made_share(uint64_t k, uint64_t n, struct made_shapes shapes, double omega);

/* Even or not: keys sorted, equal ones beside each other. Made: drawn evenly from 2 to 20,000 words (grid, each as probable).
 * Real: Pitman and Yor's partition, discount 0 to .75, concentration .5 to 5,000 (grid). */
double made_even(const uint64_t *keys, size_t n, double omega);

/* Hours of the day. Made: even. Real: a wave over the day of any phase, amplitude .4 to .95. */
double made_clock(const uint64_t hours[static 24], double omega);

/* From the probability p, under real, of what is at least as odd: Vovk and Wang's calibrator (1 - p + p ln p)/(p ln² p). */
double made_from_p(double p, double omega);
/* Probability that chi-square with df degrees exceeds x (Wilson and Hilferty 1931). */
double made_chi_square_p(double x, double df);

#endif
