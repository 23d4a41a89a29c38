/* SPDX-License-Identifier: MIT
 *
 * Q of the last hidden layer's units, most of what the numerical method evaluates if there is one
 * hidden layer. One call gives Q of all units. */
#include "quotients.h"

#include "core/numbers/nodes.h"

#include <math.h>
#include <string.h>

void quotients_create(struct quotients *q, struct arena *arena, const struct network *network)
{
    const struct network_layer *last = network_last(network);
    const size_t outputs = (size_t)last->outputs;
    const size_t units = network_padded_units(network_widest_hidden(network));
    const size_t least = network_whole_vectors(outputs), lanes = units > least ? units : least;
    *q = (struct quotients){
        .network = network,
        .hidden = last->inputs,
        .outputs = last->outputs,
        .lanes = lanes,
        .weights = arena_numbers(arena, outputs * lanes),
        .slope = arena_numbers(arena, lanes),
        .raised = arena_numbers(arena, NODES_MAX * lanes),
        .lowered = arena_numbers(arena, NODES_MAX * lanes),
        .scratch = arena_numbers(arena, 2 * lanes),
    };
}

void quotients_set_weights(struct quotients *q, const double *w)
{
    q->range = 0;
    for (int j = 0; j < q->hidden; ++j, w += q->outputs) {
        const double range = network_range(w, q->outputs);
        q->range = range > q->range ? range : q->range;
        for (int k = 0; k < q->outputs; ++k)
            q->weights[(size_t)k * q->lanes + (size_t)j] = w[k];
    }
}

/* The moves of the units at work. Lanes after the last of them do not move: their Q is 0. */
static void move_units(const struct quotients *q, const struct activation_units *units,
                       size_t count, double eta, double *raised, double *lowered)
{
    const size_t lanes = network_whole_vectors(count), rest = lanes - count;
    q->network->activation->shift(lanes, units, eta, raised, lowered);
    memset(raised + count, 0, rest * sizeof *raised);
    memset(lowered + count, 0, rest * sizeof *lowered);
}

void quotients_of_units(const struct quotients *q, const struct network_pass *pass, int i,
                        struct part_range at_work, double largest, int shifts, const double *eta,
                        double *quotient, size_t stride)
{
    const struct activation *activation = q->network->activation;
    const struct network_sample sample = network_sample(pass, i);
    const size_t count = (size_t)(at_work.end - at_work.begin);
    const size_t lanes = network_whole_vectors(count);
    const struct head_units moving = {.lanes = lanes,
                                      .stride = q->lanes,
                                      .directions = q->weights + at_work.begin,
                                      .range = q->range,
                                      .farthest = activation->steepest * largest};
    struct activation_units units = network_units(pass, pass->hidden_layers - 1, i, at_work.begin);
    units.slope = q->slope;
    activation->derivative(lanes, &units, q->slope);
    for (int n = 0; n < shifts; ++n)
        move_units(q, &units, count, eta[n], q->raised + (size_t)n * q->lanes,
                   q->lowered + (size_t)n * q->lanes);
    quotients_of_moves(q, &sample, &moving, shifts, eta, quotient, stride);
}

void quotients_of_moves(const struct quotients *q, const struct network_sample *sample,
                        const struct head_units *units, int shifts, const double *eta,
                        double *quotient, size_t stride)
{
    const struct activation *activation = q->network->activation;
    struct head_shift list[NODES_MAX] = {{0}};
    for (int n = 0; n < shifts; ++n)
        list[n] =
            (struct head_shift){.eta = eta[n],
                                .farthest = fmin(activation->span, activation->steepest * eta[n]),
                                .raised = q->raised + (size_t)n * q->lanes,
                                .lowered = q->lowered + (size_t)n * q->lanes,
                                .quotient = quotient + (size_t)n * stride};
    q->network->head->of_units(sample, q->outputs, units, shifts, list, q->scratch);
}

void quotients_of_outputs(const struct quotients *q, const struct network_pass *pass, int i,
                          int shifts, const double *eta, double *quotient, size_t stride)
{
    const struct network_sample sample = network_sample(pass, i);
    for (int n = 0; n < shifts; ++n)
        q->network->head->of_outputs(&sample, q->outputs, eta[n], quotient + (size_t)n * stride,
                                     q->scratch);
}
