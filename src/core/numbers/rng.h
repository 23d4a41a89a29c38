/* SPDX-License-Identifier: MIT
 *
 * Random numbers without a generator state: a number is a function of (seed, stream, i, j).
 *
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11). Any rank can
 * compute any number at any time, so the position in the run is the whole state: nothing to save,
 * nothing that depends on how many ranks there are. */
#ifndef DTRAIN_RNG_H
#define DTRAIN_RNG_H

#include <stdint.h>

/* What the numbers are used for: different streams are independent. */
enum rng_stream {
    RNG_BATCH = 0,
    RNG_PERMUTATION = 1,
    RNG_PARAMETERS = 2,
    RNG_HOLDOUT = 3,
    RNG_MODEL = 4
};

/* The generator: maps a counter x of 128 bits to 128 random bits, one to one for each key. Words
 * and key begin with their low bits, as in Random123. */
struct rng_words {
    uint32_t word[4];
};
struct rng_words rng_philox(struct rng_words x, uint64_t key);

/* Uniform on 0 .. bound - 1 (bound >= 1; the bias is below bound / 2^64). i < 2^63, j < 2^32. */
int64_t rng_below(uint64_t seed, enum rng_stream stream, int64_t i, int64_t j, int64_t bound);

/* Standard normal numbers: number i of the seed's sequence for the stream, i >= 0.
 * Marsaglia's polar method: sqrt and our own log only, so the bits are the same everywhere. */
double rng_normal(uint64_t seed, enum rng_stream stream, int64_t i);

#endif
