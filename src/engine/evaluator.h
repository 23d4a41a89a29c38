/* SPDX-License-Identifier: MIT
 *
 * Who evaluates a model's losses: this process itself, or a process of the model's own. Which of
 * the two it is follows from the model; nothing else asks. */
#ifndef DTRAIN_EVALUATOR_H
#define DTRAIN_EVALUATOR_H

#include "core/differences/outcome.h"
#include "core/model/model.h"
#include "in_process.h"
#include "process/model_process.h"
#include "ranks/world.h"

#include <stdbool.h>

struct evaluator_kind;

/* All zeros: not open. */
struct evaluator {
    const struct evaluator_kind *kind;
    const struct world *world;
    const struct model *model;
    struct in_process in_process;        /* for a model in this process */
    struct model_process *process;       /* for one in a process of its own */
    bool (*asks_to_stop)(void *context); /* asked while a process works; NULL: it never does */
    void *context;
    const char *reason;   /* why the last evaluation that was lost was; "": that is not known */
    struct error failure; /* why nothing can be evaluated any more; STATUS_DONE: it can */
};

/* What became of an evaluation. */
struct attempts {
    enum outcome outcome; /* OUTCOME_NONE: it was asked to stop, or cannot evaluate any more */
    enum outcome hit; /* by what the machine has hit it, whatever its outcome; OUTCOME_NONE: not */
    int count;        /* how often it was tried */
    int hits;         /* how many of these tries were hit */
};

/* Collective. Prepares the model, which is of the kind that evaluates: its setup(), with a scratch
 * folder in `scratch` (NULL: $TMPDIR, or /tmp), or its process. *world and *model must outlive the
 * evaluator. All ranks return the same; whatever that is, end with evaluator_close. */
enum status evaluator_open(struct evaluator *evaluator, const struct world *world,
                           const struct model *model, const char *scratch, struct error *error);

/* Not collective. Calls teardown(), or ends the process, and removes the scratch folder. */
void evaluator_close(struct evaluator *evaluator);

/* Not collective. Between these two, which do not nest, the model may be evaluated. */
void evaluator_enter(struct evaluator *evaluator);
void evaluator_leave(struct evaluator *evaluator);

/* How many numbers an evaluation gives: 1, or the model's residuals. */
int evaluator_width(const struct model *model);

/* Not collective; after evaluator_enter. Evaluates number `number` of a table. An evaluation that
 * fails is tried again at once: up to `retries` times for failures that repeat (outcome_repeats),
 * with call->attempt raised by one each time, and up to `retries` times more for those that need
 * not, with the same attempt. values[width] are valid for OUTCOME_DONE only, and finite then. */
struct attempts evaluator_evaluate(struct evaluator *evaluator, size_t number,
                                   struct dtrain_call *call, int retries, double *values);

/* Not collective; after evaluator_enter. The class that the model predicts for a row with these
 * inputs (D): *class for OUTCOME_DONE, -1 if it has none. Any other outcome is as of an evaluation;
 * what has hit the question is tried again, up to `retries` times. */
enum outcome evaluator_predict(struct evaluator *evaluator, const double *theta, int64_t row,
                               const double *inputs, int retries, int *class);

/* Collective, after evaluations; `is_missing`: whether one on this rank has given OUTCOME_NONE. All
 * ranks return the same. STATUS_DONE: no rank lacks one. STATUS_STOPPED, with a line that the
 * caller may replace: ranks were asked to stop. Otherwise the line of the lowest rank that cannot
 * evaluate any more. */
enum status evaluator_agree(const struct evaluator *evaluator, bool is_missing,
                            struct error *error);

/* The loss from the values of an evaluation. */
double evaluator_loss(const struct model *model, const double *values);

#endif
