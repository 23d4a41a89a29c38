/* SPDX-License-Identifier: MIT */
#include "network.h"

#include "common/multiversion.h"
#include "rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t network_parameter_count(const struct network *network)
{
    const size_t d = (size_t)network->inputs, h = (size_t)network->hidden;
    const size_t k = (size_t)network->classes;
    return network->model_parameters ? network->model_parameters : (d + 1) * h + (h + 1) * k;
}

double network_loss_range(const struct network *network)
{
    return network->model && network->model->loss_range > 0 ? network->model->loss_range
                                                            : NETWORK_LOSS_RANGE;
}

int network_parts(const struct network *network)
{
    return network->model ? (int)network->model_parameters : network->hidden + 1;
}

int network_part_of(const struct network *network, size_t parameter)
{
    const size_t hidden = (size_t)network->hidden;
    const size_t w2 = (size_t)(network->inputs + 1) * hidden;
    if (network->model)
        return (int)parameter;
    return (int)(parameter < w2 ? parameter % hidden : (parameter - w2) / (size_t)network->classes);
}

bool network_same_shape(const struct network *a, const struct network *b)
{
    if (a->model_parameters || b->model_parameters)
        return a->model_parameters == b->model_parameters;
    return a->inputs == b->inputs && a->hidden == b->hidden && a->classes == b->classes;
}

size_t network_padded_units(const struct network *network)
{
    const size_t vector = NETWORK_VECTOR;
    return ((size_t)network->hidden + 1 + vector) / vector * vector + vector;
}

int network_tensors(const struct network *network, struct network_tensor tensors[NETWORK_TENSORS])
{
    if (network->model_parameters) {
        tensors[0] = (struct network_tensor){"theta", 0, (int)network->model_parameters, 0};
        return 1;
    }
    const int d = network->inputs, h = network->hidden, k = network->classes;
    const size_t b1 = (size_t)d * (size_t)h, w2 = b1 + (size_t)h;
    tensors[0] = (struct network_tensor){"W1", 0, d, h};
    tensors[1] = (struct network_tensor){"b1", b1, h, 0};
    tensors[2] = (struct network_tensor){"W2", w2, h, k};
    tensors[3] = (struct network_tensor){"b2", w2 + (size_t)h * (size_t)k, k, 0};
    return NETWORK_TENSORS;
}

void network_parameter_name(const struct network *network, size_t parameter, char *text,
                            size_t size)
{
    struct network_tensor tensors[NETWORK_TENSORS];
    int which = network_tensors(network, tensors) - 1;
    while (parameter < tensors[which].offset)
        --which;
    const size_t at = parameter - tensors[which].offset;
    const size_t columns = (size_t)tensors[which].columns;
    if (columns)
        snprintf(text, size, "%s[%zu,%zu]", tensors[which].name, at / columns, at % columns);
    else
        snprintf(text, size, "%s[%zu]", tensors[which].name, at);
}

/* What a model sees of the data and of itself. */
static struct dtrain_shape shape_of(const struct network *network)
{
    return (struct dtrain_shape){network->inputs, network->classes, network->model_parameters};
}

static void initialize_model(const struct network *network, uint64_t seed, double deviation,
                             double *theta)
{
    const struct dtrain_shape shape = shape_of(network);
    if (!network->model->initialize) {
        for (size_t p = 0; p < shape.parameters; ++p)
            theta[p] = deviation * rng_normal(seed, RNG_PARAMETERS, (int64_t)p);
        return;
    }
    model_call_begin(network->call, MODEL_INITIALIZE);
    network->model->initialize(&shape, seed, deviation, theta);
    model_call_end(network->call);
}

void network_initialize(const struct network *network, uint64_t seed, double deviation,
                        double *theta)
{
    if (network->model) {
        initialize_model(network, seed, deviation, theta);
        return;
    }
    struct network_tensor tensors[NETWORK_TENSORS];
    network_tensors(network, tensors);
    int64_t drawn = 0;
    memset(theta, 0, network_parameter_count(network) * sizeof *theta);
    for (int which = 0; which < NETWORK_TENSORS; ++which) {
        const size_t weights = (size_t)tensors[which].rows * (size_t)tensors[which].columns;
        for (size_t i = 0; i < weights; ++i)
            theta[tensors[which].offset + i] =
                deviation * rng_normal(seed, RNG_PARAMETERS, drawn++);
    }
}

bool network_pass_create(struct network_pass *pass, const struct network *network)
{
    const size_t h = (size_t)network->hidden, k = (size_t)network->classes;
    const size_t units = network_padded_units(network);
    double *block = calloc(3 * units + 2 * k, sizeof *block);
    *pass = (struct network_pass){.storage = block};
    if (!sample_create(&pass->sample, network->inputs,
                       network->model ? SAMPLE_DENSE : SAMPLE_SPARSE) ||
        !block) {
        network_pass_destroy(pass);
        return false;
    }
    pass->a1 = block;
    pass->z = pass->a1 + units;
    pass->one_minus_z = pass->z + units;
    pass->a2 = pass->one_minus_z + units;
    pass->y = pass->a2 + k;
    /* The padding is units that are always 1 too: finite whatever is done with them. */
    for (size_t j = h; j < units; ++j)
        pass->z[j] = 1;
    return true;
}

void network_pass_destroy(struct network_pass *pass)
{
    sample_destroy(&pass->sample);
    free(pass->storage);
    *pass = (struct network_pass){0};
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

MULTIVERSION
static void hidden_layer(int hidden, const double *theta, const struct sample *sample,
                         const double *b1, double *restrict a1, double *restrict z,
                         double *restrict one_minus_z)
{
    memcpy(a1, b1, (size_t)hidden * sizeof *a1);
    add_rows(sample->count, sample->index, sample->value, theta, hidden, a1);
    for (int j = 0; j < hidden; ++j) {
        const struct elementary_sigmoid sigmoid = elementary_sigmoid(a1[j]);
        z[j] = sigmoid.value;
        one_minus_z[j] = sigmoid.complement;
    }
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

static void forward_model(const struct network *network, const double *theta,
                          const struct sample *sample, struct network_pass *pass)
{
    const struct dtrain_shape shape = shape_of(network);
    const struct dtrain_model *model = network->model;
    atomic_store_explicit(&network->call->row, sample->row, memory_order_relaxed);
    model_call_begin(network->call, MODEL_LOSS);
    pass->model_loss = model->loss(&shape, theta, sample->dense, sample->label);
    model_call_end(network->call);
}

void network_forward(const struct network *network, const double *theta,
                     const struct sample *sample, struct network_pass *pass)
{
    if (network->model) {
        forward_model(network, theta, sample, pass);
        return;
    }
    const double *b1 = theta + (size_t)network->inputs * (size_t)network->hidden;
    const double *w2 = b1 + network->hidden;

    pass->label = sample->label == SAMPLE_UNLABELLED ? 0 : sample->label;
    hidden_layer(network->hidden, theta, sample, b1, pass->a1, pass->z, pass->one_minus_z);
    output_layer(network->hidden, network->classes, w2, pass->z, pass->a2);
    pass->one_minus_y_t = softmax(network->classes, pass->a2, pass->label, pass->y);
}

MULTIVERSION
static double cross_entropy(const struct network_pass *pass)
{
    return -elementary_log(pass->y[pass->label] + NETWORK_LOSS_EPSILON);
}

double network_loss(const struct network *network, const struct network_pass *pass)
{
    return network->model ? pass->model_loss : cross_entropy(pass);
}

static int predict_model(const struct network *network, const double *theta,
                         const struct network_pass *pass)
{
    const struct dtrain_shape shape = shape_of(network);
    if (!network->model->predict)
        return -1;
    model_call_begin(network->call, MODEL_PREDICT);
    const int predicted = network->model->predict(&shape, theta, pass->sample.dense);
    model_call_end(network->call);
    return predicted;
}

int network_prediction(const struct network *network, const double *theta,
                       const struct network_pass *pass)
{
    if (network->model)
        return predict_model(network, theta, pass);
    int best = 0;
    for (int k = 1; k < network->classes; ++k)
        if (pass->a2[k] > pass->a2[best])
            best = k;
    return best;
}

struct network_score network_score(const struct network *network, const double *theta,
                                   const struct samples *samples, const int64_t *rows,
                                   int64_t count, const struct exact_grid *grid,
                                   struct network_pass *pass)
{
    struct network_score score = {0};
    for (int64_t i = 0; i < count; ++i) {
        uint64_t off = 0;
        sample_decode(&pass->sample, samples, rows[i]);
        network_forward(network, theta, &pass->sample, pass);
        const double loss = network_loss(network, pass);
        score.loss_sum += exact_round(grid, loss, &off);
        score.correct += network_prediction(network, theta, pass) == pass->sample.label;
        if (exact_overflowed(grid, off) && score.overflows++ == 0) {
            score.overflow_row = rows[i];
            score.overflow_loss = loss;
        }
    }
    return score;
}
