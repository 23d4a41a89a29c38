/* SPDX-License-Identifier: MIT
 *
 * How well numbers are predicted: the exact sums, over any rows on any ranks, from which the root
 * of the mean square, the mean absolute error and R2 follow. */
#ifndef DTRAIN_RESIDUALS_H
#define DTRAIN_RESIDUALS_H

#include "core/numbers/exact_sum.h"
#include "core/samples/samples.h"

#include <stddef.h>
#include <stdint.h>

/* What is summed for each of the M outputs: errors a - t and distances t - t0 from the target of
 * row 0, and the squares of both. */
enum residual {
    RESIDUAL_SIZE,
    RESIDUAL_SQUARE,
    RESIDUAL_DISTANCE,
    RESIDUAL_DISTANCE_SQUARE,
    RESIDUALS
};

struct residuals {
    int outputs;          /* M; 0: nothing is summed */
    const double *origin; /* (M): t0 */
    struct exact_grids plain, square;
    int64_t *sums; /* (M, RESIDUALS, EXACT_PARTS_MAX): the caller's, zeros at first */
};

/* How many numbers residuals->sums has. */
static inline size_t residuals_count(int outputs)
{
    return (size_t)outputs * RESIDUALS * EXACT_PARTS_MAX;
}

/* For sums over at most `terms` rows whose targets are at most `largest`, a power of two. */
struct residuals residuals_make(int64_t terms, double largest, int outputs, const double *origin,
                                int64_t *sums);

/* Adds a row: predicted (M). Returns whether all that is summed is on its grid. */
bool residuals_add(struct residuals *residuals, const struct target *target,
                   const double *predicted);

/* The root of the mean square and the mean absolute value of an output's errors, and its R2: NaN
 * where its targets are all equal. From the sums over `rows` rows. */
struct residuals_of_output {
    double rmse, mae, r2;
};
struct residuals_of_output residuals_of(const struct residuals *residuals, int output,
                                        int64_t rows);

/* Over all outputs: the root of the mean of all squares, the mean of all absolute values, and the
 * mean of the outputs' R2. */
struct residuals_of_output residuals_of_all(const struct residuals *residuals, int64_t rows);

#endif
