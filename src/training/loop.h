/* SPDX-License-Identifier: MIT
 *
 * The course of a run: the steps, and what is due between them. */
#ifndef DTRAIN_LOOP_H
#define DTRAIN_LOOP_H

#include "trainer.h"

/* Collective. The whole run, from where it begins or resumes to its end. STATUS_STOPPED if it was
 * asked to stop and can be resumed. The record of the run says how it ended. */
enum status loop_run(struct trainer *trainer, struct error *error);

/* Collective. A stop was asked for before the first iteration: notes it in the record of the run,
 * which a resume begins afresh. Returns STATUS_STOPPED, or a failure to note it. */
enum status loop_stop_before(struct trainer *trainer, struct error *error);

/* Notes the iteration, so that reports of what goes wrong can name it. */
void loop_begin_iteration(struct trainer *trainer, int64_t iteration);

/* Collective. To be called before theta is evaluated or saved: checks that the arithmetic is
 * unchanged and that all ranks hold the same, finite parameters; records the loss that is still
 * pending. */
enum status loop_settle(struct trainer *trainer, int64_t iteration, struct error *error);

/* The state of the run after an iteration: a copy, except for theta, which is the trainer's. */
struct checkpoint loop_state(const struct trainer *trainer, int64_t iteration);

/* Whether patience ran out before the iterations did. */
bool loop_ended_early(const struct trainer *trainer);

#endif
