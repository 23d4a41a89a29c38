/* SPDX-License-Identifier: MIT */
#include "dry_run.h"

#include "common/clock.h"
#include "common/printable.h"
#include "evaluation.h"
#include "ranks/collective.h"
#include "runs/checkpoint_store.h"
#include "runs/run_directory.h"
#include "step.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Seconds since `start`, of the slowest rank. */
static double slowest_since(const struct trainer *trainer, double start)
{
    return collective_spread(trainer->world, clock_seconds() - start).maximum;
}

/* Seconds of one iteration: the mean of as many as fit in a second after the first, or the
 * first. */
static enum status time_iterations(struct trainer *trainer, double *seconds, int64_t *timed,
                                   struct error *error)
{
    const double enough = 1;
    const int64_t iterations = trainer->schedule.last;
    double start = clock_seconds();
    if (iterations > 0 && step_take(trainer, 1, error))
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
        if (step_take(trainer, iteration, error))
            return error->status;
    *seconds = slowest_since(trainer, start) / (double)more;
    *timed = more;
    return STATUS_DONE;
}

/* What a run needs on disk, at most. */
struct disk {
    int64_t checkpoints;
    double bytes, room; /* the size of these and of the metrics; the free space */
};

/* The checkpoints that are on disk at once: those that are kept, the one that is written before the
 * oldest is removed, and the best one, which is replaced in the same way. */
static int64_t count_checkpoints(const struct trainer *trainer)
{
    const int64_t last = trainer->schedule.last, period = trainer->schedule.checkpoint_period;
    const int64_t all = 1 + last / period + (last % period > 0), most = trainer->config->keep + 1;
    return (all < most ? all : most) + (trainer->config->validation_rows > 0 ? 2 : 0);
}

/* The bytes of a checkpoint: the numbers, the recipe, and a generous estimate for their names and
 * the settings. */
static double checkpoint_bytes(const struct trainer *trainer)
{
    const char *const recipe = trainer->loader.dataset->recipe;
    return 8192 + (double)(trainer->block.count * sizeof *trainer->theta) +
           (double)(recipe ? strlen(recipe) : 0);
}

/* The bytes of the lines for that many iterations in metrics.jsonl and timing.jsonl. */
static double metrics_bytes(const struct trainer *trainer, int64_t iterations)
{
    const double loss = 48, evaluation = 640 + 40 * trainer->model.tensors.count;
    const int64_t evaluations = iterations / trainer->schedule.evaluation_period + 2;
    return (double)iterations * loss + (double)evaluations * evaluation;
}

/* Refuses a run that will fill the disk. What the directory holds already needs no further
 * space. */
static enum status check_disk(const struct trainer *trainer, struct disk *disk, struct error *error)
{
    const char *const run_dir = trainer->config->run_dir;
    struct checkpoint_list present = {NULL, 0};
    if (run_dir && checkpoint_store_list(run_dir, &present, error))
        return error->status;
    const int64_t reached = present.count > 0 ? present.iterations[0] : 0;
    const int64_t left = trainer->schedule.last > reached ? trainer->schedule.last - reached : 0;
    free(present.iterations);
    disk->checkpoints = count_checkpoints(trainer);
    disk->bytes =
        (double)disk->checkpoints * checkpoint_bytes(trainer) + metrics_bytes(trainer, left);
    disk->room = run_directory_free(run_dir) + (double)present.count * checkpoint_bytes(trainer);
    if (disk->room >= disk->bytes)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: %.3g MB are needed, for up to %lld checkpoints and the metrics, but %.3g "
                     "MB are free: make room, or give a smaller --keep",
                     run_dir ? run_dir : "runs", 1e-6 * disk->bytes, (long long)disk->checkpoints,
                     1e-6 * disk->room);
}

static void print_estimate(const struct trainer *trainer, int64_t timed, double iteration,
                           double evaluation, struct collective_spread megabytes,
                           const struct disk *disk)
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
           "  disk: %.0f MB for up to %lld checkpoints and the metrics; %.0f MB are free\n"
           "  time: %.3g ms an iteration (%lld timed), %.2g s for each of %lld evaluations, %.2g s "
           "to start\n"
           "  so %lld iterations take about %s\n",
           data, megabytes.maximum, megabytes.mean * trainer->world->size, 1e-6 * disk->bytes,
           (long long)disk->checkpoints, 1e-6 * disk->room, 1e3 * iteration, (long long)timed,
           evaluation, (long long)evaluations, start, (long long)iterations, total);
}

enum status dry_run_estimate(struct trainer *trainer, struct error *error)
{
    double iteration = 0;
    int64_t timed = 0;
    struct rusage usage;
    struct disk disk = {0};
    enum status status = STATUS_DONE;
    if (trainer->world->rank == 0)
        status = check_disk(trainer, &disk, error);
    if (world_agree(trainer->world, status, error) ||
        time_iterations(trainer, &iteration, &timed, error))
        return error->status;
    const double start = clock_seconds();
    if (evaluation_run(trainer, 0, error))
        return error->status;
    const double evaluation = slowest_since(trainer, start);
    getrusage(RUSAGE_SELF, &usage);
    const struct collective_spread megabytes =
        collective_spread(trainer->world, (double)usage.ru_maxrss / 1024);
    if (trainer->world->rank == 0)
        print_estimate(trainer, timed, iteration, evaluation, megabytes, &disk);
    return STATUS_DONE;
}
