/* SPDX-License-Identifier: MIT */
#include "bounded_update.h"

#include <string.h>

/* Puts the numbers of a parameter back: its value and those of the state vectors. */
static void put_back(const struct optimizer *optimizer, size_t parameters, double *block,
                     const double *before, size_t p)
{
    for (size_t at = p; at < optimizer_block_size(optimizer->rule, parameters); at += parameters)
        block[at] = before[at];
}

/* Back from units of the scale. What has not moved keeps its bits, as x / scale * scale may not be
 * x. */
static void unscale(const struct parameters *parameters, double *theta, const double *before)
{
    for (size_t p = 0; p < parameters->count; ++p) {
        const double scale = parameters->scale[p];
        theta[p] = theta[p] == before[p] / scale ? before[p] : theta[p] * scale;
    }
}

void bounded_update(const struct optimizer *optimizer, const struct parameters *parameters,
                    double *block, double *before, double *gradient, const int64_t *rows,
                    int64_t step)
{
    const size_t count = parameters->count;
    struct tensors tensors = {0};
    memcpy(before, block, optimizer_block_size(optimizer->rule, count) * sizeof *block);
    for (size_t p = 0; p < count; ++p) {
        block[p] /= parameters->scale[p];
        gradient[p] *= parameters->scale[p];
    }
    tensors_add(&tensors, "theta", (int)count, 0);
    const struct optimizer_gradient means = {.means = gradient};
    optimizer_step(optimizer, block, &tensors, optimizer_everything(&tensors), &means, step);
    unscale(parameters, block, before);
    for (size_t p = 0; p < count; ++p)
        if (rows[p] == 0)
            put_back(optimizer, count, block, before, p);
    parameters_clip(parameters, block);
}
