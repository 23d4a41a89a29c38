/* SPDX-License-Identifier: MIT */
#include "allreduce.h"

#include "common/multiversion.h"

#include <stdlib.h>
#include <string.h>

static enum status create_private(struct allreduce *reduction, const struct world *world,
                                  struct error *error)
{
    enum status status = STATUS_DONE;
    reduction->sums = malloc(reduction->count * sizeof *reduction->sums);
    reduction->totals = reduction->sums;
    if (!reduction->sums)
        status = error_set(error, STATUS_FAILED, "not enough memory for the gradient");
    return world_agree(world, status, error);
}

/* Nodes may hold different numbers of ranks: there are as many slices as the smallest has ranks,
 * and its peers meet in one communicator for each slice. */
static void connect_peers(struct allreduce *reduction, const struct world *world)
{
    MPI_Comm_rank(reduction->node, &reduction->node_rank);
    MPI_Comm_size(reduction->node, &reduction->node_size);
    MPI_Allreduce(&reduction->node_size, &reduction->slices, 1, MPI_INT, MPI_MIN, world->comm);
    const int slice =
        reduction->node_rank < reduction->slices ? reduction->node_rank : MPI_UNDEFINED;
    MPI_Comm_split(world->comm, slice, world->rank, &reduction->peers);
}

/* The node's first rank also keeps the totals. Each rank's part begins on a page of its own, in
 * the memory nearest to it. */
static void share_memory(struct allreduce *reduction)
{
    const size_t vectors = reduction->node_rank == 0 ? 2 : 1;
    MPI_Info info;
    MPI_Info_create(&info);
    MPI_Info_set(info, "alloc_shared_noncontig", "true");
    MPI_Win_allocate_shared((MPI_Aint)(vectors * reduction->count * sizeof(int64_t)),
                            sizeof(int64_t), info, reduction->node, &reduction->sums,
                            &reduction->window);
    MPI_Info_free(&info);
    for (int rank = 0; rank < reduction->node_size; ++rank) {
        MPI_Aint bytes;
        int unit;
        MPI_Win_shared_query(reduction->window, rank, &bytes, &unit, &reduction->segments[rank]);
    }
    reduction->shared_totals = reduction->segments[0] + reduction->count;
    reduction->totals = reduction->shared_totals;
    MPI_Win_lock_all(MPI_MODE_NOCHECK, reduction->window);
}

enum status allreduce_create(struct allreduce *reduction, const struct world *world, MPI_Comm node,
                             size_t count, struct error *error)
{
    *reduction = (struct allreduce){.count = count,
                                    .node = node,
                                    .peers = MPI_COMM_NULL,
                                    .window = MPI_WIN_NULL,
                                    .shared = node != MPI_COMM_NULL};
    if (!reduction->shared)
        return create_private(reduction, world, error);
    connect_peers(reduction, world);
    enum status status = STATUS_DONE;
    reduction->segments = malloc((size_t)reduction->node_size * sizeof *reduction->segments);
    if (!reduction->segments)
        status = error_set(error, STATUS_FAILED, "not enough memory for the reduction");
    status = world_agree(world, status, error);
    if (status)
        allreduce_destroy(reduction);
    else
        share_memory(reduction);
    return status;
}

void allreduce_destroy(struct allreduce *reduction)
{
    if (reduction->window != MPI_WIN_NULL) {
        MPI_Win_unlock_all(reduction->window);
        MPI_Win_free(&reduction->window);
    } else {
        free(reduction->sums);
    }
    if (reduction->peers != MPI_COMM_NULL)
        MPI_Comm_free(&reduction->peers);
    free(reduction->segments);
    *reduction = (struct allreduce){.peers = MPI_COMM_NULL, .window = MPI_WIN_NULL};
}

MULTIVERSION
static void add_segment(size_t count, const int64_t *restrict segment, int64_t *restrict totals)
{
    for (size_t i = 0; i < count; ++i)
        totals[i] += segment[i];
}

/* totals = the slice of all ranks of all nodes. */
static void sum_slice(struct allreduce *reduction, size_t begin, size_t end)
{
    int64_t *totals = reduction->shared_totals + begin;
    memcpy(totals, reduction->segments[0] + begin, (end - begin) * sizeof *totals);
    for (int rank = 1; rank < reduction->node_size; ++rank)
        add_segment(end - begin, reduction->segments[rank] + begin, totals);
    MPI_Allreduce(MPI_IN_PLACE, totals, (int)(end - begin), MPI_INT64_T, MPI_SUM, reduction->peers);
}

/* All that is written to the window before is seen by all ranks of the node after. */
static void synchronize(struct allreduce *reduction)
{
    MPI_Win_sync(reduction->window);
    MPI_Barrier(reduction->node);
    MPI_Win_sync(reduction->window);
}

void allreduce_sum_shared(struct allreduce *reduction)
{
    const size_t count = reduction->count, slices = (size_t)reduction->slices;
    const size_t slice = (size_t)reduction->node_rank;
    synchronize(reduction);
    if (slice < slices)
        sum_slice(reduction, slice * count / slices, (slice + 1) * count / slices);
    synchronize(reduction);
}
