/* SPDX-License-Identifier: MIT
 *
 * The product of a few rows with a layer's weights. Each of its numbers is a sum in the order of
 * the inputs, by fma, so its bits depend on neither the instruction set nor the other rows. */
#ifndef DTRAIN_MATRIX_H
#define DTRAIN_MATRIX_H

#include <stddef.h>

/* The rows and columns computed at a time: the sums fill 12 of the 16 vector registers of AVX2.
 * Columns are padded to vectors of 4. */
enum { MATRIX_ROWS = 4, MATRIX_COLUMNS = 12 };

size_t matrix_padded(int columns);

/* Packs W (inputs, outputs), whose rows are `stride` numbers apart, for matrix_multiply: packed
 * (blocks of columns, inputs, columns of the block), 0 after the last column; in all
 * matrix_padded(outputs) x inputs numbers, aligned to 32 bytes. */
void matrix_pack(const double *w, int inputs, int outputs, size_t stride, double *packed);

/* product = x W: x (rows, x_stride), product (rows, stride), which is written up to the padded
 * number of columns. */
void matrix_multiply(const double *packed, int inputs, int outputs, size_t rows, const double *x,
                     size_t x_stride, double *product, size_t stride);

#endif
