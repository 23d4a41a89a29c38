/* SPDX-License-Identifier: MIT
 *
 * One iteration: each rank computes the gradient of its share of the batch, one reduction adds the
 * shares up, and the ranks that share theta update it together, each the chunk that it has added
 * up. A gradient that does not fit its grid takes another reduction, on a coarser one. */
#ifndef DTRAIN_STEP_H
#define DTRAIN_STEP_H

#include "trainer.h"

/* Collective. One iteration. If a rank is asked to stop during a long one, all abandon it:
 * trainer->stop.abandoned is set, and theta stays as it was. */
enum status step_take(struct trainer *trainer, int64_t iteration, struct error *error);

/* Collective. Records the loss of the last batch now, rather than with the next step. */
enum status step_settle_loss(struct trainer *trainer, struct error *error);

/* The norm of the gradient of that iteration's step, the last one that the run has made; NaN before
 * the first. Not collective. */
double step_gradient_norm(const struct trainer *trainer, int64_t iteration);

#endif
