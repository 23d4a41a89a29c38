/* SPDX-License-Identifier: MIT
 *
 * The arithmetic of the numerical method: how the loss of one sample changes when one unit's
 * pre-activation, or one output, is shifted.
 *
 * Let Delta(eta) be the change of the loss when a hidden unit's pre-activation is raised by eta.
 * Raising the weight of an input x by h raises it by h x, so every weight into the unit has the
 * central difference
 *     q = (Delta(h x) - Delta(-h x)) / 2h = x Q(h x)
 * with
 *     Q(eta) = (Delta(eta) - Delta(-eta)) / (2 eta).
 * The functions below evaluate Q for the units of the last hidden layer, from two perturbed losses
 * each. The bias is the weight of an input that is always 1. For the last layer the same holds with
 * an output in place of the pre-activation, and the hidden units z in place of the inputs; one more
 * z, always 1, is the input of the biases.
 *
 * A hidden unit that moves by delta moves the outputs by delta W[j,:]; what becomes of their moves
 * is up to the head (core/model/head.h). Units lie side by side in "lanes", and the loops over them
 * become vector code. */
#ifndef DTRAIN_QUOTIENTS_H
#define DTRAIN_QUOTIENTS_H

#include "common/range.h"
#include "core/model/network.h"
#include "core/numbers/arena.h"

#include <stddef.h>

/* The last layer's weights, and room for the moves of units. */
struct quotients {
    const struct network *network;
    int hidden, outputs;      /* H, K */
    size_t lanes;             /* L: for the units of any hidden layer or K outputs, and padding */
    double *weights;          /* (K, L): the last layer's W transposed, this iteration's */
    double range;             /* the largest max_k W[j,k] - min_k W[j,k] */
    double *slope;            /* (L) */
    double *raised, *lowered; /* (NODES_MAX, L): the moves of the units */
    double *scratch;          /* (2, L) */
};

/* Takes memory from the arena. */
void quotients_create(struct quotients *quotients, struct arena *arena,
                      const struct network *network);

/* Begins an iteration with the last layer's W (H, K). */
void quotients_set_weights(struct quotients *quotients, const double *w);

/* Q of some units of the last hidden layer, for sample i of a pass, at up to NODES_MAX shifts eta,
 * of at most `largest`: quotient (shifts, stride), each row from its first lane up to the end of a
 * vector. */
void quotients_of_units(const struct quotients *quotients, const struct network_pass *pass, int i,
                        struct part_range at_work, double largest, int shifts, const double *eta,
                        double *quotient, size_t stride);

/* Q of units that move by quotients->raised and ->lowered: quotient (shifts, stride). */
void quotients_of_moves(const struct quotients *quotients, const struct network_sample *sample,
                        const struct head_units *units, int shifts, const double *eta,
                        double *quotient, size_t stride);

/* Q of all outputs of a sample. */
void quotients_of_outputs(const struct quotients *quotients, const struct network_pass *pass, int i,
                          int shifts, const double *eta, double *quotient, size_t stride);

#endif
