/* SPDX-License-Identifier: MIT
 *
 * Scores of models that predict numbers. model_score_add (model.c) hands over each row of an
 * evaluation. */
#include "residuals.h"

#include <math.h>

/* An error of more than 2^12 times the largest target is that of a run that has gone astray. */
#define ERROR_RANGE 0x1p12

struct residuals residuals_make(int64_t terms, double largest, int outputs, const double *origin,
                                int64_t *sums)
{
    const double range = ERROR_RANGE * largest;
    return (struct residuals){.outputs = outputs,
                              .origin = origin,
                              .plain = exact_grids_make(terms, range, EXACT_PARTS_MAX),
                              .square = exact_grids_make(terms, range * range, EXACT_PARTS_MAX),
                              .sums = sums};
}

static int64_t *sums_of(const struct residuals *residuals, int output, enum residual what)
{
    const size_t at = (size_t)output * RESIDUALS + (size_t)what;
    return residuals->sums + at * EXACT_PARTS_MAX;
}

bool residuals_add(struct residuals *residuals, const struct target *target,
                   const double *predicted)
{
    bool fits = true;
    for (int m = 0; m < residuals->outputs; ++m) {
        const double error = predicted[m] - target->values[m];
        const double distance = target->values[m] - residuals->origin[m];
        fits &=
            exact_grids_add(&residuals->plain, fabs(error), sums_of(residuals, m, RESIDUAL_SIZE));
        fits &= exact_grids_add(&residuals->square, error * error,
                                sums_of(residuals, m, RESIDUAL_SQUARE));
        fits &=
            exact_grids_add(&residuals->plain, distance, sums_of(residuals, m, RESIDUAL_DISTANCE));
        fits &= exact_grids_add(&residuals->square, distance * distance,
                                sums_of(residuals, m, RESIDUAL_DISTANCE_SQUARE));
    }
    return fits;
}

static double mean_of(const struct residuals *residuals, int output, enum residual what,
                      int64_t rows)
{
    const bool is_plain = what == RESIDUAL_SIZE || what == RESIDUAL_DISTANCE;
    return exact_grids_mean(is_plain ? &residuals->plain : &residuals->square,
                            sums_of(residuals, output, what), rows);
}

struct residuals_of_output residuals_of(const struct residuals *residuals, int output, int64_t rows)
{
    const double square = mean_of(residuals, output, RESIDUAL_SQUARE, rows);
    const double distance = mean_of(residuals, output, RESIDUAL_DISTANCE, rows);
    const double variance =
        mean_of(residuals, output, RESIDUAL_DISTANCE_SQUARE, rows) - distance * distance;
    return (struct residuals_of_output){.rmse = sqrt(square),
                                        .mae = mean_of(residuals, output, RESIDUAL_SIZE, rows),
                                        .r2 = variance > 0 ? 1 - square / variance : (double)NAN};
}

struct residuals_of_output residuals_of_all(const struct residuals *residuals, int64_t rows)
{
    struct residuals_of_output all = {0};
    double square = 0;
    for (int m = 0; m < residuals->outputs; ++m) {
        const struct residuals_of_output of = residuals_of(residuals, m, rows);
        square += mean_of(residuals, m, RESIDUAL_SQUARE, rows) / residuals->outputs;
        all.mae += of.mae / residuals->outputs;
        all.r2 += of.r2 / residuals->outputs;
    }
    all.rmse = sqrt(square);
    return all;
}
