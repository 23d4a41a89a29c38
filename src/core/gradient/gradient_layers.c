/* SPDX-License-Identifier: MIT
 *
 * What the methods for networks have in common: for each sample, layer and unit a method leaves the
 * values of Q here; when all samples of a pass are done, group_sums.c adds them up over the samples
 * of each group, layer by layer. */
#include "gradient_layers.h"

#include "common/multiversion.h"
#include "core/samples/pixels.h"
#include "group_sums.h"
#include "overflow.h"

#include <string.h>

/* x and, for each node but the first, x times its weight, of some inputs: factors (n, stride). */
MULTIVERSION
static void make_factors(const struct nodes *nodes, size_t count, const double *restrict x,
                         double largest, size_t stride, double *restrict factors)
{
    memcpy(factors, x, count * sizeof *x);
    if (!nodes)
        return;
    nodes_weights(nodes, count, x, largest, stride, factors + stride);
    for (int k = 1; k < nodes->count; ++k) {
        double *restrict row = factors + (size_t)k * stride;
        for (size_t i = 0; i < count; ++i)
            row[i] *= x[i];
    }
}

/* The factors of all pixels, whose largest value is 1, for each number of nodes. */
static void create_level_factors(struct gradient_layers *layers, struct arena *arena, int most)
{
    double by_node[NODES_MAX * PIXELS_LEVELS];
    for (int n = 1; n <= most; ++n) {
        const struct nodes nodes = nodes_make(n);
        double *factors = arena_numbers(arena, (size_t)n * PIXELS_LEVELS);
        if (!factors)
            return;
        layers->level_factors[n] = factors;
        make_factors(n > 1 ? &nodes : NULL, PIXELS_LEVELS, pixels_value, 1, PIXELS_LEVELS, by_node);
        for (size_t level = 0; level < PIXELS_LEVELS; ++level)
            for (size_t k = 0; k < (size_t)n; ++k)
                *factors++ = by_node[k * PIXELS_LEVELS + level];
    }
}

bool gradient_layers_create(struct gradient_layers *layers, struct gradient *gradient, int nodes)
{
    const struct network *network = &gradient->model->network;
    struct arena *arena = &gradient->arena;
    const size_t samples = (size_t)gradient->pass.capacity, terms = samples * (size_t)nodes;
    size_t lanes = 0, inputs = 0, most = 0;
    *layers = (struct gradient_layers){.layers = network->count};
    for (int n = 0; n < layers->layers; ++n) {
        struct layer_quotients *quotients = &layers->quotients[n];
        quotients->lanes = network_lanes((size_t)network->layers[n].outputs);
        quotients->inputs = network_lanes((size_t)network->layers[n].inputs + 1);
        quotients->units = arena_take(arena, samples, sizeof *quotients->units);
        lanes += quotients->lanes;
        inputs += quotients->inputs;
        most = quotients->inputs > most ? quotients->inputs : most;
    }
    layers->q = arena_numbers(arena, terms * lanes);
    layers->factors = arena_numbers(arena, terms * inputs);
    layers->term_factors = arena_take(arena, terms, sizeof *layers->term_factors);
    layers->term_values = arena_take(arena, terms, sizeof *layers->term_values);
    layers->x = arena_numbers(arena, most);
    layers->index = arena_take(arena, most, sizeof *layers->index);
    create_level_factors(layers, arena, nodes);
    active_inputs_create(&layers->active, arena, gradient->model->inputs, GRADIENT_GROUPS_MAX);
    return !arena->is_short;
}

static bool is_last(const struct gradient *gradient, int layer)
{
    return layer == gradient->model->network.count - 1;
}

/* The units of a hidden layer that belong to the parts at work, or all outputs. */
static struct part_range units_at_work(const struct gradient *gradient, int layer,
                                       struct part_range at_work)
{
    const int units = gradient->model->network.layers[layer].outputs;
    const int parts = gradient->model->parts;
    if (is_last(gradient, layer))
        return (struct part_range){0, units};
    return (struct part_range){network_first_unit(parts, units, at_work.begin),
                               network_first_unit(parts, units, at_work.end)};
}

struct part_range gradient_layers_units(const struct gradient *gradient, int layer, int i)
{
    return units_at_work(gradient, layer, gradient->parts[i]);
}

/* The inputs of a layer whose rows are at work; the input of the biases comes last. In the last
 * layer they are the units at work; in other layers, where whole columns are at work, they are all
 * inputs. */
static struct part_range rows_at_work(const struct gradient *gradient, int layer,
                                      struct part_range parts)
{
    const int inputs = gradient->model->network.layers[layer].inputs;
    if (!is_last(gradient, layer))
        return (struct part_range){0, inputs + 1};
    struct part_range rows = units_at_work(gradient, layer - 1, parts);
    rows.end += parts.end == gradient->model->parts;
    return rows;
}

double gradient_layers_largest(const struct gradient *gradient, int layer, int i)
{
    double largest = 1;
    if (layer == 0)
        return fmax(largest, sample_largest(&gradient->pass.samples[i]));
    /* Activations that have bounds lie between -1 and 1. */
    if (gradient->model->network.activation->span < (double)INFINITY)
        return largest;
    const double *z = network_units(gradient->pass.results, layer - 1, i, 0).z;
    for (int j = 0; j < gradient->model->network.layers[layer].inputs; ++j)
        largest = fabs(z[j]) > largest ? fabs(z[j]) : largest;
    return largest;
}

static bool has_pixels(const struct gradient *gradient, int layer)
{
    return layer == 0 && !gradient->pass.samples[0].floats;
}

/* The factors of the inputs of sample i that are not pixels. Those of a constant are the units of
 * the layer below, where they are. */
static const double *take_factors(struct gradient_layers *layers, const struct gradient *gradient,
                                  int layer, int i, const struct nodes *nodes, double largest)
{
    const size_t stride = layers->quotients[layer].inputs;
    const size_t count = (size_t)gradient->model->network.layers[layer].inputs + 1;
    const double *x = layer > 0 ? network_units(gradient->pass.results, layer - 1, i, 0).z : NULL;
    double *factors = layers->factors + layers->factors_used;
    if (x && !nodes)
        return x;
    layers->factors_used += (nodes ? (size_t)nodes->count : 1) * stride;
    if (!x) {
        sample_widen(&gradient->pass.samples[i], layers->x);
        layers->x[count - 1] = 1;
        x = layers->x;
    }
    make_factors(nodes, count, x, largest, stride, factors);
    return factors;
}

struct unit_quotients *gradient_layers_take(struct gradient_layers *layers,
                                            const struct gradient *gradient, int layer, int i,
                                            const struct nodes *nodes, double largest)
{
    struct layer_quotients *quotients = &layers->quotients[layer];
    struct unit_quotients *units = &quotients->units[i];
    units->nodes = nodes ? nodes->count : 1;
    units->q = layers->q + layers->q_used;
    units->factors = has_pixels(gradient, layer)
                         ? layers->level_factors[units->nodes]
                         : take_factors(layers, gradient, layer, i, nodes, largest);
    layers->q_used += (size_t)units->nodes * quotients->lanes;
    return units;
}

MULTIVERSION
static void subtract(size_t count, const double *restrict first, double *restrict values)
{
    for (size_t j = 0; j < count; ++j)
        values[j] -= first[j];
}

void gradient_layers_settle(struct gradient_layers *layers, const struct gradient *gradient,
                            int layer, int i)
{
    const struct layer_quotients *quotients = &layers->quotients[layer];
    const struct unit_quotients *units = &quotients->units[i];
    const struct part_range at_work = gradient_layers_units(gradient, layer, i);
    for (int k = 1; k < units->nodes; ++k)
        subtract((size_t)(at_work.end - at_work.begin), units->q,
                 units->q + (size_t)k * quotients->lanes);
}

void gradient_layers_list(struct gradient_layers *layers, const struct gradient *gradient,
                          int layer, int i)
{
    const struct network_layer *of = &gradient->model->network.layers[layer];
    int cursor = 0;
    if (layer == 0) {
        layers->count = sample_inputs(&gradient->pass.samples[i], &cursor, of->inputs,
                                      layers->index, layers->x);
        layers->index[layers->count] = of->inputs;
        layers->x[layers->count++] = 1;
        return;
    }
    const double *z = network_units(gradient->pass.results, layer - 1, i, 0).z;
    const struct part_range rows = rows_at_work(gradient, layer, gradient->parts[i]);
    layers->count = 0;
    for (int j = rows.begin; j < rows.end; ++j) {
        layers->index[layers->count] = j;
        layers->x[layers->count] = z[j];
        layers->count += z[j] != 0;
    }
}

/* The weights of a layer that are at work in some groups, which have the same parts at work. */
static struct sums_block block_at_work(const struct gradient *gradient, int layer,
                                       struct part_range parts)
{
    const struct network_layer *of = &gradient->model->network.layers[layer];
    const struct part_range rows = rows_at_work(gradient, layer, parts);
    const struct part_range units = units_at_work(gradient, layer, parts);
    return (struct sums_block){
        .first_row = (size_t)rows.begin,
        .rows = (size_t)(rows.end - rows.begin),
        .columns = (size_t)(units.end - units.begin),
        .totals = gradient->sums + network_row(of, rows.begin) + units.begin,
        .stride = (size_t)of->outputs,
    };
}

/* The terms of a group for a layer; they are listed from term `first` on. */
static struct group_terms list_terms(const struct gradient_layers *layers, int layer,
                                     const struct gradient_group *group, int first)
{
    const struct layer_quotients *quotients = &layers->quotients[layer];
    struct group_terms terms = {0, layers->term_factors + first, layers->term_values + first};
    for (int i = group->begin; i < group->end; ++i) {
        const struct unit_quotients *units = &quotients->units[i];
        for (int k = 0; k < units->nodes; ++k, ++terms.count) {
            layers->term_factors[first + terms.count] =
                units->factors + (size_t)k * quotients->inputs;
            layers->term_values[first + terms.count] = units->q + (size_t)k * quotients->lanes;
        }
    }
    return terms;
}

static uint64_t add_terms(const struct gradient_layers *layers, const struct gradient *gradient,
                          int layer, const struct gradient_group *groups, int count,
                          const struct sums_block *block)
{
    struct group_terms terms[GRADIENT_GROUPS_MAX];
    int first = 0;
    for (int g = 0; g < count; ++g) {
        terms[g] = list_terms(layers, layer, &groups[g], first);
        first += terms[g].count;
    }
    return KERNEL_CALL(group_sums_add, terms, count, &gradient->grid, block);
}

/* Goes through the pixels of some groups, and notes where the values of each sample are. */
static void look_at_pixels(struct gradient_layers *layers, const struct gradient *gradient,
                           const struct gradient_group *groups, int count,
                           struct group_pixels *pixels)
{
    memset(pixels, 0, (size_t)count * sizeof *pixels);
    for (int g = 0; g < count; ++g) {
        active_inputs_begin(&layers->active, (size_t)g);
        for (int i = groups[g].begin; i < groups[g].end; ++i) {
            const struct unit_quotients *units = &layers->quotients[0].units[i];
            const int s = i - groups[g].begin;
            if (units->nodes > 0)
                active_inputs_add(&layers->active, (size_t)g, s, &gradient->pass.samples[i]);
            pixels[g].values[s] = units->q;
            pixels[g].factors[s] = units->factors;
            pixels[g].nodes[s] = units->nodes;
        }
    }
}

static uint64_t add_pixels(struct gradient_layers *layers, const struct gradient *gradient,
                           const struct gradient_group *groups, int count,
                           const struct sums_block *block)
{
    struct group_pixels pixels[GRADIENT_GROUPS_MAX];
    look_at_pixels(layers, gradient, groups, count, pixels);
    return KERNEL_CALL(group_sums_add_pixels, &layers->active, pixels, count,
                       layers->quotients[0].lanes, &gradient->grid, block);
}

/* Adds the quotients of a layer in some groups, which have the same parts at work. */
static void add_groups(struct gradient_layers *layers, struct gradient *gradient, int layer,
                       const struct gradient_group *groups, int count)
{
    const struct sums_block block = block_at_work(gradient, layer, groups->parts);
    if (block.rows == 0 || block.columns == 0)
        return;
    const uint64_t marks = has_pixels(gradient, layer)
                               ? add_pixels(layers, gradient, groups, count, &block)
                               : add_terms(layers, gradient, layer, groups, count, &block);
    if (exact_overflowed(&gradient->grid, marks))
        overflow_note(layers, gradient, layer, groups, count, &block);
}

static bool have_same_parts(const struct gradient_group *a, const struct gradient_group *b)
{
    return a->parts.begin == b->parts.begin && a->parts.end == b->parts.end;
}

MULTIVERSION
static void scale_quotients(size_t count, double factor, double *restrict values)
{
    for (size_t j = 0; j < count; ++j)
        values[j] *= factor;
}

/* Multiplies the quotients of each sample by its weight. */
static void weigh_samples(struct gradient_layers *layers, const struct gradient *gradient)
{
    for (int i = 0; i < gradient->pass.count; ++i) {
        const double weight = gradient->pass.samples[i].weight;
        for (int n = 0; n < layers->layers && weight != 1; ++n) {
            const struct unit_quotients *units = &layers->quotients[n].units[i];
            const struct part_range at_work = gradient_layers_units(gradient, n, i);
            for (int k = 0; k < units->nodes; ++k)
                scale_quotients((size_t)(at_work.end - at_work.begin), weight,
                                units->q + (size_t)k * layers->quotients[n].lanes);
        }
    }
}

void gradient_layers_add(struct gradient_layers *layers, struct gradient *gradient)
{
    const struct gradient_group *groups = gradient->groups;
    weigh_samples(layers, gradient);
    for (int begin = 0, end; begin < gradient->group_count; begin = end) {
        end = begin + 1;
        while (end < gradient->group_count && have_same_parts(&groups[begin], &groups[end]))
            ++end;
        for (int n = 0; n < layers->layers; ++n)
            add_groups(layers, gradient, n, groups + begin, end - begin);
    }
    layers->q_used = layers->factors_used = 0;
}
