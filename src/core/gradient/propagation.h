/* SPDX-License-Identifier: MIT
 *
 * Quotients Q (quotients.h) of the hidden units below the last hidden layer: a shift of one unit is
 * passed on through all layers above it.
 *
 * A unit whose pre-activation is shifted by eta moves by delta = act(a + eta) - act(a); the units
 * of the layer above it are shifted by delta W[j,:], and move by act(a' + shift) - act(a') each;
 * those moves, times the next layer's W, are the next shifts, and so on up to the logits, whose
 * moves give the change of the loss (loss_change.h). No step cancels. All units of a layer are
 * shifted side by side, up and down, as the rows of small matrix products. */
#ifndef DTRAIN_PROPAGATION_H
#define DTRAIN_PROPAGATION_H

#include "common/range.h"
#include "core/model/network.h"

#include <stdbool.h>
#include <stddef.h>

/* What is computed once per iteration, and once per sample. */
struct propagation {
    const struct network *network;
    const double *theta;
    double *packed[NETWORK_LAYERS_MAX]; /* the weights of all layers but the first two (matrix.h) */
    double *slope[NETWORK_LAYERS_MAX];  /* (H): those of the units of each hidden layer */

    const struct network_pass *pass; /* the one of this sample */
    int sample;
    const struct network_sample *outputs;
    double room; /* for the moves of the logits (loss_change.h) */

    double *raised, *lowered; /* (T): the moves of the units that are shifted */
    size_t stride;            /* T: the widest layer, padded */
    double *shifts, *moves;   /* (rows, T): those of the units of one layer */
    double *terms;            /* (T): those of a sum over the classes */
};

/* False where memory is short; nothing is left behind then. Free with propagation_destroy. */
bool propagation_create(struct propagation *propagation, const struct network *network);
void propagation_destroy(struct propagation *propagation);

/* Begins an iteration. */
void propagation_set_weights(struct propagation *propagation, const double *theta);

/* Begins sample i of a pass, with its results at the last layer. Both must stay as they are until
 * the next sample. */
void propagation_set_sample(struct propagation *propagation, const struct network_pass *pass, int i,
                            const struct network_sample *outputs);

/* Q(eta) of units of a hidden layer below the last: quotient, from the first of them on, up to the
 * end of a vector. If the activation has a kink, crossed[j] becomes true for each unit j of the
 * layer whose shift by up to `reach` >= eta takes a unit above it across the kink. */
void propagation_of_units(struct propagation *propagation, int layer, struct part_range units,
                          double eta, double reach, double *quotient, bool *crossed);

/* The same for a single unit and each of `count` shifts eta: quotient (count). */
void propagation_of_shifts(struct propagation *propagation, int layer, int unit, int count,
                           const double *eta, double *quotient);

#endif
