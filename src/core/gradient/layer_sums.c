/* SPDX-License-Identifier: MIT
 *
 * The last step of a gradient, and the longest with one hidden layer: for each weight, x Q(h x) is
 * computed from the values of Q at the nodes, rounded to the grid and added up over the samples. */
#include "layer_sums.h"

#include "common/multiversion.h"
#include "core/numbers/panel.h"

#include <stdlib.h>
#include <string.h>

size_t layer_sums_lanes(const struct network_layer *layer)
{
    return network_whole_vectors((size_t)layer->outputs);
}

bool layer_sums_create(struct layer_sums *sums, const struct network_layer *layer, int samples)
{
    const size_t lanes = layer_sums_lanes(layer), vector_bytes = NETWORK_VECTOR * sizeof(double);
    const size_t bytes = (size_t)panel_rows(lanes) * lanes * sizeof *sums->panel;
    *sums = (struct layer_sums){
        .layer = *layer,
        .lanes = lanes,
        .panel = aligned_alloc(vector_bytes, bytes),
        .terms = calloc(PANEL_ROWS_MAX, sizeof *sums->terms),
        .cursor = malloc((size_t)samples * sizeof *sums->cursor),
        .between = aligned_alloc(vector_bytes, lanes * sizeof *sums->between),
    };
    if (sums->panel && sums->terms && sums->cursor && sums->between) {
        memset(sums->panel, 0, bytes);
        return true;
    }
    layer_sums_destroy(sums);
    return false;
}

void layer_sums_destroy(struct layer_sums *sums)
{
    free(sums->panel);
    free(sums->terms);
    free(sums->cursor);
    free(sums->between);
    *sums = (struct layer_sums){0};
}

/* The inputs of one sample whose rows are in a panel. */
struct rows {
    int count;
    int index[PANEL_ROWS_MAX];
    double x[PANEL_ROWS_MAX];
    double weights[NODES_MAX - 1][PANEL_ROWS_MAX]; /* those of all nodes but the first */
};

/* Lists the units of the layer below that are at work. */
static void list_units(const struct layer_inputs *inputs, int i, int begin, int end,
                       struct rows *rows)
{
    const struct part_range at_work = inputs->rows[i];
    const double *units = inputs->units + (size_t)i * inputs->stride;
    const int first = begin > at_work.begin ? begin : at_work.begin;
    const int last = end < at_work.end ? end : at_work.end;
    rows->count = last > first ? last - first : 0;
    for (int n = 0; n < rows->count; ++n)
        rows->index[n] = first + n;
    for (int n = 0; n < rows->count; ++n)
        rows->x[n] = units[first + n];
}

/* Lists the network's inputs; the last row is that of the biases. */
static void list_inputs(const struct sample *sample, int *cursor, int end, int biases,
                        struct rows *rows)
{
    rows->count = sample_inputs(sample, cursor, end < biases ? end : biases, rows->index, rows->x);
    if (end > biases) {
        rows->index[rows->count] = biases;
        rows->x[rows->count++] = 1;
    }
}

/* raw += x Q(x), where Q(x) is a constant. */
ELEMENTARY_INLINE void add_constant(const struct exact_grid *grid, double x, size_t lanes,
                                    const double *restrict q, uint64_t *restrict raw)
{
    for (size_t j = 0; j < lanes; ++j)
        raw[j] += exact_round_raw(grid, x, q[j]);
}

/* The same between two nodes, for several rows at a time. Their number is a constant, so that Q is
 * loaded once for all of them. */
ELEMENTARY_INLINE void add_between_two(const struct exact_grid *grid, int rows, const double *x,
                                       const double *weight, size_t lanes, const double *restrict q,
                                       const double *restrict difference, uint64_t *restrict raw0,
                                       uint64_t *restrict raw1, uint64_t *restrict raw2,
                                       uint64_t *restrict raw3)
{
    for (size_t j = 0; j < lanes; ++j) {
        const double first = q[j], more = difference[j];
        raw0[j] += exact_round_raw(grid, x[0], fma(weight[0], more, first));
        if (rows > 1)
            raw1[j] += exact_round_raw(grid, x[1], fma(weight[1], more, first));
        if (rows > 2)
            raw2[j] += exact_round_raw(grid, x[2], fma(weight[2], more, first));
        if (rows > 3)
            raw3[j] += exact_round_raw(grid, x[3], fma(weight[3], more, first));
    }
}

/* Adds the term of another node. */
ELEMENTARY_INLINE void add_node(double weight, size_t lanes, const double *restrict difference,
                                double *restrict between)
{
    for (size_t j = 0; j < lanes; ++j)
        between[j] = fma(weight, difference[j], between[j]);
}

/* The same between more than two nodes. */
ELEMENTARY_INLINE void add_between(const struct exact_grid *grid, double x, int nodes,
                                   const double *weights, size_t lanes, const double *q,
                                   double *between, uint64_t *raw)
{
    memcpy(between, q, lanes * sizeof *q);
    for (int k = 1; k < nodes - 1; ++k, weights += PANEL_ROWS_MAX)
        add_node(*weights, lanes, q + (size_t)k * lanes, between);
    add_between_two(grid, 1, &x, weights, lanes, between, q + (size_t)(nodes - 1) * lanes, raw,
                    NULL, NULL, NULL);
}

/* Adds the quotients of one sample to the panel, for rows from `first` on. */
MULTIVERSION
static void add_rows(const struct layer_sums *sums, int first, const struct unit_quotients *unit,
                     const struct rows *rows, const struct exact_grid *exact)
{
    const struct exact_grid grid = *exact;
    const size_t lanes = sums->lanes;
    const int nodes = unit->nodes ? unit->nodes->count : 1, count = rows->count;
    const double *x = rows->x, *weights = rows->weights[0], *q = unit->q;
    uint64_t *raw[PANEL_ROWS_MAX];
    int n = 0;
    for (int i = 0; i < count; ++i) {
        raw[i] = sums->panel + (size_t)(rows->index[i] - first) * lanes;
        ++sums->terms[rows->index[i] - first];
    }
    for (; nodes == 2 && n + 4 <= count; n += 4)
        add_between_two(&grid, 4, x + n, weights + n, lanes, q, q + lanes, raw[n], raw[n + 1],
                        raw[n + 2], raw[n + 3]);
    for (; nodes == 2 && n < count; ++n)
        add_between_two(&grid, 1, x + n, weights + n, lanes, q, q + lanes, raw[n], NULL, NULL,
                        NULL);
    for (; nodes == 1 && n < count; ++n)
        add_constant(&grid, x[n], lanes, q, raw[n]);
    for (; n < count; ++n)
        add_between(&grid, x[n], nodes, weights + n, lanes, q, sums->between, raw[n]);
}

/* Adds `rows` rows of the panel to the totals, and leaves it empty. The padding lanes are never
 * read. */
MULTIVERSION
static void empty_panel(const struct layer_sums *sums, int rows, const struct exact_grid *exact,
                        int64_t *restrict totals)
{
    const struct exact_grid grid = *exact;
    const size_t units = (size_t)sums->layer.outputs;
    for (int row = 0; row < rows; ++row, totals += units) {
        uint64_t *restrict raw = sums->panel + (size_t)row * sums->lanes;
        const uint64_t terms = sums->terms[row];
        if (terms == 0)
            continue;
        for (size_t j = 0; j < units; ++j) {
            totals[j] += exact_sum_of_raw(&grid, raw[j], terms);
            raw[j] = 0;
        }
        sums->terms[row] = 0;
    }
}

/* Adds up the rows first .. end - 1 of all samples. */
static void fill_panel(const struct layer_sums *sums, const struct layer_inputs *inputs, int count,
                       const struct unit_quotients *quotients, int first, int end,
                       const struct exact_grid *grid)
{
    struct rows rows;
    for (int i = 0; i < count; ++i) {
        const struct unit_quotients *unit = &quotients[i];
        if (!unit->q)
            continue;
        if (inputs->samples)
            list_inputs(&inputs->samples[i], &sums->cursor[i], end, sums->layer.inputs, &rows);
        else
            list_units(inputs, i, first, end, &rows);
        if (unit->nodes)
            nodes_weights(unit->nodes, (size_t)rows.count, rows.x, unit->largest, PANEL_ROWS_MAX,
                          rows.weights[0]);
        add_rows(sums, first, unit, &rows, grid);
    }
}

void layer_sums_add(struct layer_sums *sums, const struct layer_inputs *inputs, int count,
                    const struct unit_quotients *quotients, const struct exact_grid *grid,
                    int64_t *totals)
{
    const int all = sums->layer.inputs + 1, at_once = panel_rows(sums->lanes);
    memset(sums->cursor, 0, (size_t)count * sizeof *sums->cursor);
    for (int first = 0; first < all; first += at_once) {
        const int end = first + at_once < all ? first + at_once : all;
        fill_panel(sums, inputs, count, quotients, first, end, grid);
        empty_panel(sums, end - first, grid, totals + network_row(&sums->layer, first));
    }
}
