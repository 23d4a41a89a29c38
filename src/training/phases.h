/* SPDX-License-Identifier: MIT
 *
 * Where the time of a run goes. One call says that a phase begins: to the clock, which adds up the
 * seconds of each phase, and to the watchdog. */
#ifndef DTRAIN_PHASES_H
#define DTRAIN_PHASES_H

#include "common/phase.h"
#include "ranks/world.h"
#include "runs/metrics.h"

struct phases {
    enum phase now;
    double since;           /* local: when that phase began */
    double started;         /* local: when the first phase, PHASE_START, began */
    double seconds[PHASES]; /* local: the time of each phase since the last phases_collect */
    double total[PHASES];   /* the time of each phase up to then: the mean over the ranks */
};

/* Begins PHASE_START. Not collective. */
void phases_start(struct phases *phases);

/* Ends the current phase and begins another. Not collective. */
void phases_begin(struct phases *phases, enum phase phase);

/* This rank has waited for others of its node for that long, in a reduction. Not collective. */
void phases_add_waiting(struct phases *phases, double seconds);

/* Collective. The seconds of each phase over the ranks since the last call. The shortest reduction
 * of any rank, without its waiting for others of its node, counts as the reduction; what other
 * ranks took beyond it counts as waiting. */
void phases_collect(struct phases *phases, const struct world *world,
                    struct metrics_seconds seconds[PHASES]);

/* Seconds since phases_start. Not collective. */
double phases_elapsed(const struct phases *phases);

#endif
