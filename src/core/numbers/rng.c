/* SPDX-License-Identifier: MIT */
#include "rng.h"

#include "elementary.h"

#include <Random123/philox.h>

struct two_words {
    uint64_t first, second;
};

static struct two_words random_words(uint64_t seed, enum rng_stream stream, int64_t i, int64_t j)
{
    const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    const philox4x32_ctr_t counter = {
        {(uint32_t)stream, (uint32_t)i, (uint32_t)(i >> 32), (uint32_t)j}};
    const philox4x32_ctr_t random = philox4x32(counter, key);
    return (struct two_words){(uint64_t)random.v[1] << 32 | random.v[0],
                              (uint64_t)random.v[3] << 32 | random.v[2]};
}

/* The upper 64 bits of a * b. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
    const uint64_t a_low = (uint32_t)a, a_high = a >> 32;
    const uint64_t b_low = (uint32_t)b, b_high = b >> 32;
    const uint64_t middle = a_high * b_low + (a_low * b_low >> 32);
    const uint64_t other = a_low * b_high + (uint32_t)middle;
    return a_high * b_high + (middle >> 32) + (other >> 32);
}

int64_t rng_below(uint64_t seed, enum rng_stream stream, int64_t i, int64_t j, int64_t bound)
{
    return (int64_t)multiply_high(random_words(seed, stream, i, j).first, (uint64_t)bound);
}

/* Uniform on (-1, 1): 53 bits, centred on their cells so that 0 never comes. */
static double symmetric_uniform(uint64_t word)
{
    return ((double)(word >> 11) + 0.5) * 0x1p-52 - 1;
}

double rng_normal(uint64_t seed, enum rng_stream stream, int64_t i)
{
    /* A pair of numbers a point of the unit disc; 21 % of the points miss it and are redrawn. */
    for (int64_t attempt = 0;; ++attempt) {
        const struct two_words words = random_words(seed, stream, i / 2, attempt);
        const double u = symmetric_uniform(words.first);
        const double v = symmetric_uniform(words.second);
        const double square = u * u + v * v;
        if (square < 1)
            return (i % 2 == 0 ? u : v) * sqrt(-2 * elementary_log(square) / square);
    }
}
