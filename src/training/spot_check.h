/* SPDX-License-Identifier: MIT
 *
 * Repeats some evaluations of a run that has kept its tables, where repeating all of them would
 * take too long. */
#ifndef DTRAIN_SPOT_CHECK_H
#define DTRAIN_SPOT_CHECK_H

#include "trainer.h"

/* Collective. Takes config->evaluations of the evaluations in all kept tables of
 * config->repeated_run at random, shares them out to the ranks, repeats each once, writes nothing,
 * and compares outcome and bits. Those that the clock or the machine has taken cannot be repeated,
 * and are left out. Rank 0 prints how many have the same. STATUS_FAILED names the first that
 * differs, a file that is damaged, or what the run lacks. All ranks return the same. */
enum status spot_check_run(struct trainer *trainer, struct error *error);

#endif
