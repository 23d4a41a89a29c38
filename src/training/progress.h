/* SPDX-License-Identifier: MIT
 *
 * What a user sees during a run: a bar that is redrawn on a terminal, or a plain line now and then.
 * Rank 0 alone shows it. No MPI here. */
#ifndef DTRAIN_PROGRESS_H
#define DTRAIN_PROGRESS_H

#include "runs/metrics.h"
#include "runs/recipe.h"

#include <stdbool.h>
#include <stdint.h>

enum progress_style { PROGRESS_NONE, PROGRESS_PLAIN, PROGRESS_BAR };

struct progress {
    enum progress_style style;
    int terminal; /* a descriptor to ask for the width, or -1 */
    int64_t first, iterations, epoch_iterations;
    int64_t iteration, printed;    /* the iterations that were last reported, and last printed */
    double loss;                   /* the moving mean of the losses, over about 50 iterations */
    double last_loss;              /* the last of them */
    const struct recipe *recipe;   /* gives the unit of what is measured */
    const struct score_kind *kind; /* of the last evaluation; NULL: there is none yet */
    struct score score;            /* that of the last of its sets */
    int64_t evaluated,
        lost; /* of a model that evaluates: since the last line, or the last scores */
    struct evaluation_time longest; /* of these; 0 s: none stands out */
    char table[48];                 /* how far an iteration that takes long is; "": it has ended */
    double busy;              /* the share of the last iteration in which its ranks evaluated */
    double started, shown_at; /* on the clock of clock_seconds: the start, and the last bar or
                                 line */
    bool drawn;               /* whether the cursor is at the end of a bar */
};

/* `choice` is auto, bar, plain or none: auto is a bar if standard output leads to a terminal, even
 * under mpirun, which gives its ranks pseudo-terminals and pipes. The recipe must stay as long as
 * *progress. */
void progress_start(struct progress *progress, const char *choice, int64_t first,
                    int64_t iterations, int64_t epoch_iterations, const struct recipe *recipe);

/* Takes the loss of an iteration; cheap enough to call for each. */
void progress_iteration(struct progress *progress, int64_t iteration, double loss);

/* Takes what is known of the evaluations since the last scores, and the share of an iteration in
 * which the ranks evaluated. */
void progress_evaluations(struct progress *progress, const struct evaluation_times *times,
                          double busy);

/* Takes how many of the evaluations of an iteration have begun, in so many seconds: shown where an
 * iteration takes long. */
void progress_table(struct progress *progress, int64_t iteration, size_t begun, size_t all,
                    double seconds);

void progress_evaluation(struct progress *progress, const struct metrics_evaluation *evaluation,
                         bool is_last);

/* Leaves the cursor at the beginning of a line. */
void progress_end(struct progress *progress);

/* Writes a time as 0:07, 12:34 or 3:25:45. */
void progress_format_time(double seconds, char *text, size_t size);

#endif
