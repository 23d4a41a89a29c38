/* SPDX-License-Identifier: MIT
 *
 * The gradient of a model that evaluates at one point: one table of evaluations, by the engine that
 * trains such models, but without a run. Seeds and numbers are those of the first iteration of a
 * run, and so is the formula. The evaluations have a journal beside the output, from which the same
 * command goes on. */
#ifndef DTRAIN_POINT_GRADIENT_H
#define DTRAIN_POINT_GRADIENT_H

#include "engine/evaluations.h"
#include "evaluation_point.h"
#include "runs/gradient_result.h"
#include "stop.h"

struct point_gradient {
    const struct evaluation_point *point;
    struct evaluations evaluations;
    struct stop stop;
    char journal[PATH_MAX]; /* its folder, by the full path; "": there is none */
    size_t recalled;        /* evaluations that it held when they began */
    double told;            /* when a line told last how far it is, on the clock of clock_seconds */
};

/* Collective. Prepares the evaluations at a point, which must outlive *gradient; their journal is
 * OUTPUT.journal, by --output and --journal. All ranks return the same; whatever that is, end with
 * point_gradient_close. */
enum status point_gradient_open(struct point_gradient *gradient,
                                const struct evaluation_point *point, struct error *error);
void point_gradient_close(struct point_gradient *gradient);

/* Collective. Evaluates the table and, on rank 0, creates *result, which the caller frees.
 * STATUS_STOPPED if a rank is asked to stop, STATUS_EVALUATIONS_FAILED if more evaluations fail
 * than the settings allow; the journal is complete then. All ranks return the same; on failure
 * *result is all zeros. */
enum status point_gradient_take(struct point_gradient *gradient, struct gradient_result *result,
                                struct error *error);

/* Collective. Keeps what has been evaluated, for a command that goes on later. */
enum status point_gradient_put_off(struct point_gradient *gradient, struct error *error);

/* Not collective: rank 0 only. The output is written: removes the journal. */
enum status point_gradient_forget(const struct point_gradient *gradient, struct error *error);

#endif
