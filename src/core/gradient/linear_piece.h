/* SPDX-License-Identifier: MIT
 *
 * A relu network is linear as long as no unit crosses its kink. So for each sample there are
 * effective weights E: when unit j of a hidden layer moves by m, output k moves by m E[j,k]. They
 * are the last layer's W, and go down from layer to layer: a unit's are the sum of those of the
 * units above it that are on, each times the weight between.
 *
 * A shift may take other units across their kinks: candidates (near_kinks.h). The pre-activation of
 * each goes down as one more column of E, as if it were an output. So it is known which units below
 * reach it. When such a unit is shifted, the candidates are looked at from the lowest layer up: one
 * that crosses its kink does not move as its linear piece says, and what it moves more moves the
 * layers above by its own row of E. */
#ifndef DTRAIN_LINEAR_PIECE_H
#define DTRAIN_LINEAR_PIECE_H

#include "core/model/network.h"
#include "core/numbers/kernel.h"
#include "near_kinks.h"

#include <stdbool.h>
#include <stddef.h>

/* A unit is shifted by so many etas side by side. */
enum { LINEAR_PIECE_SHIFTS = NETWORK_VECTOR };

struct linear_piece {
    const struct network *network;
    const double *theta;
    struct near_kinks near; /* the rows of each layer, and the candidates */
    int room;               /* for the columns of so many candidates */

    const struct network_pass *pass; /* that of the sample at work */
    int sample;
    const double *shifts;                /* (layers): the largest */
    double *weights[NETWORK_LAYERS_MAX]; /* (rows, stride): E of each hidden layer */
    size_t stride;
    int outputs;                      /* K */
    int columns[NETWORK_LAYERS_MAX];  /* how many columns a layer has: the outputs, and the
                                       * candidates of the layers above, */
    bool fits;                        /* if there is room for all */
    int *reached[NETWORK_LAYERS_MAX]; /* (rows): how many candidates a row's unit reaches, if no
                                       * other one crosses its kink; 1 if there is no room */
    bool marked[NETWORK_LAYERS_MAX];  /* whether a shift may take a unit across its kink */
    double *bound;                    /* (columns) */
};

/* Takes memory from the arena. */
void linear_piece_create(struct linear_piece *piece, struct arena *arena,
                         const struct network *network);

/* Begins an iteration. */
void linear_piece_set_weights(struct linear_piece *piece, const double *theta);

/* Begins sample i of a pass, whose units in each hidden layer will be shifted by at most `shifts`
 * (layers). Both must stay as they are until the next sample. */
void linear_piece_set_sample(struct linear_piece *piece, const struct network_pass *pass, int i,
                             const double *shifts);

/* Finds the effective weights of a hidden layer: first of the last one, then down. */
void linear_piece_go_down(struct linear_piece *piece, int layer);

/* Whether linear_piece_move can be used for a row of that layer, and takes less time than passing
 * the shifts on through all layers. */
bool linear_piece_can_move(const struct linear_piece *piece, int layer, int row);

/* The effective weights of a row. */
static inline const double *linear_piece_row(const struct linear_piece *piece, int layer, int row)
{
    return piece->weights[layer] + (size_t)row * piece->stride;
}

/* How the outputs move if the unit of a row is shifted by each of some eta (LINEAR_PIECE_SHIFTS):
 * moves (columns, LINEAR_PIECE_SHIFTS), of which the first K are the outputs. */
typedef void linear_piece_move_kernel(const struct linear_piece *piece, int layer, int row,
                                      const double *eta, double *moves);

/* A bound on how far the outputs then move from each other, for all shifts up to the largest. */
double linear_piece_farthest(const struct linear_piece *piece, int layer, int row);

/* Rows are computed so many at a time. */
enum { LINEAR_PIECE_ROWS = 8 };

/* A product of some rows and some columns of a matrix, (rows, inner), with a matrix (inner,
 * columns). Each number is a sum by fma in the order of the inner list. */
struct linear_piece_product {
    const double *left;
    size_t left_stride;
    const int *rows, *inner; /* the numbers of the rows and of the columns of the left matrix */
    size_t row_count;        /* in whole LINEAR_PIECE_ROWS */
    size_t inner_count;
    const double *right;    /* (inner_count, stride) */
    size_t columns, stride; /* in whole vectors */
    double *product;        /* (row_count, stride) */
};

typedef void linear_piece_multiply_kernel(const struct linear_piece_product *product);

/* The first `columns` columns of some rows (lanes, stride), side by side: directions (columns,
 * lanes). Returns the largest range of a row. The lanes, and the stride, are whole vectors. */
typedef double linear_piece_turn_kernel(size_t lanes, size_t columns, const double *weights,
                                        size_t stride, double *directions);

KERNEL_DECLARE(linear_piece_multiply_kernel, linear_piece_multiply);
KERNEL_DECLARE(linear_piece_turn_kernel, linear_piece_turn);
KERNEL_DECLARE(linear_piece_move_kernel, linear_piece_move);

#endif
