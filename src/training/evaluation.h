/* SPDX-License-Identifier: MIT
 *
 * Loss and accuracy over a whole set that is spread over the ranks: whole numbers are summed, so
 * the result does not depend on the spreading. */
#ifndef DTRAIN_EVALUATION_H
#define DTRAIN_EVALUATION_H

#include "common/error.h"
#include "core/model.h"
#include "core/sampler.h"
#include "files/metrics.h"
#include "ranks/world.h"

/* Collective. `rows` (in `samples`) are this rank's; over all ranks they are disjoint and
 * global_rows many. All ranks return the same: STATUS_DIVERGED where a loss
 * is not finite, or beyond a model's loss_range. */
enum status evaluation_run(const struct world *world, const double *theta,
                           const struct samples *samples, struct sampler_range rows,
                           int64_t global_rows, struct model_pass *pass,
                           struct metrics_score *score, struct error *error);

/* Not collective. Says of a score with losses off the grid which is the first of them, and what is
 * wrong with it. */
void evaluation_describe_overflow(const struct model *model, const struct model_score *score,
                                  char *text, size_t size);

#endif
