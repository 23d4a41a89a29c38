/* SPDX-License-Identifier: MIT
 *
 * Which nodes a job has, and how many ranks each: the same list on all ranks. */
#ifndef DTRAIN_NODE_LIST_H
#define DTRAIN_NODE_LIST_H

#include "common/error.h"
#include "world.h"

struct node_list {
    int count, own; /* how many there are, and which of them this rank is on */
    int *ranks;     /* (count): those of each node, in the order of their first ranks */
};

/* Collective. All ranks return the same; failure leaves nothing behind. Free with
 * node_list_destroy. */
enum status node_list_create(struct node_list *list, const struct world *world,
                             struct error *error);
void node_list_destroy(struct node_list *list);

#endif
