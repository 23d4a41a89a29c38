/* SPDX-License-Identifier: MIT */
#include "repetition.h"

#include "common/clock.h"
#include "core/numbers/rng.h"
#include "ranks/collective.h"
#include "runs/checkpoint_store.h"
#include "runs/run_directory.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
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

void repetition_pass_over(const struct repetition *repetition, const char *format, ...)
{
    const struct trainer *trainer = repetition->trainer;
    va_list arguments;
    if (trainer->world->rank != 0 || trainer->config->quiet)
        return;
    fputs("  not compared: ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* Notes of which iteration the best checkpoint is. One that is lost can be made again as long as
 * the run is not finished. Rank 0 only. */
static enum status find_best(struct repetition *repetition, struct error *error)
{
    struct checkpoint best;
    if (repetition->trainer->config->validation_rows == 0)
        return STATUS_DONE;
    const enum status status = repetition_read_best(repetition, &best, error);
    if (status == STATUS_FAILED && !repetition->finished) {
        repetition_pass_over(repetition, "%s", error->text);
        return STATUS_DONE;
    }
    repetition->best_iteration = best.iteration;
    free(best.theta);
    return status;
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

/* What a kill can leave behind the last line, a finished run cannot have. */
static enum status check_rest(const struct repetition *repetition, struct error *error)
{
    const size_t rest = repetition->recorded.rest;
    if (rest > 0 && repetition->finished)
        return error_set(error, STATUS_FAILED,
                         "%s: metrics.jsonl has %zu bytes after its last line, which the run did "
                         "not write",
                         repetition->run_dir, rest);
    if (rest > 0)
        repetition_pass_over(repetition, "the last %zu bytes of metrics.jsonl, a line that was cut",
                             rest);
    return STATUS_DONE;
}

static enum status check_end(const struct repetition *repetition, struct error *error)
{
    const int64_t last = last_recorded(&repetition->recorded);
    const int64_t finished = repetition->trainer->schedule.last;
    if (!repetition->finished || finished == last)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: its metrics end at iteration %lld, but it was finished at %lld",
                     repetition->run_dir, (long long)last, (long long)finished);
}

/* A run that was killed between its last evaluation and its end has lines that only the end makes.
 */
static void notice_end(struct repetition *repetition)
{
    const struct metrics_lines *lines = &repetition->recorded;
    struct schedule *schedule = &repetition->trainer->schedule;
    struct metrics_line line;
    if (repetition->finished || lines->count == 0)
        return;
    const char *last = lines->line[lines->count - 1];
    if (metrics_lines_parse(last, strlen(last), &line) &&
        (line.kind == METRICS_TEST ||
         (line.kind == METRICS_EVALUATION && !schedule_has_evaluation(schedule, line.iteration))))
        schedule->last = line.iteration;
}

/* Drops the checkpoints after the last iteration, which are first in the list. A resume has passed
 * over those that are damaged, and there are no others. */
static enum status drop_later(const struct repetition *repetition, struct checkpoint_list *list,
                              struct error *error)
{
    const int64_t last = last_recorded(&repetition->recorded);
    size_t later = 0;
    for (; later < list->count && list->iterations[later] > last; ++later) {
        char path[PATH_MAX];
        struct checkpoint state;
        const int64_t iteration = list->iterations[later];
        checkpoint_store_path(repetition->run_dir, iteration, path, sizeof path);
        const bool is_sound = checkpoint_read(path, NULL, 0, &state, error) == STATUS_DONE;
        free(state.theta);
        if (is_sound)
            return error_set(error, STATUS_FAILED,
                             "%s: has a checkpoint of iteration %lld, but its metrics end at %lld",
                             repetition->run_dir, (long long)iteration, (long long)last);
        repetition_pass_over(repetition, "%s; it lies behind the last iteration", error->text);
    }
    list->count -= later;
    memmove(list->iterations, list->iterations + later, list->count * sizeof *list->iterations);
    return STATUS_DONE;
}

static enum status check_last_checkpoint(const struct repetition *repetition,
                                         const struct checkpoint_list *list, struct error *error)
{
    const int64_t last = last_recorded(&repetition->recorded);
    if (!repetition->finished || (list->count > 0 && list->iterations[0] == last))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: the checkpoint of its last iteration, %lld, is not there",
                     repetition->run_dir, (long long)last);
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

/* Checks the list of checkpoints, and makes the stretches between them. */
static enum status take_checkpoints(struct repetition *repetition, struct checkpoint_list *list,
                                    struct error *error)
{
    if ((list->count > 0 && drop_later(repetition, list, error)) ||
        check_last_checkpoint(repetition, list, error) || check_options(repetition, list, error) ||
        find_best(repetition, error))
        return error->status;
    return make_stretches(repetition, list)
               ? STATUS_DONE
               : error_set(error, STATUS_FAILED, "not enough memory to verify a run");
}

static enum status read_record(struct repetition *repetition, struct error *error)
{
    const int64_t wanted = repetition->trainer->config->stretches;
    struct checkpoint_list list;
    if (run_directory_is_at_work(repetition->run_dir))
        return error_set(error, STATUS_FAILED,
                         "%s: a job is at work in it: verify the run when that has ended",
                         repetition->run_dir);
    if (metrics_lines_read_run(repetition->run_dir, &repetition->recorded, error) ||
        check_rest(repetition, error) || check_end(repetition, error) ||
        checkpoint_store_list(repetition->run_dir, &list, error))
        return error->status;
    notice_end(repetition);
    const enum status status = take_checkpoints(repetition, &list, error);
    free(list.iterations);
    if (!status && wanted > 0 && wanted < repetition->all)
        choose_stretches(repetition, wanted);
    return status;
}

/* All ranks get the stretches that rank 0 has found. */
static enum status share_stretches(struct repetition *repetition, enum status status,
                                   struct error *error)
{
    const struct world *world = repetition->trainer->world;
    struct schedule *schedule = &repetition->trainer->schedule;
    status = world_agree(world, status, error);
    if (status)
        return status;
    collective_broadcast(world, &repetition->count, sizeof repetition->count);
    collective_broadcast(world, &repetition->best_iteration, sizeof repetition->best_iteration);
    collective_broadcast(world, &schedule->last, sizeof schedule->last);
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
    *repetition = (struct repetition){.trainer = trainer,
                                      .run_dir = trainer->config->repeated_run,
                                      .best_iteration = -1,
                                      .finished = trainer->schedule.last < INT64_MAX,
                                      .before_end = best_none()};
    const enum status status =
        trainer->world->rank == 0 ? read_record(repetition, error) : STATUS_DONE;
    return share_stretches(repetition, status, error);
}

void repetition_close(struct repetition *repetition)
{
    metrics_lines_free(&repetition->recorded);
    free(repetition->stretches);
}
