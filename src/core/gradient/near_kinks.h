/* SPDX-License-Identifier: MIT
 *
 * Which units of a sample's relu network are on, and which a shift may take across their kinks, at
 * a = 0: all that can be reached at all. A bound on how far a shift of one unit moves the units
 * above it is found once an iteration. No unit moves by more than it is shifted, so the bound holds
 * however many units cross their kinks. */
#ifndef DTRAIN_NEAR_KINKS_H
#define DTRAIN_NEAR_KINKS_H

#include "core/model/network.h"
#include "core/numbers/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* A shift that reaches a kink, up to rounding, counts as reaching it. */
#define NEAR_KINKS_MARGIN (1 + 1e-9)

/* A hidden layer of the sample at work. Its rows are units: first those that are on, in their
 * order, then those that are off and can be reached. */
struct near_layer {
    int on, rows;
    int above;  /* how many candidates there are in the layers above */
    bool near;  /* whether any unit can be taken across its kink */
    int *units; /* (H, in whole vectors): the number of each row's unit; the last one is repeated to
                 * the end of the vector */
};

struct near_kinks {
    const struct network *network;
    double *bounds[NETWORK_LAYERS_MAX]
                  [NETWORK_LAYERS_MAX]; /* [l][m] (H of m): how far the units of
                                         * layer m are shifted at most if one of layer l is, by 1 */
    double *reach;                      /* (the widest hidden layer): how far units below can shift
                                         * the units of a layer of this sample */
    struct near_layer layers[NETWORK_LAYERS_MAX];
    /* The units that shifts of units below can reach, from the highest layer down: */
    int candidates;
    int *layer, *row;
    double *a;
};

/* Takes memory from the arena. */
void near_kinks_create(struct near_kinks *near, struct arena *arena, const struct network *network);

/* Begins an iteration. */
void near_kinks_set_weights(struct near_kinks *near, const double *theta);

/* Lists the units of sample i of a pass, if those of each hidden layer are shifted by at most
 * `shifts` (layers). */
void near_kinks_list(struct near_kinks *near, const struct network_pass *pass, int i,
                     const double *shifts);

#endif
