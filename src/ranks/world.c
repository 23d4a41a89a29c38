/* SPDX-License-Identifier: MIT */
#include "world.h"

#include "beat.h"
#include "cores.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

_Static_assert(ERROR_LINE_MAX + sizeof " (rank 2147483647 on )" + HOST_NAME_MAX <=
                   sizeof((struct error *)NULL)->text,
               "the place fits behind the line");

struct world world_open(int *argc, char ***argv)
{
    struct world world = {.comm = MPI_COMM_WORLD};
    MPI_Init(argc, argv);
    MPI_Comm_rank(world.comm, &world.rank);
    MPI_Comm_size(world.comm, &world.size);
    MPI_Comm_split_type(world.comm, MPI_COMM_TYPE_SHARED, world.rank, MPI_INFO_NULL,
                        &world.node.comm);
    MPI_Comm_rank(world.node.comm, &world.node.rank);
    MPI_Comm_size(world.node.comm, &world.node.size);
    world.node.cores = cores_of_node(world.node.comm);
    return world;
}

void world_close(struct world *world)
{
    MPI_Comm_free(&world->node.comm);
    MPI_Finalize();
}

void world_host_name(char name[WORLD_HOST_SIZE])
{
    int length;
    memset(name, 0, WORLD_HOST_SIZE);
    MPI_Get_processor_name(name, &length);
}

void world_mpi_version(char text[WORLD_MPI_SIZE])
{
    int length;
    MPI_Get_library_version(text, &length);
}

/* Appends " (rank 2 on node7)" to the line. */
static void name_place(const struct world *world, struct error *error)
{
    char host[WORLD_HOST_SIZE];
    world_host_name(host);
    const size_t used = strlen(error->text);
    snprintf(error->text + used, sizeof error->text - used, " (rank %d on %s)", world->rank, host);
}

/* Copies the error of the first rank that failed to all others. */
static void share_failure(const struct world *world, int first, int failures, struct error *error)
{
    MPI_Allreduce(MPI_IN_PLACE, &failures, 1, MPI_INT, MPI_SUM, world->comm);
    if (world->rank == first && failures < world->size)
        name_place(world, error);
    MPI_Bcast(error, (int)sizeof *error, MPI_BYTE, first, world->comm);
}

enum status world_agree(const struct world *world, enum status local, struct error *error)
{
    int first = local == STATUS_DONE ? world->size : world->rank;
    beat_wait_begin();
    MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, world->comm);
    if (first < world->size)
        share_failure(world, first, local != STATUS_DONE, error);
    beat_wait_end();
    return first < world->size ? error->status : STATUS_DONE;
}

enum status world_agree_memory(const struct world *world, bool has, const char *object,
                               const char *what, struct error *error)
{
    return world_agree(world, has ? STATUS_DONE : error_memory(error, object, what), error);
}

void *world_share_memory(const struct node *node, size_t bytes, MPI_Win *window)
{
    const MPI_Aint own = node->rank == 0 ? (MPI_Aint)bytes : 0;
    void *memory;
    MPI_Aint size;
    int unit;
    MPI_Win_allocate_shared(own, 1, MPI_INFO_NULL, node->comm, &memory, window);
    MPI_Win_shared_query(*window, 0, &size, &unit, &memory);
    return memory;
}

void world_report(const struct world *world, const struct error *error)
{
    if (world->rank == 0)
        fprintf(stderr, "dtrain: %s\n", error->text);
}
