/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <math.h>
#include <stdlib.h>
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
static void collect_pixels(const uint8_t *pixels, struct sample *sample)
{
    /* Without `restrict`, a store of a level, which is a byte, might change any of the others. */
    int *restrict index = sample->index;
    double *restrict value = sample->value;
    uint8_t *restrict level = sample->level;
    const int inputs = sample->inputs;
    int count = 0;
    for (int begin = 0; begin < inputs; begin += MASK_BITS) {
        const int left = inputs - begin;
        uint64_t mask = mask_of(pixels + begin, left < MASK_BITS ? left : MASK_BITS);
        for (; mask; mask &= mask - 1) {
            const int at = begin + __builtin_ctzll(mask);
            const uint8_t pixel = pixels[at];
            index[count] = at;
            level[count] = pixel;
            value[count] = sample->level_values[pixel];
            ++count;
        }
    }
    sample->count = count;
}

static void collect_features(const float *features, struct sample *sample)
{
    int count = 0;
    for (int i = 0; i < sample->inputs; ++i) {
        sample->index[count] = i;
        sample->value[count] = (double)features[i];
        count += features[i] != 0;
    }
    sample->count = count;
}

static void widen_pixels(const uint8_t *pixels, struct sample *sample)
{
    for (int i = 0; i < sample->inputs; ++i)
        sample->dense[i] = sample->level_values[pixels[i]];
}

static void widen_features(const float *features, struct sample *sample)
{
    for (int i = 0; i < sample->inputs; ++i)
        sample->dense[i] = (double)features[i];
}

bool sample_create(struct sample *sample, int inputs, enum sample_form form)
{
    const size_t count = (size_t)inputs;
    *sample = (struct sample){.form = form, .inputs = inputs};
    /* The doubles come first, so that every array is aligned. */
    double *block = calloc(count + 1, 2 * sizeof(double) + sizeof(int) + sizeof(uint8_t));
    sample->storage = block;
    if (!block)
        return false;
    sample->value = block;
    sample->dense = sample->value + count;
    sample->index = (int *)(sample->dense + count);
    sample->level = (uint8_t *)(sample->index + count);
    for (int level = 0; level < SAMPLES_LEVELS; ++level)
        sample->level_values[level] = samples_pixel_value((uint8_t)level);
    return true;
}

void sample_destroy(struct sample *sample)
{
    free(sample->storage);
    *sample = (struct sample){0};
}

void sample_decode(struct sample *sample, const struct samples *samples, int64_t row)
{
    const int64_t at = row - samples->first_row;
    const size_t begin = (size_t)at * (size_t)samples->inputs;
    const bool sparse = sample->form == SAMPLE_SPARSE;
    sample->row = row;
    sample->label = samples->labels ? samples->labels[at] : SAMPLE_UNLABELLED;
    sample->pixels = samples->bytes != NULL;
    if (sample->pixels)
        (sparse ? collect_pixels : widen_pixels)(samples->bytes + begin, sample);
    else
        (sparse ? collect_features : widen_features)(samples->floats + begin, sample);
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

double samples_largest_input(const struct samples *samples)
{
    const int64_t count = samples->floats ? samples->rows * samples->inputs : 0;
    double largest = samples->bytes ? 1 : 0;
    for (int64_t i = 0; i < count; ++i)
        largest = fmax(largest, fabs((double)samples->floats[i]));
    return largest;
}
