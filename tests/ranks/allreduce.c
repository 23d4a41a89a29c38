/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: the sum through shared memory is that of MPI_Allreduce, on one node and on
 * several, even and uneven, for any length; time and again, as in a loop. */
#include "ranks/allreduce.h"

#include <stdio.h>

enum { ROUNDS = 50 };

static int64_t number(int rank, size_t i, int round)
{
    return (int64_t)((size_t)(rank + 1) * 1000003 * (i + 7) + (size_t)round * 77) - 5000000;
}

static bool sums_are_right(struct allreduce *reduction, const struct world *world, int round)
{
    bool right = true;
    for (size_t i = 0; i < reduction->count; ++i)
        reduction->sums[i] = number(world->rank, i, round);
    allreduce_sum_shared(reduction);
    for (size_t i = 0; i < reduction->count; ++i) {
        int64_t expected = 0;
        for (int rank = 0; rank < world->size; ++rank)
            expected += number(rank, i, round);
        right = right && reduction->totals[i] == expected;
    }
    return right;
}

/* The ranks as if on nodes of `per_node` ranks; the last may hold fewer. */
static bool works_on_nodes_of(const struct world *world, int per_node, size_t count)
{
    struct allreduce reduction;
    struct error error;
    MPI_Comm node;
    MPI_Comm_split(world->comm, world->rank / per_node, world->rank, &node);
    bool right = true;
    if (allreduce_create(&reduction, world, node, count, &error))
        return false;
    for (int round = 0; round < ROUNDS; ++round)
        right = sums_are_right(&reduction, world, round) && right;
    allreduce_destroy(&reduction);
    MPI_Comm_free(&node);
    return right;
}

int main(int argc, char **argv)
{
    const size_t counts[] = {1, 2, 7, 64, 1003, 39763};
    struct world world = world_open(&argc, &argv);
    int right = 1;
    for (int per_node = 1; per_node <= world.size; ++per_node)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c) {
            /* All ranks go the same way, or one that gave up would leave the others waiting. */
            right = right && works_on_nodes_of(&world, per_node, counts[c]);
            MPI_Allreduce(MPI_IN_PLACE, &right, 1, MPI_INT, MPI_MIN, world.comm);
        }
    if (world.rank == 0)
        puts(right ? "all sums are right" : "a sum is wrong");
    world_close(&world);
    return right ? 0 : 1;
}
