/* SPDX-License-Identifier: MIT */
#include "group_sums_kernel.h"

uint64_t group_sums_add(const struct group_terms *groups, int count, const struct exact_grid *grid,
                        const struct sums_block *block)
{
    return KERNEL_CHOOSE(group_sums_add)(groups, count, grid, block);
}

uint64_t group_sums_add_pixels(const struct active_inputs *active,
                               const struct group_pixels *groups, int count, size_t values_stride,
                               const struct exact_grid *grid, const struct sums_block *block)
{
    return KERNEL_CHOOSE(group_sums_add_pixels)(active, groups, count, values_stride, grid, block);
}
