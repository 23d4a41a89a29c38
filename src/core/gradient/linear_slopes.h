/* SPDX-License-Identifier: MIT
 *
 * How steeply the logits rise with the hidden units of a network that is piecewise linear. A shift
 * that crosses no kink moves the logits by the slopes times the shift. So the loss is analytic for
 * larger shifts than the bounds of radius.h show, which know neither the signs of the weights nor
 * the sample. */
#ifndef DTRAIN_LINEAR_SLOPES_H
#define DTRAIN_LINEAR_SLOPES_H

#include "core/model/network.h"

#include <stdbool.h>

struct linear_slopes {
    const struct network *network;
    double *slopes; /* (the widest hidden layer, K padded): those of one layer's units */
    double *packed; /* the same, packed (matrix.h); 0 for units that are off */
};

/* Whether the network has units with a kink below its last hidden layer. */
bool linear_slopes_are_needed(const struct network *network);

/* Takes no memory if they are not needed. False where memory is short; nothing is left behind then.
 * Free with linear_slopes_destroy. */
bool linear_slopes_create(struct linear_slopes *slopes, const struct network *network);
void linear_slopes_destroy(struct linear_slopes *slopes);

/* For sample i of a pass, sets radius[l] of each hidden layer l but the last: the radius for the
 * units of that layer (radius.h). */
void linear_slopes_find_radius(const struct linear_slopes *slopes, const double *theta,
                               const struct network_pass *pass, int i, double *radius);

#endif
