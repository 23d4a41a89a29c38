/* SPDX-License-Identifier: MIT
 *
 * A trainer without data whose model evaluates, and whose table of iteration 7 has all its results:
 * two replicates; the parameters inflow and outlet, and depth, which is fixed. Its numbers are 0
 * and 1, the losses of the batch before; 2 to 5, inflow + and -, outlet + and - of replicate 0; 6
 * to 9, those of replicate 1; 10 and 11, the rows' own losses, which are not needed. A test changes
 * results as it needs them. */
#ifndef DTRAIN_TEST_FULL_TABLE_H
#define DTRAIN_TEST_FULL_TABLE_H

#include "training/trainer.h"

enum { TABLE_ROWS = 2, TABLE_NEEDED = 10, TABLE_COUNT = 12, TABLE_PARAMETERS = 3 };

/* All done at the first attempt, in a quarter of a second, by rank 0, with values of 0. A test that
 * evaluates gives the model other functions. Free with full_table_destroy. */
void full_table_create(struct trainer *trainer, const struct world *world,
                       const struct config *config);
void full_table_destroy(struct trainer *trainer);

/* Makes a result one that was lost after so many attempts. */
void full_table_lose(struct trainer *trainer, size_t number, enum outcome outcome, int attempts);

#endif
