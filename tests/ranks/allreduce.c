/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: the sums are right by MPI and through shared memory, on one node and on several
 * of the same or different size, for any length, and call after call. */
#include "ranks/allreduce.h"
#include "ranks/collective.h"

#include <stdio.h>

enum { ROUNDS = 20 };

static int64_t number(int rank, size_t i, int round)
{
    return (int64_t)((size_t)(rank + 1) * 1000003 * (i + 7) + (size_t)round * 77) - 5000000;
}

static bool sums_are_right(struct allreduce *allreduce, const struct world *world, int round)
{
    bool right = true;
    for (size_t i = 0; i < allreduce->count; ++i)
        allreduce->sums[i] = number(world->rank, i, round);
    allreduce_sum(allreduce);
    for (size_t i = 0; i < allreduce->count; ++i) {
        int64_t expected = 0;
        for (int rank = 0; rank < world->size; ++rank)
            expected += number(rank, i, round);
        right = right && allreduce->totals[i] == expected;
    }
    return right;
}

/* The same ranks, as if on nodes of `per_node` ranks each; the last node may have fewer. */
static struct world split_into_nodes(const struct world *world, int per_node)
{
    struct world split = *world;
    MPI_Comm_split(world->comm, world->rank / per_node, world->rank, &split.node.comm);
    MPI_Comm_rank(split.node.comm, &split.node.rank);
    MPI_Comm_size(split.node.comm, &split.node.size);
    return split;
}

static bool works(const struct world *world, enum allreduce_algorithm algorithm, bool shared,
                  size_t count)
{
    struct allreduce allreduce;
    struct error error;
    if (allreduce_create(&allreduce, world, algorithm, count, &error))
        return false;
    bool right = allreduce.shared == shared;
    for (int round = 0; round < ROUNDS; ++round)
        right = sums_are_right(&allreduce, world, round) && right;
    allreduce_destroy(&allreduce);
    /* The second call has nothing to free. */
    allreduce_destroy(&allreduce);
    return right;
}

/* All ranks get the same verdict: if one left early, the others would wait for it. */
static bool works_on_all(const struct world *world, enum allreduce_algorithm algorithm, bool shared,
                         size_t count)
{
    return collective_largest(world, !works(world, algorithm, shared, count)) == 0;
}

static bool works_on_nodes_of(const struct world *world, int per_node, size_t count)
{
    struct world split = split_into_nodes(world, per_node);
    const bool right = works_on_all(&split, ALLREDUCE_SHARED, true, count) &&
                       works_on_all(&split, ALLREDUCE_AUTO, per_node > 1, count) &&
                       works_on_all(&split, ALLREDUCE_MPI, false, count);
    MPI_Comm_free(&split.node.comm);
    return right;
}

int main(int argc, char **argv)
{
    const size_t counts[] = {1, 2, 7, 64, 1003, 39763};
    struct world world = world_open(&argc, &argv);
    bool right = allreduce_algorithm_find("auto") == ALLREDUCE_AUTO &&
                 allreduce_algorithm_find("mpi") == ALLREDUCE_MPI &&
                 allreduce_algorithm_find("shared") == ALLREDUCE_SHARED;
    for (int per_node = 1; per_node <= world.size; ++per_node)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c)
            right = right && works_on_nodes_of(&world, per_node, counts[c]);
    if (world.rank == 0)
        puts(right ? "all sums are right" : "a sum is wrong");
    world_close(&world);
    return right ? 0 : 1;
}
