/* SPDX-License-Identifier: MIT
 *
 * Repeats a run, stretch by stretch from one checkpoint to the next, and compares it with what is
 * on record. Rank 0 reads the record. */
#include "trainer.h"

#include "common/clock.h"
#include "core/comparison.h"
#include "core/rng.h"
#include "files/checkpoint_store.h"
#include "files/metrics_lines.h"
#include "ranks/collective.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The iterations after `first`, up to `last`; with 0 begins the run, from its initial parameters.
 */
struct stretch {
    int64_t first, last;
    bool first_saved, last_saved; /* whether there are checkpoints of these two */
};

struct repetition {
    struct trainer *trainer;
    const char *run_dir;
    struct metrics_lines recorded; /* on rank 0 */
    struct stretch *stretches;
    int64_t count, all;     /* how many are repeated, of how many */
    int64_t best_iteration; /* that of the best checkpoint; -1: there is none */
};

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

/* Reads the checkpoint of an iteration. Rank 0 only. */
static enum status read_checkpoint(const struct repetition *repetition, int64_t iteration,
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

/* Reads the best checkpoint of a run with validation rows. Rank 0 only. */
static enum status read_best(const struct repetition *repetition, struct checkpoint *state,
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
    if (read_best(repetition, &best, error))
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
    if (list->count > 0 && read_checkpoint(repetition, list->iterations[0], &newest, error))
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

/* Takes the state of the run from a checkpoint. */
static enum status load(const struct repetition *repetition, int64_t iteration, struct error *error)
{
    struct trainer *trainer = repetition->trainer;
    const size_t bytes =
        optimizer_block_size(trainer->optimizer.rule, trainer->model.tensors.parameters) *
        sizeof *trainer->theta;
    struct checkpoint state = {0};
    enum status status = STATUS_DONE;
    if (trainer->world->rank == 0)
        status = read_checkpoint(repetition, iteration, &state, error);
    status = world_agree(trainer->world, status, error);
    if (status)
        return status;
    if (trainer->world->rank == 0)
        memcpy(trainer->theta, state.theta, bytes);
    free(state.theta);
    trainer->best = state.best;
    collective_broadcast(trainer->world, &trainer->best, sizeof trainer->best);
    collective_broadcast(trainer->world, trainer->theta, bytes);
    return STATUS_DONE;
}

/* Compares a checkpoint that was read with the state of the repetition. Rank 0 only. */
static enum status compare_state(const struct repetition *repetition, const char *which,
                                 const struct checkpoint *state, struct error *error)
{
    const struct trainer *trainer = repetition->trainer;
    const struct tensors tensors =
        optimizer_block_tensors(trainer->optimizer.rule, &trainer->model.tensors);
    const struct comparison comparison =
        comparison_make(state->theta, trainer->theta, tensors.parameters);
    char text[512];
    if (comparison.different > 0)
        comparison_describe(&comparison, &tensors, state->theta, trainer->theta, text, sizeof text);
    else if (state->best.iteration != trainer->best.iteration ||
             state->best.score != trainer->best.score)
        snprintf(text, sizeof text,
                 "the best evaluation is %.17g at iteration %lld, not %.17g at %lld",
                 trainer->best.score, (long long)trainer->best.iteration, state->best.score,
                 (long long)state->best.iteration);
    else
        return STATUS_DONE;
    return error_set(
        error, STATUS_FAILED,
        "%s: the %scheckpoint of iteration %lld is not what repeating the run gives: %s",
        repetition->run_dir, which, (long long)state->iteration, text);
}

static enum status compare_checkpoint(const struct repetition *repetition, int64_t iteration,
                                      struct error *error)
{
    struct checkpoint state;
    if (read_checkpoint(repetition, iteration, &state, error))
        return error->status;
    const enum status status = compare_state(repetition, "", &state, error);
    free(state.theta);
    return status;
}

/* Compares the best checkpoint, which is of the iteration at hand. Collective. */
static enum status compare_best(const struct repetition *repetition, struct error *error)
{
    const struct world *world = repetition->trainer->world;
    struct checkpoint state;
    enum status status = STATUS_DONE;
    if (world->rank == 0) {
        status = read_best(repetition, &state, error);
        if (!status) {
            status = compare_state(repetition, "best ", &state, error);
            free(state.theta);
        }
    }
    return world_agree(world, status, error);
}

/* Once the run is past the best checkpoint, no other evaluation may be the best. Rank 0 only. */
static enum status check_best(const struct repetition *repetition, const struct stretch *stretch,
                              struct error *error)
{
    const int64_t best = repetition->trainer->best.iteration;
    if (repetition->best_iteration > stretch->last || repetition->best_iteration == best)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: the best checkpoint is of iteration %lld, but repeating the run gives "
                     "%lld as the best",
                     repetition->run_dir, (long long)repetition->best_iteration, (long long)best);
}

static enum status lines_differ(const struct repetition *repetition, int64_t iteration,
                                const char *recorded, const char *repeated, struct error *error)
{
    return error_set(error, STATUS_FAILED,
                     "%s: metrics.jsonl is not what repeating the run gives, at iteration %lld: it "
                     "has %s, and should have %s",
                     repetition->run_dir, (long long)iteration, recorded ? recorded : "no line",
                     repeated ? repeated : "no line");
}

/* Compares the lines of a stretch with those of its repetition. Without a checkpoint at its end the
 * run was killed there, and lines may be missing. Rank 0 only. */
static enum status compare_lines(const struct repetition *repetition, const struct stretch *stretch,
                                 const struct metrics_lines *repeated, struct error *error)
{
    const struct metrics_lines *recorded = &repetition->recorded;
    size_t at = 0;
    while (stretch->first > 0 && at < recorded->count && recorded->iteration[at] <= stretch->first)
        ++at;
    for (size_t i = 0; i < repeated->count; ++i, ++at) {
        const char *line = at < recorded->count ? recorded->line[at] : NULL;
        if (!line && !stretch->last_saved)
            return STATUS_DONE;
        if (!line || strcmp(line, repeated->line[i]) != 0)
            return lines_differ(repetition, repeated->iteration[i], line, repeated->line[i], error);
    }
    if (at < recorded->count && recorded->iteration[at] <= stretch->last)
        return lines_differ(repetition, recorded->iteration[at], recorded->line[at], NULL, error);
    return STATUS_DONE;
}

/* What a stretch has to end with. Rank 0 only. */
static enum status compare(const struct repetition *repetition, const struct stretch *stretch,
                           struct error *error)
{
    struct metrics_lines repeated;
    enum status status = metrics_lines_read(repetition->trainer->recorder.metrics.learning,
                                            "a temporary file", &repeated, error);
    if (!status)
        status = compare_lines(repetition, stretch, &repeated, error);
    if (!status && stretch->last_saved)
        status = compare_checkpoint(repetition, stretch->last, error);
    if (!status && stretch->last_saved)
        status = check_best(repetition, stretch, error);
    metrics_lines_free(&repeated);
    return status;
}

/* An evaluation where one is due. */
static enum status evaluate(const struct repetition *repetition, int64_t iteration,
                            struct error *error)
{
    struct trainer *trainer = repetition->trainer;
    if (!schedule_evaluates(&trainer->schedule, iteration))
        return STATUS_DONE;
    if (trainer_settle(trainer, iteration, error))
        return error->status;
    if (trainer_evaluate(trainer, iteration, error))
        return error->status;
    const int64_t best = trainer->best.iteration;
    return best == iteration && best == repetition->best_iteration ? compare_best(repetition, error)
                                                                   : STATUS_DONE;
}

static enum status repeat_iterations(const struct repetition *repetition,
                                     const struct stretch *stretch, struct error *error)
{
    struct trainer *trainer = repetition->trainer;
    if (stretch->first == 0 && evaluate(repetition, 0, error))
        return error->status;
    for (int64_t iteration = stretch->first + 1; iteration <= stretch->last; ++iteration) {
        trainer_begin_iteration(trainer, iteration);
        if (trainer_step(trainer, iteration, error) || evaluate(repetition, iteration, error))
            return error->status;
    }
    if (stretch->last == trainer->schedule.last && trainer_test(trainer, stretch->last, error))
        return error->status;
    return trainer_settle(trainer, stretch->last, error);
}

/* Where a stretch begins: with a checkpoint, which the initial parameters must be at iteration 0.
 */
static enum status begin(const struct repetition *repetition, const struct stretch *stretch,
                         struct error *error)
{
    struct trainer *trainer = repetition->trainer;
    enum status status = STATUS_DONE;
    if (stretch->first > 0)
        status = load(repetition, stretch->first, error);
    else if (stretch->first_saved && trainer->world->rank == 0)
        status = compare_checkpoint(repetition, 0, error);
    if (!status && trainer->world->rank == 0)
        status = metrics_open_temporary(&trainer->recorder.metrics, error);
    return world_agree(trainer->world, status, error);
}

static enum status repeat_stretch(const struct repetition *repetition,
                                  const struct stretch *stretch, struct error *error)
{
    struct trainer *trainer = repetition->trainer;
    enum status status = begin(repetition, stretch, error);
    if (!status)
        status = repeat_iterations(repetition, stretch, error);
    if (!status && trainer->world->rank == 0)
        status = compare(repetition, stretch, error);
    metrics_close(&trainer->recorder.metrics);
    status = world_agree(trainer->world, status, error);
    if (!status && trainer->world->rank == 0 && !trainer->config->quiet) {
        printf("  iterations %lld to %lld: the same bits\n", (long long)stretch->first,
               (long long)stretch->last);
        fflush(stdout);
    }
    return status;
}

static void print_result(const struct repetition *repetition)
{
    const struct trainer *trainer = repetition->trainer;
    if (trainer->world->rank != 0 || trainer->config->quiet)
        return;
    if (repetition->count == repetition->all)
        printf("dtrain: verified: the whole run, %lld iterations\n",
               (long long)repetition->stretches[repetition->count - 1].last);
    else
        printf("dtrain: verified: %lld of %lld stretches\n", (long long)repetition->count,
               (long long)repetition->all);
}

enum status trainer_repeat(struct trainer *trainer, struct error *error)
{
    struct repetition repetition = {
        .trainer = trainer, .run_dir = trainer->config->repeated_run, .best_iteration = -1};
    enum status status = STATUS_DONE;
    if (trainer->world->rank == 0)
        status = read_record(&repetition, error);
    status = share_stretches(&repetition, status, error);
    for (int64_t i = 0; !status && i < repetition.count; ++i)
        status = repeat_stretch(&repetition, &repetition.stretches[i], error);
    if (!status)
        print_result(&repetition);
    metrics_lines_free(&repetition.recorded);
    free(repetition.stretches);
    return status;
}
