/* SPDX-License-Identifier: MIT
 *
 * Ends a job that no longer gets on. A rank that is stopped, or a network that is gone, leaves all
 * others waiting inside MPI for ever; so a thread of each rank looks whether its own goes on, and
 * after a while without progress says which rank it waits for, and ends the process. */
#ifndef DTRAIN_WATCHDOG_H
#define DTRAIN_WATCHDOG_H

#include "common/error.h"
#include "common/model_call.h"
#include "world.h"

/* Collective. Begins to watch: after `timeout` seconds in which no rank of the node gets on
 * (beat.h) the process prints one line, once a node at most, and leaves with STATUS_STALLED. A rank
 * that computes is not stalled, however long that takes, unless it has been in a single call of its
 * model for so long. 0: never. All ranks return the same; end with watchdog_stop in any case. */
enum status watchdog_start(const struct world *world, double timeout, struct error *error);

/* Watches the calls of a model too, before or after watchdog_start. Not collective. */
void watchdog_model(const struct model_call *call);

/* Collective over the node. Ends the watch. */
void watchdog_stop(void);

#endif
