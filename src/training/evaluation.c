/* SPDX-License-Identifier: MIT */
#include "evaluation.h"

#include "core/numbers/norm.h"
#include "score.h"
#include "step.h"

/* Seconds of each phase since the last scores; `of` says what these are. */
static void record_timing(struct trainer *trainer, int64_t iteration, enum metrics_kind of)
{
    struct metrics_seconds seconds[PHASES];
    phases_collect(&trainer->phases, trainer->world, seconds);
    recorder_timing(&trainer->recorder, iteration, of, seconds);
}

static enum status measure(struct trainer *trainer, const struct score_rows *rows,
                           struct metrics_score *score, struct error *error)
{
    return score_compute(trainer->world, trainer->theta, rows, &trainer->gradient.pass, NULL, score,
                         error);
}

static void measure_norms(const struct trainer *trainer, struct metrics_evaluation *evaluation)
{
    const struct tensors *tensors = &trainer->model.tensors;
    evaluation->gradient_norm = step_gradient_norm(trainer, evaluation->iteration);
    evaluation->tensors = tensors;
    for (int i = 0; i < tensors->count; ++i)
        evaluation->weight_norms[i] =
            norm_of(trainer->theta + tensors->list[i].offset, tensor_size(&tensors->list[i]));
}

/* Compares with the evaluations before. If patience has run out, the run ends here. */
static void judge(struct trainer *trainer, const struct metrics_evaluation *evaluation)
{
    const struct metrics_score *score = &evaluation->held_out;
    best_improve(&trainer->best, evaluation->iteration,
                 best_score(trainer->model.predicts, score->accuracy, score->loss));
    schedule_end_early(&trainer->schedule, evaluation->iteration, &trainer->best);
}

enum status evaluation_run(struct trainer *trainer, int64_t iteration, struct error *error)
{
    const struct loader *loader = &trainer->loader;
    struct metrics_evaluation evaluation = {
        .iteration = iteration,
        .epoch = iteration / trainer->schedule.epoch,
        .validates = loader->validation_rows.global_count > 0,
    };
    phases_begin(&trainer->phases, PHASE_EVALUATION);
    if (measure(trainer, &loader->train_rows, &evaluation.train, error) ||
        measure(trainer, evaluation.validates ? &loader->validation_rows : &loader->test_rows,
                &evaluation.held_out, error))
        return error->status;
    measure_norms(trainer, &evaluation);
    if (evaluation.validates)
        judge(trainer, &evaluation);
    record_timing(trainer, iteration, METRICS_EVALUATION);
    recorder_evaluation(&trainer->recorder, &evaluation, iteration == trainer->schedule.last);
    return STATUS_DONE;
}

enum status evaluation_test(struct trainer *trainer, int64_t iteration, struct error *error)
{
    struct metrics_score test;
    if (trainer->loader.validation_rows.global_count == 0 ||
        !schedule_tests(&trainer->schedule, iteration))
        return STATUS_DONE;
    phases_begin(&trainer->phases, PHASE_EVALUATION);
    if (measure(trainer, &trainer->loader.test_rows, &test, error))
        return error->status;
    record_timing(trainer, iteration, METRICS_TEST);
    recorder_test(&trainer->recorder, iteration, test);
    return STATUS_DONE;
}
