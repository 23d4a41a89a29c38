/* SPDX-License-Identifier: MIT
 *
 * Requests to stop a run: a signal to any rank, the end of --max-time, or a file `stop` in the run
 * directory. Each rank says in the next reduction whether it was asked, and so all stop after the
 * same iteration. */
#ifndef DTRAIN_STOP_H
#define DTRAIN_STOP_H

#include "ranks/world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stop {
    double max_time;     /* seconds that the run may take; 0: no limit */
    double started;      /* when it began, on the clock of clock_seconds */
    const char *run_dir; /* where to look for the file; NULL: nowhere */
    double last_look;    /* when this rank last looked for the file */
    bool everywhere; /* whether all ranks look at the clock and for the file, and not only rank 0 */
    bool asked;      /* whether this rank was: it says so in every reduction from then on */
    int64_t requests; /* the ranks that were asked to stop, as of the last reduction */
    bool abandoned;   /* whether the last step was abandoned: theta is that of the one before */
};

/* Whether this rank was asked to stop, now or before. Rank 0, or each rank, also looks at the clock
 * and, once a second, for the file. Not collective. */
bool stop_is_requested(struct stop *stop, const struct world *world);

/* Collective. Writes to text[size] why the run stops: by a signal that some rank has received, at
 * the end of --max-time, or by the file. Rank 0's text is the one to be shown. */
void stop_describe(const struct stop *stop, const struct world *world, char *text, size_t size);

#endif
