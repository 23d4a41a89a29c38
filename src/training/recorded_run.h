/* SPDX-License-Identifier: MIT
 *
 * The record of a run that is to be repeated: its metrics and checkpoints, and the stretches
 * between these. Rank 0 reads it. */
#ifndef DTRAIN_RECORDED_RUN_H
#define DTRAIN_RECORDED_RUN_H

#include "runs/checkpoint.h"
#include "runs/metrics_lines.h"
#include "trainer.h"

/* The iterations after `first`, up to `last`; 0 is the beginning of the run, with its initial
 * parameters. */
struct stretch {
    int64_t first, last;
    bool first_saved, last_saved; /* whether there are checkpoints of these two */
};

struct recorded_run {
    struct trainer *trainer;
    const char *directory;
    struct metrics_lines recorded; /* on rank 0 */
    struct metrics_lines failures; /* on rank 0: of failed evaluations; none if none may fail */
    int64_t last;                  /* on rank 0: the last iteration on record */
    struct stretch *stretches;
    int64_t count, all;     /* `count` of the `all` stretches are repeated */
    int64_t best_iteration; /* that of the best checkpoint; -1: there is none */
    int64_t facts; /* on rank 0: losses that were taken from the record (outcome_records.h) */
    bool finished; /* whether the run has ended, and must be complete */
    struct best before_end; /* the best so far, without an evaluation made only because the run
                               ended */
};

/* Collective. Reads the record of trainer->config->repeated_run, and chooses the stretches to
 * repeat. If the run was killed while it ended, the schedule ends there. Rank 0 prints what it
 * skips. All ranks return the same; whatever that is, free with recorded_run_close. */
enum status recorded_run_open(struct recorded_run *run, struct trainer *trainer,
                              struct error *error);
void recorded_run_close(struct recorded_run *run);

/* Prints on rank 0, unless --quiet, a part of the run that is not compared. */
void recorded_run_skip(const struct recorded_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads the checkpoint of an iteration, or the best one. It must have the settings, dataset and
 * network of the repetition. The caller frees it with checkpoint_free. Only rank 0
 * calls. */
enum status recorded_run_read_checkpoint(const struct recorded_run *run, int64_t iteration,
                                         struct checkpoint *state, struct error *error);
enum status recorded_run_read_best(const struct recorded_run *run, struct checkpoint *state,
                                   struct error *error);

#endif
