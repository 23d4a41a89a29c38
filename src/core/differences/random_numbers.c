/* SPDX-License-Identifier: MIT */
#include "random_numbers.h"

#include "common/named.h"
#include "core/numbers/rng.h"

enum random_numbers random_numbers_find(const char *name)
{
    static const struct row {
        const char *name;
        enum random_numbers kind;
    } kinds[] = {
        {.name = "iteration", .kind = RANDOM_ITERATION},
        {.name = "run", .kind = RANDOM_RUN},
        {.name = "each", .kind = RANDOM_EACH},
    };
    const struct row *row = FIND_NAMED(kinds, name);
    return row->kind;
}

uint64_t random_numbers_seed(enum random_numbers kind, uint64_t seed, int64_t iteration,
                             int64_t row, uint64_t number)
{
    /* Iterations and rows may both exceed 32 bits, which is more than one counter of the generator
     * holds beside the stream. So an iteration's number is the key of its rows. */
    const int64_t key =
        rng_below(seed, RNG_MODEL, kind == RANDOM_RUN ? 0 : iteration, 0, INT64_MAX);
    return (uint64_t)rng_below((uint64_t)key, RNG_MODEL, row,
                               kind == RANDOM_EACH ? (int64_t)number : 0, INT64_C(1) << 53);
}
