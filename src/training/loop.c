/* SPDX-License-Identifier: MIT
 *
 * The course of a run: the steps, and what is due between them. */
#include "trainer.h"

#include "evaluation.h"
#include "ranks/replicas.h"

/* Seconds of each phase since the last evaluation. */
static void record_timing(struct trainer *trainer, int64_t iteration)
{
    struct metrics_seconds seconds[PHASES];
    phases_collect(&trainer->phases, trainer->world, seconds);
    recorder_timing(&trainer->recorder, iteration, seconds);
}

enum status trainer_evaluate(struct trainer *trainer, int64_t iteration, struct error *error)
{
    const struct loader *loader = &trainer->loader;
    struct model_pass *pass = &trainer->gradient.pass;
    struct metrics_score train, test;
    phases_begin(&trainer->phases, PHASE_EVALUATION);
    if (evaluation_run(trainer->world, trainer->theta, &loader->train,
                       sampler_evaluation_rows(&loader->sampler),
                       loader->dataset->global_rows[DATASET_TRAIN], pass, &train, error) ||
        evaluation_run(trainer->world, trainer->theta, &loader->test, loader->test_rows,
                       loader->dataset->global_rows[DATASET_TEST], pass, &test, error))
        return error->status;
    record_timing(trainer, iteration);
    recorder_evaluation(&trainer->recorder, iteration, iteration / trainer->schedule.epoch, train,
                        test);
    return STATUS_DONE;
}

enum status trainer_settle(struct trainer *trainer, int64_t iteration, struct error *error)
{
    if (world_agree(trainer->world, evaluation_check_arithmetic(&trainer->model, error), error) ||
        trainer_settle_loss(trainer, error))
        return error->status;
    const size_t size =
        optimizer_block_size(trainer->optimizer.rule, trainer->model.tensors.parameters);
    return replicas_compare(trainer->world, trainer->theta, size, iteration, error);
}

static enum status save(struct trainer *trainer, int64_t iteration, struct error *error)
{
    phases_begin(&trainer->phases, PHASE_CHECKPOINT);
    return recorder_save(&trainer->recorder, &trainer->schedule, iteration, &trainer->model,
                         trainer->theta, error);
}

/* What is due at an iteration beside its step. */
static enum status evaluate_and_save(struct trainer *trainer, int64_t iteration,
                                     struct error *error)
{
    const bool evaluates = schedule_evaluates(&trainer->schedule, iteration);
    const bool saves = schedule_saves(&trainer->schedule, iteration);
    if (!evaluates && !saves)
        return STATUS_DONE;
    if (trainer_settle(trainer, iteration, error) ||
        (evaluates && trainer_evaluate(trainer, iteration, error)))
        return error->status;
    return saves ? save(trainer, iteration, error) : STATUS_DONE;
}

/* Leaves a run that can be resumed at the iteration where all ranks are. */
static enum status stop_run(struct trainer *trainer, int64_t iteration, struct error *error)
{
    char reason[128];
    if (!schedule_has_checkpoint(&trainer->schedule, iteration) &&
        (trainer_settle(trainer, iteration, error) || save(trainer, iteration, error)))
        return error->status;
    stop_describe(&trainer->stop, trainer->world, reason, sizeof reason);
    if (recorder_stop(&trainer->recorder, iteration, reason, error))
        return error->status;
    return error_set(error, STATUS_STOPPED,
                     "stopped by %s after iteration %lld of %lld: go on with --resume --run-dir %s",
                     reason, (long long)iteration, (long long)trainer->schedule.last,
                     trainer->recorder.directory);
}

void trainer_begin_iteration(struct trainer *trainer, int64_t iteration)
{
    trainer->schedule.iteration = iteration;
    model_note_iteration(&trainer->model, iteration);
}

static enum status train(struct trainer *trainer, struct error *error)
{
    const struct schedule *schedule = &trainer->schedule;
    for (int64_t iteration = schedule->first;; ++iteration) {
        trainer_begin_iteration(trainer, iteration);
        if (iteration > schedule->first && trainer_step(trainer, iteration, error))
            return error->status;
        if (trainer->stop.abandoned)
            return stop_run(trainer, iteration - 1, error);
        if (evaluate_and_save(trainer, iteration, error))
            return error->status;
        if (iteration == schedule->last)
            return recorder_finish(&trainer->recorder, iteration, error);
        if (trainer->stop.requests > 0)
            return stop_run(trainer, iteration, error);
    }
}

enum status trainer_run(struct trainer *trainer, struct error *error)
{
    recorder_begin_progress(&trainer->recorder, &trainer->schedule);
    const enum status status = train(trainer, error);
    recorder_end_progress(&trainer->recorder);
    if (status)
        recorder_failure(&trainer->recorder, trainer->schedule.iteration, error);
    return status;
}
