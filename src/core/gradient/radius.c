/* SPDX-License-Identifier: MIT
 *
 * How far each layer's units can be shifted, found from the weights alone, before any sample of a
 * share. Shift and radius then determine how many nodes each sample takes (nodes.h). */
#include "radius.h"

#include "core/numbers/elementary.h"

#include <string.h>

void radius_finder_create(struct radius_finder *finder, struct arena *arena,
                          const struct network *network)
{
    const size_t widest = (size_t)network_widest_hidden(network);
    *finder = (struct radius_finder){
        .network = network,
        .reach = {arena_numbers(arena, widest), arena_numbers(arena, widest)},
        .into_unit = arena_numbers(arena, widest),
    };
}

/* What the bounds need to know about the weights: for layer n, the largest |w|, and the largest sum
 * of |w| into a unit; for hidden layer l, the largest element of |W_l+1| ... R / 2. */
struct weights_known {
    double largest[NETWORK_LAYERS_MAX], into_unit[NETWORK_LAYERS_MAX], reach[NETWORK_LAYERS_MAX];
};

/* Half the range of each row of the last layer, W (H, K). */
static void halve_ranges(const struct network_layer *last, const double *w, double *reach)
{
    for (int j = 0; j < last->inputs; ++j, w += last->outputs)
        reach[j] = network_range(w, last->outputs) / 2;
}

/* Goes on from the units above a layer's weights, W (inputs, outputs), to those below. */
static void step_down(const struct radius_finder *finder, int n, const double *w,
                      struct weights_known *known)
{
    const struct network_layer *layer = &finder->network->layers[n];
    const double *above = finder->reach[n % 2];
    double *below = finder->reach[(n + 1) % 2], *into_unit = finder->into_unit;
    memset(into_unit, 0, (size_t)layer->outputs * sizeof *into_unit);
    known->largest[n] = known->into_unit[n] = 0;
    for (int i = 0; i < layer->inputs; ++i) {
        below[i] = 0;
        for (int j = 0; j < layer->outputs; ++j) {
            const double size = fabs(*w++);
            below[i] = fma(size, above[j], below[i]);
            into_unit[j] += size;
            known->largest[n] = fmax(known->largest[n], size);
        }
    }
    for (int j = 0; j < layer->outputs; ++j)
        known->into_unit[n] = fmax(known->into_unit[n], into_unit[j]);
}

static double largest_of(const double *values, int count)
{
    double largest = values[0];
    for (int j = 1; j < count; ++j)
        largest = fmax(largest, values[j]);
    return largest;
}

/* From the last layer down to the first hidden one. */
static void look_at_weights(const struct radius_finder *finder, const double *theta,
                            struct weights_known *known)
{
    const struct network_layer *layers = finder->network->layers;
    for (int n = finder->network->count - 1; n > 0; --n) {
        const double *w = theta + layers[n].offset;
        if (n == finder->network->count - 1)
            halve_ranges(&layers[n], w, finder->reach[(n + 1) % 2]);
        else
            step_down(finder, n, w, known);
        known->reach[n - 1] = largest_of(finder->reach[(n + 1) % 2], layers[n].inputs);
    }
}

/* Bounds on what moves if a unit of hidden layer l is shifted by |eta| <= radius. */
struct moves {
    double units, outputs; /* the farthest of the hidden units; of the outputs */
};

static struct moves bound_moves(const struct network *network, const struct weights_known *known,
                                int l, double radius)
{
    const struct activation *activation = network->activation;
    double moved = activation->bound(radius);
    struct moves moves = {moved, moved * known->reach[l]};
    for (int n = l + 1; n < network->count - 1; ++n) {
        const double shift = moved * (n == l + 1 ? known->largest[n] : known->into_unit[n]);
        moved = activation->bound(shift);
        moves.units = fmax(moves.units, moved);
        moves.outputs *= shift > 0 ? moved / shift : activation->steepest;
    }
    return moves;
}

/* Whether the loss is analytic, and as large as real shifts make it. A head that is analytic
 * everywhere leaves only the activations, which move by their span at most; near their poles, they
 * move farther. */
static bool is_within(const struct network *network, const struct moves *moves)
{
    const double radius = network->head->radius;
    return isinf(radius) ? moves->units <= network->activation->span : moves->outputs <= radius;
}

/* Bisection over binary digits from 2^10 down to 2^-60. A NaN bound counts as too large. */
static double find_radius(const struct network *network, const struct weights_known *known, int l)
{
    double radius = 0, digit = 0x1p10;
    while (digit > 0x1p-60 && radius + digit > radius) {
        const struct moves moves = bound_moves(network, known, l, radius + digit);
        if (is_within(network, &moves))
            radius += digit;
        digit /= 2;
    }
    return radius;
}

void radius_find(const struct radius_finder *finder, const double *theta, double *radius)
{
    const struct network *network = finder->network;
    struct weights_known known;
    look_at_weights(finder, theta, &known);
    for (int l = 0; l < network->count - 1; ++l)
        radius[l] = find_radius(network, &known, l);
}
