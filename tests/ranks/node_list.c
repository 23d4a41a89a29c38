/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: the nodes of a job are listed in the order of their first ranks, with the number of
 * ranks of each, and the same on all. One machine stands for several: the ranks form nodes in all
 * the ways in which launchers place them. */
#include "ranks/node_list.h"

#include "ranks/collective.h"

#include <stdio.h>
#include <stdlib.h>

/* How ranks are placed: so many neighbours on each node, of which the last may have fewer; or in
 * turn on so many nodes. */
struct placement {
    bool in_turn;
    int number;
};

static int node_of(const struct placement *placement, int rank)
{
    return placement->in_turn ? rank % placement->number : rank / placement->number;
}

static int count_nodes(const struct placement *placement, int ranks)
{
    return placement->in_turn ? placement->number : node_of(placement, ranks - 1) + 1;
}

static int count_ranks(const struct placement *placement, int ranks, int node)
{
    int count = 0;
    for (int rank = 0; rank < ranks; ++rank)
        count += node_of(placement, rank) == node;
    return count;
}

/* The job with its ranks placed like that; free node.comm. */
static struct world place(const struct world *world, const struct placement *placement)
{
    struct world placed = *world;
    MPI_Comm *comm = &placed.node.comm;
    MPI_Comm_split(world->comm, node_of(placement, world->rank), world->rank, comm);
    MPI_Comm_rank(*comm, &placed.node.rank);
    MPI_Comm_size(*comm, &placed.node.size);
    return placed;
}

static bool is_listed(const struct world *world, const struct placement *placement)
{
    const int nodes = count_nodes(placement, world->size);
    struct world placed = place(world, placement);
    struct node_list list;
    struct error error;
    bool right = node_list_create(&list, &placed, &error) == STATUS_DONE && list.count == nodes &&
                 list.own == node_of(placement, world->rank);
    for (int node = 0; node < nodes && right; ++node)
        right = list.ranks[node] == count_ranks(placement, world->size, node);
    node_list_destroy(&list);
    /* The second call has nothing to free. */
    node_list_destroy(&list);
    MPI_Comm_free(&placed.node.comm);
    return right;
}

static bool all_are_listed(const struct world *world)
{
    bool right = true;
    for (int number = 1; number <= world->size; ++number)
        for (int in_turn = 0; in_turn < 2; ++in_turn)
            right = is_listed(world, &(struct placement){in_turn, number}) && right;
    return right;
}

/* The test is linked with --wrap=calloc. */
static bool memory_is_gone;
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return memory_is_gone ? NULL : __real_calloc(count, size);
}

static bool fails_on_all(const struct world *world)
{
    struct node_list list;
    struct error error;
    memory_is_gone = world->rank == world->size - 1;
    const enum status status = node_list_create(&list, world, &error);
    memory_is_gone = false;
    return status == STATUS_FAILED && !list.ranks;
}

int main(int argc, char **argv)
{
    struct world world = world_open(&argc, &argv);
    int wrong = !all_are_listed(&world) + !fails_on_all(&world);
    wrong = collective_largest(&world, wrong);
    if (world.rank == 0)
        puts(wrong ? "the list of nodes is wrong" : "the nodes are listed");
    world_close(&world);
    return wrong > 0;
}
