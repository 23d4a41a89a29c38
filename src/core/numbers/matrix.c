/* SPDX-License-Identifier: MIT
 *
 * The innermost loop of networks with several hidden layers: the shifts of many units, as rows,
 * times the weights of the layer above (gradient/propagation.c), or the slopes of many units times
 * the weights below (gradient/linear_slopes.c). */
#include "matrix.h"

#include "common/multiversion.h"
#include "elementary.h"

#include <string.h>

enum { LANES = 4, VECTORS = MATRIX_COLUMNS / LANES };

/* With vectors in place of arrays of lanes, and loops unrolled, compilers keep all sums of a block
 * in registers. */
typedef double vector __attribute__((vector_size(LANES * sizeof(double))));

size_t matrix_padded(int columns)
{
    return ((size_t)columns + LANES - 1) / LANES * LANES;
}

void matrix_pack(const double *w, int inputs, int outputs, size_t stride, double *packed)
{
    const size_t columns = (size_t)outputs, padded = matrix_padded(outputs);
    memset(packed, 0, padded * (size_t)inputs * sizeof *packed);
    for (size_t first = 0; first < columns; first += MATRIX_COLUMNS) {
        const size_t rest = padded - first, width = rest < MATRIX_COLUMNS ? rest : MATRIX_COLUMNS;
        const size_t some = columns - first < width ? columns - first : width;
        for (size_t i = 0; i < (size_t)inputs; ++i, packed += width)
            memcpy(packed, w + i * stride + first, some * sizeof *w);
    }
}

/* sum += x w, lane by lane. */
ELEMENTARY_INLINE void add_product(double x, const vector *w, vector *sum)
{
    const vector factor = *w, before = *sum;
    *sum = (vector){fma(x, factor[0], before[0]), fma(x, factor[1], before[1]),
                    fma(x, factor[2], before[2]), fma(x, factor[3], before[3])};
}

/* Adds one input of each row, times its weights, to the sums. */
ELEMENTARY_INLINE void add_input(size_t vectors, const double *const *row, int input,
                                 const vector *w, vector (*sums)[VECTORS])
{
#pragma GCC unroll 4
    for (size_t r = 0; r < MATRIX_ROWS; ++r)
#pragma GCC unroll 4
        for (size_t v = 0; v < vectors; ++v)
            add_product(row[r][input], &w[v], &sums[r][v]);
}

/* One block of the product: `vectors` vectors of columns, and `rows` rows, or MATRIX_ROWS if there
 * are more. The first row stands in for missing ones. */
ELEMENTARY_INLINE void multiply_block(size_t vectors, const vector *w, int inputs, size_t rows,
                                      const double *x, size_t x_stride, double *product,
                                      size_t stride)
{
    const double *row[MATRIX_ROWS];
    vector sums[MATRIX_ROWS][VECTORS] = {0};
#pragma GCC unroll 4
    for (size_t r = 0; r < MATRIX_ROWS; ++r)
        row[r] = r < rows ? x + r * x_stride : x;
    for (int i = 0; i < inputs; ++i, w += vectors)
        add_input(vectors, row, i, w, sums);
#pragma GCC unroll 4
    for (size_t r = 0; r < MATRIX_ROWS; ++r)
#pragma GCC unroll 4
        for (size_t v = 0; v < vectors; ++v)
            if (r < rows)
                memcpy(product + r * stride + v * LANES, &sums[r][v], sizeof(vector));
}

MULTIVERSION
static void multiply_blocks(const vector *packed, int inputs, size_t vectors, size_t rows,
                            const double *x, size_t x_stride, double *product, size_t stride)
{
    for (; vectors > 0; product += MATRIX_COLUMNS) {
        const size_t some = vectors < VECTORS ? vectors : VECTORS;
        for (size_t r = 0; r < rows; r += MATRIX_ROWS) {
            const double *x_block = x + r * x_stride;
            double *block = product + r * stride;
            if (some == VECTORS)
                multiply_block(VECTORS, packed, inputs, rows - r, x_block, x_stride, block, stride);
            else if (some == 2)
                multiply_block(2, packed, inputs, rows - r, x_block, x_stride, block, stride);
            else
                multiply_block(1, packed, inputs, rows - r, x_block, x_stride, block, stride);
        }
        packed += (size_t)inputs * some;
        vectors -= some;
    }
}

void matrix_multiply(const double *packed, int inputs, int outputs, size_t rows, const double *x,
                     size_t x_stride, double *product, size_t stride)
{
    const void *vectors = packed;
    multiply_blocks(vectors, inputs, matrix_padded(outputs) / LANES, rows, x, x_stride, product,
                    stride);
}
