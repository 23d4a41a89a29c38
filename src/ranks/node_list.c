/* SPDX-License-Identifier: MIT */
#include "node_list.h"

#include "beat.h"

#include <stdlib.h>
#include <string.h>

/* For each rank, the first rank of its node. */
static void gather_first(const struct world *world, int *first)
{
    int own = world->rank;
    beat_wait_begin();
    MPI_Bcast(&own, 1, MPI_INT, 0, world->node.comm);
    MPI_Allgather(&own, 1, MPI_INT, first, 1, MPI_INT, world->comm);
    beat_wait_end();
}

/* Counts the ranks of each node. In place of the first rank of a node, first[] becomes the node's
 * place in the list: what has been read of it is not needed any more. */
static void count_ranks(struct node_list *list, const struct world *world, int *first)
{
    for (int rank = 0; rank < world->size; ++rank) {
        const bool begins = first[rank] == rank;
        const int node = begins ? list->count++ : first[first[rank]];
        first[rank] = node;
        ++list->ranks[node];
    }
    list->own = first[world->rank];
}

enum status node_list_create(struct node_list *list, const struct world *world, struct error *error)
{
    const size_t size = (size_t)world->size;
    int *first = malloc(size * sizeof *first);
    *list = (struct node_list){.ranks = calloc(size, sizeof *list->ranks)};
    if (world_agree_memory(world, first && list->ranks, NULL, "the list of nodes", error)) {
        free(first);
        node_list_destroy(list);
        return error->status;
    }
    gather_first(world, first);
    count_ranks(list, world, first);
    free(first);
    return STATUS_DONE;
}

void node_list_destroy(struct node_list *list)
{
    free(list->ranks);
    *list = (struct node_list){0};
}
