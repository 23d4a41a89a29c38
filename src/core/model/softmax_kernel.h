/* SPDX-License-Identifier: MIT
 *
 * The series for small moves of the logits, in their versions (kernel.h). Moves are small if none
 * is larger than SOFTMAX_SMALL; u+ and u- (softmax_change.h) are then no larger, either. */
#ifndef DTRAIN_SOFTMAX_KERNEL_H
#define DTRAIN_SOFTMAX_KERNEL_H

#include "core/numbers/kernel.h"
#include "head.h"
#include "network.h"

/* The series of u is accurate if its first omitted term, x^6 / 6!, is below half an ulp, 1.1e-16,
 * of its first, x. */
#define SOFTMAX_SMALL 2.4e-3

/* Q of units at some shifts. */
typedef void softmax_small_units_kernel(const struct network_sample *sample, int classes,
                                        const struct head_units *units, int count,
                                        const struct head_shift *shifts);
/* 2 eta Q of moves. */
typedef void softmax_small_moves_kernel(const struct network_sample *sample, int classes,
                                        const struct head_moves *moves);
/* Q of `lanes` lanes, in whole vectors, from u+ and u-. */
typedef void softmax_small_sums_kernel(double y_t, size_t lanes, double eta, const double *up,
                                       const double *down, double *quotient);

KERNEL_DECLARE(softmax_small_units_kernel, softmax_small_units);
KERNEL_DECLARE(softmax_small_moves_kernel, softmax_small_moves);
KERNEL_DECLARE(softmax_small_sums_kernel, softmax_small_sums);

#endif
