/* SPDX-License-Identifier: MIT
 *
 * How steeply the logits rise with the hidden units, where a network consists of linear pieces: it
 * is linear up to the next kink. So for shifts that cross none, the logits move by the slopes times
 * the shift, and the loss is analytic for larger shifts than the bounds of radius.h, which know
 * neither the signs of weights nor the sample, can tell. */
#ifndef DTRAIN_LINEAR_SLOPES_H
#define DTRAIN_LINEAR_SLOPES_H

#include "core/model/network.h"

#include <stdbool.h>

struct linear_slopes {
    const struct network *network;
    double *slopes; /* (the widest hidden layer, K padded): of one layer's units */
    double *packed; /* the same, those of units that are on (matrix.h) */
};

/* Whether the network has hidden layers of that kind: with a kink, and below the last. */
bool linear_slopes_are_needed(const struct network *network);

/* Takes no memory where they are not needed. False where memory is short; nothing is left behind
 * then. Free with linear_slopes_destroy. */
bool linear_slopes_create(struct linear_slopes *slopes, const struct network *network);
void linear_slopes_destroy(struct linear_slopes *slopes);

/* Sets radius[l] of each hidden layer l but the last for sample i of a pass: the radius for the
 * units of that layer (radius.h). */
void linear_slopes_find_radius(const struct linear_slopes *slopes, const double *theta,
                               const struct network_pass *pass, int i, double *radius);

#endif
