/* SPDX-License-Identifier: MIT
 *
 * Evaluations that have failed for good: how many may. All ranks have the whole table, and come to
 * the same verdict. Not collective. */
#ifndef DTRAIN_LOST_EVALUATIONS_H
#define DTRAIN_LOST_EVALUATIONS_H

#include "trainer.h"

/* How many may be lost, and what a line about too many says besides. */
struct lost_allowed {
    enum failure_policy policy; /* FAILURE_STOP: none */
    double share;               /* otherwise: this share */
    size_t all;                 /* of so many evaluations */
    const char *where;          /* how the line begins: "iteration 3: ", or "" */
    const char *again;          /* how its advice to choose another policy ends */
};

/* STATUS_EVALUATIONS_FAILED if more evaluations of the table have failed. */
enum status lost_evaluations_judge(const struct evaluations *evaluations,
                                   const struct lost_allowed *allowed, struct error *error);

/* The same for an iteration of a run. STATUS_EVALUATIONS_FAILED if evaluations of the table have
 * failed and --on-failure says stop, or if they are more than --max-failures allows. */
enum status lost_evaluations_check(const struct trainer *trainer, struct error *error);

/* Says, once for each parameter, that it keeps its value because no row has a difference for it,
 * and why. Before the update. */
void lost_evaluations_name_idle(struct trainer *trainer);

#endif
