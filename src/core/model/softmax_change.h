/* SPDX-License-Identifier: MIT
 *
 * The change of one sample's loss when its logits move up and down, as the quotient Q of head.h.
 *
 * Let t be the label and y the probabilities. If logit k moves by m_k more than the label's, the
 * softmax sum, relative to the label's own term, is multiplied by
 *     1 + u,   u = sum_k y_k expm1(m_k),
 * so that y_t becomes y_t / (1 + u). With u+ and u- for +eta and -eta and the epsilon inside the
 * loss's logarithm,
 *     2 eta Q = log((1 + u+) (y_t + epsilon (1 + u-)) / ((1 + u-) (y_t + epsilon (1 + u+)))),
 * whose argument is computed as 1 plus a difference. Where exp would overflow, or 1 + u cancel, the
 * perturbed softmax sums are formed from the logits themselves; so moves may be of any size. */
#ifndef DTRAIN_SOFTMAX_CHANGE_H
#define DTRAIN_SOFTMAX_CHANGE_H

#include "core/numbers/kernel.h"
#include "head.h"
#include "network.h"

#include <stdbool.h>
#include <stddef.h>

/* Q of `lanes` lanes, in whole vectors, from u+ and u-. Where 1 + u has cancelled to less than 43
 * bits, or is so large that a product might overflow, Q is NaN; returns false if any lane is like
 * that. */
bool softmax_change_of_sums(const struct network_sample *sample, size_t lanes, double eta,
                            const double *up, const double *down, double *quotient);

/* 2 eta Q of one lane, whose logits move by raised (K) and lowered (K), relative to the label's.
 * This is slow, and only a few samples need it. */
double softmax_change_of_moves(const struct network_sample *sample, int classes,
                               const double *raised, const double *lowered);

/* How far logits may move relative to each other before a probability that has underflowed to 0 may
 * matter again, and u cannot be trusted. */
double softmax_change_room(const struct network_sample *sample, int classes);

/* The series for small moves of the logits are kernels (kernel.h). Moves are small if none is
 * larger than SOFTMAX_SMALL; u+ and u- are then no larger, either. The series of u is accurate if
 * its first omitted term, x^6 / 6!, is below half an ulp, 1.1e-16, of its first, x. */
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
