/* SPDX-License-Identifier: MIT */
#include "evaluator.h"

#include "model_command.h"
#include "ranks/collective.h"

#include <math.h>

/* What the two ways to evaluate have in common. */
struct evaluator_kind {
    enum status (*open)(struct evaluator *evaluator, const char *scratch, struct error *error);
    void (*close)(struct evaluator *evaluator);
    /* Evaluates once: values[width] for OUTCOME_DONE, which may not be finite. */
    enum outcome (*evaluate)(struct evaluator *evaluator, size_t number,
                             const struct dtrain_call *call, double *values);
    /* What became of the class that the model was just asked for; NULL: it has always come. */
    enum outcome (*predicted)(struct evaluator *evaluator);
    /* NULL: there is nothing to do. */
    void (*enter)(struct evaluator *evaluator);
    void (*leave)(struct evaluator *evaluator);
};

static enum status open_in_process(struct evaluator *evaluator, const char *scratch,
                                   struct error *error)
{
    return in_process_open(&evaluator->in_process, evaluator->world, evaluator->model, scratch,
                           error);
}

static void close_in_process(struct evaluator *evaluator)
{
    in_process_close(&evaluator->in_process);
}

static enum outcome evaluate_in_process(struct evaluator *evaluator, size_t number,
                                        const struct dtrain_call *call, double *values)
{
    (void)number;
    return in_process_evaluate(&evaluator->in_process, call, values);
}

static void enter_process(struct evaluator *evaluator)
{
    in_process_enter(&evaluator->in_process);
}

static void leave_process(struct evaluator *evaluator)
{
    in_process_leave(&evaluator->in_process);
}

static const struct evaluator_kind in_this_process = {
    .open = open_in_process,
    .close = close_in_process,
    .evaluate = evaluate_in_process,
    .enter = enter_process,
    .leave = leave_process,
};

static bool asks_to_stop(void *context)
{
    struct evaluator *evaluator = context;
    return evaluator->asks_to_stop && evaluator->asks_to_stop(evaluator->context);
}

static enum status open_command(struct evaluator *evaluator, const char *scratch,
                                struct error *error)
{
    (void)scratch; /* the command has been given it */
    struct model_process *process = model_command_process();
    evaluator->process = process;
    model_call_begin(evaluator->model->user.call, MODEL_SETUP);
    const enum status status = model_process_prepare(process, error);
    model_call_end(evaluator->model->user.call);
    /* Only now, as the caller says later who is asked. */
    process->asks_to_stop = asks_to_stop;
    process->context = evaluator;
    return world_agree(evaluator->world, status, error);
}

static void close_command(struct evaluator *evaluator)
{
    model_process_close(evaluator->process);
}

static enum outcome evaluate_by_command(struct evaluator *evaluator, size_t number,
                                        const struct dtrain_call *call, double *values)
{
    struct model_process *process = evaluator->process;
    struct error error;
    model_call_begin(evaluator->model->user.call, MODEL_EVALUATE);
    const enum outcome outcome = model_process_evaluate(
        process, number, &evaluator->model->user.shape, call, values, &error);
    model_call_end(evaluator->model->user.call);
    evaluator->reason = process->reason;
    if (outcome == OUTCOME_NONE && error.status == STATUS_FAILED)
        evaluator->failure = error;
    return outcome;
}

static enum outcome predicted_by_command(struct evaluator *evaluator)
{
    const struct model_process *process = evaluator->process;
    if (process->predicted == OUTCOME_NONE && process->unable.status == STATUS_FAILED)
        evaluator->failure = process->unable;
    return process->predicted;
}

static const struct evaluator_kind by_command = {
    .open = open_command,
    .close = close_command,
    .evaluate = evaluate_by_command,
    .predicted = predicted_by_command,
};

enum status evaluator_open(struct evaluator *evaluator, const struct world *world,
                           const struct model *model, const char *scratch, struct error *error)
{
    *evaluator = (struct evaluator){
        .kind = model->user.functions->evaluate ? &in_this_process : &by_command,
        .world = world,
        .model = model,
        .reason = "",
    };
    return evaluator->kind->open(evaluator, scratch, error);
}

void evaluator_close(struct evaluator *evaluator)
{
    if (evaluator->kind)
        evaluator->kind->close(evaluator);
    *evaluator = (struct evaluator){0};
}

void evaluator_enter(struct evaluator *evaluator)
{
    if (evaluator->kind->enter)
        evaluator->kind->enter(evaluator);
}

void evaluator_leave(struct evaluator *evaluator)
{
    if (evaluator->kind->leave)
        evaluator->kind->leave(evaluator);
}

int evaluator_width(const struct model *model)
{
    const int residuals = model->user.shape.residuals;
    return residuals > 0 ? residuals : 1;
}

double evaluator_loss(const struct model *model, const double *values)
{
    const int residuals = model->user.shape.residuals;
    double sum = 0;
    if (residuals == 0)
        return values[0];
    for (int i = 0; i < residuals; ++i)
        sum += values[i] * values[i];
    return sum / 2;
}

/* Squares of finite residuals may still overflow; so it is the loss that is checked. */
static enum outcome evaluate_once(struct evaluator *evaluator, size_t number,
                                  const struct dtrain_call *call, double *values)
{
    const int width = evaluator_width(evaluator->model);
    /* What the model does not write must not be taken for a result. */
    for (int i = 0; i < width; ++i)
        values[i] = (double)NAN;
    const enum outcome outcome = evaluator->kind->evaluate(evaluator, number, call, values);
    return outcome == OUTCOME_DONE && !isfinite(evaluator_loss(evaluator->model, values))
               ? OUTCOME_NOT_FINITE
               : outcome;
}

struct attempts evaluator_evaluate(struct evaluator *evaluator, size_t number,
                                   struct dtrain_call *call, int retries, double *values)
{
    struct attempts attempts = {0};
    evaluator->reason = "";
    call->attempt = 0;
    for (;;) {
        attempts.outcome = evaluate_once(evaluator, number, call, values);
        if (attempts.outcome == OUTCOME_NONE)
            return attempts;
        ++attempts.count;
        if (attempts.outcome == OUTCOME_DONE)
            return attempts;
        if (!outcome_repeats(attempts.outcome))
            attempts.hit = attempts.outcome;
        int *const tried = outcome_repeats(attempts.outcome) ? &call->attempt : &attempts.hits;
        if (++*tried > retries)
            return attempts;
    }
}

enum outcome evaluator_predict(struct evaluator *evaluator, const double *theta, int64_t row,
                               const double *inputs, int retries, int *class)
{
    enum outcome outcome;
    do {
        *class = user_model_predict(evaluator->model, theta, row, inputs);
        outcome = evaluator->kind->predicted ? evaluator->kind->predicted(evaluator) : OUTCOME_DONE;
    } while (outcome_is_lost(outcome) && retries-- > 0);
    return outcome;
}

enum status evaluator_agree(const struct evaluator *evaluator, bool is_missing, struct error *error)
{
    const enum status status = is_missing ? evaluator->failure.status : STATUS_DONE;
    const bool is_stopped = is_missing && status == STATUS_DONE;
    if (collective_largest(evaluator->world, is_stopped))
        return error_set(error, STATUS_STOPPED, "stopped during an evaluation%s",
                         evaluator->model->of_model);
    if (status)
        *error = evaluator->failure;
    return world_agree(evaluator->world, status, error);
}
