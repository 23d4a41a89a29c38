/* SPDX-License-Identifier: MIT
 *
 * An evaluation of a run: its scores, and the norms of its gradient and weights. All functions are
 * collective, and return the same on all ranks. */
#ifndef DTRAIN_EVALUATION_H
#define DTRAIN_EVALUATION_H

#include "trainer.h"

/* Computes the scores on the whole sets and the norms, and records them for that iteration. If
 * patience runs out, that iteration becomes the last of the schedule. Nothing is recorded if the
 * scores are abandoned: trainer->stop.abandoned is set then. */
enum status evaluation_run(struct trainer *trainer, int64_t iteration, struct error *error);

/* At the end of a run with validation rows, computes and records the score on the test set, which
 * the evaluations of such a run leave out. As evaluation_run. */
enum status evaluation_test(struct trainer *trainer, int64_t iteration, struct error *error);

#endif
