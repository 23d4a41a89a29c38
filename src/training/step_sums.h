/* SPDX-License-Identifier: MIT
 *
 * What one reduction adds up over the ranks: the gradient, and a few numbers beside it, the head,
 * which say what becomes of the gradient. */
#ifndef DTRAIN_STEP_SUMS_H
#define DTRAIN_STEP_SUMS_H

#include "core/numbers/exact_sum.h"

#include <stddef.h>
#include <stdint.h>

struct step_sums {
    int64_t stop;      /* ranks that were asked to stop */
    int64_t abandoned; /* ranks that abandoned their gradient */
    int64_t overdue;   /* whether rank 0 asks for a checkpoint that is not on schedule */
    int64_t overflows; /* quotients that do not fit the grid of the gradient */
    int64_t loss[EXACT_PARTS_MAX]; /* of the batch before, after its update: in quanta of its
                                    * grids */
    int64_t loss_overflows;        /* losses of that batch that do not fit their grid */
    int64_t gradient[];            /* (P), in quanta of the gradient's grid */
};

/* How many numbers there are without the gradient, and with the gradient of P parameters. */
enum { STEP_SUMS_WITHOUT_GRADIENT = offsetof(struct step_sums, gradient) / sizeof(int64_t) };
static inline size_t step_sums_count(size_t parameters)
{
    return STEP_SUMS_WITHOUT_GRADIENT + parameters;
}

#endif
