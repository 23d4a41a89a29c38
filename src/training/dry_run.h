/* SPDX-License-Identifier: MIT
 *
 * --dry-run: does what a run does for about a second, but writes no files. */
#ifndef DTRAIN_DRY_RUN_H
#define DTRAIN_DRY_RUN_H

#include "trainer.h"

/* Collective. Times some iterations and an evaluation, writes nothing, and prints what a run would
 * take. */
enum status dry_run_estimate(struct trainer *trainer, struct error *error);

#endif
