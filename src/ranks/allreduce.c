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

bool allreduce_has_chunk(const struct allreduce *allreduce)
{
    return !allreduce->shared || allreduce->world->node.rank < allreduce->chunks;
}

static int64_t chunked_numbers(const struct allreduce *allreduce)
{
    return (int64_t)(allreduce->size.count - allreduce->size.head);
}

static enum status create_private(struct allreduce *allreduce, struct error *error)
{
    allreduce->sums = malloc(allreduce->size.count * sizeof *allreduce->sums);
    allreduce->totals = allreduce->head = allreduce->sums;
    allreduce->own = (struct range){0, chunked_numbers(allreduce)};
    const enum status status =
        world_agree_memory(allreduce->world, allreduce->sums, NULL, "the gradient", error);
    if (status)
        allreduce_destroy(allreduce);
    return status;
}

/* As many chunks as the smallest node has ranks, or cores if those are fewer: more ranks than cores
 * would only take turns. And a communicator for each chunk. */
static void connect_peers(struct allreduce *allreduce)
{
    const struct world *world = allreduce->world;
    const struct node *node = &world->node;
    allreduce->chunks = node->size < node->cores ? node->size : node->cores;
    MPI_Allreduce(MPI_IN_PLACE, &allreduce->chunks, 1, MPI_INT, MPI_MIN, world->comm);
    const int chunk = allreduce_has_chunk(allreduce) ? node->rank : MPI_UNDEFINED;
    MPI_Comm_split(world->comm, chunk, world->rank, &allreduce->peers);
    if (chunk == MPI_UNDEFINED)
        return;
    MPI_Comm_size(allreduce->peers, &allreduce->nodes);
    allreduce->own = range_split(chunked_numbers(allreduce), chunk, allreduce->chunks);
}

/* The node's first rank also holds the totals, whose head is its own. The segments are not
 * contiguous: each begins on a page of its own, in the memory nearest to its rank. */
static void share_memory(struct allreduce *allreduce)
{
    const struct node *node = &allreduce->world->node;
    const size_t count = allreduce->size.count;
    const size_t behind = node->rank == 0 ? count : allreduce->size.head;
    MPI_Info info;
    MPI_Info_create(&info);
    MPI_Info_set(info, "alloc_shared_noncontig", "true");
    MPI_Win_allocate_shared((MPI_Aint)((count + behind) * sizeof(int64_t)), sizeof(int64_t), info,
                            node->comm, &allreduce->sums, &allreduce->window);
    MPI_Info_free(&info);
    for (int rank = 0; rank < node->size; ++rank) {
        MPI_Aint bytes;
        int unit;
        MPI_Win_shared_query(allreduce->window, rank, &bytes, &unit, &allreduce->segments[rank]);
    }
    allreduce->shared_totals = allreduce->segments[0] + count;
    allreduce->totals = allreduce->shared_totals;
    allreduce->head = allreduce->totals;
    if (allreduce_has_chunk(allreduce))
        allreduce->head = allreduce->segments[node->rank] + count;
    MPI_Win_lock_all(MPI_MODE_NOCHECK, allreduce->window);
}

static enum status create_shared(struct allreduce *allreduce, struct error *error)
{
    const struct world *world = allreduce->world;
    connect_peers(allreduce);
    allreduce->segments = malloc((size_t)world->node.size * sizeof *allreduce->segments);
    enum status status =
        world_agree_memory(world, allreduce->segments, NULL, "the gradient", error);
    if (!status)
        status = barrier_create(&allreduce->given, world, world->node.size, error);
    if (!status)
        status = barrier_create(&allreduce->taken, world, allreduce->chunks, error);
    if (status)
        allreduce_destroy(allreduce);
    else
        share_memory(allreduce);
    return status;
}

/* Collective. Checks that each node has room for what its ranks would share. */
static enum status check_room(const struct world *world, enum allreduce_algorithm algorithm,
                              const struct allreduce_size *size, struct error *error)
{
    const int ranks = world->node.size;
    const double numbers = (ranks + 1.0) * (double)size->count + ranks * (double)size->head;
    const double bytes = numbers * sizeof(int64_t) + (double)size->beside;
    const char *otherwise =
        algorithm == ALLREDUCE_SHARED ? "give --reduce mpi" : "taking --reduce mpi";
    const enum status status = shared_space_check(bytes, ranks, otherwise, error);
    return world_agree(world, status, error);
}

enum status allreduce_create(struct allreduce *allreduce, const struct world *world,
                             enum allreduce_algorithm algorithm, struct allreduce_size size,
                             struct error *error)
{
    const bool is_possible = collective_largest(world, world->node.size) > 1;
    *allreduce = (struct allreduce){
        .size = size,
        .world = world,
        .shared = algorithm == ALLREDUCE_SHARED || (algorithm == ALLREDUCE_AUTO && is_possible),
    };
    if (allreduce->shared && check_room(world, algorithm, &size, error)) {
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
    barrier_destroy(&allreduce->given);
    barrier_destroy(&allreduce->taken);
    if (allreduce->shared && allreduce_has_chunk(allreduce))
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

/* The numbers begin .. end - 1 of the vector, added up over the ranks of the node. */
static void sum_segments(const struct allreduce *allreduce, size_t begin, size_t end,
                         int64_t *totals)
{
    memcpy(totals, allreduce->segments[0] + begin, (end - begin) * sizeof *totals);
    for (int rank = 1; rank < allreduce->world->node.size; ++rank)
        add_segment(end - begin, allreduce->segments[rank] + begin, totals);
}

/* Each rank with a chunk adds up the head for itself. */
static void sum_chunk(struct allreduce *allreduce)
{
    const size_t head = allreduce->size.head, begin = head + (size_t)allreduce->own.begin,
                 end = head + (size_t)allreduce->own.end;
    int64_t *own_head = allreduce->segments[allreduce->world->node.rank] + allreduce->size.count;
    int64_t *totals = allreduce->shared_totals + begin;
    sum_segments(allreduce, 0, head, own_head);
    sum_segments(allreduce, begin, end, totals);
    if (allreduce->nodes == 1)
        return;
    MPI_Allreduce(MPI_IN_PLACE, own_head, (int)head, MPI_INT64_T, MPI_SUM, allreduce->peers);
    MPI_Allreduce(MPI_IN_PLACE, totals, (int)(end - begin), MPI_INT64_T, MPI_SUM, allreduce->peers);
}

static double wait_for(struct allreduce *allreduce, struct barrier *barrier, unsigned round)
{
    const double waited = barrier_wait(barrier, round);
    MPI_Win_sync(allreduce->window);
    return waited;
}

/* A rank without a chunk waits until the others are done with theirs. It asks for that round before
 * it gives its own numbers, as none of them can begin until then. */
static double sum_shared(struct allreduce *allreduce)
{
    const unsigned taken = barrier_round(&allreduce->taken);
    MPI_Win_sync(allreduce->window);
    const unsigned given = barrier_arrive(&allreduce->given);
    if (!allreduce_has_chunk(allreduce))
        return wait_for(allreduce, &allreduce->taken, taken);
    const double waited = wait_for(allreduce, &allreduce->given, given);
    sum_chunk(allreduce);
    return waited;
}

double allreduce_sum(struct allreduce *allreduce)
{
    if (!allreduce->shared) {
        collective_sum(allreduce->world, allreduce->sums, allreduce->size.count);
        return 0;
    }
    beat_wait_begin();
    return sum_shared(allreduce);
}

double allreduce_finish(struct allreduce *allreduce)
{
    double waited = 0;
    if (!allreduce->shared)
        return 0;
    if (allreduce_has_chunk(allreduce)) {
        MPI_Win_sync(allreduce->window);
        waited = wait_for(allreduce, &allreduce->taken, barrier_arrive(&allreduce->taken));
    }
    beat_wait_end();
    return waited;
}
