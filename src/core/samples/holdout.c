/* SPDX-License-Identifier: MIT
 *
 * The step before sampling: which training rows are set aside for validation, and how the rows that
 * are left are numbered. The sampler draws numbers among those left, and this turns them into rows
 * of the dataset. */
#include "holdout.h"

#include "core/numbers/rng.h"

int64_t holdout_left(const struct holdout *holdout)
{
    return holdout->rows - holdout->count;
}

/* The row of stretch v that is held out. */
static int64_t held_out_row(const struct holdout *holdout, int64_t v)
{
    const int64_t begin = v * holdout->rows / holdout->count;
    const int64_t end = (v + 1) * holdout->rows / holdout->count;
    return begin + rng_below(holdout->seed, RNG_HOLDOUT, v, 0, end - begin);
}

/* The last of V stretches of `total` things, cut at v total / V, that begins at i or before. */
static int64_t stretch_of(const struct holdout *holdout, int64_t total, int64_t i)
{
    return ((i + 1) * holdout->count - 1) / total;
}

int64_t holdout_row(const struct holdout *holdout, int64_t i)
{
    if (holdout->count == 0)
        return i;
    /* Stretch v begins with row v N / V, and v rows are held out before it: what is left of the
     * stretches is cut at v N / V - v = v (N - V) / V. */
    const int64_t v = stretch_of(holdout, holdout_left(holdout), i);
    const int64_t row = i + v;
    return row < held_out_row(holdout, v) ? row : row + 1;
}

bool holdout_contains(const struct holdout *holdout, int64_t row)
{
    return holdout->count > 0 &&
           held_out_row(holdout, stretch_of(holdout, holdout->rows, row)) == row;
}
