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
    const size_t outputs = (size_t)last->outputs, units = network_padded_units(last->inputs);
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

void quotients_set_sample(struct quotients *q, const struct network_sample *sample,
                          const struct activation_units *units, int first, int count,
                          double largest)
{
    q->sample = sample;
    q->units = *units;
    q->units.slope = q->slope;
    q->first = (size_t)first;
    q->count = (size_t)count;
    q->largest = largest;
    q->network->activation->derivative(network_whole_vectors(q->count), &q->units, q->slope);
}

/* The moves of the units at work. Lanes after the last of them do not move: their Q is 0. */
static void move_units(const struct quotients *q, double eta, double *raised, double *lowered)
{
    const size_t lanes = network_whole_vectors(q->count), rest = lanes - q->count;
    q->network->activation->shift(lanes, &q->units, eta, raised, lowered);
    memset(raised + q->count, 0, rest * sizeof *raised);
    memset(lowered + q->count, 0, rest * sizeof *lowered);
}

void quotients_of_units(const struct quotients *q, int shifts, const double *eta, double *quotient,
                        size_t stride)
{
    const struct activation *activation = q->network->activation;
    const struct head_units units = {.lanes = network_whole_vectors(q->count),
                                     .stride = q->lanes,
                                     .directions = q->weights + q->first,
                                     .range = q->range,
                                     .farthest = activation->steepest * q->largest};
    struct head_shift list[NODES_MAX];
    for (int n = 0; n < shifts; ++n) {
        double *raised = q->raised + (size_t)n * q->lanes;
        double *lowered = q->lowered + (size_t)n * q->lanes;
        move_units(q, eta[n], raised, lowered);
        list[n] =
            (struct head_shift){.eta = eta[n],
                                .farthest = fmin(activation->span, activation->steepest * eta[n]),
                                .raised = raised,
                                .lowered = lowered,
                                .quotient = quotient + (size_t)n * stride};
    }
    q->network->head->of_units(q->sample, q->outputs, &units, shifts, list, q->scratch);
}

void quotients_of_outputs(const struct quotients *q, const struct network_sample *sample,
                          int shifts, const double *eta, double *quotient, size_t stride)
{
    for (int n = 0; n < shifts; ++n)
        q->network->head->of_outputs(sample, q->outputs, eta[n], quotient + (size_t)n * stride,
                                     q->scratch);
}
