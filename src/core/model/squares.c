/* SPDX-License-Identifier: MIT
 *
 * Half the squared distance between the outputs and M numbers, l = 1/2 sum_m (a_m - t_m)^2.
 *
 * With the residuals r = a - t, moves up and down of the outputs change the loss by
 *     2 eta Q = sum_m (up_m - down_m) (r_m + (up_m + down_m) / 2),
 * in which nothing cancels but what is equal. */
#include "common/multiversion.h"
#include "core/numbers/elementary.h"
#include "core/numbers/exact_sum.h"
#include "head.h"
#include "network.h"

#include <string.h>

/* y holds the residuals; they are 0 where there is no target. */
static double finish_sample(const struct target *target, int outputs, const double *restrict a,
                            double *restrict y)
{
    double loss = 0;
    if (!target->values) {
        memset(y, 0, (size_t)outputs * sizeof *y);
        return (double)NAN;
    }
    for (int m = 0; m < outputs; ++m) {
        y[m] = a[m] - target->values[m];
        loss = fma(y[m] / 2, y[m], loss);
    }
    return loss;
}

static void finish(const struct network_pass *pass, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        const size_t at = i * pass->stride;
        pass->loss[i] = finish_sample(&pass->target[i], pass->outputs, pass->a + at, pass->y + at);
    }
}

static void derive(const struct network_sample *sample, int outputs, double *by_output)
{
    memcpy(by_output, sample->y, (size_t)outputs * sizeof *by_output);
}

/* For each unit, with its directions d: first = sum_m d_m r_m and second = sum_m d_m^2. */
MULTIVERSION
static void sum_directions(const double *residuals, int outputs, const struct head_units *units,
                           double *restrict first, double *restrict second)
{
    const size_t lanes = network_in_vectors(units->lanes);
    const double *restrict directions = units->directions;
    memset(first, 0, lanes * sizeof *first);
    memset(second, 0, lanes * sizeof *second);
    for (int m = 0; m < outputs; ++m, directions += units->stride)
        for (size_t j = 0; j < lanes; ++j) {
            first[j] = fma(directions[j], residuals[m], first[j]);
            second[j] = fma(directions[j], directions[j], second[j]);
        }
}

/* Q = (up - down) / (2 eta) (first + second (up + down) / 2) */
MULTIVERSION
static void quotients_of_shift(const struct head_shift *shift, size_t count,
                               const double *restrict first, const double *restrict second)
{
    const double per_2eta = 1 / (2 * shift->eta);
    const double *restrict raised = shift->raised, *restrict lowered = shift->lowered;
    double *restrict quotient = shift->quotient;
    for (size_t j = 0; j < network_in_vectors(count); ++j)
        quotient[j] = (raised[j] - lowered[j]) * per_2eta *
                      fma((raised[j] + lowered[j]) / 2, second[j], first[j]);
}

static void of_units(const struct network_sample *sample, int outputs,
                     const struct head_units *units, int count, const struct head_shift *shifts,
                     double *scratch)
{
    double *first = scratch, *second = scratch + units->lanes;
    sum_directions(sample->y, outputs, units, first, second);
    for (int n = 0; n < count; ++n)
        quotients_of_shift(&shifts[n], units->lanes, first, second);
}

MULTIVERSION
static void sum_differences(const double *residuals, int outputs, size_t lanes,
                            const double *restrict up, const double *restrict down,
                            double *restrict difference)
{
    memset(difference, 0, lanes * sizeof *difference);
    for (int m = 0; m < outputs; ++m, up += lanes, down += lanes)
        for (size_t j = 0; j < network_in_vectors(lanes); ++j)
            difference[j] =
                fma(up[j] - down[j], residuals[m] + (up[j] + down[j]) / 2, difference[j]);
}

static void of_moves(const struct network_sample *sample, int outputs,
                     const struct head_moves *moves, double *scratch)
{
    (void)scratch;
    sum_differences(sample->y, outputs, moves->lanes, moves->up, moves->down, moves->difference);
}

/* An output alone moves by eta up and down, so Q is its residual. */
static void of_outputs(const struct network_sample *sample, int outputs, double eta,
                       double *quotient, double *scratch)
{
    const size_t lanes = network_whole_vectors((size_t)outputs);
    (void)eta;
    (void)scratch;
    memcpy(quotient, sample->y, (size_t)outputs * sizeof *quotient);
    memset(quotient + outputs, 0, (lanes - (size_t)outputs) * sizeof *quotient);
}

const struct head head_squares = {
    .name = "squares",
    .score = &score_of_numbers,
    .loss_parts = EXACT_PARTS_MAX,
    .loss_ceiling = (double)INFINITY,
    .radius = (double)INFINITY,
    .finish = finish,
    .derive = derive,
    .of_units = of_units,
    .of_moves = of_moves,
    .of_outputs = of_outputs,
};
