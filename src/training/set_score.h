/* SPDX-License-Identifier: MIT
 *
 * The score of a set of rows by a model that evaluates: each rank evaluates the rows that it holds,
 * and all ranks add up the losses of all rows in the same order. Without data, rows->samples is
 * NULL, and the rows are replicates. */
#ifndef DTRAIN_SET_SCORE_H
#define DTRAIN_SET_SCORE_H

#include "core/differences/random_numbers.h"
#include "engine/evaluator.h"
#include "options/config.h"
#include "score.h"

/* How the rows are evaluated. */
struct set_evaluation {
    struct evaluator *evaluator;
    const double *theta; /* (P) */
    int64_t iteration;   /* for the random numbers */
    enum random_numbers random_numbers;
    uint64_t seed;
    int retries;
};

/* Collective. The score of weights that are not being trained: starts the model's processes for it,
 * with the settings of a command, and the random numbers of iteration 0, which no training has. */
enum status set_score_of_weights(const struct world *world, const struct config *config,
                                 const struct model *model, const double *theta,
                                 const struct score_rows *rows, struct score *score,
                                 struct error *error);

/* Collective. The mean loss of the rows that can be evaluated, NaN if none can, and how many are
 * right by the model's predict(). All ranks return the same: STATUS_FAILED where memory is short or
 * a rank cannot evaluate any more, STATUS_STOPPED if asked to stop meanwhile. */
enum status set_score_compute(const struct world *world, const struct set_evaluation *evaluation,
                              const struct score_rows *rows, struct score *score,
                              struct error *error);

#endif
