/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: in each turn the ranks of a node take each number once, however slow some of them
 * are and however unequal their shares; a rank that goes on taking numbers while others are in the
 * next turn does no harm. A queue that one rank closes is closed for all, until it is opened again.
 */
#include "ranks/queue.h"

#include "common/clock.h"
#include "ranks/barrier.h"
#include "ranks/collective.h"

#include <stdatomic.h>
#include <stdio.h>

enum { TURNS = 3000, NUMBERS = 200, LONG_TURN = 200000, CLOSINGS = 200 };

/* What the ranks of a node test with. */
struct bench {
    const struct node *node;
    struct queue queue;
    struct barrier barrier;
    MPI_Win window;
    atomic_int *taken; /* (2, LONG_TURN): how often each number was taken, in odd and even turns */
};

static enum status bench_create(struct bench *bench, const struct world *world)
{
    const size_t count = 2 * (size_t)LONG_TURN;
    struct error error;
    *bench = (struct bench){.node = &world->node};
    if (queue_create(&bench->queue, world, &error) ||
        barrier_create(&bench->barrier, world, world->node.size, &error))
        return error.status;
    bench->taken = world_share_memory(&world->node, count * sizeof *bench->taken, &bench->window);
    if (world->node.rank == 0)
        for (size_t i = 0; i < count; ++i)
            atomic_init(&bench->taken[i], 0);
    MPI_Barrier(world->node.comm);
    return STATUS_DONE;
}

static void bench_destroy(struct bench *bench)
{
    MPI_Win_free(&bench->window);
    barrier_destroy(&bench->barrier);
    queue_destroy(&bench->queue);
    /* The second call has nothing to free. */
    queue_destroy(&bench->queue);
}

static void meet(struct bench *bench)
{
    barrier_wait(&bench->barrier, barrier_arrive(&bench->barrier));
}

static void be_busy(double seconds)
{
    const double until = clock_seconds() + seconds;
    while (clock_seconds() < until)
        ;
}

/* Takes numbers until `count` are gone, and returns how many it got. One that `is_slow` takes its
 * time for each. */
static int take_all(struct bench *bench, int turn, size_t count, bool is_slow)
{
    int got = 0;
    for (size_t number = queue_take(&bench->queue); number < count;
         number = queue_take(&bench->queue)) {
        atomic_fetch_add(&bench->taken[turn % 2 * LONG_TURN + (int)number], 1);
        ++got;
        if (is_slow)
            be_busy(20e-6);
    }
    return got;
}

/* After all have met. The first rank looks for all, and forgets what it saw: meanwhile the others
 * can be in the next turn, but not in the one after that. */
static bool each_was_taken_once(struct bench *bench, int turn, size_t count)
{
    bool right = true;
    for (size_t i = 0; bench->node->rank == 0 && i < LONG_TURN && i <= count; ++i) {
        const int times = atomic_exchange(&bench->taken[turn % 2 * LONG_TURN + (int)i], 0);
        right = right && times == (i < count);
    }
    return right;
}

/* Has met the others, and takes and closes nevertheless, while they are in the next turn. */
static bool goes_on_too_long(struct bench *bench, size_t count)
{
    bool right = true;
    for (int i = 0; i < 3; ++i) {
        be_busy(15e-6);
        right = queue_take(&bench->queue) >= count && right;
    }
    queue_close(&bench->queue);
    return right;
}

/* All ranks are equally fast, or one is slow, or all but one are. That one opens the queue late in
 * some turns, and goes on too long in others. */
static bool takes_turns(struct bench *bench)
{
    const struct node *node = bench->node;
    bool right = true;
    for (int turn = 0; turn < TURNS; ++turn) {
        const bool is_chosen = turn / 12 % node->size == node->rank;
        const bool is_slow = turn % 3 != 0 && is_chosen == (turn % 3 == 1);
        const size_t count = (size_t)(turn * 37 % (NUMBERS + 1));
        if (is_chosen && turn / 3 % 2 == 0)
            be_busy(50e-6);
        queue_open(&bench->queue);
        take_all(bench, turn, count, is_slow);
        right = !queue_is_closed(&bench->queue) && right;
        meet(bench);
        right = each_was_taken_once(bench, turn, count) && right;
        if (is_chosen && turn / 6 % 2 == 0)
            right = goes_on_too_long(bench, count) && right;
    }
    meet(bench);
    return right;
}

/* All take as fast as they can, and get all numbers between them. */
static bool hands_out_a_long_turn(struct bench *bench)
{
    queue_open(&bench->queue);
    int got = take_all(bench, 0, LONG_TURN, false);
    MPI_Allreduce(MPI_IN_PLACE, &got, 1, MPI_INT, MPI_SUM, bench->node->comm);
    const bool right = each_was_taken_once(bench, 0, LONG_TURN) && got == LONG_TURN;
    meet(bench);
    return right;
}

/* In turn each rank closes the queue. The others take numbers until then: if they are not told, the
 * test runs into its time limit. */
static bool closes(struct bench *bench)
{
    const struct node *node = bench->node;
    bool right = true;
    for (int turn = 0; turn < CLOSINGS; ++turn) {
        queue_open(&bench->queue);
        right = !queue_is_closed(&bench->queue) && right;
        meet(bench);
        if (turn % node->size == node->rank)
            queue_close(&bench->queue);
        while (!queue_is_closed(&bench->queue))
            queue_take(&bench->queue);
        meet(bench);
        right = queue_is_closed(&bench->queue) && right;
    }
    meet(bench);
    return right;
}

static bool works(const struct world *world)
{
    struct bench bench;
    if (bench_create(&bench, world))
        return false;
    bool right = takes_turns(&bench);
    right = hands_out_a_long_turn(&bench) && right;
    right = closes(&bench) && right;
    bench_destroy(&bench);
    return right;
}

int main(int argc, char **argv)
{
    struct world world = world_open(&argc, &argv);
    const bool all_right = collective_largest(&world, !works(&world)) == 0;
    if (world.rank == 0)
        puts(all_right ? "each number was taken once" : "the queue did not work");
    world_close(&world);
    return all_right ? 0 : 1;
}
