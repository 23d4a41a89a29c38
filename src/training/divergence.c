/* SPDX-License-Identifier: MIT */
#include "divergence.h"

#include "core/numbers/finite.h"
#include "score.h"

#include <math.h>
#include <stdio.h>

enum { CAUSE_SIZE = 320, WEIGHTS_SHOWN = 200, PARAMETER_SIZE = 64 };
#define RETURN_FINITE                                                                              \
    "return a finite number there, or give the model an evaluate(), which may fail (--on-failure)"
_Static_assert(sizeof "the loss at row -9223372036854775808 is not a number at  + "
                      "-1.23457e+308: " RETURN_FINITE +
                       MODEL_DESCRIPTION_SIZE + PARAMETER_SIZE <=
                   DIVERGENCE_LOSS_SIZE,
               "a line about a loss fits");
_Static_assert(sizeof "the loss of the model  changes by more than -1.23457e+308 within --step "
                      "-1.23457e+308: try a larger one, or a smaller --learning-rate than "
                      "-1.23457e+308" +
                       MODEL_NAME_SHOWN <=
                   CAUSE_SIZE,
               "a cause that names the model fits");
_Static_assert(sizeof "nothing has been trained yet: --weights  are too large" + WEIGHTS_SHOWN <=
                   CAUSE_SIZE,
               "a cause that names the weights fits");

/* The cause after an update: a divisor near 0, if the optimizer may divide by less than is usual;
 * otherwise the learning rate. */
static void describe_update(const struct trainer *trainer, char text[CAUSE_SIZE])
{
    const struct optimizer *optimizer = &trainer->optimizer;
    const struct optimizer_rule *rule = optimizer->rule;
    if (optimizer_uses(rule, "epsilon") && optimizer->epsilon < rule->epsilon)
        snprintf(text, CAUSE_SIZE, "try a larger --epsilon than %g (the default of %s is %g)",
                 optimizer->epsilon, rule->name, rule->epsilon);
    else
        snprintf(text, CAUSE_SIZE, "try a smaller --learning-rate than %g",
                 trainer->config->learning_rate);
}

/* The cause before the first update. */
static void describe_beginning(const struct trainer *trainer, char text[CAUSE_SIZE])
{
    const struct config *config = trainer->config;
    if (config->weights)
        snprintf(text, CAUSE_SIZE, "nothing has been trained yet: --weights %.*s are too large",
                 WEIGHTS_SHOWN, config->weights);
    else if (config->init_std.word)
        snprintf(text, CAUSE_SIZE,
                 "nothing has been trained yet: try a smaller --init-std than that of %s",
                 config->init_std.word);
    else
        snprintf(text, CAUSE_SIZE, "nothing has been trained yet: try a smaller --init-std than %g",
                 config->init_std.number);
}

/* A quotient of W1 is at most |input| times a number that follows from the weights: with one layer
 * of sigmoids, (max W2[j,:] - min W2[j,:]) / 4. An input that exceeds the first grid's range with
 * usual weights is too large, and so are the updates that it makes; otherwise the initial weights
 * are, before the first update, and the learning rate after it. */
static void describe_cause(const struct trainer *trainer, int64_t iteration, char text[CAUSE_SIZE])
{
    const double largest = samples_largest(&trainer->loader.train);
    if (largest > GRADIENT_RANGE)
        snprintf(text, CAUSE_SIZE,
                 "the inputs are as large as %g: scale the data (dtrain standardize)", largest);
    else if (iteration > 1)
        describe_update(trainer, text);
    else
        describe_beginning(trainer, text);
}

/* For a loss of which only the values are known: a quotient is its change divided by 2h. */
static void describe_jump(const struct trainer *trainer, int64_t iteration, char text[CAUSE_SIZE])
{
    const double step = trainer->config->step;
    const int used = snprintf(text, CAUSE_SIZE,
                              "the loss%s changes by more than %g within --step "
                              "%g: try a larger one",
                              trainer->model.of_model, 2 * step * GRADIENT_RANGE, step);
    if (iteration > 1)
        snprintf(text + used, CAUSE_SIZE - (size_t)used, ", or a smaller --learning-rate than %g",
                 trainer->config->learning_rate);
}

bool divergence_describe_loss(const struct gradient *gradient, char *text)
{
    const struct gradient_pair *pair = &gradient->first_pair;
    const struct model *model = gradient->model;
    const bool raised = !isfinite(pair->raised);
    const double loss = raised ? pair->raised : pair->lowered;
    char name[PARAMETER_SIZE], number[16];
    if (!model->kind->title || isfinite(loss))
        return false;
    tensors_name_parameter(&model->tensors, gradient->first_overflow, name, sizeof name);
    snprintf(number, sizeof number, "%g", loss);
    snprintf(text, DIVERGENCE_LOSS_SIZE, "the loss%s at row %lld is %s at %s %c %g: " RETURN_FINITE,
             model->of_model, (long long)pair->row, isnan(loss) ? "not a number" : number, name,
             raised ? '+' : '-', gradient->step);
    return true;
}

/* For a sum off the grid whose losses are finite, or not known. */
static enum status report_sum(const struct trainer *trainer, int64_t iteration, struct error *error)
{
    char name[PARAMETER_SIZE], cause[CAUSE_SIZE];
    tensors_name_parameter(&trainer->model.tensors, trainer->gradient.first_overflow, name,
                           sizeof name);
    if (trainer->model.kind->blames_step)
        describe_jump(trainer, iteration, cause);
    else
        describe_cause(trainer, iteration, cause);
    return error_set(error, STATUS_DIVERGED,
                     "iteration %lld: the gradient of %s is not finite or above %.3g: %s",
                     (long long)iteration, name, trainer->gradient.grid.range, cause);
}

enum status divergence_report_gradient(const struct trainer *trainer, int64_t iteration,
                                       struct error *error)
{
    enum status status = STATUS_DONE;
    char loss[DIVERGENCE_LOSS_SIZE];
    if (trainer->gradient.overflows > 0)
        status = divergence_describe_loss(&trainer->gradient, loss)
                     ? error_set(error, STATUS_DIVERGED, "iteration %lld: %s", (long long)iteration,
                                 loss)
                     : report_sum(trainer, iteration, error);
    return world_agree(trainer->world, status, error);
}

enum status divergence_report_loss(const struct trainer *trainer, struct error *error)
{
    enum status status = STATUS_DONE;
    if (trainer->batch_loss.local.overflows > 0) {
        char what[SCORE_OVERFLOW_SIZE], cause[CAUSE_SIZE];
        score_describe_overflow(&trainer->model, &trainer->batch_loss.local, what, sizeof what);
        describe_update(trainer, cause);
        status = error_set(error, STATUS_DIVERGED, "iteration %lld: %s: %s",
                           (long long)trainer->batch_loss.iteration, what, cause);
    }
    return world_agree(trainer->world, status, error);
}

/* Names a number of the block: "W1[3,41]", or "exp_avg of W1[3,41]" if it is the optimizer's. */
static void name_number(const struct trainer *trainer, size_t at, char *text, size_t size)
{
    const struct tensors *tensors = &trainer->model.tensors;
    const size_t vector = at / tensors->parameters;
    char parameter[64];
    tensors_name_parameter(tensors, at % tensors->parameters, parameter, sizeof parameter);
    if (vector == 0)
        snprintf(text, size, "%s", parameter);
    else
        snprintf(text, size, "%s of %s", trainer->optimizer.rule->state_names[vector - 1],
                 parameter);
}

enum status divergence_check_finite(const struct trainer *trainer, int64_t iteration,
                                    struct error *error)
{
    const size_t size =
        optimizer_block_size(trainer->optimizer.rule, trainer->model.tensors.parameters);
    const size_t at = finite_count(trainer->theta, size);
    char name[128], cause[CAUSE_SIZE];
    if (at == size)
        return STATUS_DONE;
    name_number(trainer, at, name, sizeof name);
    if (iteration > 0)
        describe_update(trainer, cause);
    else if (trainer->model.kind->title)
        snprintf(cause, sizeof cause, "the initial parameters%s are at fault",
                 trainer->model.of_model);
    else
        describe_beginning(trainer, cause);
    return error_set(error, STATUS_DIVERGED, "iteration %lld: %s is not finite: %s",
                     (long long)iteration, name, cause);
}
