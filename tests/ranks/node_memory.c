/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: shared or not, on nodes of any size, memory begins with zeros, ranks see what the
 * keeper of their copy has published, copies are apart, and all become that of rank 0. */
#include "ranks/node_memory.h"

#include "ranks/collective.h"

#include <stdio.h>

enum { COUNT = 5003 };

static void fill(struct node_memory *memory, double value)
{
    for (size_t i = 0; memory->keeps && i < COUNT; ++i)
        memory->numbers[i] = value + (double)i;
}

static bool holds(const struct node_memory *memory, double value, double slope)
{
    bool right = true;
    for (size_t i = 0; i < COUNT; ++i)
        right = right && memory->numbers[i] == value + slope * (double)i;
    return right;
}

/* Nobody goes on before all have looked. */
static bool all_right(const struct world *world, bool right)
{
    return collective_largest(world, !right) == 0;
}

static bool works(const struct world *world, bool shared)
{
    struct node_memory memory;
    struct error error;
    int keeper = world->rank;
    if (node_memory_create(&memory, world, shared, COUNT, "the test", &error))
        return false;
    if (shared)
        MPI_Bcast(&keeper, 1, MPI_INT, 0, world->node.comm);
    bool right = memory.keeps == (keeper == world->rank) && memory.shared == shared;
    right = all_right(world, right && holds(&memory, 0, 0));
    fill(&memory, 1000.0 * keeper);
    node_memory_publish(&memory);
    right = all_right(world, right && holds(&memory, 1000.0 * keeper, 1));
    if (world->rank == 0)
        fill(&memory, -7);
    node_memory_spread(&memory);
    right = all_right(world, right && holds(&memory, -7, 1));
    node_memory_destroy(&memory);
    /* The second call has nothing to free. */
    node_memory_destroy(&memory);
    return right;
}

int main(int argc, char **argv)
{
    struct world world = world_open(&argc, &argv);
    bool right = true;
    for (int per_node = 1; per_node <= world.size; ++per_node) {
        struct world split = world;
        MPI_Comm_split(world.comm, world.rank / per_node, world.rank, &split.node.comm);
        MPI_Comm_rank(split.node.comm, &split.node.rank);
        MPI_Comm_size(split.node.comm, &split.node.size);
        right = works(&split, true) && right;
        right = works(&split, false) && right;
        MPI_Comm_free(&split.node.comm);
    }
    if (world.rank == 0)
        puts(right ? "all copies are right" : "a copy is wrong");
    world_close(&world);
    return right ? 0 : 1;
}
