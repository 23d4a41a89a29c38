/* SPDX-License-Identifier: MIT
 *
 * A barrier for the ranks of a node, in memory that they share. A rank that waits spins for a
 * moment, in which most waits end, and then sleeps: the ranks it waits for may need its core. In
 * MPI_Barrier it would keep that core busy, or get it back late if another process runs there.
 *
 * A round is over when the first `arrivals` ranks of the node have arrived; any rank can wait for
 * that. To arrive and to wait are two calls, because some ranks need only one of them. */
#ifndef DTRAIN_BARRIER_H
#define DTRAIN_BARRIER_H

#include "world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* What the ranks share. Both numbers change only under the mutex. */
struct barrier_state {
    pthread_mutex_t mutex;
    pthread_cond_t round_over;
    int arrived;       /* the ranks that have arrived in this round */
    atomic_uint round; /* the number of rounds that are over */
};

/* All zeros: not created. */
struct barrier {
    const struct node *node;
    MPI_Win window;
    struct barrier_state *state; /* in the memory of the node's first rank */
    int arrivals;                /* how many ranks end a round */
    bool shares_cores;           /* whether the node has fewer cores than ranks */
};

/* Collective. A barrier for the ranks of this node, of which the first `arrivals` have to arrive.
 * All ranks return the same; failure leaves nothing allocated. *world must outlive *barrier. Free
 * with barrier_destroy. */
enum status barrier_create(struct barrier *barrier, const struct world *world, int arrivals,
                           struct error *error);

/* Collective over the node. Does nothing to a barrier that was not created. */
void barrier_destroy(struct barrier *barrier);

/* The number of the round that is not over yet, for barrier_wait. A rank that does not arrive must
 * ask while that round cannot end. */
unsigned barrier_round(const struct barrier *barrier);

/* Arrives, and returns the number of the round. One of the first `arrivals` ranks of the node; once
 * a round. */
unsigned barrier_arrive(struct barrier *barrier);

/* Returns when that round is over; this rank then sees what those that arrived had written to
 * shared memory before. The value is the number of seconds that it waited: 0 if the round was over
 * already, as it is for the last rank that arrives. */
double barrier_wait(struct barrier *barrier, unsigned round);

#endif
