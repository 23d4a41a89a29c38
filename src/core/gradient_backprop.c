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
                    size_t row_start, int64_t *sums)
{
    uint64_t off = 0;
    for (int n = 0; n < outputs; ++n)
        sums[row_start + (size_t)n] += exact_round(&gradient->grid, input * by[n], &off);
    for (int n = 0; n < outputs && exact_overflowed(&gradient->grid, off); ++n) {
        uint64_t own = 0;
        exact_round(&gradient->grid, input * by[n], &own);
        gradient_note_overflow(gradient, own, row_start + (size_t)n);
    }
}

/* The quotients of hidden units first .. end - 1, where H is that of b2. */
static void add_sample(struct gradient *gradient, struct derivatives by, int first, int end,
                       int64_t *sums)
{
    const struct network_pass *pass = &gradient->pass;
    const size_t d = (size_t)gradient->network.inputs, h = (size_t)gradient->network.hidden;
    const size_t k = (size_t)gradient->network.classes, w2 = (d + 1) * h;
    const int hidden_end = end < (int)h ? end : (int)h;
    const double *by_a1 = by.by_a1 + first;
    for (int n = 0; n < pass->active.count; ++n)
        add_row(gradient, pass->active.value[n], by_a1, hidden_end - first,
                (size_t)pass->active.index[n] * h + (size_t)first, sums);
    add_row(gradient, 1, by_a1, hidden_end - first, d * h + (size_t)first, sums);
    for (int j = first; j < end; ++j)
        add_row(gradient, pass->z[j], by.by_a2, (int)k, w2 + (size_t)j * k, sums);
}

static void sum_share(struct gradient *gradient, const double *theta, const struct samples *samples,
                      const struct batch_share *share, int64_t *sums)
{
    const struct network *network = &gradient->network;
    const double *w2 = theta + (size_t)(network->inputs + 1) * (size_t)network->hidden;
    double *scratch = gradient->scratch;
    const struct derivatives by = {scratch, scratch + network->hidden};
    for (int64_t i = 0; i < share->count; ++i) {
        const struct part_range parts = batch_share_parts(share, i, network->hidden + 1);
        network_forward(network, theta, samples, share->rows[i], &gradient->pass);
        backward(network, w2, &gradient->pass, by);
        add_sample(gradient, by, parts.begin, parts.end, sums);
    }
}

const struct gradient_method gradient_backprop = {"backprop", create_scratch, free, sum_share};
