/* SPDX-License-Identifier: MIT
 *
 * The central differences of one sample's loss: the arithmetic of the numerical method.
 *
 * Hidden units lie side by side in "lanes", and the loops over them become vector code. Take one
 * sample with label t and probabilities y, and a hidden unit j.
 *
 * Raising W1[i,j] by h raises a1[j] by eta = h x_i; one sigmoid changes, by delta, and the logits
 * move by delta W2[j,:]. Measured from the logit of the label that is delta d_k with
 * d_k = W2[j,k] - W2[j,t], and the softmax sum, relative to the label's own term, is multiplied by
 *     Q = 1 + u,   u = sum_k y_k expm1(d_k delta),
 * so that y_t becomes y_t / Q. With u+ and u- for +h and -h, and e = eps / (y_t + eps) for the eps
 * inside the loss's logarithm, the quotient is
 *     q = (l+ - l-) / (2h) = atanh(X) / h,
 *     X = (1 - e) (u+ - u-) / (2 + (1 + e) (u+ + u-) + 2 e u+ u-).
 * Nothing cancels but what is equal, so q keeps its digits however small h is.
 *
 * Raising W2[j,k] by h moves one logit, by s = h z_j. If k is not t, u = y_k expm1(s); if it is,
 * all others fall by s and u = (1 - y_t) expm1(-s). The rest is the same.
 *
 * With SERIES_EXACT any finite eta, h and weights give the central difference. Where exp would
 * overflow, or 1 + u cancel, the perturbed softmax sums are formed from the logits themselves.
 *
 * The bias b1 is the weight of an input that is always 1; b2 is that of a hidden unit that is. */
#ifndef DTRAIN_QUOTIENTS_H
#define DTRAIN_QUOTIENTS_H

#include "exact_sum.h"
#include "network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How u and atanh(X) are computed. Where h and the weights are small, their arguments are small
 * too, and a few terms of a series give every digit that a double has; quotients.c says how many
 * terms. The series, of which tilt is a part, are the sigmoid's own. */
enum series_order { SERIES_3, SERIES_5, SERIES_9, SERIES_EXACT };

/* Terms of the longest series: of u, and of atanh after the first. */
enum { QUOTIENTS_MOMENTS = 9, QUOTIENTS_ATANH = 6 };

/* Inputs whose quotients are computed in one call: so many that the call itself costs little, and
 * so few that their quotients stay in the first-level cache. */
enum { QUOTIENTS_INPUTS = 16 };

/* A shift of a hidden unit's pre-activation by eta, and what the shifted sigmoids need of it. */
struct input_shift {
    double eta;            /* h x */
    double sinh;           /* sinh(eta) */
    double cosh_minus_1x2; /* 2 (cosh(eta) - 1) = 4 sinh(eta/2)^2 */
};

/* atanh(scale x) / h = (scale x + (scale x)^3 / 3 + (scale x)^5 / 5 + ...) / h: the numbers before
 * x, x^3, x^5, ... */
struct atanh_series {
    double number[QUOTIENTS_ATANH + 1];
};

/* What is computed once an iteration, once a sample, and for each shift. There are L lanes, for H +
 * 1 units and padding. Of a sample, the units first .. end - 1 are at work, in the first lanes:
 * they take `count` lanes, with those that fill the last vector. */
struct quotients {
    double step; /* h */
    struct exact_grid grid;
    const struct activation *activation;
    int hidden;          /* H */
    int classes;         /* K */
    size_t lanes;        /* L */
    double *weights;     /* (K, L): W2 and b2 transposed, this iteration's */
    double weight_range; /* the largest max_k W2[j,k] - min_k W2[j,k] */

    const struct network_pass *pass; /* this sample's */
    size_t first, end, count;
    double epsilon_share;      /* e */
    struct atanh_series atanh; /* of 1 - e */
    enum series_order output_order;
    double *slope;   /* (L): v, which is z (1 - z) */
    double *tilt;    /* (L): v (1/2 - z) */
    double *moments; /* (QUOTIENTS_MOMENTS, L): sum_k y_k d_k^n / n!, n = 1, 2, ... */

    double *raised, *lowered; /* (L): delta, or expm1(+-s) */
    double *up, *down;        /* (L): u+ and u- */
    double *exact;            /* (L): quotients of SERIES_EXACT, before they are rounded */
    int64_t *rounded;         /* (QUOTIENTS_INPUTS, L): the quotients, rounded to the grid */
    void *storage;
};

/* False where memory is short; nothing is left behind then. Free with quotients_destroy. */
bool quotients_create(struct quotients *quotients, const struct network *network, double step,
                      struct exact_grid grid);
void quotients_destroy(struct quotients *quotients);

/* The order for shifts of up to |eta| and weights of that range. Pure. */
enum series_order series_order(double eta, double weight_range);

/* What a shift by eta needs; SERIES_EXACT takes the eta alone, which may be of any size. Pure. */
struct input_shift quotients_shift(double eta);

/* Begins an iteration: W2 (H + 1, K), the last row b2. */
void quotients_set_weights(struct quotients *quotients, const double *w2);

/* Begins a sample: units first .. end - 1, and the order that its first layer will use. The pass
 * must stay as it is until the next. */
void quotients_set_sample(struct quotients *quotients, const struct network_pass *pass, int first,
                          int end, enum series_order order);

/* The quotients of the first layer's weights of up to QUOTIENTS_INPUTS inputs, or sets of inputs
 * with the same shift: into quotients->rounded. Returns the marks that exact_overflowed reads. */
uint64_t quotients_of_inputs(struct quotients *quotients, enum series_order order, int inputs,
                             const struct input_shift *shifts);

/* The first unit with a quotient off the grid, for an input with that shift; `end` where there is
 * none. */
int quotients_find_overflow(struct quotients *quotients, enum series_order order,
                            struct input_shift shift);

/* The quotients of the second layer's weights into one class. quotients_set_outputs comes once a
 * sample before. */
void quotients_set_outputs(struct quotients *quotients);
uint64_t quotients_of_class(struct quotients *quotients, int class);

#endif
