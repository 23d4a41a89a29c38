/* SPDX-License-Identifier: MIT
 *
 * Q of the last hidden layer's units and of the logits, which is all that the numerical method
 * evaluates if there is one hidden layer. One call gives Q of all units for one shift. */
#include "quotients.h"

#include "common/multiversion.h"
#include "core/numbers/elementary.h"
#include "loss_change.h"

#include <stdlib.h>
#include <string.h>

bool quotients_create(struct quotients *quotients, const struct network *network)
{
    const struct network_layer *last = network_last(network);
    const size_t classes = (size_t)last->outputs;
    const size_t units = network_padded_units(last->inputs);
    const size_t logits = network_whole_vectors(classes);
    const size_t lanes = units > logits ? units : logits;
    *quotients = (struct quotients){.activation = network->activation,
                                    .hidden = last->inputs,
                                    .classes = last->outputs,
                                    .lanes = lanes};
    double *block = network_make_vectors((classes + QUOTIENTS_MOMENTS + 7) * lanes);
    quotients->storage = block;
    if (!block)
        return false;
    quotients->weights = block;
    quotients->moments = quotients->weights + classes * lanes;
    quotients->slope = quotients->moments + QUOTIENTS_MOMENTS * lanes;
    quotients->raised = quotients->slope + lanes;
    quotients->lowered = quotients->raised + lanes;
    quotients->up = quotients->lowered + lanes;
    quotients->down = quotients->up + lanes;
    quotients->moves_up = quotients->down + lanes;
    quotients->moves_down = quotients->moves_up + lanes;
    return true;
}

void quotients_destroy(struct quotients *quotients)
{
    free(quotients->storage);
    *quotients = (struct quotients){0};
}

void quotients_set_weights(struct quotients *quotients, const double *w)
{
    quotients->weight_range = 0;
    for (int j = 0; j < quotients->hidden; ++j, w += quotients->classes) {
        const double range = network_range(w, quotients->classes);
        if (range > quotients->weight_range)
            quotients->weight_range = range;
        for (int k = 0; k < quotients->classes; ++k)
            quotients->weights[(size_t)k * quotients->lanes + (size_t)j] = w[k];
    }
}

/* Adds a class to n! times the moments. */
ELEMENTARY_INLINE void add_moments(size_t count, double y, const double *restrict weights,
                                   const double *restrict of_label, double *restrict m1,
                                   double *restrict m2, double *restrict m3, double *restrict m4,
                                   double *restrict m5)
{
    for (size_t j = 0; j < count; ++j) {
        const double d = weights[j] - of_label[j], d2 = d * d, yd = y * d;
        m1[j] += yd;
        m2[j] = fma(yd, d, m2[j]);
        m3[j] = fma(yd, d2, m3[j]);
        m4[j] = fma(yd * d, d2, m4[j]);
        m5[j] = fma(yd * d2, d2, m5[j]);
    }
}

/* The label's own d is 0. */
MULTIVERSION
static void compute_moments(const struct quotients *q)
{
    const double *of_label = q->weights + (size_t)q->pass->label * q->lanes + q->first;
    const size_t count = network_in_vectors(q->count), lanes = q->lanes;
    double *m1 = q->moments, *m2 = m1 + lanes, *m3 = m2 + lanes, *m4 = m3 + lanes, *m5 = m4 + lanes;
    memset(m1, 0, QUOTIENTS_MOMENTS * lanes * sizeof *m1);
    for (int k = 0; k < q->classes; ++k)
        if (k != q->pass->label)
            add_moments(count, q->pass->y[k], q->weights + (size_t)k * lanes + q->first, of_label,
                        m1, m2, m3, m4, m5);
    for (size_t j = 0; j < count; ++j) {
        m2[j] *= 1.0 / 2;
        m3[j] *= 1.0 / 6;
        m4[j] *= 1.0 / 24;
        m5[j] *= 1.0 / 120;
    }
}

void quotients_set_sample(struct quotients *q, const struct network_sample *pass,
                          const struct activation_units *units, int first, int end, double largest)
{
    q->pass = pass;
    q->units = *units;
    q->units.slope = q->slope;
    q->first = (size_t)first;
    q->end = (size_t)end;
    q->count = network_whole_vectors(q->end - q->first);
    /* The series of u is accurate if its first omitted term, x^6 / 6!, is below half an ulp,
     * 1.1e-16, of its first, x; and u must be small. As a unit moves by |delta| <= steepest eta,
     * |d_k delta| <= x = steepest eta R. */
    q->small = largest * q->weight_range * q->activation->steepest <= LOSS_CHANGE_SMALL;
    q->activation->derivative(q->count, &q->units, q->slope);
    if (q->small)
        compute_moments(q);
}

/* u for units that are shifted by delta. */
MULTIVERSION
static void sum_moments(const struct quotients *q, const double *restrict delta, double *restrict u)
{
    const size_t count = network_in_vectors(q->count), lanes = q->lanes;
    const double *restrict m1 = q->moments, *restrict m2 = m1 + lanes, *restrict m3 = m2 + lanes,
                           *restrict m4 = m3 + lanes, *restrict m5 = m4 + lanes;
    for (size_t j = 0; j < count; ++j) {
        const double d = delta[j];
        u[j] = d * fma(d, fma(d, fma(d, fma(d, m5[j], m4[j]), m3[j]), m2[j]), m1[j]);
    }
}

/* The same, class by class. */
MULTIVERSION
static void sum_classes(const struct quotients *q, const double *restrict delta, double *restrict u)
{
    const int label = q->pass->label;
    const double *restrict of_label = q->weights + (size_t)label * q->lanes + q->first;
    const size_t count = network_in_vectors(q->count);
    memset(u, 0, count * sizeof *u);
    for (int k = 0; k < q->classes; ++k) {
        if (k == label)
            continue;
        const double y = q->pass->y[k];
        const double *restrict weights = q->weights + (size_t)k * q->lanes + q->first;
        for (size_t j = 0; j < count; ++j)
            u[j] = fma(y, elementary_expm1((weights[j] - of_label[j]) * delta[j]), u[j]);
    }
}

/* The moves of the logits, relative to the label's, when unit j is shifted. */
static void move_by_unit(const struct quotients *q, size_t j)
{
    const double *weights = q->weights + q->first + j;
    const double of_label = weights[(size_t)q->pass->label * q->lanes];
    for (int k = 0; k < q->classes; ++k) {
        const double d = weights[(size_t)k * q->lanes] - of_label;
        q->moves_up[k] = d * q->raised[j];
        q->moves_down[k] = d * q->lowered[j];
    }
}

/* The shifts of the units at work. Lanes after the last of them do not move: their Q is 0. */
static void shift_units(const struct quotients *q, double eta)
{
    const size_t at_work = q->end - q->first, rest = q->count - at_work;
    q->activation->shift(q->count, &q->units, eta, q->raised, q->lowered);
    memset(q->raised + at_work, 0, rest * sizeof *q->raised);
    memset(q->lowered + at_work, 0, rest * sizeof *q->lowered);
}

void quotients_of_units(struct quotients *q, double eta, double *quotient)
{
    shift_units(q, eta);
    if (q->small) {
        sum_moments(q, q->raised, q->up);
        sum_moments(q, q->lowered, q->down);
        loss_change_small(q->pass, q->count, eta, q->up, q->down, quotient);
        return;
    }
    sum_classes(q, q->raised, q->up);
    sum_classes(q, q->lowered, q->down);
    const bool good = loss_change_of_sums(q->pass, q->count, eta, q->up, q->down, quotient);
    const double max_shift = fmin(q->activation->span, q->activation->steepest * eta);
    const bool far = max_shift * q->weight_range > loss_change_room(q->pass, q->classes);
    for (size_t j = 0; j < q->end - q->first && (far || !good); ++j)
        if (far || isnan(quotient[j])) {
            move_by_unit(q, j);
            quotient[j] =
                loss_change_of_moves(q->pass, q->classes, eta, q->moves_up, q->moves_down);
        }
}

/* u+ and u- of all logits. */
MULTIVERSION
static void shift_logits(const struct quotients *q, double eta)
{
    const double raised = elementary_expm1(eta), lowered = elementary_expm1(-eta);
    const size_t classes = (size_t)q->classes, count = network_whole_vectors(classes);
    const size_t label = (size_t)q->pass->label;
    for (size_t k = 0; k < classes; ++k) {
        q->up[k] = q->pass->y[k] * raised;
        q->down[k] = q->pass->y[k] * lowered;
    }
    /* Raising the label's logit amounts to lowering all others. */
    q->up[label] = q->pass->one_minus_y_t * lowered;
    q->down[label] = q->pass->one_minus_y_t * raised;
    memset(q->up + classes, 0, (count - classes) * sizeof *q->up);
    memset(q->down + classes, 0, (count - classes) * sizeof *q->down);
}

/* The moves of the logits, relative to the label's, when logit `class` is shifted. */
static void move_by_logit(const struct quotients *q, int class, double eta)
{
    for (int k = 0; k < q->classes; ++k) {
        const int d = (k == class) - (q->pass->label == class);
        q->moves_up[k] = d * eta;
        q->moves_down[k] = -d * eta;
    }
}

void quotients_of_logits(struct quotients *q, double eta, double *quotient)
{
    const size_t count = network_whole_vectors((size_t)q->classes);
    shift_logits(q, eta);
    if (eta <= LOSS_CHANGE_SMALL) {
        loss_change_small(q->pass, count, eta, q->up, q->down, quotient);
        return;
    }
    const bool good = loss_change_of_sums(q->pass, count, eta, q->up, q->down, quotient);
    const bool far = eta > loss_change_room(q->pass, q->classes);
    for (int k = 0; k < q->classes && (far || !good); ++k)
        if (far || isnan(quotient[k])) {
            move_by_logit(q, k, eta);
            quotient[k] =
                loss_change_of_moves(q->pass, q->classes, eta, q->moves_up, q->moves_down);
        }
}
