/* SPDX-License-Identifier: MIT
 *
 * The layered network: a1 = x W1 + b1, z1 = act(a1), a2 = z1 W2 + b2, z2 = act(a2), and so on; the
 * last layer's a are the logits, and y = softmax(logits). The layers are data, from a list of
 * widths such as 784, 50, 10.
 *
 * Letters, here and everywhere: D inputs, L layers, H units of a hidden layer, K classes, P
 * parameters. One vector theta[P] holds all parameters: W1 (D, H) row-major, b1 (H), W2 (H, K)
 * row-major, b2 (K), .... As b1 follows W1, it is W1's row D, for an input that is always 1;
 * likewise in every layer.
 *
 * The work of a sample, or of a group of samples, is divided into parts that take the same time at
 * any depth. M is the width of the widest hidden layer. Part p < M is, in each hidden layer of H
 * units, the units from p H / M up to (p + 1) H / M, with the weights that lead into them and, in
 * the last hidden layer, those that lead out of them. Part M is the last layer's biases. */
#ifndef DTRAIN_NETWORK_H
#define DTRAIN_NETWORK_H

#include "activation.h"
#include "core/samples/samples.h"
#include "first_layer.h"
#include "head.h"
#include "tensors.h"

#include <stdbool.h>
#include <stddef.h>

struct model;
struct model_kind;

enum { NETWORK_LAYERS_MAX = 16 };

/* The number of doubles in the widest vector registers, those of AVX-512. */
enum { NETWORK_VECTOR = 8 };

/* `count`, rounded up to whole vectors. */
static inline size_t network_whole_vectors(size_t count)
{
    return (count + NETWORK_VECTOR - 1) / NETWORK_VECTOR * NETWORK_VECTOR;
}

/* `count`, which is a multiple of NETWORK_VECTOR: written so that the compiler knows it, too, and
 * emits no remainder loop. */
static inline size_t network_in_vectors(size_t count)
{
    return count / NETWORK_VECTOR * NETWORK_VECTOR;
}

/* The stride of rows of `count` numbers: whole vectors and, from 64 numbers on, an odd number of
 * cache lines, so that rows are spread over all sets of a cache. */
static inline size_t network_lanes(size_t count)
{
    const size_t lines = network_whole_vectors(count) / NETWORK_VECTOR;
    return (lines < 8 ? lines : lines | 1) * NETWORK_VECTOR;
}

/* The smallest and the largest of some numbers. */
struct network_extremes {
    double smallest, largest;
};

static inline struct network_extremes network_extremes(const double *values, int count)
{
    struct network_extremes of = {values[0], values[0]};
    for (int k = 1; k < count; ++k) {
        of.smallest = values[k] < of.smallest ? values[k] : of.smallest;
        of.largest = values[k] > of.largest ? values[k] : of.largest;
    }
    return of;
}

static inline double network_range(const double *values, int count)
{
    const struct network_extremes of = network_extremes(values, count);
    return of.largest - of.smallest;
}

/* One layer: (inputs + 1, outputs) numbers of theta from `offset` on, row-major. The last row is
 * the biases. */
struct network_layer {
    int inputs, outputs;
    size_t offset;
};

/* Where row n of a layer is in theta: the weights of its input n, or the biases. */
static inline size_t network_row(const struct network_layer *layer, int n)
{
    return layer->offset + (size_t)n * (size_t)layer->outputs;
}

/* What struct model holds for this kind. */
struct network {
    const struct activation *activation; /* of the hidden units */
    const struct head *head;             /* of the outputs */
    int count;                           /* L */
    struct network_layer layers[NETWORK_LAYERS_MAX];
};

/* The layer that leads to the outputs. */
static inline const struct network_layer *network_last(const struct network *network)
{
    return &network->layers[network->count - 1];
}

/* The width of the widest hidden layer. */
int network_widest_hidden(const struct network *network);

/* The results of a hidden layer for up to S samples. */
struct network_units {
    int count;     /* H */
    size_t stride; /* U: network_lanes(network_padded_units(H)) */
    double *a;     /* (S, U) */
    double *z;     /* (S, U) act(a), and 1 from unit H on */
    double *below; /* (S, U), as is `above`: see activation.h; 0 from unit H on */
    double *above;
};

/* The results of a forward pass of up to S samples. */
struct network_pass {
    const struct head *head;
    int hidden_layers, outputs; /* L - 1, K */
    size_t stride;              /* K, padded to whole vectors */
    struct first_layer first;   /* the samples */
    struct network_units hidden[NETWORK_LAYERS_MAX - 1];
    struct target *target; /* (S) */
    double *a;             /* (S, stride) the outputs */
    double *y;             /* (S, stride) what the head makes of them, as are the next two */
    double *one_minus_y_t; /* (S) */
    double *loss;          /* (S) NaN for samples without a target */
    double *lanes;         /* (K, 8) the last layer of eight samples side by side */
    double *sums;          /* (S, FIRST_LAYER_COLUMNS) some units of the first layer */
    double *packed;        /* some columns of an upper layer's weights */
};

/* The results of one sample at the last layer. */
struct network_sample {
    struct target target;
    const double *a, *y; /* (K) */
    double one_minus_y_t;
};

struct network_sample network_sample(const struct network_pass *pass, int i);

/* Sample i's results in a hidden layer (0: the first), from `unit` on; without slopes. */
struct activation_units network_units(const struct network_pass *pass, int layer, int i, int unit);

/* Its results are a struct network_pass. */
extern const struct model_kind network_kind;

/* The tensors W1, b1, W2, b2, ... of `layers` layers, from widths[0] inputs to widths[layers]
 * outputs. */
struct tensors network_tensors(const struct activation *activation, const struct head *head,
                               int layers, const int *widths);

/* Makes *model a network of those widths; false if it would have too many parameters. */
bool network_make(struct model *model, const struct activation *activation, const struct head *head,
                  int layers, const int *widths);

/* Makes *model the network that has these tensors; false where no network has them. */
bool network_make_from_tensors(struct model *model, const struct tensors *tensors);

/* Sets the widths of the hidden layers of these tensors. Returns how many there are, or 0 if no
 * network has these tensors. */
int network_hidden_widths(const struct tensors *tensors, int widths[NETWORK_LAYERS_MAX - 1]);

/* H + 1, padded so that a loop over some of the H units may run on to the end of a vector. */
size_t network_padded_units(int hidden);

/* How the `parts` parts of the work divide a hidden layer of H units. network_first_unit: the first
 * unit that belongs to a part (H for the last part and beyond). network_part_of_unit: the part that
 * unit j belongs to. */
int network_first_unit(int parts, int hidden, int part);
int network_part_of_unit(int parts, int hidden, int j);

#endif
