/* SPDX-License-Identifier: MIT */
#include "dry_run.h"

#include "common/clock.h"
#include "common/printable.h"
#include "evaluation.h"
#include "ranks/collective.h"
#include "runs/checkpoint_store.h"
#include "runs/kept_values.h"
#include "runs/run_directory.h"
#include "step.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { FILES_SIZE = 96 };

/* What a run needs on disk, at most. */
struct disk {
    int64_t checkpoints, tables; /* how many; tables that are kept */
    double bytes, room;          /* the size of these and of the metrics; the free space */
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

/* The bytes of the file with the table of an iteration. */
static double table_bytes(const struct trainer *trainer)
{
    const struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    return kept_values_bytes(trainer->model.tensors.parameters, evaluations->capacity,
                             (size_t)evaluations->width);
}

/* "4 checkpoints and the metrics" */
static void describe_files(const struct disk *disk, char text[FILES_SIZE])
{
    if (disk->tables == 0)
        snprintf(text, FILES_SIZE, "%lld checkpoints and the metrics",
                 (long long)disk->checkpoints);
    else
        snprintf(text, FILES_SIZE, "%lld checkpoints, %lld kept tables and the metrics",
                 (long long)disk->checkpoints, (long long)disk->tables);
}

/* Refuses a run that will fill the disk. What the directory holds already needs no further
 * space. */
static enum status check_disk(const struct trainer *trainer, struct disk *disk, struct error *error)
{
    char files[FILES_SIZE];
    const char *const run_dir = trainer->config->run_dir;
    struct iteration_list present = {NULL, 0};
    if (run_dir && checkpoint_store_list(run_dir, &present, error))
        return error->status;
    const int64_t reached = present.count > 0 ? present.iterations[0] : 0;
    const int64_t left = trainer->schedule.last > reached ? trainer->schedule.last - reached : 0;
    free(present.iterations);
    disk->checkpoints = count_checkpoints(trainer);
    disk->bytes =
        (double)disk->checkpoints * checkpoint_bytes(trainer) + metrics_bytes(trainer, left);
    disk->tables = trainer->config->keep_values ? left : 0;
    if (disk->tables > 0)
        disk->bytes += (double)disk->tables * table_bytes(trainer);
    disk->room = run_directory_free(run_dir) + (double)present.count * checkpoint_bytes(trainer);
    if (disk->room >= disk->bytes)
        return STATUS_DONE;
    describe_files(disk, files);
    return error_set(error, STATUS_FAILED,
                     "%s: %.3g MB are needed, for up to %s, but %.3g MB are free: make room, or "
                     "give %s",
                     run_dir ? run_dir : "runs", 1e-6 * disk->bytes, files, 1e-6 * disk->room,
                     disk->tables > 0 ? "no --keep-values" : "a smaller --keep");
}

/* "an iteration is 6416 evaluations, 32 s in all; on 64 ranks about 0.6 s" */
static void print_evaluations(const struct trainer *trainer, const struct step_estimate *estimate)
{
    const double all = (double)estimate->evaluations * estimate->mean;
    if (estimate->evaluations == 0)
        return;
    const double useful = fmax(1, ceil(all / estimate->longest));
    printf(
        "  an iteration is %zu evaluation%s, %.3g s in all; on %d rank%s about %.3g s; more than "
        "%.0f rank%s would be of no use, as an evaluation took up to %.3g s\n",
        estimate->evaluations, estimate->evaluations == 1 ? "" : "s", all, trainer->world->size,
        trainer->world->size == 1 ? "" : "s", estimate->seconds, useful, useful > 1 ? "s" : "",
        estimate->longest);
}

/* What the time of an iteration was learnt from: "12 timed". */
static void describe_timed(const struct step_estimate *estimate, char *text, size_t size)
{
    if (estimate->evaluations > 0)
        snprintf(text, size, "by some of its evaluations");
    else
        snprintf(text, size, "%lld timed", (long long)estimate->timed);
}

static void print_estimate(const struct trainer *trainer, const struct step_estimate *estimate,
                           double evaluation, struct collective_spread megabytes,
                           const struct disk *disk)
{
    const double iteration = estimate->seconds;
    const int64_t iterations = trainer->schedule.last;
    const int64_t evaluations = iterations / trainer->schedule.evaluation_period + 1;
    const double start = trainer->phases.total[PHASE_START];
    char total[32], timed[40], data[PRINTABLE_PATH_SIZE], files[FILES_SIZE];
    const struct dataset *const dataset = trainer->loader.dataset;
    describe_files(disk, files);
    printable_copy(data, sizeof data, dataset_is_there(dataset) ? dataset->path : "none");
    progress_format_time(start + (double)iterations * iteration + (double)evaluations * evaluation,
                         total, sizeof total);
    describe_timed(estimate, timed, sizeof timed);
    printf(
        "dtrain: dry run: all is ready, nothing was written\n"
        "  data: %s\n"
        "  memory: %.0f MB on the largest rank, %.0f MB on all\n"
        "  disk: %.0f MB for up to %s; %.0f MB are free\n"
        "  time: %.3g ms an iteration (%s), %.2g s for each of %lld evaluations, %.2g s to start\n"
        "  so %lld iterations take about %s\n",
        data, megabytes.maximum, megabytes.mean * trainer->world->size, 1e-6 * disk->bytes, files,
        1e-6 * disk->room, 1e3 * iteration, timed, evaluation, (long long)evaluations, start,
        (long long)iterations, total);
}

/* Seconds of an evaluation of all sets. */
static enum status time_scores(struct trainer *trainer, const struct step_estimate *estimate,
                               double *seconds, struct error *error)
{
    double rows = 0;
    for (int i = 0; i < trainer->loader.set_count; ++i)
        rows += (double)trainer->loader.sets[i].rows.global_count;
    *seconds = rows * estimate->mean / trainer->world->size;
    if (estimate->evaluations > 0)
        return STATUS_DONE;
    const double start = clock_seconds();
    if (evaluation_run(trainer, 0, error))
        return error->status;
    *seconds = phases_slowest_since(trainer->world, start);
    return STATUS_DONE;
}

enum status dry_run_estimate(struct trainer *trainer, struct error *error)
{
    double evaluation;
    struct step_estimate estimate = {0};
    struct rusage usage;
    struct disk disk = {0};
    enum status status = STATUS_DONE;
    if (trainer->world->rank == 0)
        status = check_disk(trainer, &disk, error);
    if (world_agree(trainer->world, status, error) ||
        trainer->method->estimate(trainer, &estimate, error) ||
        time_scores(trainer, &estimate, &evaluation, error))
        return error->status;
    getrusage(RUSAGE_SELF, &usage);
    const struct collective_spread megabytes =
        collective_spread(trainer->world, (double)usage.ru_maxrss / 1024);
    if (trainer->world->rank == 0) {
        print_estimate(trainer, &estimate, evaluation, megabytes, &disk);
        print_evaluations(trainer, &estimate);
    }
    return STATUS_DONE;
}
