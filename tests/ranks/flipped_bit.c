/* SPDX-License-Identifier: MIT
 *
 * dtrain with a fault: linked with --wrap=network_update, it flips the lowest bit of one parameter
 * on the ranks listed in FLIP_RANKS ("1,3") at the update of iteration FLIP_ITERATION. */
#include "core/network.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

void __real_network_update(const struct network *network, double *theta, const int64_t *sums,
                           const struct exact_grid *grid, int64_t terms, double learning_rate);
void __wrap_network_update(const struct network *network, double *theta, const int64_t *sums,
                           const struct exact_grid *grid, int64_t terms, double learning_rate);

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

void __wrap_network_update(const struct network *network, double *theta, const int64_t *sums,
                           const struct exact_grid *grid, int64_t terms, double learning_rate)
{
    static int iteration;
    const char *when = getenv("FLIP_ITERATION");
    __real_network_update(network, theta, sums, grid, terms, learning_rate);
    if (when && ++iteration == atoi(when) && is_faulty())
        *(unsigned char *)&theta[17] ^= 1;
}
