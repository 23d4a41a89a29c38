/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: the sums are right by MPI and through shared memory, on one node and on several
 * of the same or different size, with a core for each rank or fewer, for any length, and call after
 * call. Each rank knows the head and its own chunk first; and memory in which each rank with a
 * chunk then changes its part is the same for all ranks of a node. */
#include "ranks/allreduce.h"
#include "ranks/collective.h"
#include "ranks/node_memory.h"

#include <stdio.h>

enum { ROUNDS = 10, HEAD = 3 };

static int64_t number(int rank, size_t i, int round)
{
    return (int64_t)((size_t)(rank + 1) * 1000003 * (i + 7) + (size_t)round * 77) - 5000000;
}

static int64_t expected(const struct world *world, size_t i, int round)
{
    int64_t sum = 0;
    for (int rank = 0; rank < world->size; ++rank)
        sum += number(rank, i, round);
    return sum;
}

static bool are_expected(const struct world *world, const int64_t *totals, size_t begin, size_t end,
                         int round)
{
    bool right = true;
    for (size_t i = begin; i < end; ++i)
        right = right && totals[i] == expected(world, i, round);
    return right;
}

/* What each number of the memory is after a round, behind the head. */
static double updated(const struct world *world, size_t i, int round)
{
    return (double)expected(world, i, round) + 0.5;
}

/* The own part of the memory follows from the own chunk. */
static bool update_own(struct allreduce *allreduce, struct node_memory *memory, int round)
{
    const size_t begin = HEAD + (size_t)allreduce->own.begin,
                 end = HEAD + (size_t)allreduce->own.end;
    for (size_t i = begin; i < end; ++i)
        memory->numbers[i - HEAD] = (double)allreduce->totals[i] + 0.5;
    return are_expected(allreduce->world, allreduce->head, 0, HEAD, round) &&
           are_expected(allreduce->world, allreduce->totals, begin, end, round);
}

static bool sums_are_right(struct allreduce *allreduce, struct node_memory *memory, int round)
{
    const struct world *world = allreduce->world;
    const size_t count = allreduce->size.count;
    for (size_t i = 0; i < count; ++i)
        allreduce->sums[i] = number(world->rank, i, round);
    allreduce_sum(allreduce);
    bool right = update_own(allreduce, memory, round);
    allreduce_finish(allreduce);
    right = are_expected(world, allreduce->totals, 0, count, round) && right;
    for (size_t i = HEAD; i < count; ++i)
        right = right && memory->numbers[i - HEAD] == updated(world, i, round);
    return right;
}

/* The same ranks, as if on nodes of `per_node` ranks each; the last node may have fewer. */
static struct world split_into_nodes(const struct world *world, int per_node, int cores)
{
    struct world split = *world;
    MPI_Comm_split(world->comm, world->rank / per_node, world->rank, &split.node.comm);
    MPI_Comm_rank(split.node.comm, &split.node.rank);
    MPI_Comm_size(split.node.comm, &split.node.size);
    split.node.cores = cores;
    return split;
}

/* There is a chunk for each core and rank that every node has, and they cover the vector. */
static bool chunks_are_right(const struct allreduce *allreduce)
{
    const struct world *world = allreduce->world;
    int64_t own = allreduce->own.end - allreduce->own.begin;
    int least = world->node.size < world->node.cores ? world->node.size : world->node.cores;
    if (!allreduce->shared)
        return own == (int64_t)(allreduce->size.count - HEAD) && allreduce_has_chunk(allreduce);
    MPI_Allreduce(MPI_IN_PLACE, &least, 1, MPI_INT, MPI_MIN, world->comm);
    MPI_Allreduce(MPI_IN_PLACE, &own, 1, MPI_INT64_T, MPI_SUM, world->node.comm);
    return own == (int64_t)(allreduce->size.count - HEAD) &&
           allreduce_has_chunk(allreduce) == (world->node.rank < least);
}

static bool works(const struct world *world, enum allreduce_algorithm algorithm, bool shared,
                  size_t count)
{
    const struct allreduce_size size = {.head = HEAD, .count = HEAD + count, .beside = 8 * count};
    struct allreduce allreduce;
    struct node_memory memory;
    struct error error;
    if (allreduce_create(&allreduce, world, algorithm, size, &error) ||
        node_memory_create(&memory, world, allreduce.shared, count, "the test", &error))
        return false;
    bool right = allreduce.shared == shared && chunks_are_right(&allreduce);
    for (int round = 0; round < ROUNDS; ++round)
        right = sums_are_right(&allreduce, &memory, round) && right;
    node_memory_destroy(&memory);
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

static bool works_on_nodes_of(const struct world *world, int per_node, int cores, size_t count)
{
    struct world split = split_into_nodes(world, per_node, cores);
    const bool right = works_on_all(&split, ALLREDUCE_SHARED, true, count) &&
                       works_on_all(&split, ALLREDUCE_AUTO, per_node > 1, count) &&
                       works_on_all(&split, ALLREDUCE_MPI, false, count);
    MPI_Comm_free(&split.node.comm);
    return right;
}

int main(int argc, char **argv)
{
    const size_t counts[] = {1, 2, 7, 1003, 39763};
    const int cores[] = {1, 2, 8};
    struct world world = world_open(&argc, &argv);
    bool right = allreduce_algorithm_find("auto") == ALLREDUCE_AUTO &&
                 allreduce_algorithm_find("mpi") == ALLREDUCE_MPI &&
                 allreduce_algorithm_find("shared") == ALLREDUCE_SHARED;
    for (int per_node = 1; per_node <= world.size; ++per_node)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c)
            right = right &&
                    works_on_nodes_of(&world, per_node, cores[(per_node + (int)c) % 3], counts[c]);
    if (world.rank == 0)
        puts(right ? "all sums are right" : "a sum is wrong");
    world_close(&world);
    return right ? 0 : 1;
}
