/* SPDX-License-Identifier: MIT
 *
 * A tile of the product, some rows by some vectors of columns, is summed in registers: for each
 * inner index, a number of each row times a vector of the packed matrix. */
#include "product.h"

#include "vector.h"

/* The sums of a tile take 24 of the 32 registers of AVX-512, or 12 of 16; each number of the right
 * that is loaded is used for all rows, each of the left for all vectors. */
enum { TILE_ROWS = VECTOR_REGISTERS / 4, TILE_VECTORS = 3 };

/* The columns of a row of the right that lie side by side, in whole vectors; 0 in the place of
 * columns that the matrix does not have. */
ELEMENTARY_INLINE void pack_row(size_t vectors, size_t tail, const double *from, double *packed)
{
    VECTOR_UNROLL
    for (size_t v = 0; v + 1 < vectors; ++v)
        vector_store(packed + v * VECTOR_LANES, vector_load(from + v * VECTOR_LANES));
    const size_t last = (vectors - 1) * VECTOR_LANES;
    vector_store(packed + last, vector_load_some(from + last, tail));
}

static void pack_rows(size_t vectors, size_t tail, const struct product_right *right, size_t first,
                      double *packed)
{
    const double *from = right->numbers + first;
    for (size_t i = 0; i < right->inner; ++i, from += right->inner_stride) {
        if (vectors == 3)
            pack_row(3, tail, from, packed);
        else if (vectors == 2)
            pack_row(2, tail, from, packed);
        else
            pack_row(1, tail, from, packed);
        packed += vectors * VECTOR_LANES;
    }
}

/* Packs one block: (inner, columns of the block), 0 after the last column of the matrix. */
static void pack_block(const struct product_right *right, struct vector_block block, double *packed)
{
    const size_t first = block.first, width = block.vectors * VECTOR_LANES;
    if (right->column_stride == 1) {
        pack_rows(block.vectors, block.columns - (width - VECTOR_LANES), right, first, packed);
        return;
    }
    for (size_t i = 0; i < right->inner; ++i, packed += width) {
        const double *from =
            right->numbers + i * right->inner_stride + first * right->column_stride;
        for (size_t c = 0; c < block.columns; ++c)
            packed[c] = from[c * right->column_stride];
        for (size_t c = block.columns; c < width; ++c)
            packed[c] = 0;
    }
}

void KERNEL(product_pack)(const struct product_right *right, double *packed)
{
    for (size_t b = 0; b < vector_blocks(right->columns, TILE_VECTORS); ++b) {
        const struct vector_block block = vector_block(right->columns, TILE_VECTORS, b);
        pack_block(right, block, packed + block.first * right->inner);
    }
}

/* What a tile needs to know: the block of the packed matrix, and where the first row is. */
struct tile {
    const double *packed, *start;
    size_t inner;
    const double *left;
    size_t left_stride;
    double *product;
    size_t stride;
};

ELEMENTARY_INLINE void multiply_tile(size_t rows, size_t vectors, const struct tile *tile)
{
    vector sums[TILE_ROWS][TILE_VECTORS];
    const double *left = tile->left, *right = tile->packed;
    const size_t left_stride = tile->left_stride;
    VECTOR_UNROLL
    for (size_t r = 0; r < rows; ++r)
        VECTOR_UNROLL
    for (size_t v = 0; v < vectors; ++v)
        sums[r][v] = vector_load(tile->start + v * VECTOR_LANES);
    for (size_t i = 0; i < tile->inner; ++i, ++left, right += vectors * VECTOR_LANES) {
        vector factor[TILE_VECTORS];
        VECTOR_UNROLL
        for (size_t v = 0; v < vectors; ++v)
            factor[v] = vector_load(right + v * VECTOR_LANES);
        VECTOR_UNROLL
        for (size_t r = 0; r < rows; ++r) {
            const vector x = vector_of(left[r * left_stride]);
            VECTOR_UNROLL
            for (size_t v = 0; v < vectors; ++v)
                sums[r][v] = vector_fma(x, factor[v], sums[r][v]);
        }
    }
    VECTOR_UNROLL
    for (size_t r = 0; r < rows; ++r)
        VECTOR_UNROLL
    for (size_t v = 0; v < vectors; ++v)
        vector_store(tile->product + r * tile->stride + v * VECTOR_LANES, sums[r][v]);
}

/* Multiplies as many rows as make whole tiles of that height, from the tile's first on, and moves
 * it on. Returns how many rows are left. */
ELEMENTARY_INLINE size_t multiply_rows(size_t height, size_t vectors, size_t rows,
                                       struct tile *tile)
{
    for (; rows >= height; rows -= height) {
        multiply_tile(height, vectors, tile);
        tile->left += height * tile->left_stride;
        tile->product += height * tile->stride;
    }
    return rows;
}

ELEMENTARY_INLINE void multiply_block(size_t vectors, size_t rows, struct tile *tile)
{
    rows = multiply_rows(TILE_ROWS, vectors, rows, tile);
    rows = multiply_rows(2, vectors, rows, tile);
    multiply_rows(1, vectors, rows, tile);
}

/* A block of the product, from the packed block. */
static void multiply_columns(const double *packed, size_t inner, struct vector_block block,
                             const double *start, size_t rows, const double *left,
                             size_t left_stride, double *product, size_t stride)
{
    double begin[TILE_VECTORS * VECTOR_LANES] = {0};
    for (size_t c = 0; start && c < block.columns; ++c)
        begin[c] = start[block.first + c];
    struct tile tile = {packed, begin, inner, left, left_stride, product + block.first, stride};
    if (block.vectors == 3)
        multiply_block(3, rows, &tile);
    else if (block.vectors == 2)
        multiply_block(2, rows, &tile);
    else
        multiply_block(1, rows, &tile);
}

void KERNEL(product_multiply)(const double *packed, size_t inner, size_t columns,
                              const double *start, size_t rows, const double *left,
                              size_t left_stride, double *product, size_t stride)
{
    for (size_t b = 0; b < vector_blocks(columns, TILE_VECTORS); ++b) {
        const struct vector_block block = vector_block(columns, TILE_VECTORS, b);
        multiply_columns(packed + block.first * inner, inner, block, start, rows, left, left_stride,
                         product, stride);
    }
}

void KERNEL(product_once)(const struct product_right *right, double *room, const double *start,
                          size_t rows, const double *left, size_t left_stride, double *product,
                          size_t stride)
{
    for (size_t b = 0; b < vector_blocks(right->columns, TILE_VECTORS); ++b) {
        const struct vector_block block = vector_block(right->columns, TILE_VECTORS, b);
        pack_block(right, block, room);
        multiply_columns(room, right->inner, block, start, rows, left, left_stride, product,
                         stride);
    }
}
