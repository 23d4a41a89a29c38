/* SPDX-License-Identifier: MIT */
#include "phases.h"

#include "common/clock.h"
#include "ranks/beat.h"
#include "ranks/collective.h"

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

void phases_collect(struct phases *phases, const struct world *world,
                    struct metrics_seconds seconds[PHASES])
{
    phases_begin(phases, phases->now);
    for (int phase = 0; phase < PHASES; ++phase) {
        const struct collective_spread spread = collective_spread(world, phases->seconds[phase]);
        seconds[phase] = (struct metrics_seconds){spread.minimum, spread.mean, spread.maximum};
        phases->total[phase] += spread.mean;
        phases->seconds[phase] = 0;
    }
    phases->total_reduction += seconds[PHASE_REDUCTION].minimum;
}

double phases_elapsed(const struct phases *phases)
{
    return clock_seconds() - phases->started;
}
