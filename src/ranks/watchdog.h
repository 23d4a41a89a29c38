/* SPDX-License-Identifier: MIT
 *
 * Ends a job that no longer makes progress. If a process is halted or the network fails, all other
 * ranks wait inside MPI for ever. So a thread of each rank watches the ranks of its node (beat.h);
 * after some time without progress it prints which rank is stalled, and ends the process. */
#ifndef DTRAIN_WATCHDOG_H
#define DTRAIN_WATCHDOG_H

#include "common/error.h"
#include "common/model_call.h"
#include "world.h"

#include <stdbool.h>

/* Collective. Begins to watch. After `timeout` seconds (0: never) in which no rank of the node made
 * progress, the process prints a line, at most one per node, and exits with STATUS_STALLED. A rank
 * that computes is not stalled, however long it takes. Nor is one in a call of its model, and those
 * that wait meanwhile, unless `limits_calls` is set and a single call lasts longer than the
 * timeout: without it, a network that is lost is not noticed where there is a model. `advice`,
 * which must outlive the watch, ends the line. All ranks return the same; call watchdog_stop even
 * after a failure. */
enum status watchdog_start(const struct world *world, double timeout, bool limits_calls,
                           const char *advice, struct error *error);

/* Not collective. Watches the calls of a model, too; may be called before or after watchdog_start.
 */
void watchdog_model(const struct model_call *call);

/* Collective. Stops watching. */
void watchdog_stop(void);

#endif
