/* SPDX-License-Identifier: MIT
 *
 * The forward pass, with which everything begins: from the inputs of some samples to their losses.
 * A gradient starts from the pre-activations, outputs and probabilities that stay in the pass;
 * evaluations need only loss and class. */
#include "network_pass.h"

#include "common/multiversion.h"
#include "core/numbers/elementary.h"
#include "core/numbers/product.h"

#include <string.h>

/* The padding is units that are always 1, too, so that whatever is computed from it is finite. */
static void create_hidden(struct network_units *hidden, struct arena *arena, int count,
                          size_t samples)
{
    const size_t units = network_lanes(network_padded_units(count)), numbers = samples * units;
    *hidden = (struct network_units){
        .count = count,
        .stride = units,
        .a = arena_numbers(arena, numbers),
        .z = arena_numbers(arena, numbers),
        .below = arena_numbers(arena, numbers),
        .above = arena_numbers(arena, numbers),
    };
    for (size_t i = 0; hidden->z && i < samples; ++i)
        for (size_t j = (size_t)count; j < units; ++j)
            hidden->z[i * units + j] = 1;
}

void *network_pass_create(const struct model *model, int *capacity, struct arena *arena)
{
    const struct network *network = &model->network;
    const size_t samples = (size_t)*capacity, widest = (size_t)network_widest_hidden(network);
    const size_t stride = network_whole_vectors((size_t)model->outputs);
    struct network_pass *pass = arena_take(arena, 1, sizeof *pass);
    if (!pass)
        return NULL;
    *pass = (struct network_pass){
        .hidden_layers = network->count - 1,
        .head = network->head,
        .outputs = model->outputs,
        .stride = stride,
        .target = arena_take(arena, samples, sizeof *pass->target),
        .a = arena_numbers(arena, samples * stride),
        .y = arena_numbers(arena, samples * stride),
        .one_minus_y_t = arena_numbers(arena, samples),
        .loss = arena_numbers(arena, samples),
        .lanes = arena_numbers(arena, stride * NETWORK_VECTOR),
        .sums = arena_numbers(arena, samples * FIRST_LAYER_COLUMNS),
        .packed = arena_numbers(arena, widest * PRODUCT_BLOCK),
    };
    first_layer_create(&pass->first, arena, model->inputs, network->layers[0].outputs, *capacity);
    for (int n = 0; n < pass->hidden_layers; ++n)
        create_hidden(&pass->hidden[n], arena, network->layers[n].outputs, samples);
    return pass;
}

struct network_sample network_sample(const struct network_pass *pass, int i)
{
    const size_t at = (size_t)i * pass->stride;
    return (struct network_sample){.target = pass->target[i],
                                   .a = pass->a + at,
                                   .y = pass->y + at,
                                   .one_minus_y_t = pass->one_minus_y_t[i]};
}

struct activation_units network_units(const struct network_pass *pass, int layer, int i, int unit)
{
    const struct network_units *hidden = &pass->hidden[layer];
    const size_t at = (size_t)i * hidden->stride + (size_t)unit;
    return (struct activation_units){.a = hidden->a + at,
                                     .z = hidden->z + at,
                                     .below = hidden->below + at,
                                     .above = hidden->above + at};
}

/* Activates `columns` units of each sample from number `first` on, whose pre-activations are a
 * (count, stride). Those are kept, too, unless only z is wanted. */
static void activate(const struct activation *activation, const struct network_units *hidden,
                     size_t first, size_t columns, size_t count, const double *a, size_t stride)
{
    for (size_t i = 0; i < count; ++i, a += stride) {
        const size_t at = i * hidden->stride + first;
        if (!hidden->below) {
            activation->value(columns, a, hidden->z + at, NULL, NULL);
            continue;
        }
        if (a != hidden->a + at)
            memcpy(hidden->a + at, a, columns * sizeof *a);
        activation->value(columns, a, hidden->z + at, hidden->below + at, hidden->above + at);
    }
}

/* Some units at a time, whose sums are activated while they are in the second-level cache. */
static void first_layer(const struct network_pass *pass, const double *w1,
                        const struct activation *activation, const struct network_units *hidden)
{
    const size_t units = (size_t)hidden->count, vector = NETWORK_VECTOR;
    const size_t vectors = network_whole_vectors(units) / vector;
    const size_t blocks = (units + FIRST_LAYER_COLUMNS - 1) / FIRST_LAYER_COLUMNS;
    for (size_t b = 0; b < blocks; ++b) {
        const size_t first = b * vectors / blocks * vector;
        const size_t end = (b + 1) * vectors / blocks * vector, stride = end - first;
        const size_t columns = (end < units ? end : units) - first;
        first_layer_sum(&pass->first, w1, first, columns, pass->sums, stride);
        activate(activation, hidden, first, columns, pass->first.count, pass->sums, stride);
    }
}

/* Layer n above the first: a = b + z W, with the z of the layer below. */
static void upper_layer(const struct network_pass *pass, int n, const struct network_layer *layer,
                        const double *w, double *a, size_t stride)
{
    const struct network_units *below = &pass->hidden[n - 1];
    const size_t inputs = (size_t)layer->inputs, outputs = (size_t)layer->outputs;
    KERNEL_CALL(product_once, &(struct product_right){w, inputs, outputs, outputs, 1}, pass->packed,
                w + inputs * outputs, pass->first.count, below->z, below->stride, a, stride);
}

static void hidden_layer(const struct network_pass *pass, int n, const struct network *network,
                         const double *theta, bool only_z)
{
    const struct network_layer *layer = &network->layers[n];
    const double *w = theta + layer->offset;
    struct network_units hidden = pass->hidden[n];
    if (only_z)
        hidden.below = hidden.above = NULL;
    if (n == 0) {
        first_layer(pass, w, network->activation, &hidden);
        return;
    }
    upper_layer(pass, n, layer, w, hidden.a, hidden.stride);
    activate(network->activation, &hidden, 0, (size_t)hidden.count, pass->first.count, hidden.a,
             hidden.stride);
}

static void forward(const struct network_pass *pass, const struct network *network,
                    const double *theta, bool only_z)
{
    const struct network_layer *last = network_last(network);
    for (int n = 0; n < pass->hidden_layers; ++n)
        hidden_layer(pass, n, network, theta, only_z);
    upper_layer(pass, pass->hidden_layers, last, theta + last->offset, pass->a, pass->stride);
    pass->head->finish(pass, pass->first.count);
}

void network_pass_take(const struct sample *samples, int count, void *results)
{
    struct network_pass *pass = results;
    for (int i = 0; i < count; ++i)
        pass->target[i] = samples[i].target;
    first_layer_take(&pass->first, samples, count);
}

void network_pass_forward(const struct model *model, const double *theta,
                          const struct sample *samples, int count, void *results)
{
    (void)samples;
    (void)count;
    forward(results, &model->network, theta, false);
}

void network_pass_evaluate(const struct model *model, const double *theta,
                           const struct sample *samples, int count, void *results)
{
    (void)samples;
    (void)count;
    forward(results, &model->network, theta, true);
}

double network_pass_loss(const void *results, int i)
{
    const struct network_pass *pass = results;
    return pass->loss[i];
}

/* The class with the largest output; the first one in a tie. */
int network_pass_predict(const struct model *model, const double *theta,
                         const struct sample *samples, const void *results, int i,
                         double *probability)
{
    const struct network_sample pass = network_sample(results, i);
    int best = 0;
    (void)theta;
    (void)samples;
    for (int k = 1; k < model->outputs; ++k)
        best = pass.a[k] > pass.a[best] ? k : best;
    if (probability)
        *probability = pass.y[best];
    return best;
}

const double *network_pass_numbers(const void *results, int i)
{
    return network_sample(results, i).a;
}

const double *network_pass_probabilities(const void *results, int i)
{
    return network_sample(results, i).y;
}
