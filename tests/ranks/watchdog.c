/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: which ranks count as stalled, mostly with a timeout of half a second. The argument
 * says what happens:
 *
 * - slow: rank 0 computes for longer than that, while the others wait; it is not stalled.
 *
 * - checkpoint: rank 0 takes longer than that for a checkpoint; it is stalled.
 *
 * - halted: rank 0 is halted, while the others sleep in a barrier.
 *
 * - killed: rank 0 is killed meanwhile; the launcher ends the job long before the watchdog would.
 *
 * - last: rank 0 is halted, while the others have nothing left to do but to stop watching.
 *
 * - waits: all ranks wait, though in a phase in which ranks compute.
 *
 * - elsewhere: all ranks of this host wait longer than that, as another host may be in a call of
 * the model, on which there is no limit; they are not stalled.
 *
 * - call: rank 0 takes longer than that for a single call of its model, while the others wait, who
 *   have fewer beats; it is not stalled.
 *
 * - limited: the same where the timeout holds for calls, too; it is stalled.
 *
 * - behind: a rank is halted, while another is in such a call.
 *
 * The test looks at the line that the program prints, not at its exit code. */
#include "ranks/watchdog.h"

#include "common/clock.h"
#include "ranks/barrier.h"
#include "ranks/beat.h"
#include "ranks/collective.h"
#include "ranks/final_line.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* When rank 0 arrives, the others have waited for longer than the timeout. The reduction then takes
 * a while in which no rank computes, but not long enough to be a stall. */
static void be_slow(const struct world *world)
{
    const enum phase phases[] = {PHASE_COMPUTE, PHASE_EVALUATION};
    for (int round = 0; round < 4; ++round) {
        beat_enter(phases[round % 2]);
        if (world->rank == 0)
            clock_sleep(1.2);
        beat_enter(PHASE_REDUCTION);
        if (world->rank == 0)
            clock_sleep(0.2);
        collective_largest(world, 0);
    }
}

static void be_stuck(const struct world *world, enum phase phase)
{
    beat_enter(phase);
    if (world->rank == 0)
        clock_sleep(20);
    collective_largest(world, 0);
}

/* The others have 0.1 s to fall asleep. */
static void lose_a_rank(const struct world *world, int signal)
{
    struct barrier barrier;
    struct error error;
    if (barrier_create(&barrier, world, world->node.size, &error))
        return;
    beat_enter(PHASE_REDUCTION);
    beat_wait_begin();
    if (world->rank == 0) {
        if (signal == SIGKILL)
            puts("rank 0 is about to be killed");
        fflush(stdout);
        clock_sleep(0.1);
        raise(signal);
    }
    barrier_wait(&barrier, barrier_arrive(&barrier));
    beat_wait_end();
    barrier_destroy(&barrier);
}

/* The others have 0.1 s to reach watchdog_stop. */
static void halt_last(const struct world *world)
{
    beat_enter(PHASE_EVALUATION);
    if (world->rank > 0)
        return;
    clock_sleep(0.1);
    raise(SIGSTOP);
}

static void wait_in_vain(void)
{
    beat_enter(PHASE_COMPUTE);
    beat_wait_begin();
    clock_sleep(20);
    beat_wait_end();
}

/* Rank 0 has more beats than the others, as one may have that has evaluated more. */
static void call_model(const struct world *world)
{
    static struct model_call call = {.model = "slow", .row = 7};
    watchdog_model(&call);
    beat_enter(PHASE_START);
    if (world->rank == 0) {
        for (int beats = 0; beats < 10; ++beats)
            beat_enter(PHASE_START);
        model_call_begin(&call, MODEL_SETUP);
        clock_sleep(1.5);
        model_call_end(&call);
    }
    collective_largest(world, 0);
}

static void wait_for_another_host(void)
{
    static struct model_call call = {.model = "slow"};
    watchdog_model(&call);
    beat_enter(PHASE_COMPUTE);
    beat_wait_begin();
    clock_sleep(1.5);
    beat_wait_end();
}

static void halt_beside_a_call(const struct world *world)
{
    if (world->rank == 1)
        raise(SIGSTOP);
    call_model(world);
}

int main(int argc, char **argv)
{
    struct error error;
    struct world world = world_open(&argc, &argv);
    const char *const what = argc > 1 ? argv[1] : "slow";
    final_line_prepare(&world);
    struct world job = world;
    job.size += strcmp(what, "elsewhere") == 0;
    if (watchdog_start(&job, strcmp(what, "killed") == 0 ? 1000 : 0.5, strcmp(what, "limited") == 0,
                       "begin again", &error))
        return 1;
    if (strcmp(what, "checkpoint") == 0)
        be_stuck(&world, PHASE_CHECKPOINT);
    else if (strcmp(what, "halted") == 0)
        lose_a_rank(&world, SIGSTOP);
    else if (strcmp(what, "killed") == 0)
        lose_a_rank(&world, SIGKILL);
    else if (strcmp(what, "last") == 0)
        halt_last(&world);
    else if (strcmp(what, "waits") == 0)
        wait_in_vain();
    else if (strcmp(what, "elsewhere") == 0)
        wait_for_another_host();
    else if (strcmp(what, "behind") == 0)
        halt_beside_a_call(&world);
    else if (strcmp(what, "call") == 0 || strcmp(what, "limited") == 0)
        call_model(&world);
    else
        be_slow(&world);
    watchdog_stop();
    if (world.rank == 0)
        puts("nobody was stalled");
    final_line_release();
    world_close(&world);
    return 0;
}
