/* SPDX-License-Identifier: MIT
 *
 * Sums of a layer's quotients over the samples of a group: the product of the layer's inputs and
 * the Q of its units (gradient_layers.h).
 *
 * The weight in row i and column j has one term for each sample and node: a factor of input i,
 * times a value of unit j. The terms are added by fma in a fixed order, sample by sample and node
 * by node; the sum is rounded once, and added to the totals. A factor of 0 adds nothing, whether
 * its term is computed or left out. */
#ifndef DTRAIN_GROUP_SUMS_H
#define DTRAIN_GROUP_SUMS_H

#include "active_inputs.h"
#include "core/numbers/exact_sum.h"
#include "core/numbers/kernel.h"
#include "core/samples/pixels.h"
#include "core/samples/share.h"

/* Rows and columns of a layer's weights, from row `first_row` on, and their totals: `totals` is
 * that of the first row and column, and rows are `stride` numbers apart. */
struct sums_block {
    size_t first_row, rows, columns;
    int64_t *totals;
    size_t stride;
};

/* The terms of a group, in their order. Each term has a factor for each row of the layer, and a
 * value for each column of the block; values may be read up to the end of the last vector. */
struct group_terms {
    int count;
    const double *const *factors;
    const double *const *values;
};

/* Adds the sums of `count` groups to a block of totals. Returns the overflow marks of all sums
 * (exact_sum.h); the totals are then useless. */
typedef uint64_t group_sums_add_kernel(const struct group_terms *groups, int count,
                                       const struct exact_grid *grid,
                                       const struct sums_block *block);

/* The samples of a group of pixels: of sample s, the values (nodes, stride) at its nodes, and the
 * factors (PIXELS_LEVELS, nodes) of its inputs by their level. */
struct group_pixels {
    const double *values[SHARE_GROUP_MAX];
    const double *factors[SHARE_GROUP_MAX];
    int nodes[SHARE_GROUP_MAX];
};

/* The same for all rows of the first layer, whose inputs are the pixels of these groups. */
typedef uint64_t group_sums_add_pixels_kernel(const struct active_inputs *active,
                                              const struct group_pixels *groups, int count,
                                              size_t values_stride, const struct exact_grid *grid,
                                              const struct sums_block *block);

KERNEL_DECLARE(group_sums_add_kernel, group_sums_add);
KERNEL_DECLARE(group_sums_add_pixels_kernel, group_sums_add_pixels);

#endif
