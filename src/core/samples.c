/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <math.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "dtrain reads eight pixels as one little-endian word"
#endif

/* Pixels in a word, and words in a mask of one bit a pixel. */
enum { PIXELS = 8, MASK_BITS = 64 };

/* Bit n is set where pixel n of eight is not zero (on a little-endian machine). */
static uint64_t mask_of_eight(const uint8_t *pixels)
{
    const uint64_t low_bits = UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t word;
    memcpy(&word, pixels, sizeof word);
    /* The high bit of each byte that is not zero; the product gathers them into the top byte. */
    const uint64_t high_bits = (((word & low_bits) + low_bits) | word) & ~low_bits;
    return ((high_bits >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static uint64_t mask_of(const uint8_t *pixels, int count)
{
    uint64_t mask = 0;
    int n = 0;
    for (; n + PIXELS <= count; n += PIXELS)
        mask |= mask_of_eight(pixels + n) << n;
    for (; n < count; ++n)
        mask |= (uint64_t)(pixels[n] != 0) << n;
    return mask;
}

/* By way of a mask: a branch on each pixel would be mispredicted too often. */
static void collect_pixels(const uint8_t *pixels, int inputs, struct active_inputs *active)
{
    int count = 0;
    for (int begin = 0; begin < inputs; begin += MASK_BITS) {
        const int left = inputs - begin;
        uint64_t mask = mask_of(pixels + begin, left < MASK_BITS ? left : MASK_BITS);
        for (; mask; mask &= mask - 1) {
            const int at = begin + __builtin_ctzll(mask);
            active->index[count] = at;
            active->value[count] = active->pixel_values[pixels[at]];
            ++count;
        }
    }
    active->count = count;
}

static void collect_features(const float *features, int inputs, struct active_inputs *active)
{
    int count = 0;
    for (int i = 0; i < inputs; ++i) {
        active->index[count] = i;
        active->value[count] = (double)features[i];
        count += features[i] != 0;
    }
    active->count = count;
}

void samples_prefetch(const struct samples *samples, int64_t row)
{
    enum { CACHE_LINE = 64 };
    const size_t width = samples->bytes ? sizeof *samples->bytes : sizeof *samples->floats;
    const char *inputs =
        samples->bytes ? (const char *)samples->bytes : (const char *)(const void *)samples->floats;
    const size_t row_bytes = (size_t)samples->inputs * width;
    inputs += (size_t)(row - samples->first_row) * row_bytes;
    for (size_t at = 0; at < row_bytes; at += CACHE_LINE)
        __builtin_prefetch(inputs + at);
}

void samples_active_inputs(const struct samples *samples, int64_t row, struct active_inputs *active)
{
    const int64_t offset = (row - samples->first_row) * samples->inputs;
    if (samples->bytes)
        collect_pixels(samples->bytes + offset, samples->inputs, active);
    else
        collect_features(samples->floats + offset, samples->inputs, active);
}

void samples_inputs(const struct samples *samples, int64_t row, double *inputs)
{
    const size_t begin = (size_t)(row - samples->first_row) * (size_t)samples->inputs;
    for (int i = 0; i < samples->inputs; ++i)
        inputs[i] = samples->bytes ? samples_pixel_value(samples->bytes[begin + (size_t)i])
                                   : (double)samples->floats[begin + (size_t)i];
}

double samples_largest_input(const struct samples *samples)
{
    const int64_t count = samples->floats ? samples->rows * samples->inputs : 0;
    double largest = samples->bytes ? 1 : 0;
    for (int64_t i = 0; i < count; ++i)
        largest = fmax(largest, fabs((double)samples->floats[i]));
    return largest;
}
