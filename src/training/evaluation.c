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

/* Evaluates the sets whose time is at the end of the run, or those that all evaluations have. */
static enum status measure(struct trainer *trainer, int64_t iteration, bool at_end,
                           struct metrics_scores *scores, struct error *error)
{
    for (int i = 0; i < trainer->loader.set_count; ++i) {
        const struct evaluation_set *set = &trainer->loader.sets[i];
        struct score score;
        if (set->at_end != at_end)
            continue;
        if (trainer->method->score(trainer, iteration, set, &score, error))
            return error->status;
        if (trainer->stop.abandoned)
            return STATUS_DONE;
        metrics_scores_put(scores, set->name, &score);
    }
    return STATUS_DONE;
}

static void measure_norms(const struct trainer *trainer, struct metrics_evaluation *evaluation)
{
    const struct tensors *tensors = &trainer->model.tensors;
    evaluation->gradient_norm = trainer->method->gradient_norm(trainer, evaluation->iteration);
    evaluation->tensors = tensors;
    if (trainer->model.kind->evaluates)
        evaluation->parameters = trainer->model.user.parameters;
    evaluation->theta = trainer->theta;
    for (int i = 0; i < tensors->count; ++i)
        evaluation->weight_norms[i] =
            norm_of(trainer->theta + tensors->list[i].offset, tensor_size(&tensors->list[i]));
}

/* Compares with the evaluations before. If patience has run out, the run ends here. */
static void judge(struct trainer *trainer, const struct metrics_evaluation *evaluation)
{
    const struct evaluation_set *judge = loader_judge(&trainer->loader);
    if (!judge)
        return;
    best_improve(
        &trainer->best, evaluation->iteration,
        score_rank(evaluation->kind, metrics_scores_find(&evaluation->scores, judge->name)));
    schedule_end_early(&trainer->schedule, evaluation->iteration, &trainer->best);
}

enum status evaluation_run(struct trainer *trainer, int64_t iteration, struct error *error)
{
    struct metrics_evaluation evaluation = {
        .iteration = iteration,
        .epoch = iteration / trainer->schedule.epoch,
        .kind = trainer->model.score,
    };
    phases_begin(&trainer->phases, PHASE_EVALUATION);
    if (measure(trainer, iteration, false, &evaluation.scores, error))
        return error->status;
    if (trainer->stop.abandoned)
        return STATUS_DONE;
    measure_norms(trainer, &evaluation);
    judge(trainer, &evaluation);
    record_timing(trainer, iteration, METRICS_EVALUATION);
    recorder_evaluation(&trainer->recorder, &evaluation, iteration == trainer->schedule.last);
    return STATUS_DONE;
}

enum status evaluation_test(struct trainer *trainer, int64_t iteration, struct error *error)
{
    struct metrics_scores scores = {0};
    if (!schedule_tests(&trainer->schedule, iteration))
        return STATUS_DONE;
    phases_begin(&trainer->phases, PHASE_EVALUATION);
    if (measure(trainer, iteration, true, &scores, error))
        return error->status;
    if (trainer->stop.abandoned || scores.count == 0)
        return STATUS_DONE;
    record_timing(trainer, iteration, METRICS_TEST);
    recorder_test(&trainer->recorder, iteration, trainer->model.score, &scores);
    return STATUS_DONE;
}
