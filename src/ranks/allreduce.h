/* SPDX-License-Identifier: MIT
 *
 * The sum of a vector of whole numbers over all ranks. Plainly that is one MPI_Allreduce, in place;
 * where ranks share a node's memory it is faster there: each rank adds up a chunk of the vector
 * from all its neighbours' memory, only the chunks go to the other nodes, and all read the result
 * where it lies. Whole numbers have the same sum in any order, so both give the same bits. */
#ifndef DTRAIN_ALLREDUCE_H
#define DTRAIN_ALLREDUCE_H

#include "common/error.h"
#include "world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the sum is made; AUTO: by shared memory where any node has more than one rank. */
enum allreduce_way { ALLREDUCE_AUTO, ALLREDUCE_MPI, ALLREDUCE_SHARED };

/* One that is all zeros has not been created. */
struct allreduce {
    size_t count;
    int64_t *sums;         /* (count) this rank's numbers */
    const int64_t *totals; /* (count) the sums over all ranks: sums itself, or shared memory */
    const struct world *world;
    bool shared;    /* whether a node's memory is used; what follows is for that only */
    int chunks;     /* into how many chunks every node cuts the vector */
    MPI_Comm peers; /* of each node the rank with the same chunk; where this rank has one */
    MPI_Win window;
    int64_t **segments;     /* (ranks of the node): where each of them keeps its sums */
    int64_t *shared_totals; /* (count), where the node's first rank keeps them */
};

/* The way of that name: auto, mpi or shared. */
enum allreduce_way allreduce_way_find(const char *name);

/* Collective. Makes room for `count` numbers. All ranks return the same; nothing is left behind on
 * failure. *world stays the caller's, for as long as this lives. Free with allreduce_destroy. */
enum status allreduce_create(struct allreduce *allreduce, const struct world *world,
                             enum allreduce_way way, size_t count, struct error *error);

/* Collective. Does nothing to one that was not created. */
void allreduce_destroy(struct allreduce *allreduce);

/* Collective. totals = the sums over all ranks. They stay until the next call or, where they are
 * sums itself, until that is overwritten. */
void allreduce_sum(struct allreduce *allreduce);

#endif
