/* SPDX-License-Identifier: MIT
 *
 * The course of a run: the steps, and what is due between them. */
#ifndef DTRAIN_LOOP_H
#define DTRAIN_LOOP_H

#include "trainer.h"

/* Collective. The whole run, from where it begins or goes on to its end. STATUS_STOPPED where it
 * was asked to stop, and can be resumed. The record of the run says how it ended. */
enum status loop_run(struct trainer *trainer, struct error *error);

/* Notes the iteration for those who report what goes wrong in it. */
void loop_begin_iteration(struct trainer *trainer, int64_t iteration);

/* Collective. Before anything is made of theta: checks that the arithmetic is what it was, and that
 * all ranks hold the same parameters, which are finite; records the loss that is still to be
 * recorded. */
enum status loop_settle(struct trainer *trainer, int64_t iteration, struct error *error);

/* The state of the run after an iteration, of which all but theta is a copy. */
struct checkpoint loop_state(const struct trainer *trainer, int64_t iteration);

/* Whether patience ran out before the iterations did. */
bool loop_ended_early(const struct trainer *trainer);

#endif
