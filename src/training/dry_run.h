/* SPDX-License-Identifier: MIT
 *
 * --dry-run: everything of a run but its files, for about a second. */
#ifndef DTRAIN_DRY_RUN_H
#define DTRAIN_DRY_RUN_H

#include "trainer.h"

/* Collective. Times some iterations and an evaluation, writes nothing, and prints what a run takes.
 */
enum status dry_run_estimate(struct trainer *trainer, struct error *error);

#endif
