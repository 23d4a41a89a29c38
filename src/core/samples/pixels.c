/* SPDX-License-Identifier: MIT
 *
 * The first look at a row of pixels: which of them are not 0. Only those enter the first layer and
 * lead to gradients other than 0: about one in five of a digit's pixels. */
#include "pixels.h"

#include "common/multiversion.h"

#include <string.h>

/* The values of 1, 4, 16 and 64 pixels from v on, each rounded to a float: C lets a compiler divide
 * in a higher precision until there is a cast, and on s390x it does. */
#define VALUE(v)     (double)(float)((float)(v) / 255.0f)
#define VALUES_4(v)  VALUE(v), VALUE((v) + 1), VALUE((v) + 2), VALUE((v) + 3)
#define VALUES_16(v) VALUES_4(v), VALUES_4((v) + 4), VALUES_4((v) + 8), VALUES_4((v) + 12)
#define VALUES_64(v) VALUES_16(v), VALUES_16((v) + 16), VALUES_16((v) + 32), VALUES_16((v) + 48)

const double pixels_value[PIXELS_LEVELS] = {VALUES_64(0), VALUES_64(64), VALUES_64(128),
                                            VALUES_64(192)};

/* Pixels in a word, and in a mask of one bit a pixel. */
enum { WORD_PIXELS = 8, MASK_PIXELS = 64 };

/* Eight pixels as one word, the first in the lowest byte. */
static uint64_t word_of(const uint8_t *pixels)
{
    uint64_t word;
    memcpy(&word, pixels, sizeof word);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Bit n is set where pixel n of eight is not zero. */
static uint64_t mask_of_eight(const uint8_t *pixels)
{
    const uint64_t low_bits = UINT64_C(0x7f7f7f7f7f7f7f7f);
    const uint64_t word = word_of(pixels);
    /* The high bit of each byte that is not zero; the product gathers them into the top byte. */
    const uint64_t high_bits = (((word & low_bits) + low_bits) | word) & ~low_bits;
    return ((high_bits >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static uint64_t mask_of(const uint8_t *pixels, int count)
{
    uint64_t mask = 0;
    int n = 0;
    for (; n + WORD_PIXELS <= count; n += WORD_PIXELS)
        mask |= mask_of_eight(pixels + n) << n;
    for (; n < count; ++n)
        mask |= (uint64_t)(pixels[n] != 0) << n;
    return mask;
}

/* By way of a mask: a branch on each pixel would be mispredicted too often. */
int pixels_list(const uint8_t *pixels, int begin, int end, int *index)
{
    int count = 0;
    for (; begin < end; begin += MASK_PIXELS) {
        const int left = end - begin;
        uint64_t mask = mask_of(pixels + begin, left < MASK_PIXELS ? left : MASK_PIXELS);
        for (; mask; mask &= mask - 1)
            index[count++] = begin + __builtin_ctzll(mask);
    }
    return count;
}

MULTIVERSION
static void mask_words(const uint8_t *restrict pixels, int words, uint8_t *restrict mask)
{
    for (int n = 0; n < words; ++n)
        mask[n] = (uint8_t)mask_of_eight(pixels + (size_t)n * WORD_PIXELS);
}

int pixels_mask(const uint8_t *pixels, int count, uint8_t *mask)
{
    const int words = count / WORD_PIXELS, rest = count % WORD_PIXELS;
    mask_words(pixels, words, mask);
    if (rest > 0)
        mask[words] = (uint8_t)mask_of(pixels + count - rest, rest);
    return words + (rest > 0);
}
