/* SPDX-License-Identifier: MIT
 *
 * The norms that the metrics record: of the gradient, from its exact sums, and of each tensor of
 * weights. Nothing in the training depends on them. */
#include "norm.h"

#include <float.h>
#include <math.h>

static double largest_of(const double *x, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; ++i)
        largest = fmax(largest, fabs(x[i]));
    return largest;
}

double norm_of(const double *x, size_t n)
{
    double sum = 0;
    int exponent;
    frexp(largest_of(x, n), &exponent);
    for (size_t i = 0; i < n; ++i) {
        const double scaled = ldexp(x[i], -exponent);
        sum += scaled * scaled;
    }
    return fmin(ldexp(sqrt(sum), exponent), DBL_MAX);
}

double norm_of_means(const int64_t *sums, size_t n, const struct exact_grid *grid, int64_t terms)
{
    double sum = 0;
    for (size_t i = 0; i < n; ++i) {
        const double mean = exact_mean(grid, sums[i], terms);
        sum += mean * mean;
    }
    return sqrt(sum);
}
