/* SPDX-License-Identifier: MIT
 *
 * The table of any iteration of a model that evaluates: its batch, and the batch before, are drawn
 * once more where they are not at hand. */
#ifndef DTRAIN_ITERATION_TABLE_H
#define DTRAIN_ITERATION_TABLE_H

#include "trainer.h"

/* Collective. Begins the table of an iteration at trainer->theta, unless it has begun already, as
 * where the loss of the batch before was measured as a part of it. All ranks return the same: a
 * failure if memory is short. */
enum status iteration_table_begin(struct trainer *trainer, int64_t iteration, struct error *error);

#endif
