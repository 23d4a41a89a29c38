/* SPDX-License-Identifier: MIT
 *
 * Whether a model gives the same bits for the same evaluation: after other evaluations, and on
 * other ranks. A simulation that remembers, or depends on threads or the machine, makes a run that
 * cannot be repeated; so a line says which of the two it is. Collective. */
#ifndef DTRAIN_SAME_BITS_H
#define DTRAIN_SAME_BITS_H

#include "trainer.h"

/* What has been found: whether the bits are the same on all ranks, and, on this rank, what became
 * of the first evaluation, and why ("": that is not known). */
struct same_bits {
    bool same;
    enum outcome first;
    char reason[PROTOCOL_TEXT_SIZE];
};

/* Room for words about it. */
enum { SAME_BITS_FIRST_SIZE = 512 };

/* Evaluates, on each rank, the first row of the table that has begun; then another evaluation of
 * the table, on each rank a different one; and the first once more. A line says how they differ;
 * what the clock or the machine has taken is not compared. All ranks return the same:
 * STATUS_STOPPED if asked to stop meanwhile, STATUS_FAILED where memory is short or if a rank
 * cannot evaluate any more. */
enum status same_bits_try(struct evaluations *evaluations, struct same_bits *found,
                          struct error *error);

/* Not collective. Writes what has become of the first evaluation, "failed: no convergence", into
 * text[SAME_BITS_FIRST_SIZE], fit to be printed. */
void same_bits_name_first(const struct same_bits *found, char *text);

/* The same at the start of a run, which also ends if theta is the initial one, cannot be evaluated,
 * and --on-failure says stop: STATUS_EVALUATIONS_FAILED. */
enum status same_bits_check(struct trainer *trainer, struct error *error);

/* Repeats --audit of the table's evaluations, each on another rank than before, and compares. The
 * first difference of a run is told. STATUS_FAILED only if a rank cannot evaluate any more. */
enum status same_bits_audit(struct trainer *trainer, struct error *error);

#endif
