/* SPDX-License-Identifier: MIT
 *
 * Hands out the numbers 0, 1, 2 ... to the ranks of a node, each number once, through a counter in
 * memory that they share: nobody waits, and no message is sent. */
#ifndef DTRAIN_QUEUE_H
#define DTRAIN_QUEUE_H

#include "common/error.h"
#include "world.h"

#include <stdbool.h>
#include <stddef.h>

struct queue_counters;

/* All zeros: not created. */
struct queue {
    const struct node *node;
    MPI_Win window;
    struct queue_counters *counters; /* in the memory of the node's first rank */
    unsigned turn;                   /* which of them is in use: they take turns */
};

/* Collective. All ranks return the same; failure leaves nothing allocated. *world must outlive
 * *queue. Free with queue_destroy. */
enum status queue_create(struct queue *queue, const struct world *world, struct error *error);

/* Collective over the node. Does nothing to a queue that was not created. */
void queue_destroy(struct queue *queue);

/* Not collective, but each rank of the node calls it, as often as the others. Begins again at 0.
 * Between any two calls all ranks of the node must have waited for each other. What a rank takes or
 * closes after that wait, until it opens the queue again, still belongs to the turn before. */
void queue_open(struct queue *queue);

/* The next number. The queue must have been opened, here and below. */
size_t queue_take(struct queue *queue);

/* Tells the node's ranks to take no more numbers until the queue is opened again, and asks whether
 * they are told so. queue_take goes on giving numbers. */
void queue_close(struct queue *queue);
bool queue_is_closed(const struct queue *queue);

#endif
