/* SPDX-License-Identifier: MIT
 *
 * One iteration: the gradient of a batch, the reduction over the ranks, and the update of theta.
 * There are two ways, of which the kind of model decides once. Networks, and losses of one row,
 * take the way of sums (step.c): each rank computes the gradient of its share of the batch, one
 * reduction adds the shares up, and the ranks that share theta update it together, each the chunk
 * that it has added up. Models that evaluate, whose losses may fail and take long, take the way of
 * evaluations (evaluations_step.c). */
#ifndef DTRAIN_STEP_H
#define DTRAIN_STEP_H

#include "trainer.h"

/* What an iteration is expected to take. */
struct step_estimate {
    double seconds;       /* of an iteration */
    int64_t timed;        /* the iterations that were timed */
    size_t evaluations;   /* of an iteration; 0: they are not what it consists of */
    double mean, longest; /* seconds of an evaluation */
};

/* All functions are collective, and all ranks return the same, but where it says otherwise. */
struct step_method {
    /* Makes what the steps need before the rows are loaded, and says into how many groups a batch
     * is divided, and a group into how many parts. */
    enum status (*prepare)(struct trainer *trainer, int64_t *groups, int *parts,
                           struct error *error);
    /* Makes the rest, among it trainer->block. */
    enum status (*open)(struct trainer *trainer, struct error *error);
    /* Called once theta is what this start of the run begins with. */
    enum status (*begin)(struct trainer *trainer, struct error *error);
    /* After a failure, too. */
    void (*close)(struct trainer *trainer);

    /* One iteration. If a rank is asked to stop during a long one, all abandon it:
     * trainer->stop.abandoned is set, and theta stays as it was. */
    enum status (*take)(struct trainer *trainer, int64_t iteration, struct error *error);
    /* Times iterations or evaluations for about a second, or one of them if that takes longer. */
    enum status (*estimate)(struct trainer *trainer, struct step_estimate *estimate,
                            struct error *error);
    /* Records the loss of the last batch, of that iteration, now, rather than with the next step,
     * if what is due at that iteration needs it. */
    enum status (*settle)(struct trainer *trainer, int64_t iteration, struct error *error);
    /* The run ends with that iteration: notes what no later step will note. Not collective; NULL:
     * nothing to do. */
    void (*end)(struct trainer *trainer, int64_t iteration);
    /* The score of a set of rows with the parameters of an iteration. If a rank is asked to stop
     * during a long one, all abandon it: trainer->stop.abandoned is set, and there is no score. */
    enum status (*score)(struct trainer *trainer, int64_t iteration,
                         const struct evaluation_set *set, struct score *score,
                         struct error *error);
    /* A checkpoint of that iteration has been written. NULL: nothing to do. */
    enum status (*saved)(struct trainer *trainer, int64_t iteration, struct error *error);
    /* The norm of the gradient of that iteration's step, the last one that the run has made; NaN
     * before the first. Not collective. */
    double (*gradient_norm)(const struct trainer *trainer, int64_t iteration);
};

extern const struct step_method step_of_sums, step_of_evaluations;

/* That of a model. */
const struct step_method *step_method_of(const struct model *model);

#endif
