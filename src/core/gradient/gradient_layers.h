/* SPDX-License-Identifier: MIT
 *
 * What the gradient methods for networks share: how the quotients of a sample become sums over the
 * samples of a pass. A weight from an input of value x has the quotient x Q(x), with one function Q
 * for each sample and unit that weights lead to: a constant, the derivative with respect to the
 * unit's pre-activation; or the central difference, which is interpolated between nodes (nodes.h).
 * A method evaluates Q for each sample and layer, and then adds all of them. */
#ifndef DTRAIN_GRADIENT_LAYERS_H
#define DTRAIN_GRADIENT_LAYERS_H

#include "active_inputs.h"
#include "core/numbers/nodes.h"
#include "gradient.h"

/* Q of a layer's units at work, for one sample, and the factors of its inputs (group_sums.h). */
struct unit_quotients {
    int nodes; /* n: 1 for a constant; 0 if the sample has nothing to add */
    double *q; /* (n, lanes): Q at the first node, and for each other node the difference from it;
                * the first number of a row is that of the first unit at work */
    const double *factors; /* each input x, and x times its weight at each node but the first: for
                            * pixels (PIXELS_LEVELS, n), by level; otherwise (n, inputs + 1, padded)
                            */
};

/* The quotients of a layer, for the samples of a pass. */
struct layer_quotients {
    size_t lanes;                 /* the units of the layer, and padding */
    size_t inputs;                /* its inputs and that of the biases, and padding */
    struct unit_quotients *units; /* (S) */
};

struct gradient_layers {
    int layers; /* L */
    struct layer_quotients quotients[NETWORK_LAYERS_MAX];
    double *q;       /* room for the q of all layers */
    double *factors; /* room for the factors that are not by level */
    size_t q_used, factors_used;
    double *level_factors[NODES_MAX + 1];       /* by the number of nodes: (PIXELS_LEVELS, n) */
    struct active_inputs active;                /* the pixels of the pass */
    const double **term_factors, **term_values; /* (terms of a pass): those of one layer */
    double *x;  /* (D + 1 or H + 1): the inputs of one sample that are not zero, and the bias */
    int *index; /* the same: their numbers */
    int count;  /* how many there are */
};

/* For quotients that take up to `nodes` nodes, with memory from gradient->arena. False where it is
 * short. */
bool gradient_layers_create(struct gradient_layers *layers, struct gradient *gradient, int nodes);

/* The units of a layer that are at work for sample i. */
struct part_range gradient_layers_units(const struct gradient *gradient, int layer, int i);

/* The largest |input| of a layer for sample i; at least 1, the input of the biases. */
double gradient_layers_largest(const struct gradient *gradient, int layer, int i);

/* Room for Q of a layer's units at work, for sample i and inputs up to `largest`: q (n, lanes),
 * each row to be filled from its first lane on; whole vectors may be written. `nodes` is NULL for a
 * constant. */
struct unit_quotients *gradient_layers_take(struct gradient_layers *layers,
                                            const struct gradient *gradient, int layer, int i,
                                            const struct nodes *nodes, double largest);

/* To be called when q has been filled with the values of Q at the nodes. */
void gradient_layers_settle(struct gradient_layers *layers, const struct gradient *gradient,
                            int layer, int i);

/* Lists the inputs of a layer of sample i that are at work and not zero: x, index and count. */
void gradient_layers_list(struct gradient_layers *layers, const struct gradient *gradient,
                          int layer, int i);

/* Adds the quotients of all samples of the pass to gradient->sums, and makes room for the next
 * pass. */
void gradient_layers_add(struct gradient_layers *layers, struct gradient *gradient);

#endif
