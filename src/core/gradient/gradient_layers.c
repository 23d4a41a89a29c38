/* SPDX-License-Identifier: MIT
 *
 * What the methods for networks have in common: for each sample, layer and unit a method leaves the
 * values of Q here; when all samples of a pass are done, layer_sums.c adds them up over the
 * samples, layer by layer. */
#include "gradient_layers.h"

#include "common/multiversion.h"

#include <stdlib.h>
#include <string.h>

void gradient_layers_destroy(struct gradient_layers *layers)
{
    for (int n = 0; n < layers->layers; ++n) {
        layer_sums_destroy(&layers->sums[n]);
        free(layers->units[n]);
    }
    free(layers->q);
    free(layers->rows);
    free(layers->x);
    free(layers->index);
    *layers = (struct gradient_layers){0};
}

static bool create_layer(struct gradient_layers *layers, int n, const struct network_layer *layer,
                         size_t samples)
{
    layers->units[n] = calloc(samples, sizeof *layers->units[n]);
    return layers->units[n] && layer_sums_create(&layers->sums[n], layer, (int)samples);
}

bool gradient_layers_create(struct gradient_layers *layers, const struct gradient *gradient,
                            int nodes)
{
    const struct network_layer *list = gradient->model->network.layers;
    const size_t samples = (size_t)gradient->pass.capacity;
    size_t lanes = 0, inputs = 0;
    bool created = true;
    *layers = (struct gradient_layers){.layers = gradient->model->network.count};
    for (int n = 0; n < layers->layers; ++n) {
        created &= create_layer(layers, n, &list[n], samples);
        lanes += layer_sums_lanes(&list[n]);
        inputs = (size_t)list[n].inputs > inputs ? (size_t)list[n].inputs : inputs;
    }
    layers->q = aligned_alloc(NETWORK_VECTOR * sizeof *layers->q,
                              samples * (size_t)nodes * lanes * sizeof *layers->q);
    layers->rows = malloc(samples * sizeof *layers->rows);
    layers->x = malloc((inputs + 1) * sizeof *layers->x);
    layers->index = malloc((inputs + 1) * sizeof *layers->index);
    if (created && layers->q && layers->rows && layers->x && layers->index)
        return true;
    gradient_layers_destroy(layers);
    return false;
}

void gradient_layers_begin(struct gradient_layers *layers)
{
    layers->used = 0;
}

/* The units of a hidden layer that belong to the parts at work for sample i. */
static struct part_range hidden_units(const struct gradient *gradient, int layer, int i)
{
    const int hidden = gradient->model->network.layers[layer].outputs;
    const int parts = gradient->model->parts;
    return (struct part_range){network_first_unit(parts, hidden, gradient->parts[i].begin),
                               network_first_unit(parts, hidden, gradient->parts[i].end)};
}

static bool is_last(const struct gradient *gradient, int layer)
{
    return layer == gradient->model->network.count - 1;
}

struct part_range gradient_layers_units(const struct gradient *gradient, int layer, int i)
{
    if (is_last(gradient, layer))
        return (struct part_range){0, gradient->model->network.layers[layer].outputs};
    return hidden_units(gradient, layer, i);
}

/* The inputs of a layer above the first whose rows are at work for sample i; the input of the
 * biases comes last. In the last layer they are the units at work; in other layers, where whole
 * columns are at work, they are all inputs. */
static struct part_range rows_at_work(const struct gradient *gradient, int layer, int i)
{
    const int inputs = gradient->model->network.layers[layer].inputs;
    if (!is_last(gradient, layer))
        return (struct part_range){0, inputs + 1};
    struct part_range rows = hidden_units(gradient, layer - 1, i);
    rows.end += gradient->parts[i].end == gradient->model->parts;
    return rows;
}

double gradient_layers_largest(const struct gradient *gradient, int layer, int i)
{
    double largest = 1;
    if (layer == 0)
        return fmax(largest, sample_largest(&gradient->pass.samples[i]));
    /* Activations that have bounds lie between -1 and 1. */
    if (gradient->model->network.activation->span < (double)INFINITY)
        return largest;
    const double *z = network_units(gradient->pass.results, layer - 1, i, 0).z;
    for (int j = 0; j < gradient->model->network.layers[layer].inputs; ++j)
        largest = fabs(z[j]) > largest ? fabs(z[j]) : largest;
    return largest;
}

struct unit_quotients *gradient_layers_take(struct gradient_layers *layers,
                                            const struct gradient *gradient, int layer, int i,
                                            const struct nodes *nodes, double largest)
{
    struct unit_quotients *units = &layers->units[layer][i];
    const size_t numbers = (nodes ? (size_t)nodes->count : 1) *
                           layer_sums_lanes(&gradient->model->network.layers[layer]);
    *units = (struct unit_quotients){nodes, largest, layers->q + layers->used};
    memset(units->q, 0, numbers * sizeof *units->q);
    layers->used += numbers;
    return units;
}

/* Moves the units at work to their lanes, and sets all other lanes to 0. */
static void spread(double *q, struct part_range at_work, size_t lanes)
{
    const size_t first = (size_t)at_work.begin, end = (size_t)at_work.end;
    memmove(q + first, q, (end - first) * sizeof *q);
    memset(q, 0, first * sizeof *q);
    memset(q + end, 0, (lanes - end) * sizeof *q);
}

/* Puts q into its final form. Returns whether all quotients are within the range, at the nodes and
 * between them. */
MULTIVERSION
static bool arrange(const struct unit_quotients *units, struct part_range at_work, int outputs,
                    size_t lanes, double limit)
{
    const int nodes = units->nodes ? units->nodes->count : 1;
    const double *restrict first = units->q;
    uint64_t within = 1;
    for (int k = 0; k < nodes; ++k) {
        double *restrict q = units->q + (size_t)k * lanes;
        if (at_work.end - at_work.begin < outputs)
            spread(q, at_work, lanes);
        for (size_t j = 0; j < lanes; ++j)
            within &= fabs(q[j]) <= limit;
        for (size_t j = 0; j < lanes && k > 0; ++j)
            q[j] -= first[j];
    }
    return within;
}

/* Adds the quotients one by one, so that the first parameter whose quotient is off the grid can be
 * named. */
static void add_one_by_one(const struct gradient_layers *layers, struct gradient *gradient,
                           int layer, struct part_range at_work, const struct unit_quotients *units)
{
    const struct network_layer *of = &gradient->model->network.layers[layer];
    const size_t lanes = layer_sums_lanes(of);
    double weights[NODES_MAX];
    for (int n = 0; n < layers->count; ++n) {
        const double x = layers->x[n];
        const size_t row = network_row(of, layers->index[n]);
        if (units->nodes)
            nodes_weights(units->nodes, 1, &x, units->largest, 1, weights);
        for (int j = at_work.begin; j < at_work.end; ++j) {
            double q = units->q[j];
            for (int k = 1; units->nodes && k < units->nodes->count; ++k)
                q = fma(weights[k - 1], units->q[(size_t)k * lanes + (size_t)j], q);
            gradient_add_product(gradient, row + (size_t)j, x, q);
        }
    }
}

void gradient_layers_settle(struct gradient_layers *layers, struct gradient *gradient, int layer,
                            int i)
{
    struct unit_quotients *units = &layers->units[layer][i];
    const struct part_range at_work = gradient_layers_units(gradient, layer, i);
    const struct network_layer *of = &gradient->model->network.layers[layer];
    const double limit = gradient->grid.range / (NODES_LEBESGUE * units->largest);
    if (at_work.begin == at_work.end) {
        units->q = NULL;
    } else if (!arrange(units, at_work, of->outputs, layer_sums_lanes(of), limit)) {
        gradient_layers_list(layers, gradient, layer, i);
        add_one_by_one(layers, gradient, layer, at_work, units);
        units->q = NULL;
    }
}

void gradient_layers_list(struct gradient_layers *layers, const struct gradient *gradient,
                          int layer, int i)
{
    const struct network_layer *of = &gradient->model->network.layers[layer];
    int cursor = 0;
    if (layer == 0) {
        layers->count = sample_inputs(&gradient->pass.samples[i], &cursor, of->inputs,
                                      layers->index, layers->x);
        layers->index[layers->count] = of->inputs;
        layers->x[layers->count++] = 1;
        return;
    }
    const double *z = network_units(gradient->pass.results, layer - 1, i, 0).z;
    const struct part_range rows = rows_at_work(gradient, layer, i);
    layers->count = 0;
    for (int j = rows.begin; j < rows.end; ++j) {
        layers->index[layers->count] = j;
        layers->x[layers->count] = z[j];
        layers->count += z[j] != 0;
    }
}

void gradient_layers_add(struct gradient_layers *layers, struct gradient *gradient)
{
    const struct network_pass *pass = gradient->pass.results;
    for (int n = 0; n < layers->layers; ++n) {
        struct layer_inputs inputs = {.samples = gradient->pass.samples};
        if (n > 0)
            inputs = (struct layer_inputs){.units = pass->hidden[n - 1].z,
                                           .stride = pass->hidden[n - 1].stride,
                                           .rows = layers->rows};
        for (int i = 0; i < gradient->pass.count && n > 0; ++i)
            layers->rows[i] = rows_at_work(gradient, n, i);
        layer_sums_add(&layers->sums[n], &inputs, gradient->pass.count, layers->units[n],
                       &gradient->grid, gradient->sums);
    }
}
