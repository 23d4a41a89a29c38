/* SPDX-License-Identifier: MIT
 *
 * What is due at which iteration: the same on all ranks. */
#ifndef DTRAIN_SCHEDULE_H
#define DTRAIN_SCHEDULE_H

#include "core/update/best.h"

#include <stdbool.h>
#include <stdint.h>

struct schedule {
    int64_t epoch;             /* the iterations of an epoch */
    int64_t last;              /* the iteration with which the run ends */
    int64_t evaluation_period; /* iterations between two evaluations */
    int64_t checkpoint_period; /* iterations between two checkpoints */
    int64_t patience;          /* iterations without a better evaluation that end it; 0: no limit */
    bool resumed;              /* whether the run resumes from a checkpoint */
    int64_t first;             /* the iteration of that checkpoint, or 0 */
    bool first_evaluated;      /* whether the metrics have the evaluation of `first` already */
    bool first_tested;         /* whether they have its score on the test set, too */
    bool first_without_loss;   /* whether they lack the loss of its batch, which is to come */
    int64_t first_lost;        /* the evaluations that were lost in `first` */
    int64_t iteration;         /* the current one */
};

/* The schedule of a new run. A period of 0 is one epoch. Patience is in epochs, or in evaluations
 * if these are more than an epoch apart. */
struct schedule schedule_make(int64_t epoch, int64_t last, int64_t evaluation_period,
                              int64_t checkpoint_period, int64_t patience);

/* If the best evaluation is too many iterations ago, makes `iteration` the last one and returns
 * true. */
bool schedule_end_early(struct schedule *schedule, int64_t iteration, const struct best *best);

/* Whether a run of that length evaluates at an iteration; at its last it always does. */
bool schedule_has_evaluation(const struct schedule *schedule, int64_t iteration);

/* Whether this start of the run evaluates, writes a checkpoint, or takes the score on the test set
 * of a finished run, at an iteration. What an earlier start did is not repeated, except that the
 * checkpoint where a run was resumed is written again if that is its end, or if its evaluation is
 * still to come. */
bool schedule_evaluates(const struct schedule *schedule, int64_t iteration);
bool schedule_saves(const struct schedule *schedule, int64_t iteration);
bool schedule_tests(const struct schedule *schedule, int64_t iteration);

/* Whether there is a checkpoint of the iteration once what is due at it has been done. */
bool schedule_has_checkpoint(const struct schedule *schedule, int64_t iteration);

#endif
