/* SPDX-License-Identifier: MIT
 *
 * Evaluations that have failed for good: how many may. All ranks have the whole table, and come to
 * the same verdict. */
#ifndef DTRAIN_LOST_EVALUATIONS_H
#define DTRAIN_LOST_EVALUATIONS_H

#include "trainer.h"

/* Collective. STATUS_EVALUATIONS_FAILED if evaluations of the table have failed and --on-failure
 * says stop, or if they are more than --max-failures allows; the line has the reason of the first,
 * if that is known. In a run that is repeated, STATUS_FAILED if --on-failure says stop, or if the
 * clock or the machine has taken one that is not on record. All ranks return the same. */
enum status lost_evaluations_check(const struct trainer *trainer, struct error *error);

/* Not collective. Says, once for each parameter, that it keeps its value because no row has a
 * difference for it, and why. Before the update. */
void lost_evaluations_name_idle(struct trainer *trainer);

#endif
