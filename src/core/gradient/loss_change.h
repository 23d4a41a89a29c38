/* SPDX-License-Identifier: MIT
 *
 * The change of one sample's loss when its logits move up and down, as a quotient
 *     Q = (Delta(eta) - Delta(-eta)) / (2 eta),
 * where Delta(eta) is the change for a shift eta of whatever moves the logits.
 *
 * Only what is equal cancels, so Q keeps its digits however small eta is. Let t be the label and y
 * the probabilities. If logit k moves by m_k more than the label's, the softmax sum, relative to
 * the label's own term, is multiplied by
 *     1 + u,   u = sum_k y_k expm1(m_k),
 * so that y_t becomes y_t / (1 + u). With u+ and u- for +eta and -eta and the epsilon inside the
 * loss's logarithm,
 *     2 eta Q = log((1 + u+) (y_t + epsilon (1 + u-)) / ((1 + u-) (y_t + epsilon (1 + u+)))),
 * whose argument is computed as 1 plus a difference. Where exp would overflow, or 1 + u cancel, the
 * perturbed softmax sums are formed from the logits themselves; so moves may be of any size. */
#ifndef DTRAIN_LOSS_CHANGE_H
#define DTRAIN_LOSS_CHANGE_H

#include "core/model/network.h"

#include <stdbool.h>
#include <stddef.h>

/* The largest |u| for loss_change_small. */
#define LOSS_CHANGE_SMALL 2.4e-3

/* Q of `count` lanes, in whole vectors, from u+ and u- that are small. */
void loss_change_small(const struct network_sample *pass, size_t count, double eta,
                       const double *up, const double *down, double *quotient);

/* The same from any u+ and u-. Where 1 + u has cancelled to less than 43 bits, or is so large that
 * a product might overflow, Q is NaN; returns false if any lane is like that. */
bool loss_change_of_sums(const struct network_sample *pass, size_t count, double eta,
                         const double *up, const double *down, double *quotient);

/* Q of one lane, whose logits move by raised (K) and lowered (K), relative to the label's. This is
 * slow, and only a few samples need it. */
double loss_change_of_moves(const struct network_sample *pass, int classes, double eta,
                            const double *raised, const double *lowered);

/* How far logits may move relative to each other before a probability that has underflowed to 0 may
 * matter again, and u cannot be trusted. */
double loss_change_room(const struct network_sample *pass, int classes);

#endif
