/* SPDX-License-Identifier: MIT */
#include "network.h"

#include "common/multiversion.h"
#include "model.h"
#include "rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tensors network_tensors(const int widths[NETWORK_LAYERS + 1])
{
    struct tensors tensors = {0};
    for (int i = 0; i < NETWORK_LAYERS; ++i) {
        char name[TENSOR_NAME_SIZE];
        snprintf(name, sizeof name, "W%d", i + 1);
        tensors_add(&tensors, name, widths[i], widths[i + 1]);
        snprintf(name, sizeof name, "b%d", i + 1);
        tensors_add(&tensors, name, widths[i + 1], 0);
    }
    return tensors;
}

bool network_make(struct model *model, const int widths[NETWORK_LAYERS + 1])
{
    *model = (struct model){
        .kind = &network_kind,
        .inputs = widths[0],
        .classes = widths[NETWORK_LAYERS],
        .hidden = widths[1],
        .tensors = network_tensors(widths),
        .parts = widths[1] + 1,
        .predicts = true,
        .loss_range = NETWORK_LOSS_RANGE,
        .loss_ceiling = -log(NETWORK_LOSS_EPSILON),
        .network.activation = &activation_sigmoid,
    };
    int used = snprintf(model->description, sizeof model->description, "%d", widths[0]);
    for (size_t i = 0; i < NETWORK_LAYERS; ++i) {
        model->network.layers[i] =
            (struct network_layer){widths[i], widths[i + 1], model->tensors.list[2 * i].offset};
        used += snprintf(model->description + used, sizeof model->description - (size_t)used, "-%d",
                         widths[i + 1]);
    }
    return model->tensors.parameters <= TENSORS_PARAMETERS_MAX;
}

bool network_make_from_tensors(struct model *model, const struct tensors *tensors)
{
    int widths[NETWORK_LAYERS + 1] = {tensors->list[0].rows};
    for (size_t i = 0; i < NETWORK_LAYERS; ++i)
        widths[i + 1] = tensors->list[2 * i].columns;
    return network_make(model, widths) && tensors_equal(&model->tensors, tensors);
}

size_t network_padded_units(const struct network *network)
{
    const size_t vector = NETWORK_VECTOR, hidden = (size_t)network->layers[0].outputs;
    return (hidden + 1 + vector) / vector * vector + vector;
}

static int part_of(const struct model *model, size_t parameter)
{
    const struct network_layer *layers = model->network.layers;
    return (int)(parameter < layers[1].offset
                     ? parameter % (size_t)layers[0].outputs
                     : (parameter - layers[1].offset) / (size_t)layers[1].outputs);
}

/* Weights are normal, biases 0. */
static void initialize(const struct model *model, uint64_t seed, double deviation, double *theta)
{
    const struct network_layer *layers = model->network.layers;
    int64_t drawn = 0;
    memset(theta, 0, model->tensors.parameters * sizeof *theta);
    for (int n = 0; n < NETWORK_LAYERS; ++n) {
        const size_t weights = (size_t)layers[n].inputs * (size_t)layers[n].outputs;
        for (size_t i = 0; i < weights; ++i)
            theta[layers[n].offset + i] = deviation * rng_normal(seed, RNG_PARAMETERS, drawn++);
    }
}

static void destroy_results(void *results)
{
    struct network_pass *pass = results;
    if (pass)
        free(pass->storage);
    free(pass);
}

static void *create_results(const struct model *model)
{
    const size_t h = (size_t)model->hidden, k = (size_t)model->classes;
    const size_t units = network_padded_units(&model->network);
    struct network_pass *pass = calloc(1, sizeof *pass);
    double *block = calloc(3 * units + 2 * k, sizeof *block);
    if (!pass || !block) {
        free(pass);
        free(block);
        return NULL;
    }
    pass->storage = block;
    pass->a1 = block;
    pass->z = pass->a1 + units;
    pass->one_minus_z = pass->z + units;
    pass->a2 = pass->one_minus_z + units;
    pass->y = pass->a2 + k;
    /* The padding is units that are always 1 too: finite whatever is done with them. */
    for (size_t j = h; j < units; ++j)
        pass->z[j] = 1;
    return pass;
}

/* sums += x[n] * the row index[n] of weights, for n = 0 .. count - 1 in this order. Four rows at a
 * time, so that a sum is loaded and stored once for four products. */
ELEMENTARY_INLINE void add_rows(int count, const int *index, const double *x, const double *weights,
                                int columns, double *restrict sums)
{
    int n = 0;
    for (; n + 4 <= count; n += 4) {
        const double *restrict w0 = weights + (size_t)index[n] * (size_t)columns;
        const double *restrict w1 = weights + (size_t)index[n + 1] * (size_t)columns;
        const double *restrict w2 = weights + (size_t)index[n + 2] * (size_t)columns;
        const double *restrict w3 = weights + (size_t)index[n + 3] * (size_t)columns;
        const double x0 = x[n], x1 = x[n + 1], x2 = x[n + 2], x3 = x[n + 3];
        for (int j = 0; j < columns; ++j)
            sums[j] = fma(x3, w3[j], fma(x2, w2[j], fma(x1, w1[j], fma(x0, w0[j], sums[j]))));
    }
    for (; n < count; ++n) {
        const double *restrict w = weights + (size_t)index[n] * (size_t)columns;
        for (int j = 0; j < columns; ++j)
            sums[j] = fma(x[n], w[j], sums[j]);
    }
}

/* a1 = x W1 + b1. */
MULTIVERSION
static void hidden_layer(const struct network_layer *layer, const double *w1,
                         const struct sample *sample, double *restrict a1)
{
    const int hidden = layer->outputs;
    memcpy(a1, w1 + (size_t)layer->inputs * (size_t)hidden, (size_t)hidden * sizeof *a1);
    add_rows(sample->count, sample->index, sample->value, w1, hidden, a1);
}

/* a2 = b2 + z W2. Four hidden units at a time, as above. */
MULTIVERSION
static void output_layer(int hidden, int classes, const double *w2, const double *z,
                         double *restrict a2)
{
    const size_t row = (size_t)classes;
    int j = 0;
    memcpy(a2, w2 + (size_t)hidden * row, row * sizeof *a2);
    for (; j + 4 <= hidden; j += 4) {
        const double *restrict w = w2 + (size_t)j * row;
        for (size_t k = 0; k < row; ++k)
            a2[k] = fma(
                z[j + 3], w[3 * row + k],
                fma(z[j + 2], w[2 * row + k], fma(z[j + 1], w[row + k], fma(z[j], w[k], a2[k]))));
    }
    for (; j < hidden; ++j)
        for (size_t k = 0; k < row; ++k)
            a2[k] = fma(z[j], w2[(size_t)j * row + k], a2[k]);
}

/* y = exp(a2 - max) / sum; returns 1 - y[label] as the sum of the others: y[label] may be so
 * close to 1 that the subtraction would leave nothing. */
MULTIVERSION
static double softmax(int classes, const double *restrict a2, int label, double *restrict y)
{
    double largest = a2[0], others = 0;
    for (int k = 1; k < classes; ++k)
        largest = a2[k] > largest ? a2[k] : largest;
    for (int k = 0; k < classes; ++k)
        y[k] = elementary_exp(a2[k] - largest);
    for (int k = 0; k < classes; ++k)
        others += k == label ? 0 : y[k];
    const double total = others + y[label];
    for (int k = 0; k < classes; ++k)
        y[k] /= total;
    return others / total;
}

static void forward(const struct model *model, const double *theta, const struct sample *sample,
                    void *results)
{
    const struct network_layer *first = &model->network.layers[0], *last = first + 1;
    struct network_pass *pass = results;
    pass->label = sample->label == SAMPLE_UNLABELLED ? 0 : sample->label;
    hidden_layer(first, theta + first->offset, sample, pass->a1);
    model->network.activation->value((size_t)first->outputs, pass->a1, pass->z, pass->one_minus_z);
    output_layer(last->inputs, last->outputs, theta + last->offset, pass->z, pass->a2);
    pass->one_minus_y_t = softmax(last->outputs, pass->a2, pass->label, pass->y);
}

MULTIVERSION
static double cross_entropy(const struct network_pass *pass)
{
    return -elementary_log(pass->y[pass->label] + NETWORK_LOSS_EPSILON);
}

static double loss(const void *results)
{
    return cross_entropy(results);
}

/* The class with the largest a2, the first of equals. */
static int predict(const struct model *model, const double *theta, const struct sample *sample,
                   const void *results, double *probability)
{
    const struct network_pass *pass = results;
    int best = 0;
    (void)theta;
    (void)sample;
    for (int k = 1; k < model->classes; ++k)
        if (pass->a2[k] > pass->a2[best])
            best = k;
    if (probability)
        *probability = pass->y[best];
    return best;
}

const struct model_kind network_kind = {
    .form = SAMPLE_SPARSE,
    .derivative_known = true,
    .bad_loss_cause = ": the weights or the inputs are too large",
    .part_of = part_of,
    .initialize = initialize,
    .create_results = create_results,
    .destroy_results = destroy_results,
    .forward = forward,
    .loss = loss,
    .predict = predict,
};
