/* SPDX-License-Identifier: MIT
 *
 * How far a hidden unit's pre-activation may be shifted, in the complex plane, so that the loss of
 * any sample is an analytic function of the shift: that decides how many nodes are needed
 * (nodes.h).
 *
 * A bound follows the shift through the layers. Where a unit of layer l is shifted by |eta| <= r,
 * it moves by at most b(r), the activation's bound. The units of a layer n above it are then
 * shifted by at most some x_n: for the next layer, b(r) times the largest |w|; for each layer above
 * that, b(x_{n-1}) times the largest sum of |w| into a unit. As b grows at least in proportion,
 * each moves by at most b(x_n) / x_n times its own shift. So all moves are bounded by those of a
 * linear network with the weights |W|: with R the column of the ranges of the last layer's rows,
 * max_k w - min_k w, the outputs move by at most
 *     b(r) prod_n b(x_n) / x_n max_j (|W_l+1| ... |W_m| R / 2)[j],
 * measured from the middle of their range. The radius is the greatest r for which that is
 * below the radius of the head (core/model/head.h); within it, |Q| is at most some 20 times that
 * bound over r. */
#ifndef DTRAIN_RADIUS_H
#define DTRAIN_RADIUS_H

#include "core/model/network.h"
#include "core/numbers/arena.h"

struct radius_finder {
    const struct network *network;
    double *reach[2];  /* (the widest hidden layer): |W_n| ... R / 2 for two layers */
    double *into_unit; /* the same: the sums of |w| into each unit of a layer */
};

/* Takes memory from the arena. */
void radius_finder_create(struct radius_finder *finder, struct arena *arena,
                          const struct network *network);

/* Sets radius (L - 1): that for the units of each hidden layer, whose activation has no kink. */
void radius_find(const struct radius_finder *finder, const double *theta, double *radius);

#endif
