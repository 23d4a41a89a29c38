/* SPDX-License-Identifier: MIT
 *
 * The central difference word for word: two forward passes of the whole share for each parameter.
 * Slow on purpose. It knows nothing of the network but its loss, and so it is the oracle that the
 * other methods are checked against. */
#include "gradient.h"

#include <stdlib.h>
#include <string.h>

static void *create_scratch(const struct gradient *gradient)
{
    return malloc(network_parameter_count(&gradient->network) * sizeof(double));
}

static double loss_of(struct gradient *gradient, const double *theta, const struct samples *samples,
                      int64_t row)
{
    network_forward(&gradient->network, theta, samples, row, &gradient->pass);
    return network_loss(&gradient->network, &gradient->pass);
}

/* Adds the quotients of one parameter, of those samples of whose work it is this rank's. */
static void sum_parameter(struct gradient *gradient, const double *theta, size_t p,
                          const struct samples *samples, const struct batch_share *share,
                          int64_t *sums)
{
    const int part = network_part_of(&gradient->network, p);
    const int parts = network_parts(&gradient->network);
    const double h = gradient->step;
    double *perturbed = gradient->scratch;
    for (int64_t i = 0; i < share->count && !gradient->abandoned; ++i) {
        const struct part_range own = batch_share_parts(share, i, parts);
        if (part < own.begin || part >= own.end)
            continue;
        perturbed[p] = theta[p] + h;
        const double raised = loss_of(gradient, perturbed, samples, share->rows[i]);
        perturbed[p] = theta[p] - h;
        const double lowered = loss_of(gradient, perturbed, samples, share->rows[i]);
        gradient_add(gradient, p, (raised - lowered) / (2 * h), sums);
        gradient->abandoned = gradient->asks_to_stop && gradient->asks_to_stop();
    }
    /* Put back, not added back: x + h - h is not x. */
    perturbed[p] = theta[p];
}

static void sum_share(struct gradient *gradient, const double *theta, const struct samples *samples,
                      const struct batch_share *share, int64_t *sums)
{
    const size_t parameters = network_parameter_count(&gradient->network);
    memcpy(gradient->scratch, theta, parameters * sizeof *theta);
    for (size_t p = 0; p < parameters && !gradient->abandoned; ++p)
        sum_parameter(gradient, theta, p, samples, share, sums);
}

const struct gradient_method gradient_literal = {"literal", create_scratch, free, sum_share};
