/* SPDX-License-Identifier: MIT */
#include "repetition.h"

#include "common/clock.h"
#include "core/rng.h"
#include "files/checkpoint_store.h"
#include "ranks/collective.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Reads a checkpoint file of the run. Rank 0 only. */
static enum status read_file(const struct repetition *repetition, const char *path,
                             struct checkpoint *state, struct error *error)
{
    const struct recorder *recorder = &repetition->trainer->recorder;
    if (checkpoint_read(path, &recorder->settings, recorder->fingerprint, state, error))
        return error->status;
    if (tensors_equal(&state->tensors, &repetition->trainer->model.tensors))
        return STATUS_DONE;
    free(state->theta);
    return error_set(error, STATUS_FAILED, "%s: is of another network", path);
}

enum status repetition_read_checkpoint(const struct repetition *repetition, int64_t iteration,
                                       struct checkpoint *state, struct error *error)
{
    char path[PATH_MAX];
    checkpoint_store_path(repetition->run_dir, iteration, path, sizeof path);
    if (read_file(repetition, path, state, error))
        return error->status;
    if (state->iteration == iteration)
        return STATUS_DONE;
    free(state->theta);
    return error_set(error, STATUS_FAILED, "%s: is of another iteration", path);
}

enum status repetition_read_best(const struct repetition *repetition, struct checkpoint *state,
                                 struct error *error)
{
    char path[PATH_MAX];
    checkpoint_store_best_path(repetition->run_dir, path, sizeof path);
    return read_file(repetition, path, state, error);
}

/* Notes of which iteration the best checkpoint is. Rank 0 only. */
static enum status find_best(struct repetition *repetition, struct error *error)
{
    struct checkpoint best;
    if (repetition->trainer->config->validation_rows == 0)
        return STATUS_DONE;
    if (repetition_read_best(repetition, &best, error))
        return error->status;
    repetition->best_iteration = best.iteration;
    free(best.theta);
    return STATUS_DONE;
}

/* The newest checkpoint must be of the options and the dataset with which the run is repeated. Rank
 * 0 only, as all functions up to share_stretches. */
static enum status check_options(const struct repetition *repetition,
                                 const struct checkpoint_list *list, struct error *error)
{
    struct checkpoint newest = {0};
    if (list->count > 0 &&
        repetition_read_checkpoint(repetition, list->iterations[0], &newest, error))
        return error->status;
    free(newest.theta);
    return STATUS_DONE;
}

/* The last iteration on record. */
static int64_t last_recorded(const struct metrics_lines *lines)
{
    return lines->count > 0 ? lines->iteration[lines->count - 1] : 0;
}

static enum status check_end(const struct repetition *repetition, struct error *error)
{
    const int64_t last = last_recorded(&repetition->recorded);
    const int64_t finished = repetition->trainer->schedule.last;
    if (finished == INT64_MAX || finished == last)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: its metrics end at iteration %lld, but it was finished at %lld",
                     repetition->run_dir, (long long)last, (long long)finished);
}

/* A run that was killed between its score on the test set and its end has that line, but is not
 * finished. */
static void drop_early_test(struct repetition *repetition)
{
    struct metrics_lines *lines = &repetition->recorded;
    int64_t iteration;
    enum metrics_line what;
    if (repetition->trainer->schedule.last < INT64_MAX || lines->count == 0)
        return;
    const char *last = lines->line[lines->count - 1];
    if (metrics_lines_parse(last, strlen(last), &iteration, &what) && what == METRICS_TEST)
        --lines->count;
}

/* Makes the stretches between the checkpoints, which are listed from the newest to the oldest, with
 * the beginning of the run before them and what is on record behind them. */
static bool make_stretches(struct repetition *repetition, const struct checkpoint_list *list)
{
    const int64_t last = last_recorded(&repetition->recorded);
    struct stretch next = {0};
    repetition->stretches = calloc(list->count + 2, sizeof next);
    for (size_t i = list->count; repetition->stretches && i-- > 0;) {
        next.last = list->iterations[i];
        next.last_saved = true;
        if (next.last > 0 || list->count == 1)
            repetition->stretches[repetition->all++] = next;
        next = (struct stretch){.first = next.last, .first_saved = true};
    }
    next.last = last;
    if (repetition->stretches && (last > next.first || list->count == 0))
        repetition->stretches[repetition->all++] = next;
    repetition->count = repetition->all;
    return repetition->stretches != NULL;
}

/* Leaves `count` of the stretches, taken at random, in their order. */
static void choose_stretches(struct repetition *repetition, int64_t count)
{
    const uint64_t seed = (uint64_t)(1e9 * clock_seconds());
    int64_t left = count, kept = 0;
    for (int64_t i = 0; i < repetition->all; ++i)
        if (rng_below(seed, RNG_BATCH, i, 0, repetition->all - i) < left) {
            repetition->stretches[kept++] = repetition->stretches[i];
            --left;
        }
    repetition->count = kept;
}

static enum status read_record(struct repetition *repetition, struct error *error)
{
    const int64_t wanted = repetition->trainer->config->stretches;
    struct checkpoint_list list;
    if (metrics_lines_read_run(repetition->run_dir, &repetition->recorded, error) ||
        check_end(repetition, error) || checkpoint_store_list(repetition->run_dir, &list, error))
        return error->status;
    drop_early_test(repetition);
    enum status status = check_options(repetition, &list, error);
    if (!status)
        status = find_best(repetition, error);
    if (!status && !make_stretches(repetition, &list))
        status = error_set(error, STATUS_FAILED, "not enough memory to verify a run");
    free(list.iterations);
    if (status)
        return status;
    if (wanted > 0 && wanted < repetition->all)
        choose_stretches(repetition, wanted);
    return STATUS_DONE;
}

/* All ranks get the stretches that rank 0 has found. */
static enum status share_stretches(struct repetition *repetition, enum status status,
                                   struct error *error)
{
    const struct world *world = repetition->trainer->world;
    status = world_agree(world, status, error);
    if (status)
        return status;
    collective_broadcast(world, &repetition->count, sizeof repetition->count);
    collective_broadcast(world, &repetition->best_iteration, sizeof repetition->best_iteration);
    const size_t bytes = (size_t)repetition->count * sizeof *repetition->stretches;
    if (world->rank != 0 && !(repetition->stretches = malloc(bytes)))
        status = error_set(error, STATUS_FAILED, "not enough memory to verify a run");
    status = world_agree(world, status, error);
    if (!status)
        collective_broadcast(world, repetition->stretches, bytes);
    return status;
}

enum status repetition_open(struct repetition *repetition, struct trainer *trainer,
                            struct error *error)
{
    *repetition = (struct repetition){
        .trainer = trainer, .run_dir = trainer->config->repeated_run, .best_iteration = -1};
    const enum status status =
        trainer->world->rank == 0 ? read_record(repetition, error) : STATUS_DONE;
    return share_stretches(repetition, status, error);
}

void repetition_close(struct repetition *repetition)
{
    metrics_lines_free(&repetition->recorded);
    free(repetition->stretches);
}
