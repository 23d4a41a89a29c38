/* SPDX-License-Identifier: MIT */
#include "divergence.h"

#include "core/numbers/finite.h"
#include "score.h"

#include <stdio.h>

enum { CAUSE_SIZE = 320, WEIGHTS_SHOWN = 200 };
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

enum status divergence_report_gradient(const struct trainer *trainer, int64_t iteration,
                                       struct error *error)
{
    enum status status = STATUS_DONE;
    if (trainer->gradient.overflows > 0) {
        char name[64], cause[CAUSE_SIZE];
        tensors_name_parameter(&trainer->model.tensors, trainer->gradient.first_overflow, name,
                               sizeof name);
        if (trainer->model.kind->derivative_known)
            describe_cause(trainer, iteration, cause);
        else
            describe_jump(trainer, iteration, cause);
        status = error_set(error, STATUS_DIVERGED,
                           "iteration %lld: the gradient of %s is not finite or above %.3g: %s",
                           (long long)iteration, name, trainer->gradient.grid.range, cause);
    }
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
    else if (trainer->model.kind->derivative_known)
        describe_beginning(trainer, cause);
    else
        snprintf(cause, sizeof cause, "the initial parameters%s are at fault",
                 trainer->model.of_model);
    return error_set(error, STATUS_DIVERGED, "iteration %lld: %s is not finite: %s",
                     (long long)iteration, name, cause);
}
