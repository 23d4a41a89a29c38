/* SPDX-License-Identifier: MIT
 *
 * The loops over the effective weights of a linear piece, in their versions (kernel.h). */
#ifndef DTRAIN_LINEAR_PIECE_KERNEL_H
#define DTRAIN_LINEAR_PIECE_KERNEL_H

#include "core/numbers/kernel.h"
#include "linear_piece.h"

#include <stddef.h>

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

/* linear_piece_move. */
typedef void linear_piece_move_kernel(const struct linear_piece *piece, int layer, int row,
                                      const double *eta, double *moves);

KERNEL_DECLARE(linear_piece_move_kernel, linear_piece_move);
KERNEL_DECLARE(linear_piece_multiply_kernel, linear_piece_multiply);
KERNEL_DECLARE(linear_piece_turn_kernel, linear_piece_turn);

#endif
