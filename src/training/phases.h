/* SPDX-License-Identifier: MIT
 *
 * Where the time of a run goes. One call tells two others that a phase begins: the clock, which
 * adds up the seconds of each phase, and the watchdog. */
#ifndef DTRAIN_PHASES_H
#define DTRAIN_PHASES_H

#include "common/phase.h"
#include "ranks/world.h"
#include "runs/metrics.h"

#include <stdbool.h>

struct phases {
    enum phase now;
    double since;           /* local: when that phase began */
    double started;         /* local: when the first phase, PHASE_START, began */
    bool only_waits;        /* local: whether the reductions of this rank are nothing but waiting */
    double seconds[PHASES]; /* local: the time of each phase since the last phases_collect */
    double total[PHASES];   /* the time of each phase up to then: the mean over the ranks */
};

/* Begins PHASE_START. Not collective. */
void phases_start(struct phases *phases);

/* Ends the current phase and begins another. Not collective. */
void phases_begin(struct phases *phases, enum phase phase);

/* Counts seconds that this rank has waited in a reduction for others of its node. Not
 * collective. */
void phases_add_waiting(struct phases *phases, double seconds);

/* Collective. The seconds of each phase since the last call, over all ranks. The shortest reduction
 * of any rank that does not only wait, without its waiting for others of its node, counts as the
 * reduction; what ranks took beyond it counts as waiting. */
void phases_collect(struct phases *phases, const struct world *world,
                    struct metrics_seconds seconds[PHASES]);

/* Collective. Seconds since `start`, on the clock of clock_seconds, of the slowest rank. */
double phases_slowest_since(const struct world *world, double start);

/* Seconds since phases_start. Not collective. */
double phases_elapsed(const struct phases *phases);

#endif
