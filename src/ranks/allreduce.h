/* SPDX-License-Identifier: MIT
 *
 * The sum of a vector of integers over all ranks: by one MPI_Allreduce, in place, or through the
 * memory of each node, which is faster if ranks share nodes. There a rank for each core adds up one
 * chunk of the vector for its node, only the chunks go over the network, and all ranks of the node
 * read the same totals. The sum of integers does not depend on the order, so both give the same
 * bits.
 *
 * A rank knows the totals of its own chunk first, and of the head, a few numbers that decide what
 * becomes of the rest. What it then changes in memory that the node shares, the others see when
 * they know all totals: so each rank can do a part of the work that follows from the sums. */
#ifndef DTRAIN_ALLREDUCE_H
#define DTRAIN_ALLREDUCE_H

#include "barrier.h"
#include "common/error.h"
#include "common/range.h"
#include "world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* AUTO means SHARED if any node has more than one rank, and all have room for it, else MPI. */
enum allreduce_algorithm { ALLREDUCE_AUTO, ALLREDUCE_MPI, ALLREDUCE_SHARED };

/* How long the vector is. */
struct allreduce_size {
    size_t head;   /* the first numbers, a few, which are in no chunk */
    size_t count;  /* all numbers, with the head */
    size_t beside; /* further bytes that a node will share if it shares the sums */
};

/* All zeros: not created. */
struct allreduce {
    struct allreduce_size size;
    int64_t *sums;         /* (count) this rank's numbers */
    const int64_t *totals; /* (count) the sums over all ranks: sums itself, or shared memory */
    const int64_t *head;   /* (head) those of the head, known as early as those of the own chunk */
    struct range own;      /* this rank's chunk, counted from behind the head; may be empty */
    const struct world *world;
    bool shared;    /* whether the node's memory is used; only then are the members below */
    int chunks;     /* into how many chunks the vector is divided, the same on all nodes */
    int nodes;      /* how many there are */
    MPI_Comm peers; /* one rank of each node, all with the same chunk; if this rank has one */
    MPI_Win window;
    struct barrier given;   /* all ranks have given their numbers: those with a chunk go on */
    struct barrier taken;   /* those with a chunk are done with it: all go on */
    int64_t **segments;     /* (ranks of the node) the sums of each, and behind them its head */
    int64_t *shared_totals; /* (count) totals, in the memory of the node's first rank */
};

/* The algorithm of that name: auto, mpi or shared. */
enum allreduce_algorithm allreduce_algorithm_find(const char *name);

/* Collective. Allocates sums[count]. All ranks return the same; failure leaves nothing allocated.
 * If AUTO would mean SHARED but there is no room, rank 0 prints a line. *world must outlive
 * *allreduce. Free with allreduce_destroy. */
enum status allreduce_create(struct allreduce *allreduce, const struct world *world,
                             enum allreduce_algorithm algorithm, struct allreduce_size size,
                             struct error *error);

/* Collective. Does nothing if *allreduce was not created. */
void allreduce_destroy(struct allreduce *allreduce);

/* Whether this rank adds up a chunk; each node has such a rank. Otherwise it only waits. */
bool allreduce_has_chunk(const struct allreduce *allreduce);

/* Collective. Sums over all ranks: the head, and the totals of the own chunk, are then valid. All
 * ranks have called this: no rank of the node works on anything from before. Returns the seconds
 * that this rank waited for other ranks of its node; 0 with MPI_Allreduce, which does not tell
 * waiting from summing. */
double allreduce_sum(struct allreduce *allreduce);

/* Collective, after each allreduce_sum. All totals are then valid, until the next allreduce_sum, or
 * until the caller writes to sums, which may be the same memory. This rank sees what others of its
 * node wrote to shared memory after their allreduce_sum. Returns the seconds that it waited.
 * Between the two calls it counts as waiting for them (beat.h), so little should be done there. */
double allreduce_finish(struct allreduce *allreduce);

#endif
