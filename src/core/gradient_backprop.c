/* SPDX-License-Identifier: MIT
 *
 * The exact derivative of the same loss, l = -log(y_t + epsilon). The book's backpropagation
 * leaves epsilon out; with it, the derivative by the logits carries the factor
 * c = y_t / (y_t + epsilon):  dl/da2_k = c (y_k - [k = t]). Written for networks of two layers. */
#include "common/multiversion.h"
#include "gradient_layers.h"

#include <stdlib.h>

static void destroy_scratch(void *memory)
{
    if (memory)
        gradient_layers_destroy(memory);
    free(memory);
}

static void *create_scratch(const struct gradient *gradient)
{
    struct gradient_layers *layers = malloc(sizeof *layers);
    if (layers && gradient_layers_create(layers, gradient, 1))
        return layers;
    free(layers);
    return NULL;
}

/* The derivatives by a2. */
static void derive_logits(const struct network_sample *pass, int classes, double *by_a2)
{
    const int t = pass->label;
    const double c = pass->y[t] / (pass->y[t] + NETWORK_LOSS_EPSILON);
    for (int k = 0; k < classes; ++k)
        by_a2[k] = k == t ? -c * pass->one_minus_y_t : c * pass->y[k];
}

/* The derivatives by a1, of hidden units first .. end - 1. */
MULTIVERSION
static void derive_units(const struct network_layer *last, const double *w2, int label,
                         const double *by_a2, int first, int end, double *by_a1)
{
    const int classes = last->outputs;
    for (int j = first; j < end; ++j) {
        const double *row = w2 + (size_t)j * (size_t)classes;
        double sum = 0;
        /* The derivatives by a2 sum to zero, so row[label] may be taken off each weight: less is
         * lost than in a sum of large terms of both signs. */
        for (int k = 0; k < classes; ++k)
            sum = fma(row[k] - row[label], k == label ? 0 : by_a2[k], sum);
        by_a1[j - first] *= sum;
    }
}

static void evaluate_sample(struct gradient *gradient, int i)
{
    struct gradient_layers *layers = gradient->scratch;
    const struct network *network = &gradient->model->network;
    const struct network_layer *last = &network->layers[1];
    const struct network_sample pass = network_sample(gradient->pass.results, i);
    const struct part_range at_work = gradient_layers_units(gradient, 0, i);
    const double largest = fmax(1, sample_largest(&gradient->pass.samples[i]));
    const struct unit_quotients *units =
                                    gradient_layers_take(layers, gradient, 0, i, NULL, largest),
                                *logits = gradient_layers_take(layers, gradient, 1, i, NULL, 1);
    derive_logits(&pass, last->outputs, logits->q);
    network->activation->derivative((size_t)(at_work.end - at_work.begin), pass.z + at_work.begin,
                                    pass.one_minus_z + at_work.begin, units->q);
    derive_units(last, gradient->theta + last->offset, pass.label, logits->q, at_work.begin,
                 at_work.end, units->q);
    gradient_layers_settle(layers, gradient, 0, i);
    gradient_layers_settle(layers, gradient, 1, i);
}

static void add_samples(struct gradient *gradient)
{
    gradient_layers_begin(gradient->scratch);
    for (int i = 0; i < gradient->pass.count; ++i)
        evaluate_sample(gradient, i);
    gradient_layers_add(gradient->scratch, gradient);
}

const struct gradient_method gradient_backprop = {
    .name = "backprop",
    .needs_layers = true,
    .create_scratch = create_scratch,
    .destroy_scratch = destroy_scratch,
    .add_samples = add_samples,
};
