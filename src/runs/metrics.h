/* SPDX-License-Identifier: MIT
 *
 * The record of a run: metrics.jsonl holds losses and scores, and is the same in every repetition
 * of the run; timing.jsonl holds the time that it took. Each line is a JSON object. Not collective:
 * only rank 0 calls. */
#ifndef DTRAIN_METRICS_H
#define DTRAIN_METRICS_H

#include "common/error.h"
#include "common/phase.h"
#include "core/model/digest.h"
#include "core/model/tensors.h"
#include "metrics_lines.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The result of an evaluation during a run. */
struct metrics_evaluation {
    int64_t iteration, epoch;
    const struct score_kind *kind;
    struct metrics_scores scores;
    double gradient_norm; /* of the step that led here; NaN if there was none */
    const struct tensors *tensors;
    double weight_norms[TENSORS_MAX]; /* of each tensor */
};

/* The seconds that the ranks spent in a phase. */
struct metrics_seconds {
    double minimum, mean, maximum;
};

struct metrics {
    FILE *learning; /* metrics.jsonl */
    FILE *timing;   /* timing.jsonl */
    char folder[PATH_MAX];
};

/* Creates both files in the folder; fails if either exists. On failure the folder is as before. */
enum status metrics_open(struct metrics *metrics, const char *folder, struct error *error);

/* Undoes metrics_open if the run cannot begin after all: closes and removes both files. */
void metrics_remove(struct metrics *metrics);

/* Opens /dev/null in place of the files, for a run that leaves no record. */
enum status metrics_discard(struct metrics *metrics, struct error *error);

/* Opens a temporary file in place of metrics.jsonl, and /dev/null in place of timing.jsonl, for
 * lines that are compared and thrown away. */
enum status metrics_open_temporary(struct metrics *metrics, struct error *error);

/* What earlier starts of a run have recorded up to an iteration. */
struct metrics_history {
    struct metrics_line *scores; /* (count) the evaluations and scores on the test set, in order */
    size_t count;
};

/* Reads the history up to `iteration`, or that of a run without a checkpoint if it is -1. Fails if
 * the loss of an iteration is missing, or if a run without a checkpoint has losses. The caller
 * frees history->scores, which is NULL on failure. */
enum status metrics_read_history(const char *folder, int64_t iteration,
                                 struct metrics_history *history, struct error *error);

/* Opens the files of an earlier start and removes the lines after `iteration`, or all lines if it
 * is -1. Of the lines of `iteration` itself, it keeps those up to the kind `last_kept`. */
enum status metrics_resume(struct metrics *metrics, const char *folder, int64_t iteration,
                           enum metrics_kind last_kept, struct error *error);

/* Each writes one line. The next metrics_sync reports a failed write. metrics_timing writes the
 * seconds of what led to a line of the kind `of`, except those of PHASE_START, which it does not
 * read. */
void metrics_iteration(struct metrics *metrics, int64_t iteration, double loss);
void metrics_evaluation(struct metrics *metrics, const struct metrics_evaluation *evaluation);
void metrics_test(struct metrics *metrics, int64_t iteration, const struct score_kind *kind,
                  const struct metrics_scores *scores);
void metrics_timing(struct metrics *metrics, int64_t iteration, enum metrics_kind of,
                    const struct metrics_seconds seconds[PHASES]);

/* The digest of metrics.jsonl in the folder. */
enum status metrics_digest(const char *folder, struct digest *digest, struct error *error);

/* Writes out what was written so far, and waits until metrics.jsonl is on disk: a checkpoint needs
 * it, but not the times. */
enum status metrics_sync(struct metrics *metrics, struct error *error);

void metrics_close(struct metrics *metrics);

#endif
