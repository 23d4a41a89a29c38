/* SPDX-License-Identifier: MIT
 *
 * Sums, over samples, of the quotients of a layer's weights. A weight from an input of value x has
 * the quotient x Q(x), with one function Q for each sample and unit that weights lead to: a
 * constant, the derivative with respect to the unit's pre-activation; or the central difference,
 * which is interpolated between nodes (nodes.h). */
#ifndef DTRAIN_LAYER_SUMS_H
#define DTRAIN_LAYER_SUMS_H

#include "common/range.h"
#include "core/model/network.h"
#include "core/numbers/exact_sum.h"
#include "core/numbers/nodes.h"
#include "core/samples/samples.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Q of a layer's units, for one sample. No quotient is off the grid. */
struct unit_quotients {
    const struct nodes *nodes; /* NULL: Q is a constant */
    double largest;            /* the largest |x| of the sample */
    double *q; /* (n, lanes): Q at the first node, and for each other node the difference from it.
                * 0 in the lanes of units that are not at work, and in the padding. NULL: the
                * sample has nothing to add. */
};

/* The inputs of a layer, sample by sample: those of the network, or the units of the layer below.
 */
struct layer_inputs {
    const struct sample *samples; /* (S); NULL for a layer above the first */
    const double *units;          /* (S, stride): the units, and then 1 for the biases */
    size_t stride;
    const struct part_range *rows; /* (S): the units whose rows are at work */
};

/* A layer, and working memory for some of its rows of sums at a time. */
struct layer_sums {
    struct network_layer layer;
    size_t lanes;    /* its units, and padding */
    uint64_t *panel; /* (rows, lanes): sums of raw terms (exact_sum.h) */
    uint64_t *terms; /* (rows): how many terms are in each */
    int *cursor;     /* (S): how far the inputs of each sample have been added */
    double *between; /* (lanes): Q for one input, between the nodes */
};

/* The lanes of a layer: its units, and padding to whole vectors. */
size_t layer_sums_lanes(const struct network_layer *layer);

/* For up to `samples` samples. False where memory is short; nothing is left behind then. Free with
 * layer_sums_destroy. */
bool layer_sums_create(struct layer_sums *sums, const struct network_layer *layer, int samples);
void layer_sums_destroy(struct layer_sums *sums);

/* Adds the quotients of `count` samples, in quanta of the grid, to the layer's part of totals (P).
 */
void layer_sums_add(struct layer_sums *sums, const struct layer_inputs *inputs, int count,
                    const struct unit_quotients *quotients, const struct exact_grid *grid,
                    int64_t *totals);

#endif
