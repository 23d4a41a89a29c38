/* SPDX-License-Identifier: MIT
 *
 * Quotients Q (quotients.h) of hidden units whose shifts are passed on through all layers above.
 *
 * A unit whose pre-activation is shifted by eta moves by delta = act(a + eta) - act(a); the units
 * of the layer above it are shifted by delta W[j,:], and move by act(a' + shift) - act(a') each;
 * those moves, times the next layer's W, are the next shifts, and so on up to the outputs, whose
 * moves give the change of the loss (core/model/head.h). No step cancels, and shifts may be of any
 * size. Many shifts go up side by side, as the rows of small matrix products. */
#ifndef DTRAIN_PROPAGATION_H
#define DTRAIN_PROPAGATION_H

#include "common/range.h"
#include "core/model/network.h"
#include "core/numbers/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* What is computed once per iteration, and once per sample. */
struct propagation {
    const struct network *network;
    const double *theta;
    bool is_packed;
    double
        *packed[NETWORK_LAYERS_MAX];   /* the weights of all layers but the first two (product.h) */
    double *slope[NETWORK_LAYERS_MAX]; /* (H): those of the units of each hidden layer */

    const struct network_pass *pass; /* that of the sample at work */
    int sample;
    struct network_sample outputs;

    double *raised, *lowered; /* (T): the moves of the units that are shifted */
    size_t stride;            /* T: the widest layer, padded */
    double *shifts, *moves;   /* (rows, T): those of the units of one layer */
    double *up, *down;        /* (K, rows / 2): the moves of the outputs */
    double *scratch;          /* (2, rows / 2, or K if that is more) */
};

/* Takes memory from the arena. */
void propagation_create(struct propagation *propagation, struct arena *arena,
                        const struct network *network);

/* Begins an iteration. */
void propagation_set_weights(struct propagation *propagation, const double *theta);

/* Begins sample i of a pass, which must stay as it is until the next sample. */
void propagation_set_sample(struct propagation *propagation, const struct network_pass *pass,
                            int i);

/* Q(eta) of units of a hidden layer: quotient, from the first of them on. */
void propagation_of_units(struct propagation *propagation, int layer, struct part_range units,
                          double eta, double *quotient);

/* The same for a single unit and each of `count` shifts eta: quotient (count). */
void propagation_of_shifts(struct propagation *propagation, int layer, int unit, int count,
                           const double *eta, double *quotient);

#endif
