/* SPDX-License-Identifier: MIT */
#include "score.h"

#include "common/arithmetic.h"
#include "ranks/collective.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(
    sizeof "the loss of the model  at row -9223372036854775808 is -1.23457e+308, beyond its "
           "loss_range of -1.23457e+308: raise loss_range in the model" +
            MODEL_NAME_SHOWN <=
        SCORE_OVERFLOW_SIZE,
    "the longest description fits");

void score_describe_overflow(const struct model *model, const struct model_score *score, char *text,
                             size_t size)
{
    const double loss = score->overflow_loss;
    const int used = snprintf(text, size, "the loss%s at row %lld is ", model->of_model,
                              (long long)score->overflow_row);
    if (isnan(loss))
        snprintf(text + used, size - (size_t)used, "not a number");
    else if (isinf(loss))
        snprintf(text + used, size - (size_t)used, "%.6g", loss);
    else if (model->kind->title)
        snprintf(text + used, size - (size_t)used,
                 "%.6g, beyond its loss_range of %g: raise loss_range in the model", loss,
                 model->loss_range);
    else
        snprintf(text + used, size - (size_t)used, "%.6g, far more than the targets account for",
                 loss);
}

/* The status of the set. The ranks that have losses off the grid describe them. */
static enum status check_losses(const struct world *world, const struct model *model,
                                const struct model_score *own, int64_t overflows,
                                int64_t global_rows, struct error *error)
{
    char what[SCORE_OVERFLOW_SIZE];
    enum status status = STATUS_DONE;
    if (overflows == 0)
        return STATUS_DONE;
    if (own->overflows > 0) {
        const char *const cause = model->kind->bad_loss_cause;
        score_describe_overflow(model, own, what, sizeof what);
        status = error_set(error, STATUS_DIVERGED, "%s%s (one of %lld of %lld rows)", what,
                           cause ? cause : "", (long long)overflows, (long long)global_rows);
    }
    return world_agree(world, status, error);
}

enum status score_check_arithmetic(const struct model *model, struct error *error)
{
    const char *const title = model->kind->title;
    char cause[MODEL_DESCRIPTION_SIZE + 16];
    if (!title)
        return arithmetic_check("a library of this process", error);
    snprintf(cause, sizeof cause, "%s %s", title, model->description);
    return arithmetic_check(cause, error);
}

/* Takes as many rows as fit, from number `done` on. */
static void take_rows(struct model_pass *pass, const struct score_rows *rows, int64_t done)
{
    const int64_t left = rows->local_count - done;
    if (rows->numbers)
        model_pass_take(pass, rows->samples, rows->numbers + done, left);
    else
        model_pass_take_from(pass, rows->samples, rows->samples->first_row + done, left);
}

/* Sums over all ranks what each has in *own. */
static void sum_ranks(const struct world *world, const struct model *model, struct model_score *own)
{
    const size_t classes = (size_t)model->outputs;
    int64_t sums[] = {own->correct, own->overflows};
    collective_sum(world, own->loss, EXACT_PARTS_MAX);
    collective_sum(world, sums, sizeof sums / sizeof *sums);
    collective_sum(world, own->confusions, own->confusions ? classes * classes : 0);
    collective_sum(world, own->residuals.sums, residuals_count(own->residuals.outputs));
    own->correct = sums[0];
    own->overflows = sums[1];
}

/* The score from the sums over all ranks. */
static struct score score_of(const struct model_score *sums, const struct exact_grids *grids,
                             int64_t global_rows, struct residuals_of_output *errors)
{
    struct score score = {.loss = exact_grids_mean(grids, sums->loss, global_rows)};
    if (sums->residuals.outputs == 0) {
        score.measures[0] = (double)sums->correct / (double)global_rows;
        return score;
    }
    const struct residuals_of_output all = residuals_of_all(&sums->residuals, global_rows);
    score.measures[0] = all.rmse;
    score.measures[1] = all.r2;
    for (int m = 0; errors && m < sums->residuals.outputs; ++m)
        errors[m] = residuals_of(&sums->residuals, m, global_rows);
    if (errors)
        errors[sums->residuals.outputs] = all;
    return score;
}

/* Evaluates this rank's rows, then sums over the ranks. */
static enum status evaluate(const struct world *world, const double *theta,
                            const struct score_rows *rows, struct model_pass *pass,
                            const struct exact_grids *grids, struct model_score *sums,
                            struct error *error)
{
    for (int64_t done = 0; done < rows->local_count; done += pass->count) {
        take_rows(pass, rows, done);
        model_score_add(sums, pass, theta, grids);
    }
    if (world_agree(world, score_check_arithmetic(pass->model, error), error))
        return error->status;
    const struct model_score own = *sums;
    sum_ranks(world, pass->model, sums);
    return check_losses(world, pass->model, &own, sums->overflows, rows->global_count, error);
}

enum status score_compute(const struct world *world, const double *theta,
                          const struct score_rows *rows, struct model_pass *pass,
                          const struct score_details *details, struct score *score,
                          struct error *error)
{
    const struct model *model = pass->model;
    const int numbers = model_predicts_numbers(model) ? model->outputs : 0;
    /* Predictions have the size of what was trained on. */
    const double largest = fmax(model->largest_target, model_power_of_two(rows->largest_target));
    const struct exact_grids grids =
        exact_grids_make(rows->global_count, model_loss_range(model, largest), model->loss_parts);
    struct model_score sums = {.confusions = details ? details->confusions : NULL};
    int64_t *residuals = NULL;
    if (numbers > 0) {
        residuals = calloc(residuals_count(numbers), sizeof *residuals);
        if (world_agree_memory(world, residuals, NULL, "the evaluation", error))
            return error->status;
        sums.residuals =
            residuals_make(rows->global_count, largest, numbers, rows->samples->origin, residuals);
    }
    const enum status status = evaluate(world, theta, rows, pass, &grids, &sums, error);
    if (!status)
        *score = score_of(&sums, &grids, rows->global_count, details ? details->errors : NULL);
    free(residuals);
    return status;
}
