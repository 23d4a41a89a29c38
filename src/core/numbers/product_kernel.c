/* SPDX-License-Identifier: MIT
 *
 * A tile of the product, some rows by some vectors of columns, is summed in registers: for each
 * inner index, a number of each row times a vector of the packed matrix. */
#include "product_kernel.h"

#include "vector.h"

/* The sums of a tile take 24 of the 32 registers of AVX-512, or 12 of 16; each number of the right
 * that is loaded is used for all rows, each of the left for all vectors. */
enum { TILE_ROWS = VECTOR_REGISTERS / 4, TILE_VECTORS = 3 };

/* A block of columns: vectors first .. first + count - 1. The vectors of a matrix are divided
 * evenly among its blocks, as narrow blocks are slow. */
struct block {
    size_t first, count;
};

static size_t vectors_of(size_t columns)
{
    return (columns + VECTOR_LANES - 1) / VECTOR_LANES;
}

static size_t blocks_of(size_t columns)
{
    return (vectors_of(columns) + TILE_VECTORS - 1) / TILE_VECTORS;
}

static struct block block_at(size_t columns, size_t index)
{
    const size_t vectors = vectors_of(columns), blocks = blocks_of(columns);
    const size_t first = index * vectors / blocks, end = (index + 1) * vectors / blocks;
    return (struct block){first, end - first};
}

/* Packs one block: (inner, columns of the block), 0 after the last column of the matrix. */
static void pack_block(const struct product_right *right, struct block block, double *packed)
{
    const size_t first = block.first * VECTOR_LANES, width = block.count * VECTOR_LANES;
    const size_t left = right->columns - first, some = left < width ? left : width;
    for (size_t i = 0; i < right->inner; ++i, packed += width) {
        const double *from =
            right->numbers + i * right->inner_stride + first * right->column_stride;
        for (size_t c = 0; c < some; ++c)
            packed[c] = from[c * right->column_stride];
        for (size_t c = some; c < width; ++c)
            packed[c] = 0;
    }
}

void KERNEL(product_pack)(const struct product_right *right, double *packed)
{
    for (size_t b = 0; b < blocks_of(right->columns); ++b) {
        const struct block block = block_at(right->columns, b);
        pack_block(right, block, packed + block.first * VECTOR_LANES * right->inner);
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

void KERNEL(product_multiply)(const double *packed, size_t inner, size_t columns,
                              const double *start, size_t rows, const double *left,
                              size_t left_stride, double *product, size_t stride)
{
    for (size_t b = 0; b < blocks_of(columns); ++b) {
        const struct block block = block_at(columns, b);
        const size_t first = block.first * VECTOR_LANES, width = block.count * VECTOR_LANES;
        double begin[TILE_VECTORS * VECTOR_LANES] = {0};
        for (size_t c = 0; start && c < width && first + c < columns; ++c)
            begin[c] = start[first + c];
        struct tile tile = {packed + first * inner, begin, inner, left, left_stride,
                            product + first,        stride};
        if (block.count == 3)
            multiply_block(3, rows, &tile);
        else if (block.count == 2)
            multiply_block(2, rows, &tile);
        else
            multiply_block(1, rows, &tile);
    }
}
