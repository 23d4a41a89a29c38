/* SPDX-License-Identifier: MIT
 *
 * dtrain with a fault: linked with --wrap=optimizer_step, it flips the lowest bit of one parameter
 * on the ranks in FLIP_RANKS ("1,3"), at the optimizer's step of iteration FLIP_ITERATION: the
 * first parameter of those that the rank updates. */
#include "core/update/optimizer.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

void __real_optimizer_step(const struct optimizer *optimizer, double *block,
                           const struct tensors *parameters, struct range range,
                           const struct optimizer_gradient *gradient, int64_t step);
void __wrap_optimizer_step(const struct optimizer *optimizer, double *block,
                           const struct tensors *parameters, struct range range,
                           const struct optimizer_gradient *gradient, int64_t step);

static int is_faulty(void)
{
    int rank;
    const char *faulty = getenv("FLIP_RANKS");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (const char *at = faulty; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (atoi(at) == rank)
            return 1;
    return 0;
}

void __wrap_optimizer_step(const struct optimizer *optimizer, double *block,
                           const struct tensors *parameters, struct range range,
                           const struct optimizer_gradient *gradient, int64_t step)
{
    const char *when = getenv("FLIP_ITERATION");
    __real_optimizer_step(optimizer, block, parameters, range, gradient, step);
    if (when && step == atoi(when) && is_faulty())
        *(unsigned char *)&block[range.begin] ^= 1;
}
