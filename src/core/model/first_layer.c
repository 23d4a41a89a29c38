/* SPDX-License-Identifier: MIT */
#include "first_layer.h"

#include "core/numbers/finite.h"
#include "core/numbers/product.h"
#include "core/samples/pixels.h"

/* For fewer samples, copying rows of W1 takes longer than it saves. */
enum { WORTH_A_COPY = 24 };

void first_layer_create(struct first_layer *first, struct arena *arena, int inputs, int units,
                        int samples)
{
    const size_t rows = (size_t)inputs, count = (size_t)samples;
    *first = (struct first_layer){
        .inputs = rows,
        .units = (size_t)units,
        .rows = arena_take(arena, count, sizeof *first->rows),
        .room = arena_numbers(arena, count * rows),
        .packed = arena_numbers(arena, rows * PRODUCT_BLOCK),
        .panel = arena_take(arena, FIRST_LAYER_PANEL, 1),
        .cursor = arena_take(arena, count, sizeof *first->cursor),
    };
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

/* False where a sum is not finite: an input of 0 may have been multiplied by an infinite weight. */
static bool multiply(const struct first_layer *first, const struct first_layer_block *block)
{
    const struct product_right weights = {block->weights, block->inputs, block->columns,
                                          block->weights_stride, 1};
    KERNEL_CALL(product_once, &weights, first->packed,
                block->weights + block->inputs * block->weights_stride, block->count, first->room,
                block->inputs, block->sums, block->stride);
    for (size_t i = 0; i < block->count; ++i)
        if (finite_count(block->sums + i * block->stride, block->columns) < block->columns)
            return false;
    return true;
}

void first_layer_sum(const struct first_layer *first, const double *w1, size_t at, size_t columns,
                     double *sums, size_t stride)
{
    const struct first_layer_block block = {
        .weights = w1 + at,
        .weights_stride = first->units,
        .inputs = first->inputs,
        .columns = columns,
        .count = first->count,
        .samples = first->samples,
        .rows = first->rows,
        .panel = first->count >= WORTH_A_COPY ? first->panel : NULL,
        .cursor = first->cursor,
        .sums = sums,
        .stride = stride,
    };
    if (!is_product(first) || !multiply(first, &block))
        KERNEL_CALL(first_layer_sum, &block);
}
