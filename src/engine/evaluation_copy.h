/* SPDX-License-Identifier: MIT
 *
 * An evaluation that is repeated while another table than its own may be at work. Not collective.
 */
#ifndef DTRAIN_EVALUATION_COPY_H
#define DTRAIN_EVALUATION_COPY_H

#include "evaluations.h"

/* All that an evaluation depends on. */
struct evaluation_copy {
    size_t number; /* in its table */
    struct dtrain_call call;
    double *numbers; /* theta, inputs and targets */
};

/* Copies an evaluation of the table at work. False where memory is short; nothing is left behind
 * then. free(copy->numbers) frees it. */
bool evaluation_copy_make(struct evaluation_copy *copy, const struct evaluations *evaluations,
                          size_t number);

/* Evaluates it, as evaluations_try does. */
enum outcome evaluation_copy_try(const struct evaluation_copy *copy,
                                 struct evaluations *evaluations, double *values);

#endif
