/* SPDX-License-Identifier: MIT
 *
 * A barrier for the ranks of a node, in memory that they share. A rank that arrives early spins for
 * a moment, in which most waits end, and then sleeps: the ranks it waits for may need its core. In
 * MPI_Barrier it would keep that core busy, or get it back late if another process runs there. */
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
    bool shares_cores;           /* whether the node has fewer cores than ranks */
};

/* Collective. A barrier for the ranks of this node. All ranks return the same; failure leaves
 * nothing allocated. *world must outlive *barrier. Free with barrier_destroy. */
enum status barrier_create(struct barrier *barrier, const struct world *world, struct error *error);

/* Collective over the node. Does nothing to a barrier that was not created. */
void barrier_destroy(struct barrier *barrier);

/* Collective over the node. Returns when all its ranks have called this; they then see what any of
 * them wrote to shared memory before. The value is the number of seconds that this rank waited: 0
 * on the rank that arrived last. */
double barrier_wait(struct barrier *barrier);

#endif
