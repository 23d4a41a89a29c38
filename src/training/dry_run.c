/* SPDX-License-Identifier: MIT
 *
 * --dry-run: everything of a run but its files, for about a second. */
#include "common/printable.h"
#include "trainer.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>

/* Of the slowest rank. */
static double slowest(const struct training *run, double seconds)
{
    return world_spread(run->world, seconds).maximum;
}

/* Seconds of one iteration: of the first, and then of as many as a second holds. */
static enum status time_iterations(struct training *run, double *seconds, int64_t *timed,
                                   struct error *error)
{
    const double enough = 1;
    const int64_t iterations = run->config->iterations;
    double start = MPI_Wtime();
    if (iterations > 0 && training_step(run, 1, error))
        return error->status;
    if (run->abandoned)
        return error_set(error, STATUS_STOPPED, "the dry run was stopped");
    *seconds = slowest(run, MPI_Wtime() - start);
    const int64_t more = (int64_t)fmin((double)(iterations - 1), enough / *seconds);
    *timed = iterations > 0;
    if (more < 1)
        return STATUS_DONE;
    start = MPI_Wtime();
    for (int64_t iteration = 2; iteration < 2 + more && !run->abandoned; ++iteration)
        if (training_step(run, iteration, error))
            return error->status;
    *seconds = slowest(run, (MPI_Wtime() - start) / (double)more);
    *timed = more;
    return STATUS_DONE;
}

static void print_estimate(const struct training *run, int64_t timed, double iteration,
                           double evaluation, struct world_spread megabytes)
{
    const int64_t iterations = run->config->iterations;
    const int64_t evaluations = iterations / training_period(run, run->config->eval_every) + 1;
    const double start = run->loop_started - run->started;
    char total[32], data[PRINTABLE_PATH_SIZE];
    printable_copy(data, sizeof data, run->data_path);
    progress_format_time(start + (double)iterations * iteration + (double)evaluations * evaluation,
                         total, sizeof total);
    printf("dtrain: dry run: all is ready, nothing was written\n"
           "  data: %s\n"
           "  memory: %.0f MB on the largest rank, %.0f MB on all\n"
           "  time: %.3g ms an iteration (%lld timed), %.2g s for each of %lld evaluations, %.2g s "
           "to start\n"
           "  so %lld iterations take about %s\n",
           data, megabytes.maximum, megabytes.mean * run->world->size, 1e3 * iteration,
           (long long)timed, evaluation, (long long)evaluations, start, (long long)iterations,
           total);
}

enum status training_dry_run(struct training *run, struct error *error)
{
    double iteration = 0;
    int64_t timed = 0;
    struct rusage usage;
    enum status status = STATUS_DONE;
    run->loop_started = run->lap = MPI_Wtime();
    if (run->world->rank == 0)
        status = metrics_discard(&run->metrics, error);
    if (world_agree(run->world, status, error) || time_iterations(run, &iteration, &timed, error))
        return error->status;
    const double start = MPI_Wtime();
    if (training_evaluate(run, error))
        return error->status;
    const double evaluation = slowest(run, MPI_Wtime() - start);
    getrusage(RUSAGE_SELF, &usage);
    const struct world_spread megabytes = world_spread(run->world, (double)usage.ru_maxrss / 1024);
    if (run->world->rank == 0)
        print_estimate(run, timed, iteration, evaluation, megabytes);
    return STATUS_DONE;
}
