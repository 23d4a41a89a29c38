/* SPDX-License-Identifier: MIT
 *
 * Exact sums: the same bits in any order, on any number of ranks.
 *
 * A term is rounded once to a whole number of quanta and summed as a 64-bit integer. Integer
 * addition is associative, so no order, slicing or reduction tree can show in the result, and
 * MPI_SUM on MPI_INT64_T adds them across ranks. The quantum is a power of two, chosen so that the
 * promised number of terms cannot overflow:
 *     range 2^r, terms <= 2^t:  quantum 2^-q with q = min(51, 63 - t) - r.
 * Rounding moves a term by at most half a quantum, and so it moves a mean by no more. For gradients
 * (range 128 = 2^7): q = 44 up to 4,096 terms, an error of the mean <= 2.9e-14; q = 39 for 131,072
 * terms, <= 9.1e-13. A wider range costs as much precision: for 2^17 the error is <= 3.0e-11 up to
 * 4,096 terms, for 2^27 <= 3.0e-8; for 131,072 terms 9.4e-10 and 9.6e-7. Integers are no slower to
 * add than doubles rounded to a common grid, and have 2^10 times the range at the same quantum. */
#ifndef DTRAIN_EXACT_SUM_H
#define DTRAIN_EXACT_SUM_H

#include "elementary.h"

#include <stdbool.h>
#include <stdint.h>

struct exact_grid {
    double rounder;         /* adding it rounds to the grid: 1.5 * 2^52 quanta */
    uint64_t lowest;        /* the bits of rounder - range: subtracting them counts from -range */
    uint64_t half_range;    /* range / quantum = 2^k */
    uint64_t overflow_mask; /* the bits that no count on the grid has */
    double range;           /* terms in [-range, range) are on the grid */
    double quantum;         /* the grid's step: 2^-q */
};

/* The grid for sums of at most `terms` (>= 1) terms in [-range, range); range a power of two from
 * 2^-900 to 2^900. Pure: equal on all ranks where the arguments are. */
struct exact_grid exact_grid_make(int64_t terms, double range);

/* The two functions below add the rounder to their term and hand over the sum. A term within the
 * range leaves the rounder's exponent as it is, so the sum's low bits count quanta. Any other term
 * sets a bit above the count, which is collected in *overflow. */
ELEMENTARY_INLINE int64_t exact_count(const struct exact_grid *grid, double rounded,
                                      uint64_t *overflow)
{
    const uint64_t count = elementary_bits(rounded) - grid->lowest;
    *overflow |= count;
    return (int64_t)(count & ~grid->overflow_mask) - (int64_t)grid->half_range;
}

/* The term as a number of quanta, rounded to nearest. A term off the grid (NaN and infinity too)
 * leaves a mark in *overflow, which exact_overflowed reads; what is returned for it is some number
 * on the grid, so that sums cannot overflow. */
ELEMENTARY_INLINE int64_t exact_round(const struct exact_grid *grid, double term,
                                      uint64_t *overflow)
{
    return exact_count(grid, term + grid->rounder, overflow);
}

/* The same for x * y, which is rounded only once, to the grid, not to a double first. */
ELEMENTARY_INLINE int64_t exact_round_product(const struct exact_grid *grid, double x, double y,
                                              uint64_t *overflow)
{
    return exact_count(grid, fma(x, y, grid->rounder), overflow);
}

/* Whether any of the terms that were rounded with this `overflow` (0 at first) was off the grid. */
static inline bool exact_overflowed(const struct exact_grid *grid, uint64_t overflow)
{
    return (overflow & grid->overflow_mask) != 0;
}

/* The mean of `terms` terms: scaled back once. */
static inline double exact_mean(const struct exact_grid *grid, int64_t sum, int64_t terms)
{
    return (double)sum * (grid->quantum / (double)terms);
}

/* Sums of a range so wide that one grid is too coarse: what a term leaves over on the first grid is
 * rounded to a second, whose range is the first one's quantum, and so on. */
enum { EXACT_PARTS_MAX = 4 };
struct exact_grids {
    int parts; /* 1 to 4 */
    struct exact_grid grid[EXACT_PARTS_MAX];
};

static inline struct exact_grids exact_grids_make(int64_t terms, double range, int parts)
{
    struct exact_grids grids = {.parts = parts, .grid = {exact_grid_make(terms, range)}};
    for (int n = 1; n < parts; ++n)
        grids.grid[n] = exact_grid_make(terms, grids.grid[n - 1].quantum);
    return grids;
}

/* Adds a term to sums[parts]. Returns whether it is on the grid. */
static inline bool exact_grids_add(const struct exact_grids *grids, double term, int64_t *sums)
{
    uint64_t overflow = 0;
    for (int n = 0; n < grids->parts; ++n) {
        const int64_t count = exact_round(&grids->grid[n], term, &overflow);
        sums[n] += count;
        if (exact_overflowed(&grids->grid[n], overflow))
            return false;
        term -= (double)count * grids->grid[n].quantum;
    }
    return true;
}

/* A sum of quanta without rounding: `low` is what `high` lacks. */
struct exact_pair {
    double high, low;
};

static inline struct exact_pair exact_pair_of(const struct exact_grid *grid, int64_t sum)
{
    const double high = (double)sum;
    return (struct exact_pair){high * grid->quantum, (double)(sum - (int64_t)high) * grid->quantum};
}

/* The mean of `terms` terms from sums[parts]. From the last part to the first, so that the whole
 * sum is rounded about once, and does not depend on the grids but for the terms' own rounding. */
static inline double exact_grids_mean(const struct exact_grids *grids, const int64_t *sums,
                                      int64_t terms)
{
    double low = 0;
    if (grids->parts == 1)
        return exact_mean(&grids->grid[0], sums[0], terms);
    for (int n = grids->parts - 1; n > 0; --n) {
        const struct exact_pair pair = exact_pair_of(&grids->grid[n], sums[n]);
        low += pair.low;
        low += pair.high;
    }
    const struct exact_pair first = exact_pair_of(&grids->grid[0], sums[0]);
    return (first.high + (first.low + low)) / (double)terms;
}

#endif
