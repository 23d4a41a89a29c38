/* SPDX-License-Identifier: MIT */
#include "evaluation_copy.h"

#include <stdlib.h>
#include <string.h>

/* Copies numbers behind those that are there, if there are any. Returns where they are now. */
static const double *append(double **end, const double *numbers, int count)
{
    double *const at = *end;
    if (!numbers)
        return NULL;
    memcpy(at, numbers, (size_t)count * sizeof *at);
    *end += count;
    return at;
}

bool evaluation_copy_make(struct evaluation_copy *copy, const struct evaluations *e, size_t number)
{
    const struct evaluation what = table_evaluation(&e->table, number);
    const size_t parameters = e->model->tensors.parameters;
    const int inputs = e->batch.inputs, targets = e->batch.targets;
    struct dtrain_call *const call = &copy->call;
    *call = evaluations_call(e, number, &what);
    copy->number = number;
    copy->numbers = malloc((parameters + (size_t)inputs + (size_t)targets) * sizeof *copy->numbers);
    if (!copy->numbers)
        return false;
    double *end = copy->numbers + parameters;
    memcpy(copy->numbers, e->point, parameters * sizeof *copy->numbers);
    if (what.side != 0)
        copy->numbers[what.parameter] = table_moved(&e->table, what.parameter, what.side);
    call->theta = copy->numbers;
    call->inputs = append(&end, call->inputs, inputs);
    call->targets = append(&end, call->targets, targets);
    return true;
}

enum outcome evaluation_copy_try(const struct evaluation_copy *copy, struct evaluations *e,
                                 double *values)
{
    struct dtrain_call call = copy->call;
    evaluator_enter(&e->evaluator);
    const struct attempts attempts =
        evaluator_evaluate(&e->evaluator, copy->number, &call, e->rules.retries, values);
    evaluator_leave(&e->evaluator);
    return attempts.outcome;
}
