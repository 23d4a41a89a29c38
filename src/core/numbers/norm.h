/* SPDX-License-Identifier: MIT
 *
 * Euclidean norms. The squares are added in the order of the numbers, so a norm has the same bits
 * wherever it is computed. All functions are pure. */
#ifndef DTRAIN_NORM_H
#define DTRAIN_NORM_H

#include "exact_sum.h"

#include <stddef.h>
#include <stdint.h>

/* The norm of x[n], finite numbers, whose squares may be too large or too small for a double. */
double norm_of(const double *x, size_t n);

/* The norm of a vector of means, which are exact sums (n) of `terms` terms each. */
double norm_of_means(const int64_t *sums, size_t n, const struct exact_grid *grid, int64_t terms);

#endif
