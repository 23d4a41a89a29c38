/* SPDX-License-Identifier: MIT */
#include "product_kernel.h"

void product_pack(const struct product_right *right, double *packed)
{
    KERNEL_CHOOSE(product_pack)(right, packed);
}

void product_multiply(const double *packed, size_t inner, size_t columns, const double *start,
                      size_t rows, const double *left, size_t left_stride, double *product,
                      size_t stride)
{
    KERNEL_CHOOSE(product_multiply)
    (packed, inner, columns, start, rows, left, left_stride, product, stride);
}

void product_once(const struct product_right *right, double *room, const double *start, size_t rows,
                  const double *left, size_t left_stride, double *product, size_t stride)
{
    KERNEL_CHOOSE(product_once)
    (right, room, start, rows, left, left_stride, product, stride);
}
