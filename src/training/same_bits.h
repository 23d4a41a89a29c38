/* SPDX-License-Identifier: MIT
 *
 * Whether a model gives the same bits for the same evaluation: after other evaluations, and on
 * other ranks. A simulation that remembers, or depends on threads or the machine, makes a run that
 * cannot be repeated; so a line says which of the two it is. Collective. */
#ifndef DTRAIN_SAME_BITS_H
#define DTRAIN_SAME_BITS_H

#include "trainer.h"

/* Evaluates, on each rank, the first row of the table that has begun; then another evaluation of
 * the table, on each rank a different one; and the first once more. What the clock or the machine
 * has taken is not compared. STATUS_EVALUATIONS_FAILED if theta is the initial one, cannot be
 * evaluated, and --on-failure says stop; STATUS_STOPPED if asked to stop meanwhile; STATUS_FAILED
 * if a rank cannot evaluate any more. */
enum status same_bits_check(struct trainer *trainer, struct error *error);

/* Repeats --audit of the table's evaluations, each on another rank than before, and compares. The
 * first difference of a run is told. STATUS_FAILED only if a rank cannot evaluate any more. */
enum status same_bits_audit(struct trainer *trainer, struct error *error);

#endif
