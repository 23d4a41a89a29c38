/* SPDX-License-Identifier: MIT */
#include "phases.h"

#include "common/clock.h"
#include "ranks/beat.h"
#include "ranks/collective.h"

#include <math.h>

void phases_start(struct phases *phases)
{
    *phases = (struct phases){.now = PHASE_START};
    phases->started = phases->since = clock_seconds();
}

void phases_begin(struct phases *phases, enum phase phase)
{
    const double time = clock_seconds();
    phases->seconds[phases->now] += time - phases->since;
    phases->now = phase;
    phases->since = time;
    beat_enter(phase);
}

void phases_add_waiting(struct phases *phases, double seconds)
{
    phases->seconds[PHASE_WAITING] += seconds;
}

/* Waiting for other nodes happens inside MPI and is not measured, but the last rank to arrive does
 * not wait. */
static void complete_waiting(struct phases *phases, const struct world *world)
{
    const double reduction = phases->seconds[PHASE_REDUCTION];
    const double itself =
        phases->only_waits ? (double)INFINITY : reduction - phases->seconds[PHASE_WAITING];
    phases->seconds[PHASE_WAITING] = reduction - collective_spread(world, itself).minimum;
}

void phases_collect(struct phases *phases, const struct world *world,
                    struct metrics_seconds seconds[PHASES])
{
    phases_begin(phases, phases->now);
    complete_waiting(phases, world);
    for (int phase = 0; phase < PHASES; ++phase) {
        const struct collective_spread spread = collective_spread(world, phases->seconds[phase]);
        seconds[phase] = (struct metrics_seconds){spread.minimum, spread.mean, spread.maximum};
        phases->total[phase] += spread.mean;
        phases->seconds[phase] = 0;
    }
}

double phases_elapsed(const struct phases *phases)
{
    return clock_seconds() - phases->started;
}

double phases_slowest_since(const struct world *world, double start)
{
    return collective_spread(world, clock_seconds() - start).maximum;
}
