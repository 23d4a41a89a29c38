/* SPDX-License-Identifier: MIT
 *
 * What a run records of the evaluations of an iteration, once its table is full: which were lost,
 * and how long all took. Not collective. */
#ifndef DTRAIN_EVALUATION_RECORDS_H
#define DTRAIN_EVALUATION_RECORDS_H

#include "trainer.h"

/* Writes a line of failures.jsonl for each evaluation that was lost, or that the clock or the
 * machine has hit, in the order of the table. Returns how many were lost. */
int64_t evaluation_records_lost(struct trainer *trainer);

/* Takes the seconds of the evaluations that this start of the run has carried out. */
void evaluation_records_times(struct trainer *trainer);

#endif
