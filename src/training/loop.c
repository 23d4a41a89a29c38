/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include "common/printable.h"
#include "common/xxh3.h"
#include "divergence.h"
#include "evaluation.h"
#include "ranks/replicas.h"
#include "score.h"
#include "step.h"

#include <stdio.h>
#include <string.h>

enum status loop_settle(struct trainer *trainer, int64_t iteration, struct error *error)
{
    if (world_agree(trainer->world, score_check_arithmetic(&trainer->model, error), error) ||
        trainer->method->settle(trainer, iteration, error))
        return error->status;
    if (replicas_compare(trainer->world, trainer->theta, trainer->block.count, iteration, error))
        return error->status;
    return divergence_check_finite(trainer, iteration, error);
}

/* A hash of what a model says about itself and its parameters; 0: it says nothing. */
static uint64_t described_by(const struct model *model)
{
    const struct dtrain_model *functions = model->user.functions;
    if (!model->kind->evaluates)
        return 0;
    const uint64_t parts[] = {parameters_hash(model->user.parameters),
                              XXH3_64bits(functions->name, strlen(functions->name)),
                              (uint64_t)functions->residuals};
    return XXH3_64bits(parts, sizeof parts);
}

struct checkpoint loop_state(const struct trainer *trainer, int64_t iteration)
{
    return (struct checkpoint){.iteration = iteration,
                               .fingerprint = trainer->recorder.fingerprint,
                               .tensors = trainer->model.tensors,
                               .optimizer = trainer->optimizer.rule,
                               .theta = trainer->theta,
                               .best = trainer->best,
                               .gradient_norm = trainer->method->gradient_norm(trainer, iteration),
                               .recipe = trainer->loader.dataset->recipe,
                               .names = user_model_names(&trainer->model),
                               .described = described_by(&trainer->model)};
}

static enum status save(struct trainer *trainer, int64_t iteration, struct error *error)
{
    const struct checkpoint state = loop_state(trainer, iteration);
    phases_begin(&trainer->phases, PHASE_CHECKPOINT);
    if (recorder_save(&trainer->recorder, &trainer->schedule, &state, error))
        return error->status;
    return trainer->method->saved ? trainer->method->saved(trainer, iteration, error) : STATUS_DONE;
}

/* An evaluation, whose state is kept for a checkpoint if it is the best so far. */
static enum status evaluate(struct trainer *trainer, int64_t iteration, struct error *error)
{
    if (evaluation_run(trainer, iteration, error))
        return error->status;
    if (trainer->stop.abandoned || trainer->best.iteration != iteration)
        return STATUS_DONE;
    const struct checkpoint state = loop_state(trainer, iteration);
    return recorder_keep_best(&trainer->recorder, &state, error);
}

static bool saves(const struct trainer *trainer, int64_t iteration)
{
    return trainer->overdue || schedule_saves(&trainer->schedule, iteration);
}

/* Does what is due at an iteration besides its step; or only a part of that, if
 * trainer->stop.abandoned is set then. */
static enum status evaluate_and_save(struct trainer *trainer, int64_t iteration,
                                     struct error *error)
{
    const bool evaluates = schedule_evaluates(&trainer->schedule, iteration);
    if (!evaluates && !saves(trainer, iteration))
        return STATUS_DONE;
    if (loop_settle(trainer, iteration, error))
        return error->status;
    if (trainer->stop.abandoned)
        return STATUS_DONE;
    if (evaluates && evaluate(trainer, iteration, error))
        return error->status;
    if (trainer->stop.abandoned)
        return STATUS_DONE;
    /* Only now: the evaluation may have made the iteration the last one. */
    if (iteration == trainer->schedule.last && trainer->method->end)
        trainer->method->end(trainer, iteration);
    return saves(trainer, iteration) ? save(trainer, iteration, error) : STATUS_DONE;
}

/* Notes that the run stops, and says why, and how it goes on. */
static enum status tell_stop(struct trainer *trainer, int64_t iteration, const char *when,
                             struct error *error)
{
    char reason[128], directory[PRINTABLE_WORD_SIZE];
    stop_describe(&trainer->stop, trainer->world, reason, sizeof reason);
    printable_word(directory, trainer->recorder.directory);
    if (recorder_stop(&trainer->recorder, iteration, reason, error))
        return error->status;
    return error_set(error, STATUS_STOPPED, "stopped by %s %s: continue with --resume --run-dir %s",
                     reason, when, directory);
}

/* Stops the run so that it can be resumed, at the iteration that all ranks have reached, and whose
 * checkpoint may be there already. */
static enum status stop_run(struct trainer *trainer, int64_t iteration, bool is_saved,
                            struct error *error)
{
    char when[64];
    if (!is_saved && loop_settle(trainer, iteration, error))
        return error->status;
    /* Even if that was the last loss of the run: its scores, or lines, are still to come. */
    trainer->stop.abandoned = true;
    if (!is_saved && save(trainer, iteration, error))
        return error->status;
    snprintf(when, sizeof when, "after iteration %lld of %lld", (long long)iteration,
             (long long)trainer->schedule.last);
    return tell_stop(trainer, iteration, when, error);
}

enum status loop_stop_before(struct trainer *trainer, struct error *error)
{
    return trainer->config->dry_run ? error_set(error, STATUS_STOPPED, "the dry run was stopped")
                                    : tell_stop(trainer, 0, "before the first iteration", error);
}

void loop_begin_iteration(struct trainer *trainer, int64_t iteration)
{
    trainer->schedule.iteration = iteration;
    model_note_iteration(&trainer->model, iteration);
}

bool loop_ended_early(const struct trainer *trainer)
{
    return trainer->schedule.last < trainer->config->iterations;
}

static enum status finish(struct trainer *trainer, int64_t iteration, struct error *error)
{
    char reason[64];
    const bool early = loop_ended_early(trainer);
    if (evaluation_test(trainer, iteration, error))
        return error->status;
    if (trainer->stop.abandoned)
        return stop_run(trainer, iteration, true, error);
    snprintf(reason, sizeof reason, "--patience %lld", (long long)trainer->config->patience);
    return recorder_finish(&trainer->recorder, iteration, early ? reason : NULL, error);
}

static enum status train(struct trainer *trainer, struct error *error)
{
    const struct schedule *schedule = &trainer->schedule;
    for (int64_t iteration = schedule->first;; ++iteration) {
        loop_begin_iteration(trainer, iteration);
        if (iteration > schedule->first && trainer->method->take(trainer, iteration, error))
            return error->status;
        if (trainer->stop.abandoned)
            return stop_run(trainer, iteration - 1,
                            schedule_has_checkpoint(schedule, iteration - 1), error);
        if (evaluate_and_save(trainer, iteration, error))
            return error->status;
        if (trainer->stop.abandoned)
            return stop_run(trainer, iteration, false, error);
        if (iteration == schedule->last)
            return finish(trainer, iteration, error);
        if (trainer->stop.requests > 0)
            return stop_run(trainer, iteration, schedule_has_checkpoint(schedule, iteration),
                            error);
    }
}

/* A loss is summed with the next step, but it belongs to the iteration of its batch. */
static int64_t failed_iteration(const struct trainer *trainer)
{
    return trainer->batch_loss.diverged ? trainer->batch_loss.iteration
                                        : trainer->schedule.iteration;
}

enum status loop_run(struct trainer *trainer, struct error *error)
{
    recorder_begin_progress(&trainer->recorder, &trainer->schedule, &trainer->recipe);
    const enum status status = train(trainer, error);
    recorder_end_progress(&trainer->recorder);
    if (status)
        recorder_failure(&trainer->recorder, failed_iteration(trainer), error);
    return status;
}
