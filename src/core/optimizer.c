/* SPDX-License-Identifier: MIT */
#include "optimizer.h"

#include "common/multiversion.h"

#include <stdlib.h>
#include <string.h>

MULTIVERSION
static void step_sgd(double *theta, size_t parameters, const struct optimizer_gradient *gradient,
                     double learning_rate)
{
    const struct exact_grid grid = *gradient->grid;
    const int64_t samples = gradient->samples;
    const int64_t *restrict sums = gradient->sums;
    for (size_t p = 0; p < parameters; ++p)
        theta[p] -= learning_rate * exact_mean(&grid, sums[p], samples);
}

const struct optimizer optimizer_sgd = {.name = "sgd", .step = step_sgd};

size_t optimizer_block_size(const struct optimizer *optimizer, size_t parameters)
{
    return (1 + (size_t)optimizer->states) * parameters;
}

double *optimizer_block_from(const struct optimizer *optimizer, double *theta, size_t parameters)
{
    const size_t size = optimizer_block_size(optimizer, parameters);
    double *block = realloc(theta, size * sizeof *block);
    if (block)
        memset(block + parameters, 0, (size - parameters) * sizeof *block);
    return block;
}

void optimizer_step(const struct optimizer *optimizer, double *block, size_t parameters,
                    const struct optimizer_gradient *gradient, double learning_rate)
{
    optimizer->step(block, parameters, gradient, learning_rate);
}
