/* SPDX-License-Identifier: MIT */
#include "overflow.h"

#include "core/samples/pixels.h"

/* The factor of input `row` at a node of a sample: for pixels it is found by the pixel's level. */
static double factor_at(const struct gradient_layers *layers, const struct gradient *gradient,
                        int layer, int i, int node, size_t row)
{
    const struct layer_quotients *quotients = &layers->quotients[layer];
    const struct unit_quotients *units = &quotients->units[i];
    if (layer > 0 || gradient->pass.samples[i].floats)
        return units->factors[(size_t)node * quotients->inputs + row];
    const struct sample *sample = &gradient->pass.samples[i];
    /* The input of the biases is 1. */
    const int level =
        row < (size_t)sample->inputs ? sample_level(sample, (int)row) : PIXELS_LEVELS - 1;
    return units->factors[level * units->nodes + node];
}

/* The sum of a group for one weight: row `row` of the layer, column `column` of those at work. */
static double sum_of_group(const struct gradient_layers *layers, const struct gradient *gradient,
                           int layer, const struct gradient_group *group, size_t row, size_t column)
{
    const struct layer_quotients *quotients = &layers->quotients[layer];
    double sum = 0;
    for (int i = group->begin; i < group->end; ++i)
        for (int k = 0; k < quotients->units[i].nodes; ++k)
            sum = fma(factor_at(layers, gradient, layer, i, k, row),
                      quotients->units[i].q[(size_t)k * quotients->lanes + column], sum);
    return sum;
}

void overflow_note(const struct gradient_layers *layers, struct gradient *gradient, int layer,
                   const struct gradient_group *groups, int count, const struct sums_block *block)
{
    if (!gradient->seeks_overflow) {
        ++gradient->overflows;
        return;
    }
    const size_t first = (size_t)(block->totals - gradient->sums);
    for (size_t row = 0; row < block->rows; ++row)
        for (size_t column = 0; column < block->columns; ++column)
            for (int g = 0; g < count; ++g) {
                uint64_t marks = 0;
                exact_round(&gradient->grid,
                            sum_of_group(layers, gradient, layer, &groups[g],
                                         block->first_row + row, column),
                            &marks);
                gradient_note_overflow(gradient, marks, first + row * block->stride + column);
            }
}
