/* SPDX-License-Identifier: MIT
 *
 * The loss of a batch after its update, which is what the book records. Each rank measures it over
 * its own samples; the next reduction sums it together with the gradient. */
#ifndef DTRAIN_BATCH_LOSS_H
#define DTRAIN_BATCH_LOSS_H

#include "core/model/model.h"
#include "step_sums.h"

struct batch_loss {
    struct exact_grids grids;
    int64_t global_batch;
    int64_t iteration;        /* the iteration of the batch */
    struct model_score local; /* the score of this rank's samples */
    bool pending;             /* whether its sum over the ranks is still to be recorded */
    bool diverged;            /* whether a loss did not fit the grid, on any rank */
};

struct batch_loss batch_loss_make(const struct model *model, int64_t global_batch);

/* Measures the loss of `count` rows of the batch of an iteration. Not collective. */
void batch_loss_measure(struct batch_loss *loss, int64_t iteration, struct model_pass *pass,
                        const double *theta, const struct samples *samples, const int64_t *rows,
                        int64_t count);

/* Enters this rank's part into the sums of the next reduction. */
void batch_loss_enter(const struct batch_loss *loss, struct step_sums *sums);

/* The mean loss of the batch, from the sums over all ranks. */
double batch_loss_mean(const struct batch_loss *loss, const struct step_sums *sums);

#endif
