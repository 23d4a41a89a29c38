/* SPDX-License-Identifier: MIT
 *
 * Q of the units below the last hidden layer, which takes nearly all of the time if there are
 * several hidden layers. Many units are shifted at once, and the shifts go up layer by layer, by
 * products of small matrices, to the logits. */
#include "propagation.h"

#include "common/multiversion.h"
#include "core/numbers/elementary.h"
#include "core/numbers/product.h"
#include "loss_change.h"

#include <stdlib.h>
#include <string.h>

/* The units that are shifted side by side, each with one row for the shift up and one for the shift
 * down: so many that the rows, and a block of the weights, stay in the first caches. */
enum { UNITS_AT_ONCE = 16, ROWS = 2 * UNITS_AT_ONCE };

/* A shift that reaches a kink, up to rounding, counts as crossing it. */
#define KINK_MARGIN (1 + 1e-9)

static bool create_layers(struct propagation *p, size_t *widest)
{
    bool created = true;
    *widest = 0;
    for (int n = 0; n < p->network->count; ++n) {
        const struct network_layer *layer = &p->network->layers[n];
        const size_t columns = network_whole_vectors((size_t)layer->outputs);
        if (n > 1)
            created &=
                (p->packed[n] = network_make_vectors(columns * (size_t)layer->inputs)) != NULL;
        if (layer != network_last(p->network))
            created &=
                (p->slope[n] = network_make_vectors(network_padded_units(layer->outputs))) != NULL;
        *widest = columns > *widest ? columns : *widest;
    }
    return created;
}

bool propagation_create(struct propagation *p, const struct network *network)
{
    *p = (struct propagation){.network = network};
    const bool created = create_layers(p, &p->stride);
    p->shifts = network_make_vectors(ROWS * p->stride);
    p->moves = network_make_vectors(ROWS * p->stride);
    p->raised = network_make_vectors(p->stride);
    p->lowered = network_make_vectors(p->stride);
    p->terms = network_make_vectors(p->stride);
    if (created && p->shifts && p->moves && p->raised && p->lowered && p->terms)
        return true;
    propagation_destroy(p);
    return false;
}

void propagation_destroy(struct propagation *p)
{
    for (int n = 0; n < NETWORK_LAYERS_MAX; ++n) {
        free(p->packed[n]);
        free(p->slope[n]);
    }
    free(p->shifts);
    free(p->moves);
    free(p->raised);
    free(p->lowered);
    free(p->terms);
    *p = (struct propagation){0};
}

void propagation_set_weights(struct propagation *p, const double *theta)
{
    p->theta = theta;
    for (int n = 2; n < p->network->count; ++n) {
        const struct network_layer *layer = &p->network->layers[n];
        const size_t outputs = (size_t)layer->outputs;
        const struct product_right weights = {theta + layer->offset, (size_t)layer->inputs, outputs,
                                              outputs, 1};
        product_pack(&weights, p->packed[n]);
    }
}

/* The units of a hidden layer of this sample, from one of them on, with their slopes. */
static struct activation_units units_from(const struct propagation *p, int layer, int unit)
{
    struct activation_units units = network_units(p->pass, layer, p->sample, unit);
    units.slope = p->slope[layer] + unit;
    return units;
}

void propagation_set_sample(struct propagation *p, const struct network_pass *pass, int i,
                            const struct network_sample *outputs)
{
    p->pass = pass;
    p->sample = i;
    p->outputs = outputs;
    p->room = loss_change_room(outputs, pass->classes);
    for (int n = 0; n < pass->hidden_layers; ++n) {
        const struct activation_units units = network_units(pass, n, i, 0);
        p->network->activation->derivative((size_t)pass->hidden[n].count, &units, p->slope[n]);
    }
}

/* Shifts of units of one layer, side by side: number i has row 2 i for the shift up, and 2 i + 1
 * for the shift down. */
struct rows {
    int count;
    int unit[UNITS_AT_ONCE];
    double eta[UNITS_AT_ONCE];
    double raised[UNITS_AT_ONCE], lowered[UNITS_AT_ONCE]; /* the moves of the units */
    double quotient[UNITS_AT_ONCE];
    double reach;  /* as in propagation_of_units */
    bool *crossed; /* the same; NULL: kinks are ignored */
};

/* row = move w */
MULTIVERSION
static void scale_row(size_t count, double move, const double *restrict w, double *restrict row)
{
    for (size_t k = 0; k < count; ++k)
        row[k] = move * w[k];
}

/* The shifts of the units of the layer above. */
static void shift_above(const struct propagation *p, int layer, const struct rows *rows)
{
    const struct network_layer *above = &p->network->layers[layer + 1];
    const size_t outputs = (size_t)above->outputs, count = (size_t)rows->count;
    for (size_t i = 0; i < count; ++i) {
        const double *w = p->theta + network_row(above, rows->unit[i]);
        double *up = p->shifts + 2 * i * p->stride;
        scale_row(outputs, rows->raised[i], w, up);
        scale_row(outputs, rows->lowered[i], w, up + p->stride);
    }
}

/* Whether a row of shifts, made larger by that factor, would take a unit across the kink. */
MULTIVERSION
static bool crosses_kink(size_t count, const double *restrict a, const double *restrict shift,
                         double factor)
{
    uint64_t crosses = 0;
    for (size_t j = 0; j < count; ++j)
        crosses |= (fabs(shift[j]) * factor >= fabs(a[j])) & (shift[j] != 0);
    return crosses;
}

/* Between kinks all layers are linear, so the shifts for `reach` are in proportion to those for
 * eta. */
static void note_kinks(const struct propagation *p, int layer, const struct rows *rows)
{
    const struct activation_units units = units_from(p, layer, 0);
    const size_t count = (size_t)p->pass->hidden[layer].count;
    for (size_t r = 0; r < 2 * (size_t)rows->count; ++r)
        rows->crossed[rows->unit[r / 2]] |=
            crosses_kink(count, units.a, p->shifts + r * p->stride,
                         rows->reach / rows->eta[r / 2] * KINK_MARGIN);
}

/* From the shifts of a layer's units to those of the next layer's. */
static void pass_on(const struct propagation *p, int layer, const struct rows *rows)
{
    const struct network_layer *above = &p->network->layers[layer + 1];
    const struct activation_units units = units_from(p, layer, 0);
    const size_t count = 2 * (size_t)rows->count;
    for (size_t r = 0; r < count; ++r)
        p->network->activation->shift_each((size_t)above->inputs, &units, p->shifts + r * p->stride,
                                           p->moves + r * p->stride);
    product_multiply(p->packed[layer + 1], (size_t)above->inputs, (size_t)above->outputs, NULL,
                     count, p->moves, p->stride, p->shifts, p->stride);
}

/* The moves of the logits, relative to the label's, and the terms of u. */
MULTIVERSION
static void move_logits(const struct network_sample *outputs, size_t classes, double *restrict row,
                        double *restrict term)
{
    const double *restrict y = outputs->y;
    const double of_label = row[outputs->label];
    for (size_t k = 0; k < classes; ++k) {
        row[k] -= of_label;
        term[k] = y[k] * elementary_expm1(row[k]);
    }
}

/* u of one row, whose shifts become moves relative to the label's; NaN where u cannot be trusted.
 */
static double sum_row(const struct propagation *p, double *row)
{
    const size_t classes = (size_t)p->pass->classes;
    double u = 0, largest = 0;
    move_logits(p->outputs, classes, row, p->terms);
    for (size_t k = 0; k < classes; ++k) {
        u += p->terms[k];
        largest = fabs(row[k]) > largest ? fabs(row[k]) : largest;
    }
    return largest > p->room ? (double)NAN : u;
}

/* Q from the shifts of the logits: an eta of 1/2 gives 2 eta Q, which is divided by each row's own
 * 2 eta. */
static void take_quotients(const struct propagation *p, struct rows *rows)
{
    double up[UNITS_AT_ONCE] = {0}, down[UNITS_AT_ONCE] = {0}, *quotient = rows->quotient;
    for (int i = 0; i < rows->count; ++i) {
        double *row = p->shifts + 2 * (size_t)i * p->stride;
        up[i] = sum_row(p, row);
        down[i] = sum_row(p, row + p->stride);
    }
    const bool good = loss_change_of_sums(p->outputs, UNITS_AT_ONCE, 0.5, up, down, quotient);
    for (int i = 0; i < rows->count; ++i) {
        const double *row = p->shifts + 2 * (size_t)i * p->stride;
        if (!good && isnan(quotient[i]))
            quotient[i] =
                loss_change_of_moves(p->outputs, p->pass->classes, 0.5, row, row + p->stride);
        quotient[i] /= 2 * rows->eta[i];
    }
}

/* Passes the shifts on to the loss. */
static void pass_rows(const struct propagation *p, int layer, struct rows *rows)
{
    shift_above(p, layer, rows);
    for (int n = layer + 1; n < p->pass->hidden_layers; ++n) {
        if (rows->crossed)
            note_kinks(p, n, rows);
        pass_on(p, n, rows);
    }
    take_quotients(p, rows);
}

/* Units that do not move, with relu about half of them, are left out: their Q is 0. */
void propagation_of_units(struct propagation *p, int layer, struct part_range units, double eta,
                          double reach, double *quotient, bool *crossed)
{
    const struct activation *activation = p->network->activation;
    const struct activation_units first = units_from(p, layer, units.begin);
    const size_t count = (size_t)(units.end - units.begin);
    struct rows rows = {.reach = reach, .crossed = activation->has_kink ? crossed : NULL};
    activation->shift(count, &first, eta, p->raised, p->lowered);
    memset(quotient, 0, network_whole_vectors(count) * sizeof *quotient);
    for (size_t j = 0; j < count; ++j) {
        if (p->raised[j] != 0 || p->lowered[j] != 0) {
            const int i = rows.count++;
            rows.unit[i] = units.begin + (int)j;
            rows.eta[i] = eta;
            rows.raised[i] = p->raised[j];
            rows.lowered[i] = p->lowered[j];
        }
        if (rows.count == UNITS_AT_ONCE || j == count - 1) {
            pass_rows(p, layer, &rows);
            for (int i = 0; i < rows.count; ++i)
                quotient[rows.unit[i] - units.begin] = rows.quotient[i];
            rows.count = 0;
        }
    }
}

void propagation_of_shifts(struct propagation *p, int layer, int unit, int count, const double *eta,
                           double *quotient)
{
    const struct activation_units known = units_from(p, layer, unit);
    struct rows rows = {0};
    for (int done = 0; done < count; done += rows.count) {
        rows.count = count - done < UNITS_AT_ONCE ? count - done : UNITS_AT_ONCE;
        for (int i = 0; i < rows.count; ++i) {
            rows.unit[i] = unit;
            rows.eta[i] = eta[done + i];
            p->network->activation->shift(1, &known, rows.eta[i], &rows.raised[i],
                                          &rows.lowered[i]);
        }
        pass_rows(p, layer, &rows);
        memcpy(quotient + done, rows.quotient, (size_t)rows.count * sizeof *quotient);
    }
}
