/* SPDX-License-Identifier: MIT
 *
 * The rounding of sums to the grid, a vector at a time: exact_count of exact_sum.h, for the kernels
 * of group_sums.h. */
#ifndef DTRAIN_SUMS_ROUNDING_H
#define DTRAIN_SUMS_ROUNDING_H

#include "core/numbers/exact_sum.h"
#include "core/numbers/vector.h"

#include <stdbool.h>

struct sums_rounding {
    vector rounder;
    vector_bits lowest, counts, half_range; /* as in struct exact_grid; the bits of counts */
    vector_bits last;  /* ones in those lanes of a row's last vector that are columns */
    vector_bits marks; /* the overflow marks of all sums so far */
};

/* For rows of so many columns. */
ELEMENTARY_INLINE struct sums_rounding sums_rounding_of(const struct exact_grid *grid,
                                                        size_t columns)
{
    const vector rounder = vector_of(grid->rounder);
    struct sums_rounding rounding = {.rounder = rounder,
                                     .lowest = grid->lowest - (vector_bits){0},
                                     .counts = ~grid->overflow_mask - (vector_bits){0},
                                     .half_range = grid->half_range - (vector_bits){0}};
    for (size_t lane = 0; lane < VECTOR_LANES; ++lane)
        rounding.last[lane] = lane <= (columns - 1) % VECTOR_LANES ? UINT64_MAX : 0;
    return rounding;
}

/* The sums as numbers of quanta; for a sum off the grid, some number on it. What is in other lanes
 * than columns leaves no mark. */
ELEMENTARY_INLINE vector_bits sums_round(struct sums_rounding *rounding, vector sums, bool is_last)
{
    const vector_bits count = (vector_bits)(sums + rounding->rounder) - rounding->lowest;
    rounding->marks |= is_last ? count & rounding->last : count;
    return (count & rounding->counts) - rounding->half_range;
}

/* Adds numbers of quanta to the totals of a row, as many as there are columns. */
ELEMENTARY_INLINE void sums_add(vector_bits quanta, size_t columns, int64_t *totals)
{
    vector_bits before = {0};
    if (columns >= VECTOR_LANES) {
        memcpy(&before, totals, sizeof before);
        before += quanta;
        memcpy(totals, &before, sizeof before);
        return;
    }
    for (size_t c = 0; c < columns; ++c)
        totals[c] += (int64_t)quanta[c];
}

ELEMENTARY_INLINE uint64_t sums_marks(const struct sums_rounding *rounding)
{
    uint64_t marks = 0;
    for (size_t lane = 0; lane < VECTOR_LANES; ++lane)
        marks |= rounding->marks[lane];
    return marks;
}

#endif
