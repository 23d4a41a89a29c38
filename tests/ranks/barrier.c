/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: no rank leaves the barrier before all have come that must, whether they come at
 * once or one of them late, and each that sleeps is woken: if not, the test runs into its time
 * limit. */
#include "ranks/barrier.h"

#include "common/clock.h"
#include "ranks/collective.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 4000 };

/* The test is linked with --wrap=pthread_cond_init. */
static bool conditions_cannot_be_shared;
int __real_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    return conditions_cannot_be_shared ? ENOTSUP : __real_pthread_cond_init(condition, attributes);
}

/* The last round that each rank of the node has begun. */
static atomic_int *share_rounds(const struct node *node, MPI_Win *window)
{
    atomic_int *own, *rounds;
    MPI_Aint bytes;
    int unit;
    MPI_Win_allocate_shared(sizeof *own, 1, MPI_INFO_NULL, node->comm, &own, window);
    atomic_init(own, 0);
    MPI_Win_shared_query(*window, 0, &bytes, &unit, &rounds);
    MPI_Barrier(node->comm);
    return rounds;
}

/* In turn one rank comes late by up to 0.25 ms: before, just as or after the others fall asleep. In
 * every other round of a hundred all come at once. */
static void come_late(const struct node *node, int round)
{
    const double until = clock_seconds() + 1e-6 * (round * 37 % 250);
    if (round / 100 % 2 == 0 || round % node->size != node->rank)
        return;
    while (clock_seconds() < until)
        ;
}

static void meet(struct barrier *barrier)
{
    barrier_wait(barrier, barrier_arrive(barrier));
}

/* After the barrier all ranks have begun this round; some may have begun the next. */
static bool holds_back(struct barrier *barrier, atomic_int *rounds)
{
    const struct node *node = barrier->node;
    const int first = atomic_load(&rounds[node->rank]);
    bool right = true;
    for (int round = first + 1; round <= first + ROUNDS; ++round) {
        come_late(node, round);
        atomic_store(&rounds[node->rank], round);
        meet(barrier);
        for (int rank = 0; rank < node->size; ++rank) {
            const int begun = atomic_load(&rounds[rank]);
            right = right && (begun == round || begun == round + 1);
        }
    }
    return right;
}

/* The last rank has not waited; another has, if that one comes late enough. */
static bool the_last_has_not_waited(struct barrier *barrier, const struct world *world)
{
    const double until = clock_seconds() + 0.02;
    const bool is_late = world->node.rank == 0;
    while (is_late && clock_seconds() < until)
        ;
    const double waited = barrier_wait(barrier, barrier_arrive(barrier));
    return collective_largest(world, is_late ? waited != 0 : waited <= 0) == 0;
}

/* The first rank works in turn with the others: they wait for it without arriving, and it waits for
 * them at the other barrier. */
static bool some_only_wait(struct barrier *all, const struct world *world, atomic_int *rounds)
{
    const struct node *node = all->node;
    struct barrier first;
    struct error error;
    bool right = true;
    if (barrier_create(&first, world, 1, &error))
        return false;
    for (int round = 0; round < ROUNDS; ++round) {
        const unsigned work = barrier_round(&first), given = barrier_arrive(all);
        if (node->rank == 0) {
            barrier_wait(all, given);
            come_late(node, 100 + round % 100);
            atomic_fetch_add(&rounds[0], 1);
            barrier_arrive(&first);
        }
        const int before = atomic_load(&rounds[node->rank]);
        barrier_wait(&first, work);
        right = right && barrier_round(&first) == work + 1;
        if (node->rank > 0)
            atomic_store(&rounds[node->rank], before + 1);
        right = right && atomic_load(&rounds[0]) == atomic_load(&rounds[node->rank]);
    }
    barrier_destroy(&first);
    return right;
}

static bool works(const struct world *world)
{
    struct barrier barrier;
    struct error error;
    MPI_Win window;
    if (barrier_create(&barrier, world, world->node.size, &error))
        return false;
    atomic_int *rounds = share_rounds(&world->node, &window);
    bool right = barrier.shares_cores == (world->node.size > world->node.cores);
    for (int shares_cores = 0; shares_cores < 2; ++shares_cores) {
        barrier.shares_cores = shares_cores;
        right = holds_back(&barrier, rounds) && right;
        right = the_last_has_not_waited(&barrier, world) && right;
        right = some_only_wait(&barrier, world, rounds) && right;
    }
    barrier_destroy(&barrier);
    /* The second call has nothing to free. */
    barrier_destroy(&barrier);
    MPI_Win_free(&window);
    return right;
}

/* Only the node's first rank initialises the barrier; if that fails, all ranks return it. */
static bool fails_on_all(const struct world *world)
{
    struct barrier barrier;
    struct error error;
    conditions_cannot_be_shared = true;
    const enum status status = barrier_create(&barrier, world, world->node.size, &error);
    conditions_cannot_be_shared = false;
    barrier_destroy(&barrier);
    return status == STATUS_FAILED && strstr(error.text, "cannot share a barrier: ");
}

int main(int argc, char **argv)
{
    struct world world = world_open(&argc, &argv);
    const bool right = works(&world), failed = fails_on_all(&world);
    const bool all_right = collective_largest(&world, !right || !failed) == 0;
    if (world.rank == 0)
        puts(all_right ? "the barrier held" : "the barrier did not hold");
    world_close(&world);
    return all_right ? 0 : 1;
}
