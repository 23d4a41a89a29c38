/* SPDX-License-Identifier: MIT
 *
 * dtrain with a fault: the method WRONG_METHOD gets the gradient of parameter WRONG_PARAMETER
 * wrong. */
#include "core/gradient/gradient.h"

#include <stdlib.h>
#include <string.h>

void __real_gradient_sum_share(struct gradient *gradient, const double *theta,
                               const struct samples *samples, const struct share *share,
                               int64_t *sums);
void __wrap_gradient_sum_share(struct gradient *gradient, const double *theta,
                               const struct samples *samples, const struct share *share,
                               int64_t *sums);

void __wrap_gradient_sum_share(struct gradient *gradient, const double *theta,
                               const struct samples *samples, const struct share *share,
                               int64_t *sums)
{
    const char *method = getenv("WRONG_METHOD"), *parameter = getenv("WRONG_PARAMETER");
    uint64_t off = 0;
    __real_gradient_sum_share(gradient, theta, samples, share, sums);
    if (method && parameter && strcmp(method, gradient->method->name) == 0)
        sums[atoi(parameter)] += exact_round(&gradient->grid, 0.01, &off);
}
