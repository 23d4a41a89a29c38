/* SPDX-License-Identifier: MIT
 *
 * The product of two matrices, where most of the time goes: layers forward and backward, effective
 * weights and shifted passes. Each of its numbers is a sum by fma in the order of the inner index,
 * so its bits depend on neither the instruction set nor the other rows and columns. The functions
 * are kernels (kernel.h): the blocks of a packed matrix are as wide as the registers allow. */
#ifndef DTRAIN_PRODUCT_H
#define DTRAIN_PRODUCT_H

#include "kernel.h"

#include <stddef.h>

/* The matrix on the right, (inner, columns): number [i, c] is at i * inner_stride +
 * c * column_stride, so it may be the transpose of what is in memory. */
struct product_right {
    const double *numbers;
    size_t inner, columns;
    size_t inner_stride, column_stride;
};

/* Products and packed matrices have whole vectors: their columns are padded to a multiple of this.
 */
enum { PRODUCT_COLUMNS = 8, PRODUCT_BLOCK = 24 };

/* Packs the matrix for product_multiply: inner x columns numbers, padded, aligned to 64 bytes. */
typedef void product_pack_kernel(const struct product_right *right, double *packed);

/* product (rows, columns) = left (rows, inner) x the packed matrix + start (columns), with which
 * each sum begins; NULL: it begins with 0. Rows are `left_stride` and `stride` numbers apart; the
 * padding of each row of the product is written, too. */
typedef void product_multiply_kernel(const double *packed, size_t inner, size_t columns,
                                     const double *start, size_t rows, const double *left,
                                     size_t left_stride, double *product, size_t stride);

/* The same for a matrix that is used once. It is packed in blocks of columns, each of which is in
 * the caches when it is multiplied; room: PRODUCT_BLOCK * inner numbers, aligned to 64 bytes. */
typedef void product_once_kernel(const struct product_right *right, double *room,
                                 const double *start, size_t rows, const double *left,
                                 size_t left_stride, double *product, size_t stride);

KERNEL_DECLARE(product_pack_kernel, product_pack);
KERNEL_DECLARE(product_multiply_kernel, product_multiply);
KERNEL_DECLARE(product_once_kernel, product_once);

#endif
