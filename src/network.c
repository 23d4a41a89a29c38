/* SPDX-License-Identifier: MIT */
#include "dtrain/network.h"

#include "dtrain/rng.h"
#include "multiversion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t network_parameter_count(const struct network *network)
{
    const size_t d = (size_t)network->inputs, h = (size_t)network->hidden;
    const size_t k = (size_t)network->classes;
    return (d + 1) * h + (h + 1) * k;
}

void network_tensors(const struct network *network, struct network_tensor tensors[NETWORK_TENSORS])
{
    const int d = network->inputs, h = network->hidden, k = network->classes;
    const size_t b1 = (size_t)d * (size_t)h, w2 = b1 + (size_t)h;
    tensors[0] = (struct network_tensor){"W1", 0, d, h};
    tensors[1] = (struct network_tensor){"b1", b1, h, 0};
    tensors[2] = (struct network_tensor){"W2", w2, h, k};
    tensors[3] = (struct network_tensor){"b2", w2 + (size_t)h * (size_t)k, k, 0};
}

void network_parameter_name(const struct network *network, size_t parameter, char *text,
                            size_t size)
{
    struct network_tensor tensors[NETWORK_TENSORS];
    network_tensors(network, tensors);
    int which = NETWORK_TENSORS - 1;
    while (parameter < tensors[which].offset)
        --which;
    const size_t at = parameter - tensors[which].offset;
    const size_t columns = (size_t)tensors[which].columns;
    if (columns)
        snprintf(text, size, "%s[%zu,%zu]", tensors[which].name, at / columns, at % columns);
    else
        snprintf(text, size, "%s[%zu]", tensors[which].name, at);
}

void network_initialize(const struct network *network, uint64_t seed, double deviation,
                        double *theta)
{
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
    const size_t d = (size_t)network->inputs, h = (size_t)network->hidden;
    const size_t k = (size_t)network->classes;
    double *block = calloc(d + 3 * h + 2 * k, sizeof(double) + sizeof(int));
    *pass = (struct network_pass){.storage = block};
    if (!block)
        return false;
    pass->a1 = block;
    pass->z = pass->a1 + h;
    pass->one_minus_z = pass->z + h;
    pass->a2 = pass->one_minus_z + h;
    pass->y = pass->a2 + k;
    pass->active.value = pass->y + k;
    pass->active.index = (int *)(pass->active.value + d);
    return true;
}

void network_pass_destroy(struct network_pass *pass)
{
    free(pass->storage);
    *pass = (struct network_pass){0};
}

MULTIVERSION
static void hidden_layer(int hidden, const double *theta, const struct active_inputs *active,
                         const double *b1, double *restrict a1, double *restrict z,
                         double *restrict one_minus_z)
{
    memcpy(a1, b1, (size_t)hidden * sizeof *a1);
    for (int n = 0; n < active->count; ++n) {
        const double x = active->value[n];
        const double *restrict w1 = theta + (size_t)active->index[n] * (size_t)hidden;
        for (int j = 0; j < hidden; ++j)
            a1[j] = fma(x, w1[j], a1[j]);
    }
    for (int j = 0; j < hidden; ++j) {
        const double e = elementary_exp(-fabs(a1[j]));
        const double larger = 1 / (1 + e), smaller = e * larger;
        z[j] = a1[j] < 0 ? smaller : larger;
        one_minus_z[j] = a1[j] < 0 ? larger : smaller;
    }
}

MULTIVERSION
static void output_layer(int hidden, int classes, const double *w2, const double *z,
                         double *restrict a2)
{
    memcpy(a2, w2 + (size_t)hidden * (size_t)classes, (size_t)classes * sizeof *a2);
    for (int j = 0; j < hidden; ++j)
        for (int k = 0; k < classes; ++k)
            a2[k] = fma(z[j], w2[(size_t)j * (size_t)classes + (size_t)k], a2[k]);
}

/* y = exp(a2 - max) / sum; returns 1 - y[label] as the sum of the others: y[label] may be so
 * close to 1 that the subtraction would leave nothing. */
static double softmax(int classes, const double *a2, int label, double *y)
{
    double largest = a2[0], others = 0;
    for (int k = 1; k < classes; ++k)
        largest = a2[k] > largest ? a2[k] : largest;
    for (int k = 0; k < classes; ++k) {
        y[k] = elementary_exp(a2[k] - largest);
        others += k == label ? 0 : y[k];
    }
    const double total = others + y[label];
    for (int k = 0; k < classes; ++k)
        y[k] /= total;
    return others / total;
}

void network_forward(const struct network *network, const double *theta,
                     const struct samples *samples, int64_t row, struct network_pass *pass)
{
    const double *b1 = theta + (size_t)network->inputs * (size_t)network->hidden;
    const double *w2 = b1 + network->hidden;

    samples_active_inputs(samples, row, &pass->active);
    pass->label = samples_label(samples, row);
    hidden_layer(network->hidden, theta, &pass->active, b1, pass->a1, pass->z, pass->one_minus_z);
    output_layer(network->hidden, network->classes, w2, pass->z, pass->a2);
    pass->one_minus_y_t = softmax(network->classes, pass->a2, pass->label, pass->y);
}

double network_loss(const struct network_pass *pass)
{
    return -elementary_log(pass->y[pass->label] + NETWORK_LOSS_EPSILON);
}

int network_prediction(const struct network *network, const struct network_pass *pass)
{
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
        network_forward(network, theta, samples, rows[i], pass);
        score.loss_sum += exact_round(grid, network_loss(pass), &off);
        score.correct += network_prediction(network, pass) == pass->label;
        score.off_grid += exact_is_off(grid, off);
    }
    return score;
}

MULTIVERSION
void network_update(const struct network *network, double *theta, const int64_t *sums,
                    const struct exact_grid *grid, int64_t terms, double learning_rate)
{
    const size_t parameters = network_parameter_count(network);
    for (size_t p = 0; p < parameters; ++p)
        theta[p] -= learning_rate * exact_mean(grid, sums[p], terms);
}
