/* SPDX-License-Identifier: MIT
 *
 * The two-layer network: a1 = x W1 + b1, z = sigmoid(a1), a2 = z W2 + b2, y = softmax(a2).
 *
 * Letters, here and everywhere: D inputs, H hidden units, K classes, P = DH + H + HK + K
 * parameters. One vector theta[P] holds all parameters: W1 (D, H) row-major, b1 (H), W2 (H, K)
 * row-major, b2 (K). As b1 follows W1, it is W1's row D, for an input that is always 1; and b2 is
 * W2's row H, for a hidden unit that is always 1. All functions are pure, and a sample's results
 * have the same bits whatever surrounds it. */
#ifndef DTRAIN_NETWORK_H
#define DTRAIN_NETWORK_H

#include "common/model_call.h"
#include "dtrain/dtrain.h"
#include "exact_sum.h"
#include "samples.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Inside the logarithm of the loss, l = -log(y_t + 1e-7), as in the book: l <= 16.12. */
#define NETWORK_LOSS_EPSILON 1e-7

/* Sample losses lie in [-1e-7, 16.12): the power of two above, for their exact sums. */
#define NETWORK_LOSS_RANGE 32.0

/* The range of the losses' exact sums: that, or a model's own. */
struct network;
double network_loss_range(const struct network *network);

/* P at most: counts of parameters fit into MPI's int. */
#define NETWORK_PARAMETERS_MAX ((size_t)1 << 30)

struct network {
    int inputs;  /* D */
    int hidden;  /* H */
    int classes; /* K */
    /* A loss of the user's own, in place of the two layers (H is 0 then); NULL: none. */
    const struct dtrain_model *model;
    size_t model_parameters; /* its P; 0 without a model */
    struct model_call *call; /* where each call of the model is noted; NULL without a model */
};

enum { NETWORK_TENSORS = 4 };

/* Doubles in the widest vector registers, of AVX-512. */
enum { NETWORK_VECTOR = 8 };

/* One of W1, b1, W2, b2: where it lies in theta, and its shape (a vector has columns = 0). */
struct network_tensor {
    const char *name;
    size_t offset;
    int rows, columns;
};

/* Everything the forward pass of one sample computes. Its arrays are one block, `storage`. */
struct network_pass {
    struct sample sample; /* room for the sample, in the form that the network takes */
    int label;            /* t, or 0 where nobody knows it: the class to which y is relative */
    double *a1;           /* (H) */
    double *z;            /* (H + 1) sigmoid(a1), and 1; padded */
    double *one_minus_z;  /* (H + 1) sigmoid(-a1), without cancellation, and 0; padded */
    double *a2;           /* (K) */
    double *y;            /* (K) softmax(a2) */
    double one_minus_y_t; /* the sum of the other classes' y, without cancellation */
    double model_loss;
    void *storage;
};

/* P. */
size_t network_parameter_count(const struct network *network);

/* By how many pieces a sample's work can be shared out: the hidden units and b2, H + 1; with a
 * model its parameters. */
int network_parts(const struct network *network);

/* The piece that a parameter belongs to: W1[:,j], b1[j] and W2[j,:] to j, and b2 to H. */
int network_part_of(const struct network *network, size_t parameter);

/* Whether parameters of one are parameters of the other. */
bool network_same_shape(const struct network *a, const struct network *b);

/* H + 1 and room enough that loops over part of the units may run on to whole vectors. */
size_t network_padded_units(const struct network *network);

/* The tensors in the order of theta; returns how many: four, or one, "theta", with a model. */
int network_tensors(const struct network *network, struct network_tensor tensors[NETWORK_TENSORS]);

/* Writes a parameter's name, such as "W1[3,41]" or "b2[7]", into text. */
void network_parameter_name(const struct network *network, size_t parameter, char *text,
                            size_t size);

/* theta[P]: weights normal with deviation `deviation`, keyed by seed; biases 0. Or as the model has
 * it. */
void network_initialize(const struct network *network, uint64_t seed, double deviation,
                        double *theta);

/* Allocates the arrays of a pass; false where memory is short. network_pass_destroy frees. */
bool network_pass_create(struct network_pass *pass, const struct network *network);
void network_pass_destroy(struct network_pass *pass);

/* The forward pass of one sample. */
void network_forward(const struct network *network, const double *theta,
                     const struct sample *sample, struct network_pass *pass);

/* The loss of the sample last passed forward. */
double network_loss(const struct network *network, const struct network_pass *pass);

/* Its class: that with the largest a2 (the first of equals), or as the model has it (-1: none). */
int network_prediction(const struct network *network, const double *theta,
                       const struct network_pass *pass);

/* What the samples of a share add up to. Sums of shares are summed over ranks. */
struct network_score {
    int64_t loss_sum;     /* in quanta of the grid */
    int64_t correct;      /* predictions that are right */
    int64_t overflows;    /* losses that are not finite, or beyond the grid's range */
    int64_t overflow_row; /* the first of them, */
    double overflow_loss; /* and what it is */
};

/* The score of `count` rows, given by their numbers in the data set. `grid` is that of all terms
 * that will be summed, over all ranks, with range network_loss_range. */
struct network_score network_score(const struct network *network, const double *theta,
                                   const struct samples *samples, const int64_t *rows,
                                   int64_t count, const struct exact_grid *grid,
                                   struct network_pass *pass);

#endif
