/* SPDX-License-Identifier: MIT
 *
 * dtrain whose ranks sum doubles, as other trainers do: it takes the place of collective_sum. */
#include "ranks/collective.h"

#include <math.h>
#include <stdlib.h>

void __wrap_collective_sum(const struct world *world, int64_t *sums, size_t count);

void __wrap_collective_sum(const struct world *world, int64_t *sums, size_t count)
{
    double *doubles = malloc(count * sizeof *doubles);
    if (!doubles)
        abort();
    for (size_t i = 0; i < count; ++i)
        doubles[i] = (double)sums[i];
    MPI_Allreduce(MPI_IN_PLACE, doubles, (int)count, MPI_DOUBLE, MPI_SUM, world->comm);
    for (size_t i = 0; i < count; ++i)
        sums[i] = llrint(doubles[i]);
    free(doubles);
}
