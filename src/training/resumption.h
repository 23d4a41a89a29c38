/* SPDX-License-Identifier: MIT
 *
 * Where a resumed run continues: at the newest intact checkpoint from which it can write all its
 * files as if it had never been stopped. Not collective: only rank 0 calls. */
#ifndef DTRAIN_RESUMPTION_H
#define DTRAIN_RESUMPTION_H

#include "runs/checkpoint.h"
#include "runs/metrics.h"
#include "schedule.h"

struct resumption {
    const char *run_dir;
    const struct settings *settings;
    const struct schedule *schedule; /* of the run as it is to be from now on */
    bool evaluates; /* whether its evaluations may fail, and a loss follow its checkpoint */
    const struct score_kind *kind; /* of its evaluations */
    const char *judge;             /* whose score tells which is the best; NULL: none does */
    int64_t keep;                  /* how many checkpoints it keeps */
    struct checkpoint state; /* where it resumes; theta is NULL if that is the beginning, and the
                              * iteration is -1 if there is no checkpoint at all */
    struct best best;        /* the best of the evaluations up to there that count */
    struct metrics_history history; /* of the run up to there */
    int64_t newest;                 /* the iteration of the newest intact checkpoint */
    int64_t end;                    /* where patience has ended the run; INT64_MAX: nowhere yet */
};

/* Finds it for the run in resumption->run_dir; the members before `state` are set, and `like` has
 * the run's network and dataset, and the parameters that the program would begin with. Changes
 * nothing yet. If the best checkpoint is not the one that belongs to a state, prints that it goes
 * back to an older state. Always free with resumption_free. */
enum status resumption_find(struct resumption *resumption, const struct checkpoint *like,
                            struct error *error);

/* The evaluation of the iteration where the run resumes, or the score on the test set at the end of
 * a finished one, if it is on record already and counts; else NULL. */
const struct metrics_line *resumption_evaluation(const struct resumption *resumption);
const struct metrics_line *resumption_test(const struct resumption *resumption);

/* Removes what was recorded after that iteration, and opens the metrics to be continued. */
enum status resumption_begin(const struct resumption *resumption, struct metrics *metrics,
                             struct error *error);
void resumption_free(struct resumption *resumption);

#endif
