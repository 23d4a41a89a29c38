/* SPDX-License-Identifier: MIT
 *
 * The sum of a vector of whole numbers over all ranks. Plainly that is one MPI_Allreduce, in place;
 * where ranks share a node's memory it is faster there: each rank adds up a slice of the vector
 * from all its neighbours' memory, only the slices go to the other nodes, and all read the result
 * where it lies. Whole numbers have the same sum in any order, so both give the same bits. */
#ifndef DTRAIN_ALLREDUCE_H
#define DTRAIN_ALLREDUCE_H

#include "common/error.h"
#include "world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct allreduce {
    size_t count;
    int64_t *sums;         /* (count) this rank's numbers */
    const int64_t *totals; /* (count) the sums over all ranks: sums itself, or shared memory */
    bool shared;           /* whether a node's memory is used */
    int slices;            /* into how many slices the nodes cut the vector */
    MPI_Comm node;         /* the ranks that share this rank's memory */
    MPI_Comm peers;        /* of each node the rank with the same slice; null without a slice */
    int node_rank, node_size;
    MPI_Win window;
    int64_t **segments;     /* (node_size): where each rank of the node keeps its sums */
    int64_t *shared_totals; /* (count), where the node's first rank keeps them */
};

/* Collective. Makes room for `count` numbers, in memory shared by the ranks of `node` (a
 * communicator of this rank's neighbours), or in private memory where that is MPI_COMM_NULL. All
 * ranks return the same; nothing is left behind on failure. Free with allreduce_destroy. */
enum status allreduce_create(struct allreduce *reduction, const struct world *world, MPI_Comm node,
                             size_t count, struct error *error);
void allreduce_destroy(struct allreduce *reduction);

/* Collective; where reduction->shared. totals = the sums over all ranks. They stay until the next
 * call; sums may be overwritten at once. */
void allreduce_sum_shared(struct allreduce *reduction);

#endif
