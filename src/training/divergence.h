/* SPDX-License-Identifier: MIT
 *
 * Says where a run has diverged and what the likely cause is: each function then returns
 * STATUS_DIVERGED and a line. */
#ifndef DTRAIN_DIVERGENCE_H
#define DTRAIN_DIVERGENCE_H

#include "trainer.h"

enum { DIVERGENCE_LOSS_SIZE = 512 };

/* Not collective. Whether the first sum off the grid of this rank's last share is due to a loss of
 * a user's model that is not finite; text[DIVERGENCE_LOSS_SIZE] then names parameter and row, and
 * says what to do. */
bool divergence_describe_loss(const struct gradient *gradient, char *text);

/* Collective. Called when a gradient, or a loss of the previous batch, does not fit its grid: a
 * rank that has met such a number names it and its likely cause. */
enum status divergence_report_gradient(const struct trainer *trainer, int64_t iteration,
                                       struct error *error);
enum status divergence_report_loss(const struct trainer *trainer, struct error *error);

/* Whether each parameter, and each number of the optimizer's state, is finite; the line names the
 * first that is not. Not collective, but as the replicas are equal, all ranks return the same. */
enum status divergence_check_finite(const struct trainer *trainer, int64_t iteration,
                                    struct error *error);

#endif
