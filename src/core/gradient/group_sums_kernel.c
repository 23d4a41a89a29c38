/* SPDX-License-Identifier: MIT
 *
 * Where most of the time of a gradient goes. A group's sums of some rows and columns are in
 * registers while its terms are added; the rounded sums are collected over the groups, so that the
 * totals, which are many, are read and written once for all groups. */
#include "group_sums.h"

#include "sums_rounding.h"

/* A tile of the product: as in core/numbers/product_kernel.c. */
enum { TILE_ROWS = VECTOR_REGISTERS / 4, TILE_VECTORS = 3 };

/* Rows from `row` on and columns from `first` on. */
struct tile {
    const struct group_terms *groups;
    int count;
    size_t row, first;
    size_t columns;
    int64_t *totals;
    size_t stride;
};

/* Adds the terms of a group to the sums of a tile. */
ELEMENTARY_INLINE void add_terms(size_t rows, size_t vectors, const struct tile *tile,
                                 const struct group_terms *group,
                                 vector sums[TILE_ROWS][TILE_VECTORS])
{
    for (int t = 0; t < group->count; ++t) {
        const double *factors = group->factors[t] + tile->row;
        const double *values = group->values[t] + tile->first;
        vector value[TILE_VECTORS];
        VECTOR_UNROLL
        for (size_t v = 0; v < vectors; ++v)
            value[v] = vector_load(values + v * VECTOR_LANES);
        VECTOR_UNROLL
        for (size_t r = 0; r < rows; ++r) {
            const vector factor = vector_of(factors[r]);
            VECTOR_UNROLL
            for (size_t v = 0; v < vectors; ++v)
                sums[r][v] = vector_fma(factor, value[v], sums[r][v]);
        }
    }
}

ELEMENTARY_INLINE void add_tile(size_t rows, size_t vectors, const struct tile *tile,
                                struct sums_rounding *rounding)
{
    vector_bits quanta[TILE_ROWS][TILE_VECTORS] = {0};
    for (int g = 0; g < tile->count; ++g) {
        vector sums[TILE_ROWS][TILE_VECTORS] = {0};
        add_terms(rows, vectors, tile, &tile->groups[g], sums);
        VECTOR_UNROLL
        for (size_t r = 0; r < rows; ++r)
            VECTOR_UNROLL
        for (size_t v = 0; v < vectors; ++v)
            quanta[r][v] += sums_round(rounding, sums[r][v], v + 1 == vectors);
    }
    for (size_t r = 0; r < rows; ++r)
        for (size_t v = 0; v < vectors; ++v)
            sums_add(quanta[r][v], tile->columns - v * VECTOR_LANES,
                     tile->totals + r * tile->stride + v * VECTOR_LANES);
}

/* The rows before `end` of a block of columns. */
ELEMENTARY_INLINE uint64_t add_columns(size_t vectors, size_t end, struct tile *tile,
                                       const struct exact_grid *grid)
{
    struct sums_rounding rounding = sums_rounding_of(grid, tile->columns);
    for (; tile->row + TILE_ROWS <= end; tile->row += TILE_ROWS) {
        add_tile(TILE_ROWS, vectors, tile, &rounding);
        tile->totals += TILE_ROWS * tile->stride;
    }
    for (; tile->row < end; ++tile->row) {
        add_tile(1, vectors, tile, &rounding);
        tile->totals += tile->stride;
    }
    return sums_marks(&rounding);
}

uint64_t KERNEL(group_sums_add)(const struct group_terms *groups, int count,
                                const struct exact_grid *grid, const struct sums_block *block)
{
    const size_t end = block->first_row + block->rows;
    uint64_t marks = 0;
    for (size_t b = 0; b < vector_blocks(block->columns, TILE_VECTORS); ++b) {
        const struct vector_block at = vector_block(block->columns, TILE_VECTORS, b);
        struct tile tile = {.groups = groups,
                            .count = count,
                            .row = block->first_row,
                            .first = at.first,
                            .columns = at.columns,
                            .totals = block->totals + at.first,
                            .stride = block->stride};
        marks |= at.vectors == 3   ? add_columns(3, end, &tile, grid)
                 : at.vectors == 2 ? add_columns(2, end, &tile, grid)
                                   : add_columns(1, end, &tile, grid);
    }
    return marks;
}

/* What the rows of a block of columns have in common: columns from `first` on. */
struct strip {
    const struct active_inputs *active;
    const struct group_pixels *groups;
    int count;
    const double *factors; /* if all samples have the same */
    size_t first;
    size_t stride; /* of the values */
    size_t columns;
    int64_t *totals;
    size_t totals_stride;
};

/* The widest strips: the wider they are, the less often the masks of active samples are read; but
 * sums, rounder and so on must all be in registers. */
enum { STRIP_VECTORS_MAX = 16, STRIP_VECTORS = VECTOR_REGISTERS == 32 ? STRIP_VECTORS_MAX : 13 };

/* Adds the terms of the samples of a group in which an input is active. If all samples have the
 * same factors, `nodes` is a constant, their number of nodes; otherwise it is 0. */
ELEMENTARY_INLINE void add_active(size_t vectors, int nodes, const struct strip *strip,
                                  const struct group_pixels *group, uint32_t mask,
                                  const uint8_t *levels, vector *sums)
{
    do {
        const int s = __builtin_ctz(mask);
        const int count = nodes > 0 ? nodes : group->nodes[s];
        const double *factors =
            (nodes > 0 ? strip->factors : group->factors[s]) + (size_t)levels[s] * (size_t)count;
        const double *values = group->values[s] + strip->first;
        mask &= mask - 1;
        for (int k = 0; k < count; ++k, values += strip->stride) {
            const vector factor = vector_of(factors[k]);
            VECTOR_UNROLL
            for (size_t v = 0; v < vectors; ++v)
                sums[v] = vector_fma(factor, vector_load(values + v * VECTOR_LANES), sums[v]);
        }
    } while (mask);
}

/* One input in one group. */
ELEMENTARY_INLINE void add_input(size_t vectors, int nodes, const struct strip *strip, int group,
                                 size_t input, struct sums_rounding *rounding)
{
    const uint32_t mask = active_inputs_mask(strip->active, (size_t)group, input);
    int64_t *totals = strip->totals + input * strip->totals_stride;
    vector sums[STRIP_VECTORS_MAX];
    if (mask == 0)
        return;
    VECTOR_UNROLL
    for (size_t v = 0; v < vectors; ++v)
        sums[v] = vector_of(0);
    add_active(vectors, nodes, strip, &strip->groups[group], mask,
               active_inputs_levels(strip->active, (size_t)group, input), sums);
    VECTOR_UNROLL
    for (size_t v = 0; v + 1 < vectors; ++v)
        sums_add(sums_round(rounding, sums[v], false), VECTOR_LANES, totals + v * VECTOR_LANES);
    sums_add(sums_round(rounding, sums[vectors - 1], true),
             strip->columns - (vectors - 1) * VECTOR_LANES, totals + (vectors - 1) * VECTOR_LANES);
}

/* All inputs, group by group: so the values of a group stay in the first-level cache. */
ELEMENTARY_INLINE uint64_t add_strip(size_t vectors, int nodes, const struct strip *strip,
                                     const struct exact_grid *grid)
{
    const size_t inputs = (size_t)strip->active->inputs + 1;
    struct sums_rounding rounding = sums_rounding_of(grid, strip->columns);
    for (int group = 0; group < strip->count; ++group)
        for (size_t input = 0; input < inputs; ++input)
            add_input(vectors, nodes, strip, group, input, &rounding);
    return sums_marks(&rounding);
}

/* The number of nodes becomes a constant. */
ELEMENTARY_INLINE uint64_t add_strip_of(size_t vectors, int nodes, const struct strip *strip,
                                        const struct exact_grid *grid)
{
    return nodes == 1   ? add_strip(vectors, 1, strip, grid)
           : nodes == 2 ? add_strip(vectors, 2, strip, grid)
                        : add_strip(vectors, 0, strip, grid);
}

/* So does the number of vectors, which is at most STRIP_VECTORS_MAX. */
static uint64_t add_any_strip(size_t vectors, int nodes, const struct strip *strip,
                              const struct exact_grid *grid)
{
    switch (vectors) {
    case 1:
        return add_strip_of(1, nodes, strip, grid);
    case 2:
        return add_strip_of(2, nodes, strip, grid);
    case 3:
        return add_strip_of(3, nodes, strip, grid);
    case 4:
        return add_strip_of(4, nodes, strip, grid);
    case 5:
        return add_strip_of(5, nodes, strip, grid);
    case 6:
        return add_strip_of(6, nodes, strip, grid);
    case 7:
        return add_strip_of(7, nodes, strip, grid);
    case 8:
        return add_strip_of(8, nodes, strip, grid);
    case 9:
        return add_strip_of(9, nodes, strip, grid);
    case 10:
        return add_strip_of(10, nodes, strip, grid);
    case 11:
        return add_strip_of(11, nodes, strip, grid);
    case 12:
        return add_strip_of(12, nodes, strip, grid);
    case 13:
        return add_strip_of(13, nodes, strip, grid);
    case 14:
        return add_strip_of(14, nodes, strip, grid);
    case 15:
        return add_strip_of(15, nodes, strip, grid);
    default:
        return add_strip_of(16, nodes, strip, grid);
    }
}

/* The number of nodes that all samples have, with the same factors; 0 if they differ. A group's
 * samples that are not there have 0 nodes. */
static int common_nodes(const struct group_pixels *groups, int count)
{
    const int nodes = groups[0].nodes[0];
    for (int g = 0; g < count; ++g)
        for (int s = 0; s < SHARE_GROUP_MAX; ++s)
            if (groups[g].nodes[s] > 0 &&
                (groups[g].nodes[s] != nodes || groups[g].factors[s] != groups[0].factors[0]))
                return 0;
    return nodes;
}

uint64_t KERNEL(group_sums_add_pixels)(const struct active_inputs *active,
                                       const struct group_pixels *groups, int count,
                                       size_t values_stride, const struct exact_grid *grid,
                                       const struct sums_block *block)
{
    const int nodes = common_nodes(groups, count);
    uint64_t marks = 0;
    for (size_t b = 0; b < vector_blocks(block->columns, STRIP_VECTORS); ++b) {
        const struct vector_block at = vector_block(block->columns, STRIP_VECTORS, b);
        const struct strip strip = {.active = active,
                                    .groups = groups,
                                    .count = count,
                                    .factors = groups[0].factors[0],
                                    .first = at.first,
                                    .stride = values_stride,
                                    .columns = at.columns,
                                    .totals = block->totals + at.first,
                                    .totals_stride = block->stride};
        marks |= add_any_strip(at.vectors, nodes, &strip, grid);
    }
    return marks;
}
