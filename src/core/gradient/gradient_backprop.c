/* SPDX-License-Identifier: MIT
 *
 * The exact derivative of the same loss. The head gives those with respect to the outputs
 * (core/model/softmax.c: the book's backpropagation leaves out the epsilon in the logarithm).
 *
 * From the last layer to the first: the derivatives with respect to the pre-activations of a layer,
 * times its weights, are those with respect to the units below; these times the slopes of the units
 * are those with respect to their pre-activations. One product does it for all samples of a pass.
 */
#include "common/multiversion.h"
#include "core/numbers/product.h"
#include "gradient_layers.h"

struct scratch {
    struct gradient_layers layers;
    double *packed[NETWORK_LAYERS_MAX]; /* the transposed weights of each layer but the first */
    double *slope;                      /* (the widest hidden layer) */
    double *centred; /* (H, K): the last layer's weights, less the middle of each row */
};

static void *create_scratch(struct gradient *gradient)
{
    const struct network *network = &gradient->model->network;
    const struct network_layer *last = network_last(network);
    struct arena *arena = &gradient->arena;
    struct scratch *s = arena_take(arena, 1, sizeof *s);
    if (!s || !gradient_layers_create(&s->layers, gradient, 1))
        return NULL;
    for (int n = 1; n < network->count; ++n) {
        const struct network_layer *layer = &network->layers[n];
        s->packed[n] =
            arena_numbers(arena, network_lanes((size_t)layer->inputs) * (size_t)layer->outputs);
    }
    s->slope = arena_numbers(arena, network_lanes((size_t)network_widest_hidden(network)));
    s->centred = arena_numbers(arena, (size_t)last->inputs * (size_t)last->outputs);
    return s;
}

/* If the loss depends on nothing but the differences between outputs, its derivatives sum to zero,
 * and any number may be subtracted from all weights of a unit. Less their middle, they are as small
 * as can be, and the sums lose least. */
static void centre_rows(const struct network_layer *last, const double *w, double *centred)
{
    const int classes = last->outputs;
    for (int j = 0; j < last->inputs; ++j, w += classes, centred += classes) {
        const struct network_extremes of = network_extremes(w, classes);
        const double middle = of.smallest + (of.largest - of.smallest) / 2;
        for (int k = 0; k < classes; ++k)
            centred[k] = w[k] - middle;
    }
}

static void begin(struct gradient *gradient)
{
    struct scratch *s = gradient->scratch;
    const struct network *network = &gradient->model->network;
    for (int n = 1; n < network->count; ++n) {
        const struct network_layer *layer = &network->layers[n];
        const size_t inputs = (size_t)layer->inputs, outputs = (size_t)layer->outputs;
        const double *w = gradient->theta + layer->offset;
        if (layer == network_last(network) && network->head->relative) {
            centre_rows(layer, w, s->centred);
            w = s->centred;
        }
        KERNEL_CALL(product_pack, &(struct product_right){w, outputs, inputs, 1, outputs},
                    s->packed[n]);
    }
}

MULTIVERSION
static void multiply(size_t count, const double *restrict factors, double *restrict values)
{
    for (size_t j = 0; j < count; ++j)
        values[j] *= factors[j];
}

/* The derivatives of a hidden layer, by_a (S, lanes), from those of the layer above it. */
static void derive_units(const struct gradient *gradient, int layer, const double *by_a_above,
                         double *by_a)
{
    const struct scratch *s = gradient->scratch;
    const struct network_layer *above = &gradient->model->network.layers[layer + 1];
    const size_t units = (size_t)above->inputs, lanes = s->layers.quotients[layer].lanes;
    KERNEL_CALL(product_multiply, s->packed[layer + 1], (size_t)above->outputs, units, NULL,
                (size_t)gradient->pass.count, by_a_above, s->layers.quotients[layer + 1].lanes,
                by_a, lanes);
    for (int i = 0; i < gradient->pass.count; ++i, by_a += lanes) {
        const struct activation_units known = network_units(gradient->pass.results, layer, i, 0);
        gradient->model->network.activation->derivative(units, &known, s->slope);
        multiply(units, s->slope, by_a);
    }
}

/* Takes room for the derivatives of a layer: (S, lanes). */
static double *take_layer(struct gradient *gradient, int layer)
{
    struct scratch *s = gradient->scratch;
    for (int i = 0; i < gradient->pass.count; ++i)
        gradient_layers_take(&s->layers, gradient, layer, i, NULL,
                             gradient_layers_largest(gradient, layer, i));
    return s->layers.quotients[layer].units[0].q;
}

/* From all derivatives of a layer to those of the units at work. */
static void keep_units_at_work(struct gradient *gradient, int layer)
{
    struct scratch *s = gradient->scratch;
    for (int i = 0; i < gradient->pass.count; ++i)
        s->layers.quotients[layer].units[i].q += gradient_layers_units(gradient, layer, i).begin;
}

static void add_samples(struct gradient *gradient)
{
    struct scratch *s = gradient->scratch;
    const struct network *network = &gradient->model->network;
    const int last = network->count - 1, outputs = network->layers[last].outputs;
    const double *above = take_layer(gradient, last);
    for (int i = 0; i < gradient->pass.count; ++i) {
        const struct network_sample sample = network_sample(gradient->pass.results, i);
        network->head->derive(&sample, outputs, s->layers.quotients[last].units[i].q);
    }
    for (int n = last - 1; n >= 0; --n) {
        double *by_a = take_layer(gradient, n);
        derive_units(gradient, n, above, by_a);
        above = by_a;
        keep_units_at_work(gradient, n);
    }
    gradient_layers_add(&s->layers, gradient);
}

const struct gradient_method gradient_backprop = {
    .name = "backprop",
    .bits_since = "0.4.0",
    .needs_layers = true,
    .create_scratch = create_scratch,
    .begin = begin,
    .add_samples = add_samples,
};
