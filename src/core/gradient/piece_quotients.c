/* SPDX-License-Identifier: MIT
 *
 * From effective weights to losses. Units that are off are left out: their Q is 0. */
#include "piece_quotients.h"

#include "common/multiversion.h"
#include "core/numbers/nodes.h"

#include <math.h>
#include <string.h>

void piece_quotients_create(struct piece_quotients *q, struct arena *arena,
                            const struct quotients *quotients)
{
    *q = (struct piece_quotients){.quotients = quotients};
    linear_piece_create(&q->piece, arena, quotients->network);
    const size_t columns = (size_t)q->piece.outputs + (size_t)q->piece.room;
    q->directions = arena_numbers(arena, (size_t)q->piece.outputs * quotients->lanes);
    q->of_rows = arena_numbers(arena, NODES_MAX * quotients->lanes);
    q->up = arena_numbers(arena, columns * LINEAR_PIECE_SHIFTS);
    q->down = arena_numbers(arena, columns * LINEAR_PIECE_SHIFTS);
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
    return q->quotients->network->head->radius / (range / 2);
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
    const struct quotients *of = q->quotients;
    for (int n = 0; n < shifts; ++n)
        move_units(q->units.lanes, eta[n], of->raised + (size_t)n * of->lanes,
                   of->lowered + (size_t)n * of->lanes);
    quotients_of_moves(of, &q->sample, &q->units, shifts, eta, q->of_rows, of->lanes);
    for (int n = 0; n < shifts; ++n)
        spread(&q->piece.near.layers[q->layer], units, q->of_rows + (size_t)n * of->lanes,
               quotient + (size_t)n * stride);
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
        KERNEL_CALL(linear_piece_move, &q->piece, q->layer, row, raised, q->up);
        KERNEL_CALL(linear_piece_move, &q->piece, q->layer, row, lowered, q->down);
        q->quotients->network->head->of_moves(&q->sample, q->piece.outputs, &moves,
                                              q->quotients->scratch);
        for (int t = 0; t < some; ++t)
            quotient[done + t] = difference[t] / (2 * raised[t]);
    }
}
