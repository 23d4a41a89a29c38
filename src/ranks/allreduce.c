/* SPDX-License-Identifier: MIT */
#include "allreduce.h"

#include "beat.h"
#include "collective.h"
#include "common/multiversion.h"
#include "common/named.h"
#include "shared_space.h"

#include <stdlib.h>
#include <string.h>

enum allreduce_algorithm allreduce_algorithm_find(const char *name)
{
    static const struct row {
        const char *name;
        enum allreduce_algorithm algorithm;
    } algorithms[] = {
        {.name = "auto", .algorithm = ALLREDUCE_AUTO},
        {.name = "mpi", .algorithm = ALLREDUCE_MPI},
        {.name = "shared", .algorithm = ALLREDUCE_SHARED},
    };
    const struct row *row = FIND_NAMED(algorithms, name);
    return row->algorithm;
}

static enum status create_private(struct allreduce *allreduce, struct error *error)
{
    allreduce->sums = malloc(allreduce->count * sizeof *allreduce->sums);
    allreduce->totals = allreduce->sums;
    const enum status status =
        world_agree_memory(allreduce->world, allreduce->sums, NULL, "the gradient", error);
    if (status)
        allreduce_destroy(allreduce);
    return status;
}

static bool has_chunk(const struct allreduce *allreduce)
{
    return allreduce->world->node.rank < allreduce->chunks;
}

/* Nodes may have different numbers of ranks. There are as many chunks as the smallest node has
 * ranks, and a communicator for each chunk. */
static void connect_peers(struct allreduce *allreduce)
{
    const struct world *world = allreduce->world;
    MPI_Allreduce(&world->node.size, &allreduce->chunks, 1, MPI_INT, MPI_MIN, world->comm);
    const int chunk = has_chunk(allreduce) ? world->node.rank : MPI_UNDEFINED;
    MPI_Comm_split(world->comm, chunk, world->rank, &allreduce->peers);
}

/* The node's first rank also holds the totals. The segments are not contiguous: each begins on a
 * page of its own, in the memory nearest to its rank. */
static void share_memory(struct allreduce *allreduce)
{
    const struct node *node = &allreduce->world->node;
    const size_t vectors = node->rank == 0 ? 2 : 1;
    MPI_Info info;
    MPI_Info_create(&info);
    MPI_Info_set(info, "alloc_shared_noncontig", "true");
    MPI_Win_allocate_shared((MPI_Aint)(vectors * allreduce->count * sizeof(int64_t)),
                            sizeof(int64_t), info, node->comm, &allreduce->sums,
                            &allreduce->window);
    MPI_Info_free(&info);
    for (int rank = 0; rank < node->size; ++rank) {
        MPI_Aint bytes;
        int unit;
        MPI_Win_shared_query(allreduce->window, rank, &bytes, &unit, &allreduce->segments[rank]);
    }
    allreduce->shared_totals = allreduce->segments[0] + allreduce->count;
    allreduce->totals = allreduce->shared_totals;
    MPI_Win_lock_all(MPI_MODE_NOCHECK, allreduce->window);
}

static enum status create_shared(struct allreduce *allreduce, struct error *error)
{
    connect_peers(allreduce);
    allreduce->segments = malloc((size_t)allreduce->world->node.size * sizeof *allreduce->segments);
    enum status status =
        world_agree_memory(allreduce->world, allreduce->segments, NULL, "the gradient", error);
    if (!status)
        status = barrier_create(&allreduce->barrier, allreduce->world, error);
    if (status)
        allreduce_destroy(allreduce);
    else
        share_memory(allreduce);
    return status;
}

/* Collective. Checks that each node has room for what its ranks would share. */
static enum status check_room(const struct world *world, enum allreduce_algorithm algorithm,
                              size_t count, struct error *error)
{
    const int ranks = world->node.size;
    const double bytes = (ranks + 1.0) * (double)count * sizeof(int64_t);
    const char *otherwise =
        algorithm == ALLREDUCE_SHARED ? "give --reduce mpi" : "taking --reduce mpi";
    const enum status status = shared_space_check(bytes, ranks, otherwise, error);
    return world_agree(world, status, error);
}

enum status allreduce_create(struct allreduce *allreduce, const struct world *world,
                             enum allreduce_algorithm algorithm, size_t count, struct error *error)
{
    const bool is_possible = collective_largest(world, world->node.size) > 1;
    *allreduce = (struct allreduce){
        .count = count,
        .world = world,
        .shared = algorithm == ALLREDUCE_SHARED || (algorithm == ALLREDUCE_AUTO && is_possible),
    };
    if (allreduce->shared && check_room(world, algorithm, count, error)) {
        allreduce->shared = false;
        if (algorithm == ALLREDUCE_SHARED)
            return error->status;
        world_report(world, error);
    }
    return allreduce->shared ? create_shared(allreduce, error) : create_private(allreduce, error);
}

void allreduce_destroy(struct allreduce *allreduce)
{
    if (!allreduce->shared)
        free(allreduce->sums);
    if (allreduce->shared_totals) {
        MPI_Win_unlock_all(allreduce->window);
        MPI_Win_free(&allreduce->window);
    }
    barrier_destroy(&allreduce->barrier);
    if (allreduce->shared && has_chunk(allreduce))
        MPI_Comm_free(&allreduce->peers);
    free(allreduce->segments);
    *allreduce = (struct allreduce){0};
}

MULTIVERSION
static void add_segment(size_t count, const int64_t *restrict segment, int64_t *restrict totals)
{
    for (size_t i = 0; i < count; ++i)
        totals[i] += segment[i];
}

/* totals[begin .. end - 1] = the sums over all ranks of all nodes. */
static void sum_chunk(struct allreduce *allreduce, size_t begin, size_t end)
{
    int64_t *totals = allreduce->shared_totals + begin;
    memcpy(totals, allreduce->segments[0] + begin, (end - begin) * sizeof *totals);
    for (int rank = 1; rank < allreduce->world->node.size; ++rank)
        add_segment(end - begin, allreduce->segments[rank] + begin, totals);
    MPI_Allreduce(MPI_IN_PLACE, totals, (int)(end - begin), MPI_INT64_T, MPI_SUM, allreduce->peers);
}

/* Afterwards all ranks of the node see what any of them had written to the window. Returns the
 * seconds that this rank waited for the others. */
static double synchronize(struct allreduce *allreduce)
{
    MPI_Win_sync(allreduce->window);
    const double waited = barrier_wait(&allreduce->barrier);
    MPI_Win_sync(allreduce->window);
    return waited;
}

static double sum_shared(struct allreduce *allreduce)
{
    const size_t count = allreduce->count, chunks = (size_t)allreduce->chunks;
    const size_t chunk = (size_t)allreduce->world->node.rank;
    beat_wait_begin();
    double waited = synchronize(allreduce);
    if (has_chunk(allreduce))
        sum_chunk(allreduce, chunk * count / chunks, (chunk + 1) * count / chunks);
    waited += synchronize(allreduce);
    beat_wait_end();
    return waited;
}

double allreduce_sum(struct allreduce *allreduce)
{
    if (allreduce->shared)
        return sum_shared(allreduce);
    collective_sum(allreduce->world, allreduce->sums, allreduce->count);
    return 0;
}
