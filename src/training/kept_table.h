/* SPDX-License-Identifier: MIT
 *
 * The table at work as a file of the run (runs/kept_values.h), for --keep-values. */
#ifndef DTRAIN_KEPT_TABLE_H
#define DTRAIN_KEPT_TABLE_H

#include "runs/kept_values.h"
#include "trainer.h"

/* Collective. Writes the file of a table that is full and whose update is still to come, if the run
 * keeps its tables. All ranks return the same. */
enum status kept_table_write(const struct trainer *trainer, struct error *error);

/* Not collective. Compares what a file of the run in run_dir says of each evaluation, but for its
 * result, with the table at work, which is of the same iteration. STATUS_FAILED names the first
 * difference. */
enum status kept_table_check(const struct trainer *trainer, const char *run_dir,
                             const struct kept_values *kept, struct error *error);

#endif
