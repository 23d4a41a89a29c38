/* SPDX-License-Identifier: MIT
 *
 * A sample of everything the compute core computes, as one number: it is the same for every
 * compiler, option, processor and library with which dtrain may be built or run. */
#ifndef DTRAIN_SELFTEST_H
#define DTRAIN_SELFTEST_H

#include "core/model/digest.h"

/* The digest that this version computes wherever nothing is wrong. */
#define SELFTEST_DIGEST "0bff47e16af0ad1512aff9a5d5011213"

/* Computes random numbers, batches, elementary functions, forward passes, gradients by each method
 * and updates, and the digest of all results. Takes a fraction of a second. False where memory is
 * short. */
bool selftest_run(struct digest *digest);

#endif
