/* SPDX-License-Identifier: MIT */
#include "first_layer.h"

#include "core/numbers/product.h"
#include "core/samples/pixels.h"
#include "first_layer_kernel.h"

#include <stdlib.h>

/* For fewer samples, copying rows of W1 takes longer than it saves. */
enum { WORTH_A_COPY = 24 };

enum { ALIGNMENT = 64 };

bool first_layer_create(struct first_layer *first, int inputs, int units, int samples)
{
    const size_t rows = (size_t)inputs, count = (size_t)samples;
    *first = (struct first_layer){
        .inputs = rows,
        .units = (size_t)units,
        .rows = calloc(count, sizeof *first->rows),
        .room = malloc(count * rows * sizeof *first->room),
        .packed = aligned_alloc(ALIGNMENT, rows * PRODUCT_BLOCK * sizeof *first->packed),
        .panel = aligned_alloc(ALIGNMENT, FIRST_LAYER_PANEL),
        .cursor = malloc(count * sizeof *first->cursor),
    };
    if (first->rows && first->room && first->packed && first->panel && first->cursor)
        return true;
    first_layer_destroy(first);
    return false;
}

void first_layer_destroy(struct first_layer *first)
{
    free(first->rows);
    free(first->room);
    free(first->packed);
    free(first->panel);
    free(first->cursor);
    *first = (struct first_layer){0};
}

/* Lists the pixels that are not 0, in the room of sample i. */
static struct compact_row list_pixels(const struct first_layer *first, size_t i)
{
    enum { AT_ONCE = 256 };
    const uint8_t *pixels = first->samples[i].bytes;
    const int inputs = (int)first->inputs;
    uint16_t *number = (uint16_t *)(first->room + i * first->inputs);
    uint8_t *level = (uint8_t *)(number + inputs);
    int index[AT_ONCE], count = 0;
    for (int begin = 0; begin < inputs; begin += AT_ONCE) {
        const int end = inputs - begin < AT_ONCE ? inputs : begin + AT_ONCE;
        const int some = pixels_list(pixels, begin, end, index);
        for (int n = 0; n < some; ++n, ++count) {
            number[count] = (uint16_t)index[n];
            level[count] = pixels[index[n]];
        }
    }
    return (struct compact_row){.count = count, .number = number, .level = level};
}

/* Many rows of features are multiplied as a matrix. */
static bool is_product(const struct first_layer *first)
{
    return first->samples[0].floats && first->count >= WORTH_A_COPY;
}

void first_layer_take(struct first_layer *first, const struct sample *samples, int count)
{
    first->samples = samples;
    first->count = (size_t)count;
    for (size_t i = 0; i < first->count; ++i) {
        first->rows[i] = samples[i].compact;
        if (samples[i].bytes && first->inputs <= COMPACT_INPUTS_MAX)
            first->rows[i] = list_pixels(first, i);
        else if (is_product(first))
            sample_widen(&samples[i], first->room + i * first->inputs);
    }
}

void first_layer_sum(const struct first_layer *first, const double *w1, size_t at, size_t columns,
                     double *sums, size_t stride)
{
    const size_t inputs = first->inputs, units = first->units;
    const struct product_right weights = {w1 + at, inputs, columns, units, 1};
    const struct first_layer_block block = {
        .weights = w1 + at,
        .weights_stride = units,
        .inputs = inputs,
        .columns = columns,
        .count = first->count,
        .samples = first->samples,
        .rows = first->rows,
        .panel = first->count >= WORTH_A_COPY ? first->panel : NULL,
        .cursor = first->cursor,
        .sums = sums,
        .stride = stride,
    };
    if (is_product(first))
        product_once(&weights, first->packed, w1 + inputs * units + at, first->count, first->room,
                     inputs, sums, stride);
    else
        KERNEL_CHOOSE(first_layer_sum)(&block);
}
