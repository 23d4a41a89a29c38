/* SPDX-License-Identifier: MIT
 *
 * How the outputs depend on each unit of a relu network, for one sample, and which shifts take
 * which units across their kinks. piece_quotients.c evaluates losses from that. */
#include "linear_piece.h"

#include "common/multiversion.h"
#include "core/numbers/elementary.h"

#include <string.h>

/* The columns of candidates take that many bytes in all layers together; but there is room for some
 * in any case. */
enum { CANDIDATES_BYTES = 1 << 24, CANDIDATES_MIN = 64 };

static int last_hidden(const struct network *network)
{
    return network->count - 2;
}

/* There can be as many candidates as there are units above the first layer. */
static int room_for_candidates(const struct network *network)
{
    size_t rows = 0, room = 0;
    for (int l = 0; l <= last_hidden(network); ++l) {
        rows += network_whole_vectors((size_t)network->layers[l].outputs);
        room += l > 0 ? (size_t)network->layers[l].outputs : 0;
    }
    while (room > CANDIDATES_MIN && room * rows * sizeof(double) > CANDIDATES_BYTES)
        --room;
    return (int)room;
}

void linear_piece_create(struct linear_piece *piece, struct arena *arena,
                         const struct network *network)
{
    *piece = (struct linear_piece){.network = network,
                                   .outputs = network_last(network)->outputs,
                                   .room = room_for_candidates(network)};
    const size_t columns = (size_t)piece->outputs + (size_t)piece->room;
    near_kinks_create(&piece->near, arena, network);
    piece->bound = arena_numbers(arena, columns);
    for (int l = 0; l <= last_hidden(network); ++l) {
        const size_t rows = network_whole_vectors((size_t)network->layers[l].outputs);
        piece->weights[l] = arena_numbers(arena, rows * network_whole_vectors(columns));
        piece->reached[l] = arena_take(arena, rows, sizeof(int));
    }
}

void linear_piece_set_weights(struct linear_piece *piece, const double *theta)
{
    piece->theta = theta;
    near_kinks_set_weights(&piece->near, theta);
}

/* The effective weights of the last hidden layer: rows of W, less the number at the label if only
 * differences matter. Rows are in whole vectors; what is in the padding does not matter. */
MULTIVERSION
static void begin_columns(const struct linear_piece *piece)
{
    const int l = last_hidden(piece->network);
    const struct near_layer *layer = &piece->near.layers[l];
    const double *w = piece->theta + network_last(piece->network)->offset;
    const size_t outputs = (size_t)piece->outputs;
    const size_t label = (size_t)piece->pass->target[piece->sample].label;
    for (size_t row = 0; row < network_whole_vectors((size_t)layer->rows); ++row) {
        const double *restrict from = w + (size_t)layer->units[row] * outputs;
        double *restrict weights = piece->weights[l] + row * piece->stride;
        const double of_label = piece->network->head->relative ? from[label] : 0;
        for (size_t k = 0; k < outputs; ++k)
            weights[k] = from[k] - of_label;
    }
}

/* The columns that a layer has in common with the one above it. */
static void pass_columns(const struct linear_piece *piece, int l)
{
    const struct network_layer *between = &piece->network->layers[l + 1];
    const struct near_layer *layer = &piece->near.layers[l], *above = layer + 1;
    const struct linear_piece_product product = {
        .left = piece->theta + between->offset,
        .left_stride = (size_t)between->outputs,
        .rows = layer->units,
        .row_count = network_whole_vectors((size_t)layer->rows),
        .inner = above->units,
        .inner_count = (size_t)above->on,
        .right = piece->weights[l + 1],
        .columns = network_whole_vectors((size_t)piece->columns[l + 1]),
        .stride = piece->stride,
        .product = piece->weights[l],
    };
    KERNEL_CALL(linear_piece_multiply, &product);
}

/* The columns of the candidates in the layer above. */
static void add_columns(const struct linear_piece *piece, int l)
{
    const struct network_layer *between = &piece->network->layers[l + 1];
    const struct near_layer *layer = &piece->near.layers[l], *above = layer + 1;
    const int *candidate_row = piece->near.row + above->above;
    const size_t begin = (size_t)piece->columns[l + 1], end = (size_t)piece->columns[l];
    for (size_t row = 0; row < network_whole_vectors((size_t)layer->rows); ++row) {
        const double *w = piece->theta + network_row(between, layer->units[row]);
        double *weights = piece->weights[l] + row * piece->stride;
        for (size_t k = begin; k < end; ++k)
            weights[k] = w[above->units[candidate_row[k - begin]]];
    }
}

/* Counts for each row the candidates that it moves to their kinks. One whose unit is off moves
 * nothing before it has crossed its own. */
MULTIVERSION
static void mark_rows(struct linear_piece *piece, int l)
{
    const double shift = NEAR_KINKS_MARGIN * piece->shifts[l], *restrict a = piece->near.a;
    const int candidates = piece->columns[l] - piece->outputs;
    for (int row = 0; row < piece->near.layers[l].on && candidates > 0; ++row) {
        const double *restrict weights = linear_piece_row(piece, l, row) + piece->outputs;
        int count = 0;
        for (int c = 0; c < candidates; ++c)
            count += (fabs(weights[c]) * shift >= fabs(a[c])) & (weights[c] != 0);
        piece->reached[l][row] += count;
        piece->marked[l] |= count > 0;
    }
}

void linear_piece_go_down(struct linear_piece *piece, int l)
{
    const struct near_layer *layer = &piece->near.layers[l];
    piece->columns[l] = piece->outputs + (piece->fits ? layer->above : 0);
    piece->marked[l] = layer->near || !piece->fits;
    for (int row = 0; row < layer->rows; ++row)
        piece->reached[l][row] = !piece->fits;
    if (l == last_hidden(piece->network)) {
        begin_columns(piece);
        return;
    }
    pass_columns(piece, l);
    if (piece->columns[l] > piece->columns[l + 1])
        add_columns(piece, l);
    mark_rows(piece, l);
}

void linear_piece_set_sample(struct linear_piece *piece, const struct network_pass *pass, int i,
                             const double *shifts)
{
    piece->pass = pass;
    piece->sample = i;
    piece->shifts = shifts;
    near_kinks_list(&piece->near, pass, i, shifts);
    const int candidates = piece->near.candidates;
    piece->fits = candidates <= piece->room;
    piece->stride =
        network_whole_vectors((size_t)(piece->outputs + (piece->fits ? candidates : 0)));
}

/* Each candidate reached is one multiplication a column, or more if that moves others. */
bool linear_piece_can_move(const struct linear_piece *piece, int l, int row)
{
    const struct network *network = piece->network;
    size_t passing = 0;
    for (int n = l + 2; n < network->count; ++n)
        passing += (size_t)network->layers[n].inputs * (size_t)network->layers[n].outputs;
    return piece->fits && (size_t)piece->reached[l][row] * (size_t)piece->columns[l] <= passing;
}

/* bound += farthest |weights| */
MULTIVERSION
static void pass_bound(size_t columns, double farthest, const double *restrict weights,
                       double *restrict bound)
{
    for (size_t k = 0; k < columns; ++k)
        bound[k] = fma(farthest, fabs(weights[k]), bound[k]);
}

/* As linear_piece_move, but all moves are as far as can be, and add up. */
double linear_piece_farthest(const struct linear_piece *piece, int l, int row)
{
    const struct near_kinks *near = &piece->near;
    const size_t columns = (size_t)piece->columns[l];
    double *bound = piece->bound, farthest = 0;
    memset(bound, 0, columns * sizeof *bound);
    pass_bound(columns, piece->shifts[l], linear_piece_row(piece, l, row), bound);
    for (int c = piece->columns[l] - piece->outputs - 1; c >= 0; --c) {
        const double shift = bound[piece->outputs + c];
        if (shift * NEAR_KINKS_MARGIN >= fabs(near->a[c]))
            pass_bound((size_t)piece->columns[near->layer[c]], shift,
                       linear_piece_row(piece, near->layer[c], near->row[c]), bound);
    }
    for (int k = 0; k < piece->outputs; ++k)
        farthest = fmax(farthest, 2 * bound[k]);
    return farthest;
}
