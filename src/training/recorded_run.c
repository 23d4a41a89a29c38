/* SPDX-License-Identifier: MIT */
#include "recorded_run.h"

#include "common/clock.h"
#include "core/numbers/rng.h"
#include "ranks/collective.h"
#include "runs/checkpoint_store.h"
#include "runs/failures_file.h"
#include "runs/run_directory.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a checkpoint file of the run. Rank 0 only. */
static enum status read_file(const struct recorded_run *run, const char *path,
                             struct checkpoint *state, struct error *error)
{
    const struct recorder *recorder = &run->trainer->recorder;
    if (checkpoint_read(path, &recorder->settings, recorder->fingerprint, state, error))
        return error->status;
    if (tensors_equal(&state->tensors, &run->trainer->model.tensors))
        return STATUS_DONE;
    checkpoint_free(state);
    return error_set(error, STATUS_FAILED, "%s: is of another network", path);
}

enum status recorded_run_read_checkpoint(const struct recorded_run *run, int64_t iteration,
                                         struct checkpoint *state, struct error *error)
{
    char path[PATH_MAX];
    checkpoint_store_path(run->directory, iteration, path, sizeof path);
    if (read_file(run, path, state, error))
        return error->status;
    if (state->iteration == iteration)
        return STATUS_DONE;
    checkpoint_free(state);
    return error_set(error, STATUS_FAILED, "%s: is of another iteration", path);
}

enum status recorded_run_read_best(const struct recorded_run *run, struct checkpoint *state,
                                   struct error *error)
{
    char path[PATH_MAX];
    checkpoint_store_best_path(run->directory, path, sizeof path);
    return read_file(run, path, state, error);
}

void recorded_run_skip(const struct recorded_run *run, const char *format, ...)
{
    const struct trainer *trainer = run->trainer;
    va_list arguments;
    if (trainer->world->rank != 0 || trainer->config->quiet)
        return;
    fputs("  not compared: ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* Notes the iteration of the best checkpoint. A missing one can be made again as long as the run is
 * not finished. Rank 0 only. */
static enum status find_best(struct recorded_run *run, struct error *error)
{
    struct checkpoint best = checkpoint_none();
    if (run->trainer->config->validation_rows == 0)
        return STATUS_DONE;
    const enum status status = recorded_run_read_best(run, &best, error);
    if (status == STATUS_FAILED && !run->finished) {
        recorded_run_skip(run, "%s", error->text);
        return STATUS_DONE;
    }
    run->best_iteration = best.iteration;
    checkpoint_free(&best);
    return status;
}

/* The newest checkpoint must have the options and the dataset with which the run is repeated. Rank
 * 0 only, like all functions up to share_stretches. */
static enum status check_options(const struct recorded_run *run, const struct iteration_list *list,
                                 struct error *error)
{
    struct checkpoint newest = {0};
    if (list->count > 0 && recorded_run_read_checkpoint(run, list->iterations[0], &newest, error))
        return error->status;
    checkpoint_free(&newest);
    return STATUS_DONE;
}

/* The iteration of the last line. */
static int64_t last_line(const struct metrics_lines *lines)
{
    return lines->count > 0 ? lines->iteration[lines->count - 1] : 0;
}

/* The last iteration on record: that of the last line or, where losses follow their checkpoint,
 * that of an intact checkpoint of the next iteration. */
static int64_t find_last(const struct recorded_run *run, const struct iteration_list *list)
{
    const int64_t last = last_line(&run->recorded);
    for (size_t i = 0; i < list->count && list->iterations[i] > last; ++i) {
        char path[PATH_MAX];
        struct checkpoint state;
        struct error ignored;
        if (!run->trainer->recorder.keeps_failures || list->iterations[i] != last + 1)
            continue;
        checkpoint_store_path(run->directory, last + 1, path, sizeof path);
        const bool is_intact = checkpoint_read_any(path, &state, &ignored) == STATUS_DONE;
        checkpoint_free(&state);
        return last + is_intact;
    }
    return last;
}

/* A kill can leave an incomplete line at the end; a finished run cannot have one. */
static enum status check_rest(const struct recorded_run *run, struct error *error)
{
    const size_t rest = run->recorded.rest;
    if (rest > 0 && run->finished)
        return error_set(error, STATUS_FAILED,
                         "%s: metrics.jsonl has %zu bytes after its last line, which the run did "
                         "not write",
                         run->directory, rest);
    if (rest > 0)
        recorded_run_skip(run, "the last %zu bytes of metrics.jsonl, a line that was cut", rest);
    return STATUS_DONE;
}

static enum status check_end(const struct recorded_run *run, struct error *error)
{
    const int64_t last = last_line(&run->recorded);
    const int64_t finished = run->trainer->schedule.last;
    if (!run->finished || finished == last)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: its metrics end at iteration %lld, but it was finished at %lld",
                     run->directory, (long long)last, (long long)finished);
}

/* A run that was killed between its last evaluation and its end has lines that are written only at
 * the end. */
static void notice_end(struct recorded_run *run)
{
    const struct metrics_lines *lines = &run->recorded;
    struct schedule *schedule = &run->trainer->schedule;
    struct metrics_line line;
    if (run->finished || lines->count == 0)
        return;
    const char *last = lines->line[lines->count - 1];
    if (metrics_lines_parse(last, strlen(last), &line) &&
        (line.kind == METRICS_TEST ||
         (line.kind == METRICS_EVALUATION && !schedule_has_evaluation(schedule, line.iteration))))
        schedule->last = line.iteration;
}

/* Drops the checkpoints after the last iteration, which are first in the list. Damaged ones are
 * those that a resume skipped; there must be no others. */
static enum status drop_later(const struct recorded_run *run, struct iteration_list *list,
                              struct error *error)
{
    const int64_t last = run->last;
    size_t later = 0;
    for (; later < list->count && list->iterations[later] > last; ++later) {
        char path[PATH_MAX];
        struct checkpoint state;
        const int64_t iteration = list->iterations[later];
        checkpoint_store_path(run->directory, iteration, path, sizeof path);
        const bool is_intact = checkpoint_read_any(path, &state, error) == STATUS_DONE;
        checkpoint_free(&state);
        if (is_intact)
            return error_set(error, STATUS_FAILED,
                             "%s: has a checkpoint of iteration %lld, but its metrics end at %lld",
                             run->directory, (long long)iteration, (long long)last);
        recorded_run_skip(run, "%s; it lies after the last iteration", error->text);
    }
    list->count -= later;
    memmove(list->iterations, list->iterations + later, list->count * sizeof *list->iterations);
    return STATUS_DONE;
}

static enum status check_last_checkpoint(const struct recorded_run *run,
                                         const struct iteration_list *list, struct error *error)
{
    const int64_t last = run->last;
    if (!run->finished || (list->count > 0 && list->iterations[0] == last))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: the checkpoint of its last iteration, %lld, is not there", run->directory,
                     (long long)last);
}

/* Makes the stretches between the checkpoints, which are listed newest first, from the beginning of
 * the run to the last iteration on record. */
static bool make_stretches(struct recorded_run *run, const struct iteration_list *list)
{
    const int64_t last = run->last;
    struct stretch next = {0};
    run->stretches = calloc(list->count + 2, sizeof next);
    for (size_t i = list->count; run->stretches && i-- > 0;) {
        next.last = list->iterations[i];
        next.last_saved = true;
        if (next.last > 0 || list->count == 1)
            run->stretches[run->all++] = next;
        next = (struct stretch){.first = next.last, .first_saved = true};
    }
    next.last = last;
    if (run->stretches && (last > next.first || list->count == 0))
        run->stretches[run->all++] = next;
    run->count = run->all;
    return run->stretches != NULL;
}

/* Keeps `count` of the stretches, taken at random, in their order. */
static void choose_stretches(struct recorded_run *run, int64_t count)
{
    const uint64_t seed = (uint64_t)(1e9 * clock_seconds());
    int64_t left = count, kept = 0;
    for (int64_t i = 0; i < run->all; ++i)
        if (rng_below(seed, RNG_BATCH, i, 0, run->all - i) < left) {
            run->stretches[kept++] = run->stretches[i];
            --left;
        }
    run->count = kept;
}

/* Checks the list of checkpoints, and makes the stretches between them. */
static enum status take_checkpoints(struct recorded_run *run, struct iteration_list *list,
                                    struct error *error)
{
    if ((list->count > 0 && drop_later(run, list, error)) ||
        check_last_checkpoint(run, list, error) || check_options(run, list, error) ||
        find_best(run, error))
        return error->status;
    return make_stretches(run, list) ? STATUS_DONE
                                     : error_memory(error, NULL, "the stretches of the run");
}

/* Reads what the run has recorded of failed evaluations, if it may have some. */
static enum status read_failures(struct recorded_run *run, struct error *error)
{
    return run->trainer->recorder.keeps_failures
               ? metrics_lines_read_run(run->directory, "failures.jsonl", &run->failures, error)
               : STATUS_DONE;
}

static enum status read_record(struct recorded_run *run, struct error *error)
{
    const int64_t wanted = run->trainer->config->stretches;
    struct iteration_list list;
    if (run_directory_is_at_work(run->directory))
        return error_set(error, STATUS_FAILED,
                         "%s: a job is at work in it: verify the run when that has ended",
                         run->directory);
    if (metrics_lines_read_run(run->directory, "metrics.jsonl", &run->recorded, error) ||
        check_rest(run, error) || check_end(run, error) || read_failures(run, error) ||
        checkpoint_store_list(run->directory, &list, error))
        return error->status;
    run->last = find_last(run, &list);
    notice_end(run);
    const enum status status = take_checkpoints(run, &list, error);
    free(list.iterations);
    if (!status && wanted > 0 && wanted < run->all)
        choose_stretches(run, wanted);
    return status;
}

/* All ranks get the stretches that rank 0 has found. */
static enum status share_stretches(struct recorded_run *run, enum status status,
                                   struct error *error)
{
    const struct world *world = run->trainer->world;
    struct schedule *schedule = &run->trainer->schedule;
    status = world_agree(world, status, error);
    if (status)
        return status;
    collective_broadcast(world, &run->count, sizeof run->count);
    collective_broadcast(world, &run->best_iteration, sizeof run->best_iteration);
    collective_broadcast(world, &schedule->last, sizeof schedule->last);
    const size_t bytes = (size_t)run->count * sizeof *run->stretches;
    if (world->rank != 0)
        run->stretches = malloc(bytes);
    status = world_agree_memory(world, run->stretches, NULL, "the stretches of the run", error);
    if (!status)
        collective_broadcast(world, run->stretches, bytes);
    return status;
}

/* Losses that the clock or the machine has decided are not evaluated again. */
static enum status take_facts(const struct recorded_run *run, struct error *error)
{
    struct trainer *trainer = run->trainer;
    struct outcome_records records = {0};
    enum status status = STATUS_DONE;
    if (!trainer->recorder.keeps_failures)
        return STATUS_DONE;
    if (trainer->world->rank == 0)
        status = failures_file_read(run->directory, 0, &records, error);
    if (world_agree(trainer->world, status, error))
        return error->status;
    return evaluations_take_records(&trainer->by_evaluations.evaluations, &records, error);
}

enum status recorded_run_open(struct recorded_run *run, struct trainer *trainer,
                              struct error *error)
{
    *run = (struct recorded_run){.trainer = trainer,
                                 .directory = trainer->config->repeated_run,
                                 .best_iteration = -1,
                                 .finished = trainer->schedule.last < INT64_MAX,
                                 .before_end = best_none()};
    const enum status status = trainer->world->rank == 0 ? read_record(run, error) : STATUS_DONE;
    return share_stretches(run, status, error) ? error->status : take_facts(run, error);
}

void recorded_run_close(struct recorded_run *run)
{
    metrics_lines_free(&run->recorded);
    metrics_lines_free(&run->failures);
    free(run->stretches);
}
