/* SPDX-License-Identifier: MIT
 *
 * The record of a run: metrics.jsonl holds losses and scores, and is the same in every repetition
 * of the run; timing.jsonl holds the time that it took. Where the model's evaluations may fail,
 * failures.jsonl holds those that did, or that the machine has hit (failures_file.h). Each line is
 * a JSON object. Not collective: only rank 0 calls. */
#ifndef DTRAIN_METRICS_H
#define DTRAIN_METRICS_H

#include "common/error.h"
#include "common/phase.h"
#include "core/model/digest.h"
#include "core/model/parameters.h"
#include "core/model/tensors.h"
#include "evaluation_times.h"
#include "metrics_lines.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* If a model has more parameters, evaluations do not list them: lines are to be read by people. */
enum { METRICS_THETA_MAX = 20 };

/* The result of an evaluation during a run. */
struct metrics_evaluation {
    int64_t iteration, epoch;
    const struct score_kind *kind; /* of the scores, if there are any */
    struct metrics_scores scores;
    double gradient_norm; /* of the step that led here; NaN if there was none */
    const struct tensors *tensors;
    double weight_norms[TENSORS_MAX];    /* of each tensor */
    const struct parameters *parameters; /* whose values are listed; NULL: of none */
    const double *theta;                 /* (P): these values */
};

/* An evaluation of a model's loss that failed, or that the clock or the machine has hit. */
struct metrics_failure {
    struct evaluation_name name;
    const char *cause; /* outcome_name of why it was lost, or of what has hit it */
    int attempts;
    bool is_lost; /* whether the last attempt failed, too, so that there is no value */
};

/* The seconds that the ranks spent in a phase. */
struct metrics_seconds {
    double minimum, mean, maximum;
};

struct metrics {
    FILE *learning; /* metrics.jsonl */
    FILE *timing;   /* timing.jsonl */
    FILE *failures; /* failures.jsonl; NULL: the run has none */
    char folder[PATH_MAX];
};

/* Creates the files in the folder, failures.jsonl only if the run keeps failures; fails if one
 * exists. On failure the folder is as before. */
enum status metrics_open(struct metrics *metrics, const char *folder, bool keeps_failures,
                         struct error *error);

/* Undoes metrics_open if the run cannot begin after all: closes and removes the files. */
void metrics_remove(struct metrics *metrics);

/* Opens /dev/null in place of the files, for a run that leaves no record. */
enum status metrics_discard(struct metrics *metrics, bool keeps_failures, struct error *error);

/* Opens temporary files in place of metrics.jsonl and failures.jsonl, and /dev/null in place of
 * timing.jsonl, for lines that are compared and thrown away. */
enum status metrics_open_temporary(struct metrics *metrics, bool keeps_failures,
                                   struct error *error);

/* What earlier starts of a run have recorded up to an iteration. */
struct metrics_history {
    struct metrics_line *scores; /* (count) the evaluations and scores on the test set, in order */
    size_t count;
    int64_t losses; /* how many losses there are */
    int64_t lost; /* the lost evaluations of the last iteration in failures.jsonl, if it has one */
};

/* Reads the history up to `iteration`, or that of a run without a checkpoint if it is -1. Fails if
 * the loss of an iteration is missing, or if a run without a checkpoint has losses. If
 * `loss_follows`, that of `iteration` itself may be missing: the loss is measured together with the
 * next gradient, after the checkpoint; then failures are counted, too. The caller frees
 * history->scores, which is NULL on failure.
 */
enum status metrics_read_history(const char *folder, int64_t iteration, bool loss_follows,
                                 struct metrics_history *history, struct error *error);

/* Opens the files of an earlier start and removes the lines after `iteration`, or all lines if it
 * is -1. Of the lines of `iteration` itself, it keeps those up to the kind `last_kept`. Of
 * failures.jsonl, which is opened only if the run keeps failures, it keeps those up to the
 * iteration `last_failures`. */
enum status metrics_resume(struct metrics *metrics, const char *folder, bool keeps_failures,
                           int64_t iteration, enum metrics_kind last_kept, int64_t last_failures,
                           struct error *error);

/* Each writes one line. The next metrics_sync reports a failed write. metrics_iteration writes the
 * loss, null if it is not finite, and the number of evaluations that were lost in the
 * iteration, if there are any. metrics_timing writes the seconds of what led to a line of the
 * kind `of`, except those of PHASE_START, which it does not read; and the times of the evaluations
 * of a model's loss, unless `times` is NULL or has none. metrics_failure is for runs that keep
 * failures. */
void metrics_iteration(struct metrics *metrics, int64_t iteration, double loss, int64_t failures);
void metrics_evaluation(struct metrics *metrics, const struct metrics_evaluation *evaluation);
void metrics_test(struct metrics *metrics, int64_t iteration, const struct score_kind *kind,
                  const struct metrics_scores *scores);
void metrics_timing(struct metrics *metrics, int64_t iteration, enum metrics_kind of,
                    const struct metrics_seconds seconds[PHASES],
                    const struct evaluation_times *times);
void metrics_failure(struct metrics *metrics, const struct metrics_failure *failure);

/* The digest of metrics.jsonl in the folder. */
enum status metrics_digest(const char *folder, struct digest *digest, struct error *error);

/* Whether the folder has failures.jsonl, and its digest. */
bool metrics_has_failures(const char *folder);
enum status metrics_digest_failures(const char *folder, struct digest *digest, struct error *error);

/* Writes out what was written so far, and waits until metrics.jsonl and failures.jsonl are on disk:
 * a checkpoint needs them, but not the times. */
enum status metrics_sync(struct metrics *metrics, struct error *error);

void metrics_close(struct metrics *metrics);

#endif
