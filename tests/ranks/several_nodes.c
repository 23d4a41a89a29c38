/* SPDX-License-Identifier: MIT
 *
 * dtrain that takes one machine for several nodes: linked with --wrap=world_open, the ranks form
 * nodes of NODE_RANKS ranks, of which the last may have fewer, with NODE_CORES cores each. */
#include "ranks/world.h"

#include <stdlib.h>

struct world __real_world_open(int *argc, char ***argv);
struct world __wrap_world_open(int *argc, char ***argv);

static int number(const char *variable, int otherwise)
{
    const char *text = getenv(variable);
    return text ? atoi(text) : otherwise;
}

struct world __wrap_world_open(int *argc, char ***argv)
{
    struct world world = __real_world_open(argc, argv);
    const int ranks = number("NODE_RANKS", world.size);
    MPI_Comm_free(&world.node.comm);
    MPI_Comm_split(world.comm, world.rank / ranks, world.rank, &world.node.comm);
    MPI_Comm_rank(world.node.comm, &world.node.rank);
    MPI_Comm_size(world.node.comm, &world.node.size);
    world.node.cores = number("NODE_CORES", world.node.cores);
    return world;
}
