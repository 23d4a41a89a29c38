/* SPDX-License-Identifier: MIT
 *
 * The functions of group_sums.h in their versions (core/numbers/kernel.h). */
#ifndef DTRAIN_GROUP_SUMS_KERNEL_H
#define DTRAIN_GROUP_SUMS_KERNEL_H

#include "core/numbers/kernel.h"
#include "group_sums.h"

typedef uint64_t group_sums_add_kernel(const struct group_terms *groups, int count,
                                       const struct exact_grid *grid,
                                       const struct sums_block *block);
typedef uint64_t group_sums_add_pixels_kernel(const struct active_inputs *active,
                                              const struct group_pixels *groups, int count,
                                              size_t values_stride, const struct exact_grid *grid,
                                              const struct sums_block *block);

KERNEL_DECLARE(group_sums_add_kernel, group_sums_add);
KERNEL_DECLARE(group_sums_add_pixels_kernel, group_sums_add_pixels);

#endif
