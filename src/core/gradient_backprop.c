/* SPDX-License-Identifier: MIT
 *
 * The exact derivative of the same loss, l = -log(y_t + epsilon). The book's backpropagation
 * leaves epsilon out; with it, the derivative by the logits carries the factor
 * c = y_t / (y_t + epsilon):  dl/da2_k = c (y_k - [k = t]). */
#include "common/multiversion.h"
#include "gradient.h"

#include <stdlib.h>

/* The derivatives of one sample's loss by a1 (H) and by a2 (K). */
struct derivatives {
    double *by_a1, *by_a2;
};

static void *create_scratch(const struct gradient *gradient)
{
    const struct network *network = &gradient->network;
    return malloc((size_t)(network->hidden + network->classes) * sizeof(double));
}

MULTIVERSION
static void backward(const struct network *network, const double *w2,
                     const struct network_pass *pass, struct derivatives by)
{
    const int classes = network->classes, t = pass->label;
    const double c = pass->y[t] / (pass->y[t] + NETWORK_LOSS_EPSILON);
    for (int k = 0; k < classes; ++k)
        by.by_a2[k] = k == t ? -c * pass->one_minus_y_t : c * pass->y[k];
    for (int j = 0; j < network->hidden; ++j) {
        const double *row = w2 + (size_t)j * (size_t)classes;
        double sum = 0;
        /* The derivatives by a2 sum to zero, so row[t] may be taken off each weight: less is
         * lost than in a sum of large terms of both signs. */
        for (int k = 0; k < classes; ++k)
            sum = fma(row[k] - row[t], k == t ? 0 : by.by_a2[k], sum);
        by.by_a1[j] = pass->z[j] * pass->one_minus_z[j] * sum;
    }
}

/* One row of a weight matrix: q[n] = input * by[n], n outputs. */
MULTIVERSION
static void add_row(struct gradient *gradient, double input, const double *by, int outputs,
                    size_t row_start)
{
    int64_t *restrict sums = gradient->sums + row_start;
    uint64_t off = 0;
    for (int n = 0; n < outputs; ++n)
        sums[n] += exact_round(&gradient->grid, input * by[n], &off);
    for (int n = 0; n < outputs && exact_overflowed(&gradient->grid, off); ++n) {
        uint64_t own = 0;
        exact_round(&gradient->grid, input * by[n], &own);
        gradient_note_overflow(gradient, own, row_start + (size_t)n);
    }
}

/* W1[:,j], b1[j] and W2[j,:] are in part j; b2 is in part H. */
static void add_sample(struct gradient *gradient, const struct sample *sample,
                       struct part_range parts)
{
    const struct network *network = &gradient->network;
    const struct network_pass *pass = &gradient->pass;
    const size_t d = (size_t)network->inputs, h = (size_t)network->hidden;
    const size_t k = (size_t)network->classes, first = (size_t)parts.begin, w2 = (d + 1) * h;
    const int units = (parts.end < (int)h ? parts.end : (int)h) - parts.begin;
    const struct derivatives by = {gradient->scratch, (double *)gradient->scratch + h};
    network_forward(network, gradient->theta, sample, &gradient->pass);
    backward(network, gradient->theta + w2, pass, by);
    for (int n = 0; n < sample->count; ++n)
        add_row(gradient, sample->value[n], by.by_a1 + first, units,
                (size_t)sample->index[n] * h + first);
    add_row(gradient, 1, by.by_a1 + first, units, d * h + first);
    for (size_t j = first; j < (size_t)parts.end; ++j)
        add_row(gradient, pass->z[j], by.by_a2, (int)k, w2 + j * k);
}

const struct gradient_method gradient_backprop = {
    .name = "backprop",
    .create_scratch = create_scratch,
    .destroy_scratch = free,
    .add_sample = add_sample,
};
