/* SPDX-License-Identifier: MIT
 *
 * The only way to the inputs of a row. The forward pass, the sums of the gradient and a user's
 * model read a sample through these functions, whether it is kept as bytes, as floats or in compact
 * form. */
#include "samples.h"

#include "common/multiversion.h"
#include "pixels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sample samples_row(const struct samples *samples, int64_t row)
{
    const int64_t at = row - samples->first_row;
    const size_t begin = (size_t)at * (size_t)samples->inputs;
    struct sample sample = {
        .inputs = samples->inputs,
        .row = row,
        .target = {samples->labels ? samples->labels[at] : TARGET_UNKNOWN,
                   samples->targets ? samples->targets + at * samples->target_count : NULL},
        .weight = samples->weights ? samples->weights[at] : 1,
    };
    if (samples->compact.begins) {
        sample.compact = compact_row(&samples->compact, at);
        sample.bytes = sample.compact.pixels;
    } else if (samples->bytes) {
        sample.bytes = samples->bytes + begin;
    } else {
        sample.floats = samples->floats + begin;
    }
    return sample;
}

void samples_prefetch(const struct samples *samples, int64_t row)
{
    enum { CACHE_LINE = 64 };
    const size_t at = (size_t)(row - samples->first_row), inputs = (size_t)samples->inputs;
    const size_t *begins = samples->compact.begins;
    const void *first, *end;
    if (begins) {
        first = samples->compact.words + begins[at];
        end = samples->compact.words + begins[at + 1];
    } else if (samples->bytes) {
        first = samples->bytes + at * inputs;
        end = samples->bytes + (at + 1) * inputs;
    } else {
        first = samples->floats + at * inputs;
        end = samples->floats + (at + 1) * inputs;
    }
    for (const char *line = first; line < (const char *)end; line += CACHE_LINE)
        __builtin_prefetch(line);
}

static int list_pixels(const uint8_t *pixels, int begin, int end, int *restrict index,
                       double *restrict value)
{
    const int count = pixels_list(pixels, begin, end, index);
    for (int n = 0; n < count; ++n)
        value[n] = pixels_value[pixels[index[n]]];
    return count;
}

static int list_features(const float *features, int begin, int end, int *index, double *value)
{
    int count = 0;
    for (int i = begin; i < end; ++i) {
        index[count] = i;
        value[count] = (double)features[i];
        count += features[i] != 0;
    }
    return count;
}

static int list_compact(const struct compact_row *row, int *cursor, int end, int *restrict index,
                        double *restrict value)
{
    const uint16_t *restrict number = row->number + *cursor;
    const uint8_t *restrict level = row->level + *cursor;
    const int left = row->count - *cursor;
    int count = 0;
    for (; count < left && number[count] < end; ++count) {
        index[count] = number[count];
        value[count] = pixels_value[level[count]];
    }
    *cursor += count;
    return count;
}

int sample_inputs(const struct sample *sample, int *cursor, int end, int *index, double *value)
{
    const int begin = *cursor;
    if (sample->compact.number)
        return list_compact(&sample->compact, cursor, end, index, value);
    *cursor = end;
    return sample->bytes ? list_pixels(sample->bytes, begin, end, index, value)
                         : list_features(sample->floats, begin, end, index, value);
}

const uint8_t *sample_pixels(const struct sample *sample, uint8_t room[COMPACT_INPUTS_MAX])
{
    const struct compact_row *row = &sample->compact;
    if (sample->bytes)
        return sample->bytes;
    memset(room, 0, (size_t)sample->inputs);
    for (int n = 0; n < row->count; ++n)
        room[row->number[n]] = row->level[n];
    return room;
}

int sample_level(const struct sample *sample, int input)
{
    const struct compact_row *row = &sample->compact;
    int n = 0;
    if (sample->bytes)
        return sample->bytes[input];
    while (n < row->count && row->number[n] < input)
        ++n;
    return n < row->count && row->number[n] == input ? row->level[n] : 0;
}

void sample_widen(const struct sample *sample, double *dense)
{
    const struct compact_row *row = &sample->compact;
    for (int i = 0; i < sample->inputs; ++i)
        dense[i] = sample->floats  ? (double)sample->floats[i]
                   : sample->bytes ? pixels_value[sample->bytes[i]]
                                   : 0;
    for (int n = 0; n < row->count; ++n)
        dense[row->number[n]] = pixels_value[row->level[n]];
}

double sample_largest(const struct sample *sample)
{
    double largest = sample->floats ? 0 : 1;
    for (int i = 0; i < sample->inputs && sample->floats; ++i)
        largest = fmax(largest, fabs((double)sample->floats[i]));
    return largest;
}

struct samples_extent samples_target_extent(const struct samples *samples, int64_t begin,
                                            int64_t end)
{
    struct samples_extent extent = {(double)INFINITY, -(double)INFINITY, 0, 0};
    const int64_t count = samples->target_count;
    for (int64_t i = (begin - samples->first_row) * count; i < (end - samples->first_row) * count;
         ++i) {
        extent.smallest = fmin(extent.smallest, samples->targets[i]);
        extent.largest = fmax(extent.largest, samples->targets[i]);
        extent.sum += samples->targets[i];
        ++extent.count;
    }
    return extent;
}

void samples_count_targets(const struct samples *samples, int64_t counts[SAMPLES_EXPONENTS])
{
    const int half = SAMPLES_EXPONENTS / 2;
    const int64_t count = samples->targets ? samples->rows * samples->target_count : 0;
    for (int64_t i = 0; i < count; ++i) {
        int exponent;
        if (samples->targets[i] == 0)
            continue;
        if (frexp(fabs(samples->targets[i]), &exponent) == 0.5)
            --exponent;
        exponent = exponent < -half ? -half : exponent;
        ++counts[half + (exponent < half ? exponent : half - 1)];
    }
}

double samples_largest_weight(const struct samples *samples)
{
    double largest = samples->weights ? 0 : 1;
    for (int64_t row = 0; samples->weights && row < samples->rows; ++row)
        largest = fmax(largest, samples->weights[row]);
    return largest;
}

void samples_replace_weights(struct samples *samples, double *weights)
{
    /* The array is read-only for everybody else. */
    union {
        const void *read_only;
        void *owned;
    } before = {samples->weights};
    free(before.owned);
    samples->weights = weights;
}

double samples_largest_target(const struct samples *samples)
{
    const struct samples_extent extent =
        samples_target_extent(samples, samples->first_row, samples->first_row + samples->rows);
    return extent.count > 0 ? fmax(fabs(extent.smallest), fabs(extent.largest)) : 0;
}

double samples_largest(const struct samples *samples)
{
    double largest = 0;
    for (int64_t row = 0; row < samples->rows; ++row) {
        const struct sample sample = samples_row(samples, samples->first_row + row);
        largest = fmax(largest, sample_largest(&sample));
    }
    return largest;
}

/* The extent of `count` pixels, of which `listed` are given, and the others are 0. */
MULTIVERSION
static struct samples_extent pixels_extent(const uint8_t *pixels, int listed, int count)
{
    uint8_t smallest = listed < count ? 0 : PIXELS_LEVELS - 1, largest = 0;
    /* Enough for the 16,777,216 pixels that a row can have. */
    uint32_t sum = 0;
    for (int i = 0; i < listed && listed == count; ++i)
        smallest = pixels[i] < smallest ? pixels[i] : smallest;
    for (int i = 0; i < listed; ++i)
        largest = pixels[i] > largest ? pixels[i] : largest;
    for (int i = 0; i < listed; ++i)
        sum += pixels[i];
    return (struct samples_extent){pixels_value[smallest], pixels_value[largest],
                                   (double)sum / (PIXELS_LEVELS - 1), count};
}

/* Of finite numbers: fmin and fmax, which look for others, would take five times as long. */
static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static struct samples_extent features_extent(const float *features, int count)
{
    struct samples_extent extent = {INFINITY, -INFINITY, 0, count};
    for (int i = 0; i < count; ++i) {
        const double value = (double)features[i];
        extent.smallest = smaller(extent.smallest, value);
        extent.largest = larger(extent.largest, value);
        extent.sum += value;
    }
    return extent;
}

static struct samples_extent sample_extent(const struct sample *sample)
{
    if (sample->floats)
        return features_extent(sample->floats, sample->inputs);
    if (sample->bytes)
        return pixels_extent(sample->bytes, sample->inputs, sample->inputs);
    return pixels_extent(sample->compact.level, sample->compact.count, sample->inputs);
}

struct samples_extent samples_extent(const struct samples *samples, int64_t begin, int64_t end)
{
    struct samples_extent all = {INFINITY, -INFINITY, 0, 0};
    for (int64_t row = begin; row < end; ++row) {
        const struct sample sample = samples_row(samples, row);
        const struct samples_extent own = sample_extent(&sample);
        all.smallest = smaller(all.smallest, own.smallest);
        all.largest = larger(all.largest, own.largest);
        all.sum += own.sum;
        all.count += own.count;
    }
    return all;
}
