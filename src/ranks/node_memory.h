/* SPDX-License-Identifier: MIT
 *
 * Numbers of which each node has one copy, in memory that its ranks share; or each rank has a copy
 * of its own. The keeper of a copy, the first rank that sees it, fills it. */
#ifndef DTRAIN_NODE_MEMORY_H
#define DTRAIN_NODE_MEMORY_H

#include "common/error.h"
#include "world.h"

#include <stdbool.h>
#include <stddef.h>

/* All zeros: not created. */
struct node_memory {
    size_t count;
    double *numbers; /* (count) */
    const struct world *world;
    struct world keepers; /* the keepers of all copies; only they can use it */
    bool shared;          /* whether the ranks of a node share a copy */
    bool keeps;           /* whether this rank is a keeper. World's rank 0 is one */
    MPI_Win window;       /* if shared */
};

/* Collective. Allocates the copies; all numbers are 0. `what` names them where memory is short. All
 * ranks return the same; failure leaves nothing allocated. *world must outlive *memory. Free with
 * node_memory_destroy. */
enum status node_memory_create(struct node_memory *memory, const struct world *world, bool shared,
                               size_t count, const char *what, struct error *error);

/* Collective. Does nothing if *memory was not created. */
void node_memory_destroy(struct node_memory *memory);

/* Collective over the node. Called when the keepers have filled their copies: returns when all
 * ranks see what is in them. No rank may use the numbers meanwhile. */
void node_memory_publish(struct node_memory *memory);

/* Collective. All copies become what rank 0 has in its own, as by node_memory_publish. */
void node_memory_spread(struct node_memory *memory);

#endif
