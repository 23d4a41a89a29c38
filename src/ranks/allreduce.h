/* SPDX-License-Identifier: MIT
 *
 * The sum of a vector of integers over all ranks: by one MPI_Allreduce, in place, or through the
 * memory of each node, which is faster if ranks share nodes. There each rank adds up one chunk of
 * the vector for its node, only the chunks go over the network, and all ranks of the node read the
 * same totals. The sum of integers does not depend on the order, so both give the same bits. */
#ifndef DTRAIN_ALLREDUCE_H
#define DTRAIN_ALLREDUCE_H

#include "barrier.h"
#include "common/error.h"
#include "world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* AUTO means SHARED if any node has more than one rank, and all have room for it, else MPI. */
enum allreduce_algorithm { ALLREDUCE_AUTO, ALLREDUCE_MPI, ALLREDUCE_SHARED };

/* All zeros: not created. */
struct allreduce {
    size_t count;
    int64_t *sums;         /* (count) this rank's numbers */
    const int64_t *totals; /* (count) the sums over all ranks: sums itself, or shared memory */
    const struct world *world;
    bool shared;    /* whether the node's memory is used; only then are the members below */
    int chunks;     /* into how many chunks the vector is divided, the same on all nodes */
    MPI_Comm peers; /* one rank of each node, all with the same chunk; if this rank has one */
    MPI_Win window;
    struct barrier barrier;
    int64_t **segments;     /* (ranks of the node) the sums of each */
    int64_t *shared_totals; /* (count) totals, in the memory of the node's first rank */
};

/* The algorithm of that name: auto, mpi or shared. */
enum allreduce_algorithm allreduce_algorithm_find(const char *name);

/* Collective. Allocates sums[count]. All ranks return the same; failure leaves nothing allocated.
 * If AUTO would mean SHARED but there is no room, rank 0 prints a line. *world must outlive
 * *allreduce. Free with allreduce_destroy. */
enum status allreduce_create(struct allreduce *allreduce, const struct world *world,
                             enum allreduce_algorithm algorithm, size_t count, struct error *error);

/* Collective. Does nothing if *allreduce was not created. */
void allreduce_destroy(struct allreduce *allreduce);

/* Collective. totals = the sums over all ranks. They are valid until the next call, or until the
 * caller writes to sums, which may be the same memory. Returns the seconds that this rank waited
 * for other ranks of its node; 0 with MPI_Allreduce, which does not tell waiting from summing. */
double allreduce_sum(struct allreduce *allreduce);

#endif
