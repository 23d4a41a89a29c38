/* SPDX-License-Identifier: MIT
 *
 * The seeds that evaluations get for their random numbers. Both sides of a difference, and all
 * parameters, get the same one for the same row, so that a difference compares like with like
 * (common random numbers). */
#ifndef DTRAIN_RANDOM_NUMBERS_H
#define DTRAIN_RANDOM_NUMBERS_H

#include <stdint.h>

/* RANDOM_ITERATION: a row's seed is new in each iteration. RANDOM_RUN: it is the same in all.
 * RANDOM_EACH: it is new in each evaluation, which shows how much noise there is. */
enum random_numbers { RANDOM_ITERATION, RANDOM_RUN, RANDOM_EACH };

/* That named "iteration", "run" or "each". */
enum random_numbers random_numbers_find(const char *name);

/* A seed below 2^53, so that it is exact in every language's numbers. `row` is that of the dataset,
 * or a replicate's number; `number` is the evaluation's in its table. */
uint64_t random_numbers_seed(enum random_numbers kind, uint64_t seed, int64_t iteration,
                             int64_t row, uint64_t number);

#endif
