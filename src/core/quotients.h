/* SPDX-License-Identifier: MIT
 *
 * The arithmetic of the numerical method: how the loss of one sample changes when one unit's
 * pre-activation, or one logit, is shifted.
 *
 * Let Delta(eta) be the change of the loss when a hidden unit's pre-activation is raised by eta.
 * Raising the weight of an input x by h raises it by h x, so every weight into the unit has the
 * central difference
 *     q = (Delta(h x) - Delta(-h x)) / 2h = x Q(h x)
 * with
 *     Q(eta) = (Delta(eta) - Delta(-eta)) / (2 eta).
 * The functions below evaluate Q, from two perturbed losses each. The bias is the weight of an
 * input that is always 1. For the second layer the same holds with a logit in place of the
 * pre-activation, and the hidden units z in place of the inputs; a further z, always 1, is b2's.
 *
 * Nothing cancels but what is equal, so Q keeps its digits however small eta is. Take the label t,
 * probabilities y, and a hidden unit whose sigmoid moves by delta. The logits move by
 * delta W2[j,:], measured from the label's by delta d_k with d_k = W2[j,k] - W2[j,t], and the
 * softmax sum, relative to the label's own term, is multiplied by
 *     1 + u,   u = sum_k y_k expm1(d_k delta),
 * so that y_t becomes y_t / (1 + u). For a logit k that moves by eta, u = y_k expm1(eta), and for
 * the label's u = (1 - y_t) expm1(-eta), as all others fall. With u+ and u- for +eta and -eta and
 * the epsilon inside the loss's logarithm,
 *     2 eta Q = log((1 + u+) (y_t + epsilon (1 + u-)) / ((1 + u-) (y_t + epsilon (1 + u+)))),
 * whose argument is taken as 1 and a difference. Where exp would overflow, or 1 + u cancel, the
 * perturbed softmax sums are formed from the logits themselves; so any finite eta and weights will
 * do. Units lie side by side in "lanes", and the loops over them become vector code. */
#ifndef DTRAIN_QUOTIENTS_H
#define DTRAIN_QUOTIENTS_H

#include "network.h"

#include <stdbool.h>
#include <stddef.h>

/* Terms of the series of u in delta, for small steps: u = sum_n m_n delta^n with the moments
 * m_n = sum_k y_k d_k^n / n!. */
enum { QUOTIENTS_MOMENTS = 5 };

/* What is computed once an iteration, and once a sample. Of a sample, the units first .. end - 1
 * are at work, in the first lanes; `count` lanes are computed, to the end of the last vector. */
struct quotients {
    const struct activation *activation;
    int hidden;          /* H */
    int classes;         /* K */
    size_t lanes;        /* L: for H + 1 units or K classes, and padding */
    double *weights;     /* (K, L): W2 transposed, this iteration's */
    double weight_range; /* R: the largest max_k W2[j,k] - min_k W2[j,k] */
    double radius;       /* Q of all units is analytic for complex |eta| < radius, and at most some
                          * 20 R / 4 */

    const struct network_sample *pass; /* this sample's */
    struct activation_units units;     /* its units of the last hidden layer, those at work */
    size_t first, end, count;
    bool small;      /* whether the moments are good for all shifts of this sample */
    double *slope;   /* (L): z (1 - z) */
    double *moments; /* (QUOTIENTS_MOMENTS, L) */

    double *raised, *lowered; /* (L): the shifts of the units */
    double *up, *down;        /* (L): u+ and u- */
    void *storage;
};

/* False where memory is short; nothing is left behind then. Free with quotients_destroy. */
bool quotients_create(struct quotients *quotients, const struct network *network);
void quotients_destroy(struct quotients *quotients);

/* Begins an iteration: W2 (H, K). */
void quotients_set_weights(struct quotients *quotients, const double *w2);

/* Begins a sample, whose units first .. end - 1 of the last hidden layer will be shifted by at most
 * `largest`; `units` is the first of them. The pass must stay as it is until the next sample. */
void quotients_set_sample(struct quotients *quotients, const struct network_sample *pass,
                          const struct activation_units *units, int first, int end, double largest);

/* Q(eta) of the hidden units at work, and of all logits: quotient (L), 0 up to the end of a vector.
 */
void quotients_of_units(struct quotients *quotients, double eta, double *quotient);
void quotients_of_logits(struct quotients *quotients, double eta, double *quotient);

/* For all logits what quotients->radius is for the units (quotients.c). */
#define QUOTIENTS_RADIUS_OF_LOGITS 2.8

#endif
