/* SPDX-License-Identifier: MIT */
#include "score.h"

#include "common/arithmetic.h"
#include "ranks/collective.h"

#include <math.h>
#include <stdio.h>

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
    else
        snprintf(text + used, size - (size_t)used,
                 "%.6g, beyond its loss_range of %g: raise loss_range in the model", loss,
                 model->loss_range);
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
        score_describe_overflow(model, own, what, sizeof what);
        status =
            error_set(error, STATUS_DIVERGED, "%s%s (one of %lld of %lld rows)", what,
                      model->kind->bad_loss_cause, (long long)overflows, (long long)global_rows);
    }
    return world_agree(world, status, error);
}

enum status score_check_arithmetic(const struct model *model, struct error *error)
{
    char cause[MODEL_DESCRIPTION_SIZE + 16];
    if (model->kind->derivative_known)
        return arithmetic_check("a library of this process", error);
    snprintf(cause, sizeof cause, "the model %s", model->description);
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

enum status score_compute(const struct world *world, const double *theta,
                          const struct score_rows *rows, struct model_pass *pass,
                          int64_t *confusions, struct score *score, struct error *error)
{
    const int64_t global_rows = rows->global_count;
    const size_t classes = (size_t)pass->model->classes;
    const struct exact_grid grid = exact_grid_make(global_rows, pass->model->loss_range);
    struct model_score own = {.confusions = confusions};
    for (int64_t done = 0; done < rows->local_count; done += pass->count) {
        take_rows(pass, rows, done);
        model_score_add(&own, pass, theta, &grid);
    }
    if (world_agree(world, score_check_arithmetic(pass->model, error), error))
        return error->status;
    int64_t sums[3] = {own.loss_sum, own.correct, own.overflows};
    collective_sum(world, sums, 3);
    collective_sum(world, confusions, confusions ? classes * classes : 0);
    *score = (struct score){.loss = exact_mean(&grid, sums[0], global_rows),
                            .measures = {(double)sums[1] / (double)global_rows}};
    return check_losses(world, pass->model, &own, sums[2], global_rows, error);
}
