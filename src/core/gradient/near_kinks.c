/* SPDX-License-Identifier: MIT
 *
 * A few units of a sample are near their kinks if the step is small, and all of them if it is
 * large. linear_piece.c finds out which shifts really reach them. */
#include "near_kinks.h"

#include "common/multiversion.h"
#include "core/numbers/elementary.h"

#include <string.h>

void near_kinks_create(struct near_kinks *near, struct arena *arena, const struct network *network)
{
    const struct network_layer *layers = network->layers;
    size_t units = 0;
    *near = (struct near_kinks){.network = network};
    for (int l = 0; l < network->count - 1; ++l) {
        const size_t rows = network_whole_vectors((size_t)layers[l].outputs);
        near->layers[l].units = arena_take(arena, rows, sizeof(int));
        for (int below = 0; below < l; ++below)
            near->bounds[below][l] = arena_numbers(arena, rows);
        units += rows;
    }
    near->reach = arena_numbers(arena, (size_t)network_widest_hidden(network));
    near->layer = arena_take(arena, units, sizeof *near->layer);
    near->row = arena_take(arena, units, sizeof *near->row);
    near->a = arena_numbers(arena, units);
}

/* bound = max(bound, |w|) */
MULTIVERSION
static void enlarge(size_t count, const double *restrict w, double *restrict bound)
{
    for (size_t u = 0; u < count; ++u)
        bound[u] = fabs(w[u]) > bound[u] ? fabs(w[u]) : bound[u];
}

/* bound += below |w| */
MULTIVERSION
static void pass_on(size_t count, double below, const double *restrict w, double *restrict bound)
{
    for (size_t u = 0; u < count; ++u)
        bound[u] = fma(below, fabs(w[u]), bound[u]);
}

void near_kinks_set_weights(struct near_kinks *near, const double *theta)
{
    for (int m = 1; m < near->network->count - 1; ++m) {
        const struct network_layer *of = &near->network->layers[m];
        const size_t count = (size_t)of->outputs;
        for (int l = 0; l < m; ++l)
            memset(near->bounds[l][m], 0, count * sizeof(double));
        for (int j = 0; j < of->inputs; ++j) {
            const double *w = theta + network_row(of, j);
            enlarge(count, w, near->bounds[m - 1][m]);
            for (int l = 0; l < m - 1; ++l)
                pass_on(count, near->bounds[l][m - 1][j], w, near->bounds[l][m]);
        }
    }
}

/* reach = max(reach, shift bound) */
MULTIVERSION
static void extend(size_t count, double shift, const double *restrict bound, double *restrict reach)
{
    for (size_t u = 0; u < count; ++u)
        reach[u] = shift * bound[u] > reach[u] ? shift * bound[u] : reach[u];
}

/* Below the first layer there are no units, which -1 stands for. */
static void find_reach(const struct near_kinks *near, int l, const double *shifts)
{
    const size_t count = (size_t)near->network->layers[l].outputs;
    for (size_t u = 0; u < count; ++u)
        near->reach[u] = l == 0 ? -1 : 0;
    for (int below = 0; below < l; ++below)
        extend(count, NEAR_KINKS_MARGIN * shifts[below], near->bounds[below][l], near->reach);
}

/* Whether any unit can be shifted that far by its own shift, or by those of units below. */
MULTIVERSION
static bool any_reached(size_t count, const double *restrict a, double own,
                        const double *restrict reach)
{
    uint64_t reached = 0;
    for (size_t u = 0; u < count; ++u)
        reached |= (fabs(a[u]) <= own) | (fabs(a[u]) <= reach[u]);
    return reached;
}

static void add_candidate(struct near_kinks *near, int l, int row, double a)
{
    near->layer[near->candidates] = l;
    near->row[near->candidates] = row;
    near->a[near->candidates++] = a;
}

/* The row of a unit that is on. */
static int find_row(const struct near_layer *layer, int unit)
{
    int row = 0;
    while (layer->units[row] != unit)
        ++row;
    return row;
}

/* Adds those units that are off and can be reached to the rows, and those that units below can
 * reach to the candidates. */
static void list_reached(struct near_kinks *near, int l, const double *a, double own)
{
    struct near_layer *layer = &near->layers[l];
    for (int j = 0; j < near->network->layers[l].outputs; ++j) {
        const bool candidate = fabs(a[j]) <= near->reach[j];
        if (!candidate && fabs(a[j]) > own)
            continue;
        if (!(a[j] > 0))
            layer->units[layer->rows++] = j;
        if (candidate)
            add_candidate(near, l, a[j] > 0 ? find_row(layer, j) : layer->rows - 1, a[j]);
    }
}

/* Lists the units that are on, in their order, and returns how many there are. */
static int list_on(size_t count, const double *restrict a, int *restrict units)
{
    size_t on = 0;
    for (size_t j = 0; j < count; ++j) {
        units[on] = (int)j;
        on += a[j] > 0;
    }
    return (int)on;
}

static void list_layer(struct near_kinks *near, int l, const double *a, const double *shifts)
{
    struct near_layer *layer = &near->layers[l];
    const size_t units = (size_t)near->network->layers[l].outputs;
    layer->on = layer->rows = list_on(units, a, layer->units);
    layer->above = near->candidates;
    find_reach(near, l, shifts);
    layer->near = any_reached(units, a, shifts[l], near->reach);
    if (layer->near)
        list_reached(near, l, a, shifts[l]);
    for (int row = layer->rows; row % NETWORK_VECTOR != 0; ++row)
        layer->units[row] = layer->units[row - 1];
}

void near_kinks_list(struct near_kinks *near, const struct network_pass *pass, int i,
                     const double *shifts)
{
    near->candidates = 0;
    for (int l = near->network->count - 2; l >= 0; --l)
        list_layer(near, l, network_units(pass, l, i, 0).a, shifts);
}
