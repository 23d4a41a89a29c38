/* SPDX-License-Identifier: MIT
 *
 * --dry-run: everything of a run but its files, for about a second. */
#include "trainer.h"

#include "common/clock.h"
#include "common/printable.h"
#include "ranks/collective.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>

/* Seconds since `start`, of the slowest rank. */
static double slowest_since(const struct trainer *trainer, double start)
{
    return collective_spread(trainer->world, clock_seconds() - start).maximum;
}

/* Seconds of one iteration: of the first, and then of as many as a second holds. */
static enum status time_iterations(struct trainer *trainer, double *seconds, int64_t *timed,
                                   struct error *error)
{
    const double enough = 1;
    const int64_t iterations = trainer->schedule.last;
    double start = clock_seconds();
    if (iterations > 0 && trainer_step(trainer, 1, error))
        return error->status;
    if (trainer->stop.abandoned)
        return error_set(error, STATUS_STOPPED, "the dry run was stopped");
    *seconds = slowest_since(trainer, start);
    const int64_t more = (int64_t)fmin((double)(iterations - 1), enough / *seconds);
    *timed = iterations > 0;
    if (more < 1)
        return STATUS_DONE;
    start = clock_seconds();
    for (int64_t iteration = 2; iteration < 2 + more && !trainer->stop.abandoned; ++iteration)
        if (trainer_step(trainer, iteration, error))
            return error->status;
    *seconds = slowest_since(trainer, start) / (double)more;
    *timed = more;
    return STATUS_DONE;
}

static void print_estimate(const struct trainer *trainer, int64_t timed, double iteration,
                           double evaluation, struct collective_spread megabytes)
{
    const int64_t iterations = trainer->schedule.last;
    const int64_t evaluations = iterations / trainer->schedule.evaluation_period + 1;
    const double start = trainer->phases.total[PHASE_START];
    char total[32], data[PRINTABLE_PATH_SIZE];
    printable_copy(data, sizeof data, trainer->loader.dataset->path);
    progress_format_time(start + (double)iterations * iteration + (double)evaluations * evaluation,
                         total, sizeof total);
    printf("dtrain: dry run: all is ready, nothing was written\n"
           "  data: %s\n"
           "  memory: %.0f MB on the largest rank, %.0f MB on all\n"
           "  time: %.3g ms an iteration (%lld timed), %.2g s for each of %lld evaluations, %.2g s "
           "to start\n"
           "  so %lld iterations take about %s\n",
           data, megabytes.maximum, megabytes.mean * trainer->world->size, 1e3 * iteration,
           (long long)timed, evaluation, (long long)evaluations, start, (long long)iterations,
           total);
}

enum status trainer_dry_run(struct trainer *trainer, struct error *error)
{
    double iteration = 0;
    int64_t timed = 0;
    struct rusage usage;
    if (time_iterations(trainer, &iteration, &timed, error))
        return error->status;
    const double start = clock_seconds();
    if (trainer_evaluate(trainer, 0, error))
        return error->status;
    const double evaluation = slowest_since(trainer, start);
    getrusage(RUSAGE_SELF, &usage);
    const struct collective_spread megabytes =
        collective_spread(trainer->world, (double)usage.ru_maxrss / 1024);
    if (trainer->world->rank == 0)
        print_estimate(trainer, timed, iteration, evaluation, megabytes);
    return STATUS_DONE;
}
