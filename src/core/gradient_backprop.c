/* SPDX-License-Identifier: MIT
 *
 * The exact derivative of the same loss, l = -log(y_t + epsilon). The book's backpropagation
 * leaves epsilon out; with it, the derivative by the logits carries the factor
 * c = y_t / (y_t + epsilon):  dl/da2_k = c (y_k - [k = t]). Written for networks of two layers. */
#include "common/multiversion.h"
#include "gradient.h"

#include <stdlib.h>

/* The derivatives of one sample's loss by a1 (H) and by a2 (K). */
struct derivatives {
    double *by_a1, *by_a2;
};

static void *create_scratch(const struct gradient *gradient)
{
    const struct model *model = gradient->model;
    return malloc((size_t)(model->hidden + model->classes) * sizeof(double));
}

/* by_a1 holds the derivatives of the activation at first. */
MULTIVERSION
static void backward(const struct network_layer *last, const double *w2,
                     const struct network_pass *pass, struct derivatives by)
{
    const int classes = last->outputs, t = pass->label;
    const double c = pass->y[t] / (pass->y[t] + NETWORK_LOSS_EPSILON);
    for (int k = 0; k < classes; ++k)
        by.by_a2[k] = k == t ? -c * pass->one_minus_y_t : c * pass->y[k];
    for (int j = 0; j < last->inputs; ++j) {
        const double *row = w2 + (size_t)j * (size_t)classes;
        double sum = 0;
        /* The derivatives by a2 sum to zero, so row[t] may be taken off each weight: less is
         * lost than in a sum of large terms of both signs. */
        for (int k = 0; k < classes; ++k)
            sum = fma(row[k] - row[t], k == t ? 0 : by.by_a2[k], sum);
        by.by_a1[j] *= sum;
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
static void add_sample(struct gradient *gradient, struct part_range parts)
{
    const struct network_layer *first = gradient->model->network.layers, *last = first + 1;
    const struct sample *sample = &gradient->pass.sample;
    const struct network_pass *pass = gradient->pass.results;
    const int hidden = first->outputs, end = parts.end < hidden ? parts.end : hidden;
    const struct derivatives by = {gradient->scratch, (double *)gradient->scratch + hidden};
    model_forward(&gradient->pass, gradient->theta);
    gradient->model->network.activation->derivative((size_t)hidden, pass->z, pass->one_minus_z,
                                                    by.by_a1);
    backward(last, gradient->theta + last->offset, pass, by);
    for (int n = 0; n < sample->count; ++n)
        add_row(gradient, sample->value[n], by.by_a1 + parts.begin, end - parts.begin,
                network_row(first, sample->index[n]) + (size_t)parts.begin);
    add_row(gradient, 1, by.by_a1 + parts.begin, end - parts.begin,
            network_row(first, first->inputs) + (size_t)parts.begin);
    for (int j = parts.begin; j < parts.end; ++j)
        add_row(gradient, pass->z[j], by.by_a2, last->outputs, network_row(last, j));
}

const struct gradient_method gradient_backprop = {
    .name = "backprop",
    .needs_layers = true,
    .create_scratch = create_scratch,
    .destroy_scratch = free,
    .add_sample = add_sample,
};
