/* SPDX-License-Identifier: MIT
 *
 * For relu with several hidden layers, the radius is computed for each sample: the one that
 * radius.c finds is too small to be of use. The slopes are passed down, from the logits to the
 * first hidden layer. */
#include "linear_slopes.h"

#include "core/numbers/product.h"
#include "radius.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool linear_slopes_are_needed(const struct network *network)
{
    return network->activation->has_kink && network->count > 2;
}

bool linear_slopes_create(struct linear_slopes *s, const struct network *network)
{
    *s = (struct linear_slopes){.network = network};
    if (!linear_slopes_are_needed(network))
        return true;
    const size_t numbers = (size_t)network_widest_hidden(network) *
                           network_whole_vectors((size_t)network_last(network)->outputs);
    s->slopes = network_make_vectors(numbers);
    s->packed = network_make_vectors(numbers);
    if (s->slopes && s->packed)
        return true;
    linear_slopes_destroy(s);
    return false;
}

void linear_slopes_destroy(struct linear_slopes *s)
{
    free(s->slopes);
    free(s->packed);
    *s = (struct linear_slopes){0};
}

/* Half the largest range of a row of slopes: measured from its middle, no logit moves faster. */
static double steepest(const double *slopes, int units, int classes, size_t stride)
{
    double largest = 0;
    for (int j = 0; j < units; ++j, slopes += stride)
        largest = fmax(largest, network_range(slopes, classes));
    return largest / 2;
}

/* From the slopes of a hidden layer's units, (H, stride), to those of the units below, through the
 * weights between them: units that are off pass nothing on. */
static void step_down(const struct linear_slopes *s, const double *theta,
                      const struct network_layer *layer, const double *z, double *slopes,
                      size_t stride)
{
    const int classes = network_last(s->network)->outputs;
    for (int j = 0; j < layer->outputs; ++j)
        if (z[j] <= 0)
            memset(slopes + (size_t)j * stride, 0, stride * sizeof *slopes);
    const size_t inner = (size_t)layer->outputs, columns = (size_t)classes;
    product_pack(&(struct product_right){slopes, inner, columns, stride, 1}, s->packed);
    product_multiply(s->packed, inner, columns, NULL, (size_t)layer->inputs, theta + layer->offset,
                     inner, slopes, stride);
}

void linear_slopes_find_radius(const struct linear_slopes *s, const double *theta,
                               const struct network_pass *pass, int i, double *radius)
{
    const struct network_layer *last = network_last(s->network);
    const int classes = last->outputs;
    const size_t stride = network_whole_vectors((size_t)classes),
                 bytes = (size_t)classes * sizeof *theta;
    for (int j = 0; j < last->inputs; ++j)
        memcpy(s->slopes + (size_t)j * stride, theta + network_row(last, j), bytes);
    for (int l = pass->hidden_layers - 2; l >= 0; --l) {
        const struct network_layer *above = &s->network->layers[l + 1];
        step_down(s, theta, above, network_units(pass, l + 1, i, 0).z, s->slopes, stride);
        radius[l] = RADIUS_ARGUMENT / steepest(s->slopes, above->inputs, classes, stride);
    }
}
