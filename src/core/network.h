/* SPDX-License-Identifier: MIT
 *
 * The layered network: a1 = x W1 + b1, z = sigmoid(a1), a2 = z W2 + b2, y = softmax(a2).
 *
 * Letters, here and everywhere: D inputs, H hidden units, K classes, P = DH + H + HK + K
 * parameters. One vector theta[P] holds all parameters: W1 (D, H) row-major, b1 (H), W2 (H, K)
 * row-major, b2 (K). As b1 follows W1, it is W1's row D, for an input that is always 1; and b2 is
 * W2's row H, for a hidden unit that is always 1.
 *
 * The layers are data, from a list of widths such as 784, 50, 10. What is written for two layers is
 * the forward pass, the gradient methods numerical and backprop, and the parts of a sample's work:
 * part j is W1[:,j], b1[j] and W2[j,:] of hidden unit j, and part H is b2. */
#ifndef DTRAIN_NETWORK_H
#define DTRAIN_NETWORK_H

#include "activation.h"
#include "samples.h"
#include "tensors.h"

#include <stdbool.h>
#include <stddef.h>

struct model;
struct model_kind;

/* Inside the logarithm of the loss, l = -log(y_t + 1e-7), as in the book: l <= 16.12. */
#define NETWORK_LOSS_EPSILON 1e-7

/* Sample losses lie in [-1e-7, 16.12): the power of two above, for their exact sums. */
#define NETWORK_LOSS_RANGE 32.0

enum { NETWORK_LAYERS = 2 };

/* Doubles in the widest vector registers, of AVX-512. */
enum { NETWORK_VECTOR = 8 };

/* So many numbers, and more up to the end of a vector. */
static inline size_t network_whole_vectors(size_t count)
{
    return (count + NETWORK_VECTOR - 1) / NETWORK_VECTOR * NETWORK_VECTOR;
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

/* What struct model holds of this kind. */
struct network {
    const struct activation *activation; /* of the hidden units */
    struct network_layer layers[NETWORK_LAYERS];
};

/* The results of a forward pass, of S samples at the most. Its arrays but `panel` are one block,
 * `storage`. */
struct network_pass {
    int hidden, classes;   /* H, K */
    size_t units;          /* U: H + 1, padded (network_padded_units) */
    int *label;            /* (S) t, or 0 where nobody knows it: the class that y is relative to */
    double *a1;            /* (S, U) */
    double *z;             /* (S, U) sigmoid(a1), and 1 from unit H on */
    double *one_minus_z;   /* (S, U) sigmoid(-a1), without cancellation, and 0 from unit H on */
    double *a2;            /* (S, K) */
    double *y;             /* (S, K) softmax(a2) */
    double *one_minus_y_t; /* (S) the sum of the other classes' y, without cancellation */
    double *loss;          /* (S) */
    double *lanes;         /* (K, 8) eight samples side by side */
    double *panel;         /* room for some rows of W1 */
    int *cursor;           /* (S) how far the inputs of each sample have been added */
    void *storage;
};

/* The results of one of the samples. */
struct network_sample {
    int label;                          /* t */
    const double *a1, *z, *one_minus_z; /* (U) */
    const double *a2, *y;               /* (K) */
    double one_minus_y_t;
};

struct network_sample network_sample(const struct network_pass *pass, int i);

/* Its results are a struct network_pass. */
extern const struct model_kind network_kind;

/* The tensors W1, b1, W2, b2 of layers from widths[0] inputs to widths[NETWORK_LAYERS] classes. */
struct tensors network_tensors(const int widths[NETWORK_LAYERS + 1]);

/* Makes *model a network of those widths; false where it would have too many parameters. */
bool network_make(struct model *model, const int widths[NETWORK_LAYERS + 1]);

/* Makes *model the network that has these tensors; false where no network has them. */
bool network_make_from_tensors(struct model *model, const struct tensors *tensors);

/* H + 1, and so many more that a loop over some of the units may run on to whole vectors. */
size_t network_padded_units(const struct network *network);

#endif
