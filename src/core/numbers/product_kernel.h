/* SPDX-License-Identifier: MIT
 *
 * The functions of product.h in their versions (kernel.h): the blocks of a packed matrix are as
 * wide as the registers of a version allow. */
#ifndef DTRAIN_PRODUCT_KERNEL_H
#define DTRAIN_PRODUCT_KERNEL_H

#include "kernel.h"
#include "product.h"

typedef void product_pack_kernel(const struct product_right *right, double *packed);
typedef void product_multiply_kernel(const double *packed, size_t inner, size_t columns,
                                     const double *start, size_t rows, const double *left,
                                     size_t left_stride, double *product, size_t stride);
typedef void product_once_kernel(const struct product_right *right, double *room,
                                 const double *start, size_t rows, const double *left,
                                 size_t left_stride, double *product, size_t stride);

KERNEL_DECLARE(product_pack_kernel, product_pack);
KERNEL_DECLARE(product_multiply_kernel, product_multiply);
KERNEL_DECLARE(product_once_kernel, product_once);

#endif
