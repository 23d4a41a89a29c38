/* SPDX-License-Identifier: MIT
 *
 * What the steps of a model that evaluates need (step.h, evaluations_step.c). */
#ifndef DTRAIN_EVALUATIONS_STEP_H
#define DTRAIN_EVALUATIONS_STEP_H

#include "core/differences/differences.h"
#include "engine/evaluations.h"

#include <limits.h>

struct evaluations_step {
    struct evaluations evaluations;
    enum failure_policy policy;
    struct differences differences;
    uint32_t *numbers; /* (capacity): of evaluations that are to be carried out */
    double *weights;   /* (B): of the rows of a batch */
    double *before;    /* (block): what the block was before an update */
    bool loss_pending; /* whether the loss of the last batch is still to be recorded */
    int64_t lost;      /* evaluations that were lost in the iteration of that batch */
    bool same_bits;    /* whether the checks at the start have found no difference */
    bool audit_told;   /* whether a line has said that an audit found a difference */
    bool *idle_told;   /* (P): whether a line has said that a parameter keeps its value */
    char directory[PATH_MAX], journal_folder[PATH_MAX]; /* full paths, on all ranks */
};

#endif
