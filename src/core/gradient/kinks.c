/* SPDX-License-Identifier: MIT
 *
 * For gradcheck, not for training: at which parameters the difference and the derivative may differ
 * because the step meets a kink. A step is followed from the shifted unit up through the layers. */
#include "kinks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A shift that falls short of a kink by less than this factor counts as reaching it. */
#define SLACK 1.001

/* One sample at a time, after its forward pass. */
struct search {
    const struct network *network;
    const double *theta;
    const struct network_pass *pass;
    int sample; /* its number in the pass */
    double step;
    int64_t *parameters; /* (P) */
    double *inputs;      /* (D, or the widest hidden layer): a layer's inputs */
    double *slopes[2];   /* (the widest hidden layer): of a layer's units, and of those above */
    bool *reached;       /* (units) whether a step takes the unit to its kink */
};

size_t kinks_units(const struct model *model)
{
    size_t units = 0;
    if (!model->kind->has_derivative || !model->network.activation->has_kink)
        return 0;
    for (int n = 0; n < model->network.count - 1; ++n)
        units += (size_t)model->network.layers[n].outputs;
    return units;
}

/* Where a layer's units begin among all hidden units. */
static size_t first_of_layer(const struct network *network, int layer)
{
    size_t first = 0;
    for (int n = 0; n < layer; ++n)
        first += (size_t)network->layers[n].outputs;
    return first;
}

/* How far a unit far below can be shifted before the units first .. end - 1 of a layer, which rise
 * by `slopes` with it, come to their kinks. Notes those that do so within `reach`. */
static double distance_in_layer(const struct search *s, int layer, int first, int end,
                                const double *slopes, double reach)
{
    const double *a = network_units(s->pass, layer, s->sample, 0).a;
    bool *reached = s->reached + first_of_layer(s->network, layer);
    double nearest = (double)INFINITY;
    for (int j = first; j < end; ++j) {
        if (slopes[j - first] == 0)
            continue;
        const double distance = fabs(a[j] / slopes[j - first]);
        nearest = fmin(nearest, distance);
        reached[j] |= distance <= reach;
    }
    return nearest;
}

/* How steeply the units of the layer above rise with a unit far below, with which those of this
 * layer rise by `slopes`: units that are off pass nothing on. */
static void step_up(const struct search *s, int layer, const double *slopes, double *above)
{
    const struct network_layer *next = &s->network->layers[layer + 1];
    const double *a = network_units(s->pass, layer, s->sample, 0).a;
    memset(above, 0, (size_t)next->outputs * sizeof *above);
    for (int j = 0; j < next->inputs; ++j) {
        const double *row = s->theta + network_row(next, j);
        for (int k = 0; k < next->outputs && a[j] > 0 && slopes[j] != 0; ++k)
            above[k] += slopes[j] * row[k];
    }
}

/* How far a unit can be shifted before it, or a unit above it, comes to its kink. */
static double distance_to_kink(const struct search *s, int layer, int unit, double reach)
{
    const double own = 1;
    double *slopes = s->slopes[0], *above = s->slopes[1];
    double nearest = distance_in_layer(s, layer, unit, unit + 1, &own, reach);
    memset(slopes, 0, (size_t)s->network->layers[layer].outputs * sizeof *slopes);
    slopes[unit] = own;
    for (int n = layer; n + 1 < s->pass->hidden_layers; ++n) {
        const int units = s->network->layers[n + 1].outputs;
        step_up(s, n, slopes, above);
        nearest = fmin(nearest, distance_in_layer(s, n + 1, 0, units, above, reach));
        double *const other = slopes;
        slopes = above;
        above = other;
    }
    return nearest;
}

/* Sets s->inputs to a layer's inputs; returns the largest absolute value, at least 1, the input of
 * the biases. */
static double take_inputs(const struct search *s, const struct sample *sample, int layer)
{
    const int count = s->network->layers[layer].inputs;
    double largest = 1;
    if (layer == 0)
        sample_widen(sample, s->inputs);
    else
        memcpy(s->inputs, network_units(s->pass, layer - 1, s->sample, 0).z,
               (size_t)count * sizeof *s->inputs);
    for (int i = 0; i < count; ++i)
        largest = fmax(largest, fabs(s->inputs[i]));
    return largest;
}

/* Counts the parameters that lead to a layer's units and whose steps meet a kink. */
static void search_layer(const struct search *s, const struct sample *sample, int layer)
{
    const struct network_layer *l = &s->network->layers[layer];
    const double shift = SLACK * s->step, reach = shift * take_inputs(s, sample, layer);
    for (int j = 0; j < l->outputs; ++j) {
        const double distance = distance_to_kink(s, layer, j, reach);
        if (distance > reach)
            continue;
        for (int i = 0; i <= l->inputs; ++i) {
            const double input = i < l->inputs ? s->inputs[i] : 1;
            s->parameters[network_row(l, i) + (size_t)j] +=
                input != 0 && shift * fabs(input) >= distance;
        }
    }
}

static void search_samples(struct search *s, struct model_pass *pass, const struct samples *samples,
                           struct range rows, size_t units, int64_t *unit_counts)
{
    s->pass = pass->results;
    for (int64_t row = rows.begin; row < rows.end; row += pass->count) {
        model_pass_take_from(pass, samples, row, rows.end - row);
        model_forward(pass, s->theta);
        for (s->sample = 0; s->sample < pass->count; ++s->sample) {
            memset(s->reached, 0, units * sizeof *s->reached);
            for (int n = 0; n < s->pass->hidden_layers; ++n)
                search_layer(s, &pass->samples[s->sample], n);
            for (size_t u = 0; u < units; ++u)
                unit_counts[u] += s->reached[u];
        }
    }
}

bool kinks_count(const struct model *model, const double *theta, const struct samples *samples,
                 struct range rows, double step, int64_t *counts)
{
    const struct network *network = &model->network;
    const size_t parameters = model->tensors.parameters, units = kinks_units(model);
    const size_t widest = (size_t)network_widest_hidden(network);
    const size_t inputs = (size_t)model->inputs > widest ? (size_t)model->inputs : widest;
    double *numbers = malloc((inputs + 2 * widest) * sizeof *numbers);
    bool *reached = malloc((units + 1) * sizeof *reached);
    struct model_pass pass;
    const bool ready = model_pass_create(&pass, model) && numbers && reached;
    memset(counts, 0, (parameters + units) * sizeof *counts);
    if (ready) {
        struct search search = {.network = network,
                                .theta = theta,
                                .step = step,
                                .parameters = counts,
                                .inputs = numbers,
                                .slopes = {numbers + inputs, numbers + inputs + widest},
                                .reached = reached};
        search_samples(&search, &pass, samples, rows, units, counts + parameters);
    }
    model_pass_destroy(&pass);
    free(numbers);
    free(reached);
    return ready;
}
