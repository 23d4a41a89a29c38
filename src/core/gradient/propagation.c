/* SPDX-License-Identifier: MIT
 *
 * Q of the units below the last hidden layer, which takes nearly all of the time if there are
 * several hidden layers of sigmoids or tanhs. Many units are shifted at once, and the shifts go up
 * layer by layer, by products of small matrices, to the outputs. */
#include "propagation.h"

#include "common/multiversion.h"
#include "core/numbers/product.h"

#include <math.h>

/* The units that are shifted side by side, each with one row for the shift up and one for the shift
 * down: so many that the rows, and a block of the weights, stay in the first caches. */
enum { UNITS_AT_ONCE = 16, ROWS = 2 * UNITS_AT_ONCE };

void propagation_create(struct propagation *p, struct arena *arena, const struct network *network)
{
    const size_t outputs = (size_t)network_last(network)->outputs;
    *p = (struct propagation){.network = network};
    for (int n = 0; n < network->count; ++n) {
        const struct network_layer *layer = &network->layers[n];
        const size_t columns = network_whole_vectors((size_t)layer->outputs);
        if (n > 1)
            p->packed[n] = arena_numbers(arena, columns * (size_t)layer->inputs);
        p->slope[n] = arena_numbers(arena, network_padded_units(layer->outputs));
        p->stride = columns > p->stride ? columns : p->stride;
    }
    p->shifts = arena_numbers(arena, ROWS * p->stride);
    p->moves = arena_numbers(arena, ROWS * p->stride);
    p->raised = arena_numbers(arena, p->stride);
    p->lowered = arena_numbers(arena, p->stride);
    p->up = arena_numbers(arena, outputs * UNITS_AT_ONCE);
    p->down = arena_numbers(arena, outputs * UNITS_AT_ONCE);
    p->scratch = arena_numbers(arena, 2 * (outputs > UNITS_AT_ONCE ? outputs : UNITS_AT_ONCE));
}

void propagation_set_weights(struct propagation *p, const double *theta)
{
    p->theta = theta;
    p->is_packed = false;
}

/* Not before it is needed, as for relu it seldom is. */
static void pack(struct propagation *p)
{
    for (int n = 2; n < p->network->count; ++n) {
        const struct network_layer *layer = &p->network->layers[n];
        const size_t outputs = (size_t)layer->outputs;
        const struct product_right weights = {p->theta + layer->offset, (size_t)layer->inputs,
                                              outputs, outputs, 1};
        KERNEL_CALL(product_pack, &weights, p->packed[n]);
    }
    p->is_packed = true;
}

/* The units of a hidden layer of this sample, from one of them on, with their slopes. */
static struct activation_units units_from(const struct propagation *p, int layer, int unit)
{
    struct activation_units units = network_units(p->pass, layer, p->sample, unit);
    units.slope = p->slope[layer] + unit;
    return units;
}

void propagation_set_sample(struct propagation *p, const struct network_pass *pass, int i)
{
    p->pass = pass;
    p->sample = i;
    p->outputs = network_sample(pass, i);
    if (!p->is_packed)
        pack(p);
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

/* From the shifts of a layer's units to those of the next layer's. */
static void pass_on(const struct propagation *p, int layer, const struct rows *rows)
{
    const struct network_layer *above = &p->network->layers[layer + 1];
    const struct activation_units units = units_from(p, layer, 0);
    const size_t count = 2 * (size_t)rows->count;
    for (size_t r = 0; r < count; ++r)
        p->network->activation->shift_each((size_t)above->inputs, &units, p->shifts + r * p->stride,
                                           p->moves + r * p->stride);
    KERNEL_CALL(product_multiply, p->packed[layer + 1], (size_t)above->inputs,
                (size_t)above->outputs, NULL, count, p->moves, p->stride, p->shifts, p->stride);
}

/* Q from the shifts of the outputs, which are their moves. */
static void take_quotients(const struct propagation *p, const struct rows *rows, double *quotient)
{
    const int outputs = network_last(p->network)->outputs;
    double difference[UNITS_AT_ONCE];
    const struct head_moves moves = {.lanes = UNITS_AT_ONCE,
                                     .up = p->up,
                                     .down = p->down,
                                     .farthest = (double)INFINITY,
                                     .difference = difference};
    for (size_t i = 0; i < UNITS_AT_ONCE; ++i) {
        const bool used = i < (size_t)rows->count;
        const double *up = p->shifts + 2 * i * p->stride, *down = up + p->stride;
        for (size_t k = 0; k < (size_t)outputs; ++k) {
            p->up[k * UNITS_AT_ONCE + i] = used ? up[k] : 0;
            p->down[k * UNITS_AT_ONCE + i] = used ? down[k] : 0;
        }
    }
    p->network->head->of_moves(&p->outputs, outputs, &moves, p->scratch);
    for (int i = 0; i < rows->count; ++i)
        quotient[i] = difference[i] / (2 * rows->eta[i]);
}

/* Passes the shifts on to the loss: quotient (rows->count). */
static void pass_rows(const struct propagation *p, int layer, const struct rows *rows,
                      double *quotient)
{
    shift_above(p, layer, rows);
    for (int n = layer + 1; n < p->pass->hidden_layers; ++n)
        pass_on(p, n, rows);
    take_quotients(p, rows, quotient);
}

void propagation_of_units(struct propagation *p, int layer, struct part_range units, double eta,
                          double *quotient)
{
    const struct activation_units first = units_from(p, layer, units.begin);
    const int count = units.end - units.begin;
    p->network->activation->shift((size_t)count, &first, eta, p->raised, p->lowered);
    for (int done = 0; done < count; done += UNITS_AT_ONCE) {
        struct rows rows = {.count = count - done < UNITS_AT_ONCE ? count - done : UNITS_AT_ONCE};
        for (int i = 0; i < rows.count; ++i) {
            rows.unit[i] = units.begin + done + i;
            rows.eta[i] = eta;
            rows.raised[i] = p->raised[done + i];
            rows.lowered[i] = p->lowered[done + i];
        }
        pass_rows(p, layer, &rows, quotient + done);
    }
}

void propagation_of_shifts(struct propagation *p, int layer, int unit, int count, const double *eta,
                           double *quotient)
{
    const struct activation_units known = units_from(p, layer, unit);
    for (int done = 0; done < count; done += UNITS_AT_ONCE) {
        struct rows rows = {.count = count - done < UNITS_AT_ONCE ? count - done : UNITS_AT_ONCE};
        for (int i = 0; i < rows.count; ++i) {
            rows.unit[i] = unit;
            rows.eta[i] = eta[done + i];
            p->network->activation->shift(1, &known, rows.eta[i], &rows.raised[i],
                                          &rows.lowered[i]);
        }
        pass_rows(p, layer, &rows, quotient + done);
    }
}
