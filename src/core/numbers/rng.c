/* SPDX-License-Identifier: MIT */
#include "rng.h"

#include "elementary.h"

struct rng_words rng_philox(struct rng_words x, uint64_t key)
{
    uint32_t low_key = (uint32_t)key, high_key = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; ++round) {
        const uint64_t first = UINT64_C(0xd2511f53) * x.word[0];
        const uint64_t second = UINT64_C(0xcd9e8d57) * x.word[2];
        x.word[0] = (uint32_t)(second >> 32) ^ x.word[1] ^ low_key;
        x.word[1] = (uint32_t)second;
        x.word[2] = (uint32_t)(first >> 32) ^ x.word[3] ^ high_key;
        x.word[3] = (uint32_t)first;
        low_key += 0x9e3779b9;
        high_key += 0xbb67ae85;
    }
    return x;
}

struct two_words {
    uint64_t first, second;
};

static struct two_words random_words(uint64_t seed, enum rng_stream stream, int64_t i, int64_t j)
{
    const struct rng_words random = rng_philox(
        (struct rng_words){{(uint32_t)stream, (uint32_t)i, (uint32_t)(i >> 32), (uint32_t)j}},
        seed);
    return (struct two_words){(uint64_t)random.word[1] << 32 | random.word[0],
                              (uint64_t)random.word[3] << 32 | random.word[2]};
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

/* Uniform on (-1, 1): 53 bits, centred in their cells so that 0 never occurs. */
static double symmetric_uniform(uint64_t word)
{
    return ((double)(word >> 11) + 0.5) * 0x1p-52 - 1;
}

double rng_normal(uint64_t seed, enum rng_stream stream, int64_t i)
{
    /* Each point of the unit disc gives a pair of numbers; 21 % of the points miss the disc and are
     * redrawn. */
    for (int64_t attempt = 0;; ++attempt) {
        const struct two_words words = random_words(seed, stream, i / 2, attempt);
        const double u = symmetric_uniform(words.first);
        const double v = symmetric_uniform(words.second);
        const double square = u * u + v * v;
        if (square < 1)
            return (i % 2 == 0 ? u : v) * sqrt(-2 * elementary_log(square) / square);
    }
}
