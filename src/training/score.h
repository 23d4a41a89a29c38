/* SPDX-License-Identifier: MIT
 *
 * Loss and accuracy over a whole set, of which each rank holds some rows. Whole numbers are summed,
 * so the result does not depend on which rank holds which rows. */
#ifndef DTRAIN_SCORE_H
#define DTRAIN_SCORE_H

#include "common/error.h"
#include "core/model/model.h"
#include "ranks/world.h"

/* The rows to evaluate: those of the ranks are disjoint. */
struct score_rows {
    const struct samples *samples; /* local: where they are */
    const int64_t *numbers;        /* local: their numbers in the dataset; NULL: all of `samples` */
    int64_t local_count, global_count;
    double largest_target; /* global: the largest |number| to be predicted; 0: the model knows */
};

/* What else is wanted; NULL: is not. */
struct score_details {
    int64_t *confusions; /* (K, K), zeros at first: the rows by true and predicted class */
    struct residuals_of_output *errors; /* (M + 1): of each number, and of all together */
};

/* Collective. Evaluates each row once; details may be NULL. All ranks return the same:
 * STATUS_DIVERGED if a loss is not finite or beyond the model's loss_range, and STATUS_FAILED where
 * memory is short. */
enum status score_compute(const struct world *world, const double *theta,
                          const struct score_rows *rows, struct model_pass *pass,
                          const struct score_details *details, struct score *score,
                          struct error *error);

/* Not collective. STATUS_FAILED if the model, or a library, has changed the rules by which this
 * process computes (common/arithmetic.h): whatever it has computed may be wrong. */
enum status score_check_arithmetic(const struct model *model, struct error *error);

enum { SCORE_OVERFLOW_SIZE = 320 };

/* Not collective. Writes to text[size] which loss of a score is the first that does not fit the
 * grid, and what is wrong with it. */
void score_describe_overflow(const struct model *model, const struct model_score *score, char *text,
                             size_t size);

#endif
