/* SPDX-License-Identifier: MIT */
#include "verification.h"

#include "core/model/comparison.h"
#include "evaluation.h"
#include "loop.h"
#include "ranks/collective.h"
#include "recorded_run.h"
#include "runs/failures_file.h"
#include "step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Takes the state of the run from a checkpoint. */
static enum status load(const struct recorded_run *run, int64_t iteration, struct error *error)
{
    struct trainer *trainer = run->trainer;
    struct checkpoint state = {0};
    enum status status = STATUS_DONE;
    if (trainer->world->rank == 0)
        status = recorded_run_read_checkpoint(run, iteration, &state, error);
    status = world_agree(trainer->world, status, error);
    if (status)
        return status;
    if (trainer->world->rank == 0)
        memcpy(trainer->theta, state.theta, trainer->block.count * sizeof *state.theta);
    trainer->best = state.best;
    checkpoint_free(&state);
    collective_broadcast(trainer->world, &trainer->best, sizeof trainer->best);
    node_memory_spread(&trainer->block);
    return STATUS_DONE;
}

static bool best_equal(struct best a, struct best b)
{
    return a.iteration == b.iteration && a.score == b.score;
}

/* Whether the best evaluation in a checkpoint is the one that was found again. The checkpoint of a
 * run that was killed while it ended may have been written before the last evaluation. */
static bool has_best(const struct recorded_run *run, const struct checkpoint *state)
{
    const struct trainer *trainer = run->trainer;
    const bool was_ending = !run->finished && state->iteration == trainer->schedule.last;
    return best_equal(state->best, trainer->best) ||
           (was_ending && best_equal(state->best, run->before_end));
}

/* Whether a checkpoint has the recipe of the dataset, or neither has one. */
static bool has_recipe(const struct recorded_run *run, const struct checkpoint *state)
{
    const char *const recipe = run->trainer->loader.dataset->recipe;
    if (!recipe || !state->recipe)
        return recipe == state->recipe;
    return strcmp(recipe, state->recipe) == 0;
}

/* Compares a checkpoint that was read with the state that was reached again. Rank 0 only. */
static enum status compare_state(const struct recorded_run *run, const char *which,
                                 const struct checkpoint *state, struct error *error)
{
    const struct trainer *trainer = run->trainer;
    const struct tensors tensors =
        optimizer_block_tensors(trainer->optimizer.rule, &trainer->model.tensors);
    const struct comparison comparison =
        comparison_make(state->theta, trainer->theta, tensors.parameters);
    const double norm = trainer->method->gradient_norm(trainer, state->iteration);
    char text[512];
    if (comparison.different > 0)
        comparison_describe(&comparison, &tensors, state->theta, trainer->theta, text, sizeof text);
    else if (!has_best(run, state))
        snprintf(text, sizeof text,
                 "the best evaluation is %.17g at iteration %lld, not %.17g at %lld",
                 trainer->best.score, (long long)trainer->best.iteration, state->best.score,
                 (long long)state->best.iteration);
    else if (!isnan(state->gradient_norm) && state->gradient_norm != norm)
        snprintf(text, sizeof text, "the norm of the gradient is %.17g, not %.17g", norm,
                 state->gradient_norm);
    else if (!has_recipe(run, state))
        snprintf(text, sizeof text, "its recipe is not that of the data");
    else
        return STATUS_DONE;
    return error_set(
        error, STATUS_FAILED,
        "%s: the %scheckpoint of iteration %lld is not what repeating the run gives: %s",
        run->directory, which, (long long)state->iteration, text);
}

static enum status compare_checkpoint(const struct recorded_run *run, int64_t iteration,
                                      struct error *error)
{
    struct checkpoint state;
    if (recorded_run_read_checkpoint(run, iteration, &state, error))
        return error->status;
    const enum status status = compare_state(run, "", &state, error);
    checkpoint_free(&state);
    return status;
}

/* Compares the best checkpoint, which is of the current iteration. Collective. */
static enum status compare_best(const struct recorded_run *run, struct error *error)
{
    const struct world *world = run->trainer->world;
    struct checkpoint state;
    enum status status = STATUS_DONE;
    if (world->rank == 0) {
        status = recorded_run_read_best(run, &state, error);
        if (!status) {
            status = compare_state(run, "best ", &state, error);
            checkpoint_free(&state);
        }
    }
    return world_agree(world, status, error);
}

/* In a finished run, the best checkpoint must be of the best evaluation so far, from its iteration
 * on, and at the end of the run. An unfinished run may have been killed before it wrote the best,
 * which a resume then makes. Rank 0 only. */
static enum status check_best(const struct recorded_run *run, const struct stretch *stretch,
                              struct error *error)
{
    const int64_t best = run->trainer->best.iteration;
    const int64_t found = run->best_iteration;
    const bool is_end = stretch->last == run->trainer->schedule.last;
    if (found == best || !run->finished || (found > stretch->last && !is_end))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: the best checkpoint is of iteration %lld, but repeating the run gives "
                     "%lld as the best",
                     run->directory, (long long)found, (long long)best);
}

static enum status lines_differ(const struct recorded_run *run, const char *file, int64_t iteration,
                                const char *recorded, const char *repeated, struct error *error)
{
    return error_set(error, STATUS_FAILED,
                     "%s: %s is not what repeating the run gives, at iteration %lld: it "
                     "has %s, and should have %s",
                     run->directory, file, (long long)iteration, recorded ? recorded : "no line",
                     repeated ? repeated : "no line");
}

/* Compares the lines of a stretch with those of its repetition. Without a checkpoint at its end the
 * run was killed there, and lines may be missing; so may some of the last iteration if the run was
 * killed while it ended. Rank 0 only. */
static enum status compare_lines(const struct recorded_run *run, const struct stretch *stretch,
                                 const struct metrics_lines *repeated, struct error *error)
{
    const struct metrics_lines *recorded = &run->recorded;
    size_t at = 0;
    while (stretch->first > 0 && at < recorded->count && recorded->iteration[at] <= stretch->first)
        ++at;
    for (size_t i = 0; i < repeated->count; ++i, ++at) {
        const char *line = at < recorded->count ? recorded->line[at] : NULL;
        const bool is_ending = repeated->iteration[i] == run->trainer->schedule.last;
        const bool may_follow = run->trainer->recorder.keeps_failures && !run->finished &&
                                repeated->iteration[i] == stretch->last;
        if (!line && (!stretch->last_saved || (is_ending && !run->finished) || may_follow))
            return STATUS_DONE;
        if (!line || strcmp(line, repeated->line[i]) != 0)
            return lines_differ(run, "metrics.jsonl", repeated->iteration[i], line,
                                repeated->line[i], error);
    }
    if (at < recorded->count && recorded->iteration[at] <= stretch->last)
        return lines_differ(run, "metrics.jsonl", recorded->iteration[at], recorded->line[at], NULL,
                            error);
    return STATUS_DONE;
}

static bool is_fact(const char *line)
{
    struct outcome_record record;
    return failures_file_parse(line, strlen(line), &record) && outcome_record_is_fact(&record);
}

/* The same for failed evaluations. At the end of the run, those of the losses after its last update
 * belong to an iteration that it does not make. Rank 0 only. */
static enum status compare_failures(struct recorded_run *run, const struct stretch *stretch,
                                    const struct metrics_lines *repeated, struct error *error)
{
    const struct metrics_lines *recorded = &run->failures;
    const bool is_end = run->finished && stretch->last == run->trainer->schedule.last;
    size_t at = 0;
    while (at < recorded->count && recorded->iteration[at] <= stretch->first)
        ++at;
    for (size_t i = 0; i < repeated->count; ++i, ++at) {
        const char *line = at < recorded->count ? recorded->line[at] : NULL;
        const bool must =
            stretch->last_saved && (repeated->iteration[i] <= stretch->last || is_end);
        if (!line && !must)
            return STATUS_DONE;
        if (!line || strcmp(line, repeated->line[i]) != 0)
            return lines_differ(run, "failures.jsonl", repeated->iteration[i], line,
                                repeated->line[i], error);
        run->facts += is_fact(line);
    }
    if (at < recorded->count && recorded->iteration[at] <= stretch->last + is_end)
        return lines_differ(run, "failures.jsonl", recorded->iteration[at], recorded->line[at],
                            NULL, error);
    return STATUS_DONE;
}

/* Compares the lines of failed evaluations, if there is a file for them. */
static enum status compare_lost(struct recorded_run *run, const struct stretch *stretch,
                                struct error *error)
{
    struct metrics_lines repeated;
    FILE *const file = run->trainer->recorder.metrics.failures;
    if (!file)
        return STATUS_DONE;
    enum status status = metrics_lines_read(file, "a temporary file", &repeated, error);
    if (!status)
        status = compare_failures(run, stretch, &repeated, error);
    metrics_lines_free(&repeated);
    return status;
}

/* Compares what a stretch has to end with. Rank 0 only. */
static enum status compare(struct recorded_run *run, const struct stretch *stretch,
                           struct error *error)
{
    struct metrics_lines repeated;
    enum status status = metrics_lines_read(run->trainer->recorder.metrics.learning,
                                            "a temporary file", &repeated, error);
    if (!status)
        status = compare_lines(run, stretch, &repeated, error);
    if (!status)
        status = compare_lost(run, stretch, error);
    if (!status && stretch->last_saved)
        status = compare_checkpoint(run, stretch->last, error);
    if (!status && stretch->last_saved)
        status = check_best(run, stretch, error);
    metrics_lines_free(&repeated);
    return status;
}

/* Evaluates if an evaluation is due. */
static enum status evaluate(struct recorded_run *run, int64_t iteration, struct error *error)
{
    struct trainer *trainer = run->trainer;
    if (!schedule_evaluates(&trainer->schedule, iteration))
        return STATUS_DONE;
    run->before_end = trainer->best;
    if (loop_settle(trainer, iteration, error) || evaluation_run(trainer, iteration, error))
        return error->status;
    const int64_t best = trainer->best.iteration;
    return best == iteration && best == run->best_iteration ? compare_best(run, error)
                                                            : STATUS_DONE;
}

/* The evaluation before training, and the checkpoint that follows it. */
static enum status begin_run(struct recorded_run *run, const struct stretch *stretch,
                             struct error *error)
{
    const struct world *world = run->trainer->world;
    enum status status = STATUS_DONE;
    if (evaluate(run, 0, error))
        return error->status;
    if (stretch->first_saved && world->rank == 0)
        status = compare_checkpoint(run, 0, error);
    return world_agree(world, status, error);
}

static enum status repeat_iterations(struct recorded_run *run, const struct stretch *stretch,
                                     struct error *error)
{
    struct trainer *trainer = run->trainer;
    if (stretch->first == 0 && begin_run(run, stretch, error))
        return error->status;
    for (int64_t iteration = stretch->first + 1; iteration <= stretch->last; ++iteration) {
        loop_begin_iteration(trainer, iteration);
        if (trainer->method->take(trainer, iteration, error) || evaluate(run, iteration, error))
            return error->status;
    }
    const bool is_end = stretch->last == trainer->schedule.last;
    if ((is_end && evaluation_test(trainer, stretch->last, error)) ||
        loop_settle(trainer, stretch->last, error))
        return error->status;
    if (is_end && trainer->method->end)
        trainer->method->end(trainer, stretch->last);
    return STATUS_DONE;
}

/* Where a stretch begins: with a checkpoint, or with the initial parameters. */
static enum status begin(const struct recorded_run *run, const struct stretch *stretch,
                         struct error *error)
{
    struct trainer *trainer = run->trainer;
    enum status status = STATUS_DONE;
    if (stretch->first > 0)
        status = load(run, stretch->first, error);
    if (!status && trainer->world->rank == 0)
        status = metrics_open_temporary(&trainer->recorder.metrics,
                                        trainer->recorder.keeps_failures, error);
    return world_agree(trainer->world, status, error);
}

static enum status repeat_stretch(struct recorded_run *run, const struct stretch *stretch,
                                  struct error *error)
{
    struct trainer *trainer = run->trainer;
    enum status status = begin(run, stretch, error);
    if (!status)
        status = repeat_iterations(run, stretch, error);
    if (!status && trainer->world->rank == 0)
        status = compare(run, stretch, error);
    metrics_close(&trainer->recorder.metrics);
    status = world_agree(trainer->world, status, error);
    if (!status && trainer->world->rank == 0 && !trainer->config->quiet) {
        printf("  iterations %lld to %lld: the same bits\n", (long long)stretch->first,
               (long long)stretch->last);
        fflush(stdout);
    }
    return status;
}

void verification_print_facts(int64_t count)
{
    if (count == 1)
        puts("  1 outcome by the clock is taken from the record");
    else if (count > 1)
        printf("  %lld outcomes by the clock are taken from the record\n", (long long)count);
}

static void print_result(const struct recorded_run *run)
{
    const struct trainer *trainer = run->trainer;
    const long long last = (long long)run->stretches[run->count - 1].last;
    if (trainer->world->rank != 0 || trainer->config->quiet)
        return;
    /* In a finished run they agree; and after only some of the stretches the best is not known. */
    if (!run->finished && run->count == run->all && run->best_iteration >= 0 &&
        run->best_iteration != trainer->best.iteration)
        recorded_run_skip(run, "checkpoints/best.h5, of iteration %lld: %lld is better",
                          (long long)run->best_iteration, (long long)trainer->best.iteration);
    if (run->count < run->all)
        printf("dtrain: verified: %lld of %lld stretches\n", (long long)run->count,
               (long long)run->all);
    else if (run->finished)
        printf("dtrain: verified: the whole run, %lld iterations\n", last);
    else
        printf("dtrain: verified: the run as far as it is, %lld iterations; it is not finished\n",
               last);
    verification_print_facts(run->facts);
}

enum status verification_run(struct trainer *trainer, struct error *error)
{
    struct recorded_run run;
    enum status status = recorded_run_open(&run, trainer, error);
    for (int64_t i = 0; !status && i < run.count; ++i)
        status = repeat_stretch(&run, &run.stretches[i], error);
    if (!status)
        print_result(&run);
    recorded_run_close(&run);
    return status;
}
