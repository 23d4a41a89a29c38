/* SPDX-License-Identifier: MIT
 *
 * Repeats a run, stretch by stretch from one checkpoint to the next, and compares it with what is
 * on record. */
#ifndef DTRAIN_VERIFICATION_H
#define DTRAIN_VERIFICATION_H

#include "trainer.h"

/* Collective. Repeats config->repeated_run, or config->stretches stretches of it between
 * checkpoints, writes nothing, and compares each bit of what is on record. The schedule's last
 * iteration is the one with which the run ended, INT64_MAX if it has not. Losses that the clock or
 * the machine has decided are taken from the record. STATUS_FAILED names the first difference, or
 * what could not be repeated. */
enum status verification_run(struct trainer *trainer, struct error *error);

/* Prints, if there are any, how many losses that the clock or the machine has decided were not
 * evaluated again. Not collective: only rank 0 calls. */
void verification_print_facts(int64_t count);

#endif
