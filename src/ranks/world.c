/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <stdio.h>
#include <string.h>

struct world world_of_all(void)
{
    struct world world = {.comm = MPI_COMM_WORLD};
    MPI_Comm_rank(world.comm, &world.rank);
    MPI_Comm_size(world.comm, &world.size);
    return world;
}

/* Appends " (rank 2 on node7)" to the line. */
static void name_place(const struct world *world, struct error *error)
{
    char host[MPI_MAX_PROCESSOR_NAME];
    int length;
    MPI_Get_processor_name(host, &length);
    const size_t used = strlen(error->text);
    snprintf(error->text + used, sizeof error->text - used, " (rank %d on %s)", world->rank, host);
}

enum status world_agree(const struct world *world, enum status local, struct error *error)
{
    int first = local == STATUS_DONE ? world->size : world->rank;
    MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, world->comm);
    if (first == world->size)
        return STATUS_DONE;

    int failures = local != STATUS_DONE;
    MPI_Allreduce(MPI_IN_PLACE, &failures, 1, MPI_INT, MPI_SUM, world->comm);
    if (world->rank == first && failures < world->size)
        name_place(world, error);
    MPI_Bcast(error, (int)sizeof *error, MPI_BYTE, first, world->comm);
    return error->status;
}

void world_report(const struct world *world, const struct error *error)
{
    if (world->rank == 0)
        fprintf(stderr, "dtrain: %s\n", error->text);
}

struct world_spread world_spread(const struct world *world, double value)
{
    struct world_spread spread;
    MPI_Allreduce(&value, &spread.minimum, 1, MPI_DOUBLE, MPI_MIN, world->comm);
    MPI_Allreduce(&value, &spread.mean, 1, MPI_DOUBLE, MPI_SUM, world->comm);
    MPI_Allreduce(&value, &spread.maximum, 1, MPI_DOUBLE, MPI_MAX, world->comm);
    spread.mean /= world->size;
    return spread;
}
