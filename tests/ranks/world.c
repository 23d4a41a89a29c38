/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: all ranks get the same status and line, whichever of them failed. The verdicts of
 * all ranks are reduced before any rank leaves, since the others would wait for it. */
#include "ranks/world.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The `count` ranks from `first` on fail, each with a line of its own. */
static bool agree_on(const struct world *world, int first, int count)
{
    struct error error = {0};
    char expected[64] = "";
    enum status local = STATUS_DONE;
    if (world->rank >= first && world->rank < first + count)
        local = error_set(&error, STATUS_FAILED, "trouble %d", world->rank);
    const enum status agreed = world_agree(world, local, &error);
    if (count == 0)
        return agreed == STATUS_DONE;
    /* The place is named if not all ranks failed. */
    if (count < world->size)
        snprintf(expected, sizeof expected, "trouble %d (rank %d on ", first, first);
    else
        snprintf(expected, sizeof expected, "trouble %d", first);
    return agreed == STATUS_FAILED && error.status == STATUS_FAILED &&
           strncmp(error.text, expected, strlen(expected)) == 0 &&
           (count < world->size || strcmp(error.text, expected) == 0);
}

/* The first rank alone is short of memory. */
static bool agree_on_memory(const struct world *world)
{
    struct error error = {0};
    const char *const expected = "a.h5: not enough memory for the rows";
    const bool agreed = world_agree_memory(world, true, "a.h5", "the rows", &error) == STATUS_DONE;
    const enum status status =
        world_agree_memory(world, world->rank > 0, "a.h5", "the rows", &error);
    return agreed && status == STATUS_FAILED &&
           strncmp(error.text, expected, strlen(expected)) == 0;
}

/* All ranks of this test are on one host. */
static bool node_is_right(const struct world *world)
{
    char name[WORLD_HOST_SIZE], version[WORLD_MPI_SIZE];
    world_host_name(name);
    world_mpi_version(version);
    return world->node.rank == world->rank && world->node.size == world->size && strlen(name) > 0 &&
           strlen(version) > 0;
}

int main(int argc, char **argv)
{
    struct world world = world_open(&argc, &argv);
    int right = agree_on(&world, 0, 0) && node_is_right(&world);
    right = agree_on_memory(&world) && right;
    for (int first = 0; first < world.size; ++first)
        for (int count = 1; first + count <= world.size; ++count)
            right = agree_on(&world, first, count) && right;
    MPI_Allreduce(MPI_IN_PLACE, &right, 1, MPI_INT, MPI_MIN, world.comm);
    if (world.rank == 0)
        puts(right ? "all ranks agreed" : "the ranks did not agree as they should");
    world_close(&world);
    return right ? 0 : 1;
}
