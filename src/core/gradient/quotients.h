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
 * The functions below evaluate Q for the units of the last hidden layer, from two perturbed losses
 * each. The bias is the weight of an input that is always 1. For the last layer the same holds with
 * a logit in place of the pre-activation, and the hidden units z in place of the inputs; one more
 * z, always 1, is the input of the biases.
 *
 * A hidden unit that moves by delta moves the logits by delta W[j,:]; relative to the label's,
 * logit k moves by delta d_k with d_k = W[j,k] - W[j,t], and that gives the u of loss_change.h. For
 * a logit k that moves by eta, u = y_k expm1(eta), and for the label's u = (1 - y_t) expm1(-eta),
 * as all others fall. Units lie side by side in "lanes", and the loops over them become vector
 * code. */
#ifndef DTRAIN_QUOTIENTS_H
#define DTRAIN_QUOTIENTS_H

#include "core/model/network.h"

#include <stdbool.h>
#include <stddef.h>

/* Terms of the series of u in delta, for small steps: u = sum_n m_n delta^n with the moments
 * m_n = sum_k y_k d_k^n / n!. */
enum { QUOTIENTS_MOMENTS = 5 };

/* What is computed once per iteration, and once per sample. The sample's units first .. end - 1 are
 * at work, in the first lanes; `count` lanes are computed, to the end of the last vector. */
struct quotients {
    const struct activation *activation;
    int hidden;          /* H */
    int classes;         /* K */
    size_t lanes;        /* L: for H + 1 units or K classes, and padding */
    double *weights;     /* (K, L): the last layer's W transposed, this iteration's */
    double weight_range; /* R: the largest max_k W[j,k] - min_k W[j,k] */

    const struct network_sample *pass; /* the one of this sample */
    struct activation_units units;     /* its units at work in the last hidden layer */
    size_t first, end, count;
    bool small;      /* whether the moments are accurate for all shifts of this sample */
    double *slope;   /* (L) */
    double *moments; /* (QUOTIENTS_MOMENTS, L) */

    double *raised, *lowered;      /* (L): the shifts of the units */
    double *up, *down;             /* (L): u+ and u- */
    double *moves_up, *moves_down; /* (K): the moves of the logits, one unit at a time */
    void *storage;
};

/* False where memory is short; nothing is left behind then. Free with quotients_destroy. */
bool quotients_create(struct quotients *quotients, const struct network *network);
void quotients_destroy(struct quotients *quotients);

/* Begins an iteration with the last layer's W (H, K). */
void quotients_set_weights(struct quotients *quotients, const double *w);

/* Begins a sample, whose units first .. end - 1 of the last hidden layer will be shifted by at most
 * `largest`; `units` is the first of them. The pass must stay as it is until the next sample. */
void quotients_set_sample(struct quotients *quotients, const struct network_sample *pass,
                          const struct activation_units *units, int first, int end, double largest);

/* Q(eta) of the hidden units at work, and of all logits: quotient (L), padded with 0 to the end of
 * a vector. */
void quotients_of_units(struct quotients *quotients, double eta, double *quotient);
void quotients_of_logits(struct quotients *quotients, double eta, double *quotient);

#endif
