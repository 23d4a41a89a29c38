/* SPDX-License-Identifier: MIT
 *
 * Only units that are on pass moves on, so the product takes the rows and columns of a layer's
 * weights from lists: a quarter of them, if half of the units are on. */
#include "linear_piece.h"

#include "core/numbers/vector.h"

/* The sums of a tile are in half of the registers or three quarters. */
enum { TILE_ROWS = VECTOR_REGISTERS / 4, TILE_VECTORS = 3 };

ELEMENTARY_INLINE void multiply_tile(size_t vectors, const struct linear_piece_product *p,
                                     const int *rows, size_t column, double *product)
{
    vector sums[TILE_ROWS][TILE_VECTORS] = {{{0}}};
    const double *left[TILE_ROWS], *right = p->right + column;
    VECTOR_UNROLL
    for (size_t r = 0; r < TILE_ROWS; ++r)
        left[r] = p->left + (size_t)rows[r] * p->left_stride;
    for (size_t i = 0; i < p->inner_count; ++i, right += p->stride) {
        const size_t at = (size_t)p->inner[i];
        vector factor[TILE_VECTORS];
        VECTOR_UNROLL
        for (size_t v = 0; v < vectors; ++v)
            factor[v] = vector_load(right + v * VECTOR_LANES);
        VECTOR_UNROLL
        for (size_t r = 0; r < TILE_ROWS; ++r) {
            const vector x = vector_of(left[r][at]);
            VECTOR_UNROLL
            for (size_t v = 0; v < vectors; ++v)
                sums[r][v] = vector_fma(x, factor[v], sums[r][v]);
        }
    }
    VECTOR_UNROLL
    for (size_t r = 0; r < TILE_ROWS; ++r)
        VECTOR_UNROLL
    for (size_t v = 0; v < vectors; ++v)
        vector_store(product + r * p->stride + v * VECTOR_LANES, sums[r][v]);
}

/* Multiplies a block of columns, so many vectors wide, for all rows. */
ELEMENTARY_INLINE void multiply_block(size_t vectors, const struct linear_piece_product *p,
                                      size_t column)
{
    for (size_t row = 0; row < p->row_count; row += TILE_ROWS)
        multiply_tile(vectors, p, p->rows + row, column, p->product + row * p->stride + column);
}

void KERNEL(linear_piece_multiply)(const struct linear_piece_product *p)
{
    for (size_t b = 0; b < vector_blocks(p->columns, TILE_VECTORS); ++b) {
        const struct vector_block block = vector_block(p->columns, TILE_VECTORS, b);
        if (block.vectors == 3)
            multiply_block(3, p, block.first);
        else if (block.vectors == 2)
            multiply_block(2, p, block.first);
        else
            multiply_block(1, p, block.first);
    }
}

/* A block of VECTOR_LANES rows. Returns the range of each. */
ELEMENTARY_INLINE vector turn_rows(size_t lanes, size_t columns, const double *weights,
                                   size_t stride, double *directions)
{
    vector smallest = {0}, largest = {0};
    for (size_t k = 0; k < columns; k += VECTOR_LANES) {
        vector block[VECTOR_LANES];
        VECTOR_UNROLL
        for (size_t r = 0; r < VECTOR_LANES; ++r)
            block[r] = vector_load(weights + r * stride + k);
        vector_transpose(block);
        if (k == 0)
            smallest = largest = block[0];
        VECTOR_UNROLL
        for (size_t r = 0; r < VECTOR_LANES; ++r) {
            if (k + r == columns)
                break;
            smallest = vector_smaller(block[r], smallest);
            largest = vector_larger(block[r], largest);
            vector_store(directions + (k + r) * lanes, block[r]);
        }
    }
    return largest - smallest;
}

double KERNEL(linear_piece_turn)(size_t lanes, size_t columns, const double *weights, size_t stride,
                                 double *directions)
{
    vector ranges = {0};
    double range = 0;
    for (size_t j = 0; j < lanes; j += VECTOR_LANES)
        ranges = vector_larger(
            turn_rows(lanes, columns, weights + j * stride, stride, directions + j), ranges);
    for (int t = 0; t < VECTOR_LANES; ++t)
        range = ranges[t] > range ? ranges[t] : range;
    return range;
}

/* relu(a + shift) - relu(a), without cancellation. */
ELEMENTARY_INLINE vector move_by(double a, vector shift)
{
    return a > 0 ? vector_larger(vector_of(-a), shift) : vector_larger(vector_of(0), a + shift);
}

/* Adds to the moves of some columns. */
ELEMENTARY_INLINE void add_moves(int columns, const double *weights, vector move, double *moves)
{
    for (int k = 0; k < columns; ++k, moves += LINEAR_PIECE_SHIFTS)
        vector_store(moves, vector_fma(move, vector_of(weights[k]), vector_load(moves)));
}

/* If a candidate crosses its kink by any of the shifts, adds what it moves more than its linear
 * piece says. */
ELEMENTARY_INLINE void correct(const struct linear_piece *piece, int candidate, double *moves)
{
    const int l = piece->near.layer[candidate], row = piece->near.row[candidate];
    const vector shift =
        vector_load(moves + (size_t)(piece->outputs + candidate) * LINEAR_PIECE_SHIFTS);
    const double a = piece->near.a[candidate];
    const vector moved = move_by(a, shift), more = a > 0 ? moved - shift : moved;
    if (vector_any(more))
        add_moves(piece->columns[l], linear_piece_row(piece, l, row), more, moves);
}

/* Candidates of lower layers are the last columns. */
void KERNEL(linear_piece_move)(const struct linear_piece *piece, int l, int row, const double *eta,
                               double *moves)
{
    const int columns = piece->columns[l], unit = piece->near.layers[l].units[row];
    const double a = *network_units(piece->pass, l, piece->sample, unit).a;
    const double *weights = linear_piece_row(piece, l, row);
    for (int t = 0; t < LINEAR_PIECE_SHIFTS; t += VECTOR_LANES) {
        const vector move = move_by(a, vector_load(eta + t));
        for (int k = 0; k < columns; ++k)
            vector_store(moves + (size_t)k * LINEAR_PIECE_SHIFTS + t, move * weights[k]);
        for (int candidate = columns - piece->outputs - 1; candidate >= 0; --candidate)
            correct(piece, candidate, moves + t);
    }
}
