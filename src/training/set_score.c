/* SPDX-License-Identifier: MIT */
#include "set_score.h"

#include "core/differences/differences.h"
#include "ranks/collective.h"

#include <math.h>
#include <stdlib.h>

/* A set on its way through the model. */
struct work {
    const struct set_evaluation *evaluation;
    const struct score_rows *rows;
    double *inputs;  /* (D): of one row */
    double *values;  /* what an evaluation gives */
    double *losses;  /* (all rows of the set): those of this rank, and 0 elsewhere */
    int64_t begin;   /* where this rank's rows begin among all */
    int64_t correct; /* of this rank's rows */
    bool is_missing; /* whether a row was given up, as a stop was asked for, or cannot be evaluated
                      */
};

/* Where this rank's rows begin among those of all ranks; -1 where memory is short. */
static int64_t find_begin(const struct world *world, int64_t local_count)
{
    int64_t *counts = calloc((size_t)world->size, sizeof *counts), begin = 0;
    if (counts)
        counts[world->rank] = local_count;
    struct error ignored;
    if (world_agree_memory(world, counts, NULL, "the rows of all ranks", &ignored)) {
        free(counts);
        return -1;
    }
    collective_sum(world, counts, (size_t)world->size);
    for (int rank = 0; rank < world->rank; ++rank)
        begin += counts[rank];
    free(counts);
    return begin;
}

static struct sample row_at(const struct work *work, int64_t i)
{
    const struct score_rows *rows = work->rows;
    if (!rows->samples)
        return (struct sample){.row = work->begin + i, .target = {.label = TARGET_UNKNOWN}};
    return samples_row(rows->samples,
                       rows->numbers ? rows->numbers[i] : rows->samples->first_row + i);
}

/* The loss of a row; NaN if it fails, or was not evaluated: work->is_missing is set then. */
static double evaluate(struct work *work, const struct sample *sample)
{
    const struct set_evaluation *evaluation = work->evaluation;
    struct dtrain_call call = {.theta = evaluation->theta,
                               .inputs = sample->inputs > 0 ? work->inputs : NULL,
                               .targets = sample->target.values,
                               .label = sample->target.label,
                               .row = sample->row,
                               .iteration = evaluation->iteration};
    call.seed = random_numbers_seed(evaluation->random_numbers, evaluation->seed,
                                    evaluation->iteration, sample->row, 0);
    const struct attempts attempts =
        evaluator_evaluate(evaluation->evaluator, 0, &call, evaluation->retries, work->values);
    work->is_missing = attempts.outcome == OUTCOME_NONE;
    return attempts.outcome == OUTCOME_DONE
               ? evaluator_loss(evaluation->evaluator->model, work->values)
               : (double)NAN;
}

/* Counts a row whose class is right. A row without an answer is lost, as one without a loss is. */
static void predict(struct work *work, const struct sample *sample, double *loss)
{
    const struct set_evaluation *evaluation = work->evaluation;
    int class;
    const enum outcome outcome =
        evaluator_predict(evaluation->evaluator, evaluation->theta, sample->row, work->inputs,
                          evaluation->retries, &class);
    work->is_missing = outcome == OUTCOME_NONE;
    if (outcome != OUTCOME_DONE)
        *loss = (double)NAN;
    else
        work->correct += class == sample->target.label;
}

static void evaluate_rows(struct work *work)
{
    const struct model *model = work->evaluation->evaluator->model;
    evaluator_enter(work->evaluation->evaluator);
    for (int64_t i = 0; i < work->rows->local_count && !work->is_missing; ++i) {
        const struct sample sample = row_at(work, i);
        double *const loss = work->losses + work->begin + i;
        if (sample.inputs > 0)
            sample_widen(&sample, work->inputs);
        *loss = evaluate(work, &sample);
        if (model->predicts && !work->is_missing)
            predict(work, &sample, loss);
    }
    evaluator_leave(work->evaluation->evaluator);
}

static int64_t count_lost(const double *losses, int64_t count)
{
    int64_t lost = 0;
    for (int64_t i = 0; i < count; ++i)
        lost += isnan(losses[i]);
    return lost;
}

/* The score from the losses of all ranks. Collective. */
static struct score share(const struct world *world, struct work *work)
{
    const int64_t count = work->rows->global_count;
    collective_unite(world, work->losses, (size_t)count);
    collective_sum(world, &work->correct, 1);
    struct score score = {.loss = differences_mean_loss(work->losses, NULL, count),
                          .lost = count_lost(work->losses, count)};
    score.measures[0] = (double)work->correct / (double)count;
    return score;
}

enum status set_score_compute(const struct world *world, const struct set_evaluation *evaluation,
                              const struct score_rows *rows, struct score *score,
                              struct error *error)
{
    const struct model *model = evaluation->evaluator->model;
    struct work work = {
        .evaluation = evaluation,
        .rows = rows,
        .inputs = calloc((size_t)model->inputs + 1, sizeof *work.inputs),
        .values = calloc((size_t)evaluator_width(model), sizeof *work.values),
        .losses = calloc((size_t)rows->global_count, sizeof *work.losses),
        .begin = find_begin(world, rows->local_count),
    };
    const bool made = work.inputs && work.values && work.losses && work.begin >= 0;
    enum status status = world_agree_memory(world, made, NULL, "the evaluation", error);
    if (!status) {
        evaluate_rows(&work);
        status = evaluator_agree(evaluation->evaluator, work.is_missing, error);
        if (!status)
            *score = share(world, &work);
    }
    free(work.inputs);
    free(work.values);
    free(work.losses);
    return status;
}

enum status set_score_of_weights(const struct world *world, const struct config *config,
                                 const struct model *model, const double *theta,
                                 const struct score_rows *rows, struct score *score,
                                 struct error *error)
{
    struct evaluator evaluator;
    const struct set_evaluation evaluation = {
        .evaluator = &evaluator,
        .theta = theta,
        .random_numbers = random_numbers_find(config->random_numbers),
        .seed = (uint64_t)config->seed,
        .retries = (int)config->retries,
    };
    enum status status = evaluator_open(&evaluator, world, model, config->scratch, error);
    if (!status)
        status = set_score_compute(world, &evaluation, rows, score, error);
    evaluator_close(&evaluator);
    return status;
}
