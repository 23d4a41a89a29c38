/* SPDX-License-Identifier: MIT
 *
 * The exact derivative of the same loss, l = -log(y_t + epsilon). The book's backpropagation leaves
 * epsilon out; with it, the derivative with respect to logit k is c (y_k - [k = t]) with the factor
 * c = y_t / (y_t + epsilon). */
#include "common/multiversion.h"
#include "gradient_layers.h"

#include <stdlib.h>
#include <string.h>

struct scratch {
    struct gradient_layers layers;
    double *by_a[2]; /* (2, the widest hidden layer): the derivatives with respect to a of a layer,
                      * and of the one above it, each with room for as many slopes */
};

static void destroy_scratch(void *memory)
{
    struct scratch *s = memory;
    if (!s)
        return;
    gradient_layers_destroy(&s->layers);
    free(s->by_a[0]);
    free(s->by_a[1]);
    free(s);
}

static void *create_scratch(const struct gradient *gradient)
{
    struct scratch *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    const size_t widest = (size_t)gradient->model->parts - 1;
    s->by_a[0] = malloc(2 * widest * sizeof(double));
    s->by_a[1] = malloc(2 * widest * sizeof(double));
    if (s->by_a[0] && s->by_a[1] && gradient_layers_create(&s->layers, gradient, 1))
        return s;
    destroy_scratch(s);
    return NULL;
}

/* The derivatives with respect to the logits. */
static void derive_logits(const struct network_sample *pass, int classes, double *by_logits)
{
    const int t = pass->label;
    const double c = pass->y[t] / (pass->y[t] + NETWORK_LOSS_EPSILON);
    for (int k = 0; k < classes; ++k)
        by_logits[k] = k == t ? -c * pass->one_minus_y_t : c * pass->y[k];
}

/* The derivatives with respect to z of units first .. end - 1: sums of weights times derivatives
 * over the units of the layer above. If these are the logits, their derivatives sum to zero, so the
 * label's weight may be subtracted from each in its row, which loses less than a sum of large terms
 * of both signs. If they are hidden units, `label` is -1. */
MULTIVERSION
static void derive_outputs(const struct network_layer *above, const double *w, int label,
                           const double *by_a_above, int first, int end, double *by_z)
{
    const int outputs = above->outputs;
    for (int j = first; j < end; ++j) {
        const double *row = w + (size_t)j * (size_t)outputs;
        const double of_label = label < 0 ? 0 : row[label];
        double sum = 0;
        for (int k = 0; k < outputs; ++k)
            sum = fma(row[k] - of_label, k == label ? 0 : by_a_above[k], sum);
        by_z[j - first] = sum;
    }
}

/* The derivatives with respect to the pre-activations of units of a hidden layer, from those of the
 * layer above it. */
static void derive_units(const struct gradient *gradient, int layer, int i,
                         const double *by_a_above, struct part_range range, double *by_a)
{
    const struct network *network = &gradient->model->network;
    const struct network_layer *above = &network->layers[layer + 1];
    const double *w = gradient->theta + above->offset;
    const struct network_pass *results = gradient->pass.results;
    const struct activation_units units = network_units(results, layer, i, range.begin);
    const size_t count = (size_t)(range.end - range.begin);
    double *slope = by_a + count; /* room for as many again */
    const int label = above == network_last(network) ? results->label[i] : -1;
    derive_outputs(above, w, label, by_a_above, range.begin, range.end, by_a);
    network->activation->derivative(count, &units, slope);
    for (size_t j = 0; j < count; ++j)
        by_a[j] *= slope[j];
}

/* From the last layer to the first. Above the first layer the derivatives of all units are
 * computed, since those below need them, and those of the units at work are kept. */
static void evaluate_sample(struct gradient *gradient, int i)
{
    struct scratch *s = gradient->scratch;
    const struct network *network = &gradient->model->network;
    const int last = network->count - 1;
    const struct network_sample pass = network_sample(gradient->pass.results, i);
    const struct unit_quotients *units = gradient_layers_take(
        &s->layers, gradient, last, i, NULL, gradient_layers_largest(gradient, last, i));
    const double *above = units->q;
    derive_logits(&pass, network->layers[last].outputs, units->q);
    for (int n = last - 1; n >= 0; --n) {
        const struct part_range at_work = gradient_layers_units(gradient, n, i);
        const struct part_range all = {0, network->layers[n].outputs};
        const struct part_range range = n > 0 ? all : at_work;
        double *by_a = s->by_a[n % 2];
        derive_units(gradient, n, i, above, range, by_a);
        units = gradient_layers_take(&s->layers, gradient, n, i, NULL,
                                     gradient_layers_largest(gradient, n, i));
        memcpy(units->q, by_a + (at_work.begin - range.begin),
               (size_t)(at_work.end - at_work.begin) * sizeof *by_a);
        above = by_a;
    }
    for (int n = 0; n <= last; ++n)
        gradient_layers_settle(&s->layers, gradient, n, i);
}

static void add_samples(struct gradient *gradient)
{
    struct scratch *s = gradient->scratch;
    gradient_layers_begin(&s->layers);
    for (int i = 0; i < gradient->pass.count; ++i)
        evaluate_sample(gradient, i);
    gradient_layers_add(&s->layers, gradient);
}

const struct gradient_method gradient_backprop = {
    .name = "backprop",
    .bits_since = "0.4.0",
    .needs_layers = true,
    .create_scratch = create_scratch,
    .destroy_scratch = destroy_scratch,
    .add_samples = add_samples,
};
