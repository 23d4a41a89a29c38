/* SPDX-License-Identifier: MIT
 *
 * From effective weights to losses. Units that are off are left out: their Q is 0. */
#include "piece_quotients.h"

#include "common/multiversion.h"
#include "core/numbers/nodes.h"
#include "linear_piece_kernel.h"

#include <math.h>
#include <string.h>

void piece_quotients_create(struct piece_quotients *q, struct arena *arena,
                            const struct network *network)
{
    *q = (struct piece_quotients){.network = network};
    linear_piece_create(&q->piece, arena, network);
    const size_t outputs = (size_t)network_last(network)->outputs;
    const size_t lanes = network_whole_vectors((size_t)network_widest_hidden(network));
    const size_t columns = outputs + (size_t)q->piece.room;
    q->directions = arena_numbers(arena, outputs * lanes);
    q->raised = arena_numbers(arena, NODES_MAX * lanes);
    q->lowered = arena_numbers(arena, NODES_MAX * lanes);
    q->quotients = arena_numbers(arena, NODES_MAX * lanes);
    q->up = arena_numbers(arena, columns * LINEAR_PIECE_SHIFTS);
    q->down = arena_numbers(arena, columns * LINEAR_PIECE_SHIFTS);
    q->scratch = arena_numbers(arena, 2 * (lanes > outputs ? lanes : outputs));
}

void piece_quotients_set_sample(struct piece_quotients *q, const struct network_pass *pass, int i,
                                const double *shifts)
{
    q->sample = network_sample(pass, i);
    linear_piece_set_sample(&q->piece, pass, i, shifts);
}

double piece_quotients_set_layer(struct piece_quotients *q, int layer)
{
    struct linear_piece *piece = &q->piece;
    const size_t lanes = network_whole_vectors((size_t)piece->near.layers[layer].on);
    linear_piece_go_down(piece, layer);
    q->layer = layer;
    const double range = KERNEL_CALL(linear_piece_turn, lanes, (size_t)piece->outputs,
                                     piece->weights[layer], piece->stride, q->directions);
    q->units = (struct head_units){.lanes = lanes,
                                   .stride = lanes,
                                   .directions = q->directions,
                                   .range = range,
                                   .farthest = piece->shifts[layer]};
    return q->network->head->radius / (range / 2);
}

/* A unit that is on moves by its shift. */
MULTIVERSION
static void move_units(size_t lanes, double eta, double *restrict raised, double *restrict lowered)
{
    for (size_t j = 0; j < network_in_vectors(lanes); ++j) {
        raised[j] = eta;
        lowered[j] = -eta;
    }
}

/* From rows to units; those that are off have a Q of 0. */
static void spread(const struct near_layer *layer, struct part_range units,
                   const double *restrict of_rows, double *restrict quotient)
{
    const size_t count = (size_t)(units.end - units.begin), on = (size_t)layer->on;
    memset(quotient, 0, count * sizeof *quotient);
    for (size_t row = 0; row < on; ++row) {
        const size_t at = (size_t)(layer->units[row] - units.begin);
        if (at < count)
            quotient[at] = of_rows[row];
    }
}

void piece_quotients_of_units(struct piece_quotients *q, struct part_range units, int shifts,
                              const double *eta, double *quotient, size_t stride)
{
    const size_t lanes = q->units.lanes;
    struct head_shift list[NODES_MAX] = {{0}};
    for (int n = 0; n < shifts; ++n) {
        const size_t at = (size_t)n * lanes;
        move_units(lanes, eta[n], q->raised + at, q->lowered + at);
        list[n] = (struct head_shift){.eta = eta[n],
                                      .farthest = eta[n],
                                      .raised = q->raised + at,
                                      .lowered = q->lowered + at,
                                      .quotient = q->quotients + at};
    }
    q->network->head->of_units(&q->sample, q->piece.outputs, &q->units, shifts, list, q->scratch);
    for (int n = 0; n < shifts; ++n)
        spread(&q->piece.near.layers[q->layer], units, q->quotients + (size_t)n * lanes,
               quotient + (size_t)n * stride);
}

bool piece_quotients_any_crosses(const struct piece_quotients *q)
{
    return q->piece.marked[q->layer];
}

bool piece_quotients_crosses(const struct piece_quotients *q, int row)
{
    const struct near_layer *layer = &q->piece.near.layers[q->layer];
    const double a = *network_units(q->piece.pass, q->layer, q->piece.sample, layer->units[row]).a;
    return fabs(a) <= q->piece.shifts[q->layer] ||
           (row < layer->on && q->piece.reached[q->layer][row] > 0);
}

void piece_quotients_of_shifts(const struct piece_quotients *q, int row, int count,
                               const double *eta, double *quotient)
{
    enum { SHIFTS = LINEAR_PIECE_SHIFTS };
    double difference[SHIFTS], raised[SHIFTS], lowered[SHIFTS];
    const struct head_moves moves = {.lanes = SHIFTS,
                                     .up = q->up,
                                     .down = q->down,
                                     .farthest = linear_piece_farthest(&q->piece, q->layer, row),
                                     .difference = difference};
    for (int done = 0; done < count; done += SHIFTS) {
        const int some = count - done < SHIFTS ? count - done : SHIFTS;
        for (int t = 0; t < SHIFTS; ++t) {
            raised[t] = eta[done + (t < some ? t : 0)];
            lowered[t] = -raised[t];
        }
        linear_piece_move(&q->piece, q->layer, row, raised, q->up);
        linear_piece_move(&q->piece, q->layer, row, lowered, q->down);
        q->network->head->of_moves(&q->sample, q->piece.outputs, &moves, q->scratch);
        for (int t = 0; t < some; ++t)
            quotient[done + t] = difference[t] / (2 * raised[t]);
    }
}
