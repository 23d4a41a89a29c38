/* SPDX-License-Identifier: MIT
 *
 * Rows that are held out of training, for validation: V of the N training rows, one drawn by the
 * seed from each of the stretches v N / V up to (v + 1) N / V. So they are spread over the whole
 * set, each rank finds its own without a list, and the rows that are left keep their order. All
 * functions are pure. */
#ifndef DTRAIN_HOLDOUT_H
#define DTRAIN_HOLDOUT_H

#include <stdbool.h>
#include <stdint.h>

struct holdout {
    uint64_t seed;
    int64_t rows;  /* N */
    int64_t count; /* V, below N; 0: no row is held out */
};

/* The number of rows that are left: N - V. */
int64_t holdout_left(const struct holdout *holdout);

/* Row number i of those left, 0 <= i < N - V. Takes the same time for any V. */
int64_t holdout_row(const struct holdout *holdout, int64_t i);

/* Whether a row is held out. */
bool holdout_contains(const struct holdout *holdout, int64_t row);

#endif
