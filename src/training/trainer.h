/* SPDX-License-Identifier: MIT
 *
 * A training run: what it is made of (assemble.h makes it), and its course. All functions are
 * collective, and return the same on all ranks. */
#ifndef DTRAIN_TRAINER_H
#define DTRAIN_TRAINER_H

#include "batch_loss.h"
#include "core/gradient/gradient.h"
#include "core/update/optimizer.h"
#include "loader.h"
#include "options/config.h"
#include "phases.h"
#include "ranks/allreduce.h"
#include "ranks/world.h"
#include "recorder.h"
#include "schedule.h"
#include "stop.h"

struct trainer {
    const struct world *world;
    const struct config *config;
    struct model model;
    struct optimizer optimizer;
    double *theta;        /* (P), and behind it the optimizer's state: the same on all ranks */
    struct best best;     /* by the validation rows: the same on all ranks */
    double gradient_norm; /* of a step whose sums are gone: the one that led to the iteration where
                           * the run goes on, and the one before a step that was abandoned */
    bool overdue;         /* whether a checkpoint is due that is not on schedule */
    struct loader loader;
    struct gradient gradient;
    struct allreduce allreduce; /* of struct step_sums */
    struct batch_loss batch_loss;
    struct recorder recorder;
    struct phases phases;
    struct stop stop;
    struct schedule schedule;
};

/* The whole run, from where it begins or goes on to its end. STATUS_STOPPED where it was asked to
 * stop, and can be resumed. The record of the run says how it ended. */
enum status trainer_run(struct trainer *trainer, struct error *error);

/* One iteration. Where a rank was asked to stop in the middle of a long one, all abandon it:
 * trainer->stop.abandoned is set, and theta stays as it was. */
enum status trainer_step(struct trainer *trainer, int64_t iteration, struct error *error);

/* Notes the iteration for those who report what goes wrong in it. */
void trainer_begin_iteration(struct trainer *trainer, int64_t iteration);

/* Records the loss of the last batch now, and not with the next step. */
enum status trainer_settle_loss(struct trainer *trainer, struct error *error);

/* Before anything is made of theta: checks that the arithmetic is what it was, and that all ranks
 * hold the same parameters, which are finite; records the loss that is still to be recorded. */
enum status trainer_settle(struct trainer *trainer, int64_t iteration, struct error *error);

/* The state of the run after an iteration, of which all but theta is a copy. */
struct checkpoint trainer_state(const struct trainer *trainer, int64_t iteration);

/* The scores on the whole sets and the norms, recorded for that iteration. Where patience runs out,
 * it becomes the last of the schedule. */
enum status trainer_evaluate(struct trainer *trainer, int64_t iteration, struct error *error);

/* Whether patience ran out before the iterations did. */
bool trainer_ended_early(const struct trainer *trainer);

/* At the end of a run with validation rows, the scores on the test set, which the evaluations of
 * such a run leave out. */
enum status trainer_test(struct trainer *trainer, int64_t iteration, struct error *error);

/* The norm of the gradient of that iteration's step, the last one that the run has made; NaN before
 * the first. Not collective. */
double trainer_gradient_norm(const struct trainer *trainer, int64_t iteration);

/* --dry-run: times some iterations and an evaluation, writes nothing, and prints what a run takes.
 */
enum status trainer_dry_run(struct trainer *trainer, struct error *error);

/* Repeats config->repeated_run, or config->stretches stretches of it between checkpoints, writes
 * nothing, and compares each bit of what is on record. The schedule's last iteration is the one
 * with which the run ended, INT64_MAX where it has not. STATUS_FAILED names the first difference.
 */
enum status trainer_repeat(struct trainer *trainer, struct error *error);

/* Returns STATUS_DIVERGED with a line about a gradient that does not fit its grid, or about the
 * loss of a batch: a rank that has met such a number names it, and its likely cause. */
enum status trainer_report_gradient(const struct trainer *trainer, int64_t iteration,
                                    struct error *error);
enum status trainer_report_loss(const struct trainer *trainer, struct error *error);

/* Of replicas that are the same on all ranks: STATUS_DIVERGED where a parameter, or a number of the
 * optimizer's state, is not finite, with a line that names the first and a likely cause. */
enum status trainer_check_finite(const struct trainer *trainer, int64_t iteration,
                                 struct error *error);

/* What rank 0 prints at the start of a run, and at the end of one that is finished. */
void trainer_print_start(const struct trainer *trainer);
void trainer_print_summary(const struct trainer *trainer);

/* STATUS_FAILED where a file of the finished run is no longer there: the line names all that are
 * lost. */
enum status trainer_check_files(const struct trainer *trainer, struct error *error);

#endif
