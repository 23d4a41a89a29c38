/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: which ranks count as stalled, with a timeout of half a second.
 *     watchdog slow         rank 0 computes for longer than that, while others wait: nothing
 * happens watchdog checkpoint   rank 0 writes for longer: it is stalled watchdog waits        all
 * wait, though their phase is one in which ranks compute What ends the job prints a line, which
 * tells the test that all is well. */
#include "ranks/watchdog.h"
#include "ranks/beat.h"
#include "ranks/collective.h"
#include "ranks/final_line.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void sleep_for(double seconds)
{
    const struct timespec time = {(time_t)seconds,
                                  (long)(1e9 * (seconds - (double)(time_t)seconds))};
    nanosleep(&time, NULL);
}

/* When rank 0 arrives, all others have waited for longer than the timeout. The reduction itself
 * then takes a while, in which nobody computes: that is no stall yet. */
static void be_slow(const struct world *world)
{
    const enum phase phases[] = {PHASE_COMPUTE, PHASE_EVALUATION};
    for (int round = 0; round < 4; ++round) {
        beat_enter(phases[round % 2]);
        if (world->rank == 0)
            sleep_for(1.2);
        beat_enter(PHASE_REDUCTION);
        if (world->rank == 0)
            sleep_for(0.2);
        collective_largest(world, 0);
    }
}

static void be_stuck(const struct world *world, enum phase phase)
{
    beat_enter(phase);
    if (world->rank == 0)
        sleep_for(20);
    collective_largest(world, 0);
}

static void wait_in_vain(void)
{
    beat_enter(PHASE_COMPUTE);
    beat_wait_begin();
    sleep_for(20);
    beat_wait_end();
}

int main(int argc, char **argv)
{
    struct error error;
    struct world world = world_open(&argc, &argv);
    const char *const what = argc > 1 ? argv[1] : "slow";
    final_line_prepare(&world);
    if (watchdog_start(&world, 0.5, &error))
        return 1;
    if (strcmp(what, "checkpoint") == 0)
        be_stuck(&world, PHASE_CHECKPOINT);
    else if (strcmp(what, "waits") == 0)
        wait_in_vain();
    else
        be_slow(&world);
    watchdog_stop();
    if (world.rank == 0)
        puts("nobody was stalled");
    final_line_release();
    world_close(&world);
    return 0;
}
