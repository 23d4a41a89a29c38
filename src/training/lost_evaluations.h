/* SPDX-License-Identifier: MIT
 *
 * Evaluations that have failed for good: how many may. All ranks have the whole table, and come to
 * the same verdict. */
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

/* Collective, after evaluations_share. STATUS_EVALUATIONS_FAILED if more evaluations of the table
 * have failed; the line has the reason of the first, if that is known. All ranks return the same.
 */
enum status lost_evaluations_judge(const struct evaluations *evaluations,
                                   const struct lost_allowed *allowed, struct error *error);

/* Collective. The same for an iteration of a run, as --on-failure and --max-failures say. In a run
 * that is repeated, STATUS_FAILED if --on-failure says stop, or if the clock or the machine has
 * taken an evaluation that is not on record. */
enum status lost_evaluations_check(const struct trainer *trainer, struct error *error);

/* Not collective. Says, once for each parameter, that it keeps its value because no row has a
 * difference for it, and why. Before the update. */
void lost_evaluations_name_idle(struct trainer *trainer);

#endif
