/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <stdatomic.h>

/* The first rank clears the counter of the next turn when it opens one. By then all ranks have
 * opened the turn before. A slow one may still take numbers of that turn, but none of the turn
 * before it, so its counter, of three, is free; and nobody opens the next turn until the first rank
 * has come to the wait in between. With two, a rank that is late would take a number from a counter
 * that is cleared already. */
enum { COUNTERS = 3 };

struct queue_counters {
    struct counter {
        atomic_size_t next;
        atomic_bool is_closed;
    } list[COUNTERS];
};

static void clear(struct queue_counters *counters, unsigned turn)
{
    struct counter *counter = &counters->list[turn % COUNTERS];
    atomic_store(&counter->next, 0);
    atomic_store(&counter->is_closed, false);
}

enum status queue_create(struct queue *queue, const struct world *world, struct error *error)
{
    const struct node *node = &world->node;
    *queue = (struct queue){.node = node};
    queue->counters = world_share_memory(node, sizeof *queue->counters, &queue->window);
    if (queue->counters && node->rank == 0)
        for (unsigned turn = 0; turn < COUNTERS; ++turn)
            clear(queue->counters, turn);
    /* This also keeps the others from using the counters before they are cleared. */
    if (world_agree_memory(world, queue->counters, NULL, "a queue", error)) {
        MPI_Win_free(&queue->window);
        *queue = (struct queue){0};
        return error->status;
    }
    return STATUS_DONE;
}

void queue_destroy(struct queue *queue)
{
    if (!queue->counters)
        return;
    MPI_Win_free(&queue->window);
    *queue = (struct queue){0};
}

void queue_open(struct queue *queue)
{
    queue->turn = (queue->turn + 1) % COUNTERS;
    if (queue->node->rank == 0)
        clear(queue->counters, queue->turn + 1);
}

static struct counter *current(const struct queue *queue)
{
    return &queue->counters->list[queue->turn];
}

size_t queue_take(struct queue *queue)
{
    return atomic_fetch_add(&current(queue)->next, 1);
}

void queue_close(struct queue *queue)
{
    atomic_store(&current(queue)->is_closed, true);
}

bool queue_is_closed(const struct queue *queue)
{
    return atomic_load(&current(queue)->is_closed);
}
