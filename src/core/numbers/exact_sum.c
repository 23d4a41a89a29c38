/* SPDX-License-Identifier: MIT
 *
 * The grid of a sum: chosen once, from the number of terms and their range. Gradients and losses of
 * samples are rounded to such a grid (exact_sum.h) before they are added up, on this rank and then
 * over all ranks. */
#include "exact_sum.h"

/* A count of quanta fits into the 52 bits below the exponent of a double, signs included. */
#define LARGEST_COUNT_LOG2 51
/* 2^t terms of 2^k quanta each stay within int64_t as long as t + k <= 63. */
#define LARGEST_SUM_LOG2 63

static int log2_rounded_up(int64_t n)
{
    int log2 = 0;
    while (log2 < 62 && (INT64_C(1) << log2) < n)
        ++log2;
    return log2;
}

struct exact_grid exact_grid_make(int64_t terms, double range)
{
    const int room = LARGEST_SUM_LOG2 - log2_rounded_up(terms);
    const int count_log2 = room < LARGEST_COUNT_LOG2 ? room : LARGEST_COUNT_LOG2;
    struct exact_grid grid;

    grid.range = range;
    grid.quantum = ldexp(range, -count_log2);
    grid.rounder = ELEMENTARY_ROUNDER * grid.quantum;
    grid.lowest = elementary_bits(grid.rounder - range);
    grid.half_range = UINT64_C(1) << count_log2;
    grid.overflow_mask = ~(2 * grid.half_range - 1);
    return grid;
}
