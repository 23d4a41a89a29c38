/* SPDX-License-Identifier: MIT
 *
 * The record of a run's course: metrics.jsonl (what was learned: deterministic, no times in it)
 * and timing.jsonl (how long it took). One JSON object a line. Not collective: rank 0 calls. */
#ifndef DTRAIN_METRICS_H
#define DTRAIN_METRICS_H

#include "common/error.h"
#include "common/phase.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Mean loss and accuracy over a whole set. */
struct metrics_score {
    double loss, accuracy;
};

/* Seconds in a phase, over the ranks. */
struct metrics_seconds {
    double minimum, mean, maximum;
};

struct metrics {
    FILE *course, *timing;
    char folder[PATH_MAX];
};

/* Creates both files in the folder, where neither must be. On failure the folder is as it was. */
enum status metrics_open(struct metrics *metrics, const char *folder, struct error *error);

/* Undoes metrics_open where the run cannot begin after all: closes and removes both files. */
void metrics_remove(struct metrics *metrics);

/* Opens /dev/null in place of the files, for a run that leaves no record. */
enum status metrics_discard(struct metrics *metrics, struct error *error);

/* Opens the files of an earlier start and cuts them back to what was there after `iteration` (-1:
 * the run has no checkpoint, and begins). The evaluation at that iteration stays if
 * keep_evaluation; *evaluated tells whether there is one. Fails, and changes nothing, where an
 * iteration is missing, or where a run without a checkpoint has some. */
enum status metrics_resume(struct metrics *metrics, const char *folder, int64_t iteration,
                           bool keep_evaluation, bool *evaluated, struct error *error);

/* One line each. A failed write is noticed by the next metrics_sync. */
void metrics_iteration(struct metrics *metrics, int64_t iteration, double loss);
void metrics_evaluation(struct metrics *metrics, int64_t iteration, int64_t epoch,
                        struct metrics_score train, struct metrics_score test);
/* Nothing is written of PHASE_START: seconds[PHASE_START] is not read. */
void metrics_timing(struct metrics *metrics, int64_t iteration,
                    const struct metrics_seconds seconds[PHASES]);

/* Waits until what was written is on disk. */
enum status metrics_sync(struct metrics *metrics, struct error *error);

void metrics_close(struct metrics *metrics);

#endif
