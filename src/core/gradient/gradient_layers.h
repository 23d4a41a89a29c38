/* SPDX-License-Identifier: MIT
 *
 * What the gradient methods for networks share: how the quotients of a sample, one function Q for
 * each unit of each layer (layer_sums.h), become sums over the samples of a pass. A method
 * evaluates Q for each sample and layer, and then adds all of them. */
#ifndef DTRAIN_GRADIENT_LAYERS_H
#define DTRAIN_GRADIENT_LAYERS_H

#include "gradient.h"
#include "layer_sums.h"

struct gradient_layers {
    int layers;                                       /* L */
    struct unit_quotients *units[NETWORK_LAYERS_MAX]; /* (S) for each layer */
    double *q;                                        /* room for the q of all of them */
    size_t used;                                      /* how much of it has been taken */
    struct layer_sums sums[NETWORK_LAYERS_MAX];
    struct part_range *rows; /* (S): the inputs of the layer at work whose rows are at work */
    double *x;  /* (D + 1 or H + 1): the inputs of one sample that are not zero, and the bias */
    int *index; /* the same: their numbers */
    int count;  /* how many there are */
};

/* For quotients that take up to `nodes` nodes. False where memory is short; nothing is left behind
 * then. Free with gradient_layers_destroy. */
bool gradient_layers_create(struct gradient_layers *layers, const struct gradient *gradient,
                            int nodes);
void gradient_layers_destroy(struct gradient_layers *layers);

/* Begins a pass. */
void gradient_layers_begin(struct gradient_layers *layers);

/* The units of a layer that are at work for sample i. */
struct part_range gradient_layers_units(const struct gradient *gradient, int layer, int i);

/* The largest |input| of a layer for sample i; at least 1, the input of the biases. */
double gradient_layers_largest(const struct gradient *gradient, int layer, int i);

/* Room for Q of a layer's units at work, for sample i and inputs up to `largest`: q (n, lanes), all
 * 0, each row to be filled from its first lane on. `nodes` is NULL for a constant. */
struct unit_quotients *gradient_layers_take(struct gradient_layers *layers,
                                            const struct gradient *gradient, int layer, int i,
                                            const struct nodes *nodes, double largest);

/* To be called when q has been filled. Quotients that might be off the grid are added at once. */
void gradient_layers_settle(struct gradient_layers *layers, struct gradient *gradient, int layer,
                            int i);

/* Lists the inputs of a layer of sample i that are at work and not zero: x, index and count. */
void gradient_layers_list(struct gradient_layers *layers, const struct gradient *gradient,
                          int layer, int i);

/* Adds the quotients of all samples of the pass to gradient->sums. */
void gradient_layers_add(struct gradient_layers *layers, struct gradient *gradient);

#endif
