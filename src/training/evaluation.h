/* SPDX-License-Identifier: MIT
 *
 * An evaluation of a run: its scores, and the norms of its gradient and weights. All functions are
 * collective, and return the same on all ranks. */
#ifndef DTRAIN_EVALUATION_H
#define DTRAIN_EVALUATION_H

#include "trainer.h"

/* The scores on the whole sets and the norms, recorded for that iteration. Where patience runs out,
 * it becomes the last of the schedule. */
enum status evaluation_run(struct trainer *trainer, int64_t iteration, struct error *error);

/* At the end of a run with validation rows, the scores on the test set, which the evaluations of
 * such a run leave out. */
enum status evaluation_test(struct trainer *trainer, int64_t iteration, struct error *error);

#endif
