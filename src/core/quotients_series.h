/* SPDX-License-Identifier: MIT
 *
 * The series that the kernels of quotients.c are made of. Each takes its number of terms as a
 * constant, so that the compiled loop over the lanes has no loop over terms inside. */
#ifndef DTRAIN_QUOTIENTS_SERIES_H
#define DTRAIN_QUOTIENTS_SERIES_H

#include "elementary.h"
#include "exact_sum.h"
#include "quotients.h"

/* atanh(x) to `terms` terms after the first, scaled as the series is and rounded to the grid. */
ELEMENTARY_INLINE int64_t round_atanh(const struct exact_grid *grid,
                                      const struct atanh_series *series, double x, int terms,
                                      uint64_t *off)
{
    const double x2 = x * x;
    double sum = series->number[terms];
    for (int m = terms - 1; m >= 0; --m)
        sum = fma(sum, x2, series->number[m]);
    return exact_round_product(grid, x, sum, off);
}

/* 1 / (1 + x) to `terms` terms after the first; 0 asks for a division. */
ELEMENTARY_INLINE double reciprocal_of_1_plus(double x, int terms)
{
    if (terms == 0)
        return 1 / (1 + x);
    double sum = -x;
    for (int r = 1; r < terms; ++r)
        sum = fma(-x, sum, -x);
    return 1 + sum;
}

/* u to `terms` terms, for a sigmoid that is shifted by delta. */
ELEMENTARY_INLINE double sum_moments(const double *moments, size_t lanes, size_t j, double delta,
                                     int terms)
{
    double sum = moments[(size_t)(terms - 1) * lanes + j];
    for (int n = terms - 2; n >= 0; --n)
        sum = fma(sum, delta, moments[(size_t)n * lanes + j]);
    return sum * delta;
}

/* A sigmoid shifted by +-eta moves by delta+- = a +- b with b = v sinh(eta) / (1 + v c) and
 * a = v (1/2 - z) c / (1 + v c), where c = 2 (cosh(eta) - 1); so nothing cancels in them. To one
 * term, the denominator does not show in a, which is of second order itself. */
struct sigmoid_shift {
    double a, b;
};

ELEMENTARY_INLINE struct sigmoid_shift shift_sigmoid(double slope, double tilt,
                                                     struct input_shift shift, int reciprocal)
{
    const double c = shift.cosh_minus_1x2, b = slope * shift.sinh, a = tilt * c;
    if (reciprocal == 1)
        return (struct sigmoid_shift){a, fma(b, -c * slope, b)};
    const double per_1_plus_vc = reciprocal_of_1_plus(slope * c, reciprocal);
    return (struct sigmoid_shift){a * per_1_plus_vc, b * per_1_plus_vc};
}

#endif
