/* SPDX-License-Identifier: MIT
 *
 * The central difference of every parameter, without evaluating what a perturbation cannot change.
 *
 * The weights into a unit, from inputs x, have the quotients x Q(h x) with one function Q for each
 * sample and unit (quotients.h; propagation.h for units below the last hidden layer;
 * piece_quotients.h for relu networks). Q is smooth and even: perturbed losses are evaluated at a
 * few nodes, and Q is interpolated for each x (nodes.h) to the precision of a double. How many
 * nodes that takes follows from h, the sample's largest |x| and the weights (radius.h). If the
 * steps are too large for nodes, Q is evaluated for each x; so is the Q of a unit whose shift takes
 * some unit across the kink of its activation. An input of 0 has the quotient 0. */
#include "gradient_layers.h"
#include "piece_quotients.h"
#include "propagation.h"
#include "quotients.h"
#include "radius.h"

struct scratch {
    struct quotients quotients;
    struct propagation propagation;
    struct piece_quotients piece_quotients;
    struct radius_finder radius_finder;
    struct gradient_layers layers;
    struct nodes nodes[NODES_MAX + 1]; /* by their number */
    double radius[NETWORK_LAYERS_MAX]; /* of each layer (radius.h) */
    double
        largest[NETWORK_LAYERS_MAX]; /* the largest |input| of each layer, in the sample at work */
    double shifts[NETWORK_LAYERS_MAX]; /* and so the largest shift of its units */
    double *q;                         /* (NODES_MAX, the widest layer), or (inputs) */
    double *eta;                       /* (the most inputs of a layer, with that of the biases) */
    bool piecewise;                    /* whether piece_quotients evaluates the hidden layers */
};

static void *create_scratch(struct gradient *gradient)
{
    const struct network *network = &gradient->model->network;
    struct arena *arena = &gradient->arena;
    struct scratch *s = arena_take(arena, 1, sizeof *s);
    size_t widest = 0, inputs = 0;
    if (!s || !gradient_layers_create(&s->layers, gradient, NODES_MAX))
        return NULL;
    for (int n = 0; n < network->count; ++n) {
        const size_t lanes = network_lanes((size_t)network->layers[n].outputs);
        const size_t rows = (size_t)network->layers[n].inputs + 1;
        widest = lanes > widest ? lanes : widest;
        inputs = rows > inputs ? rows : inputs;
    }
    s->q = arena_numbers(arena, NODES_MAX * widest > inputs ? NODES_MAX * widest : inputs);
    s->eta = arena_numbers(arena, inputs);
    s->piecewise = network->activation->has_kink;
    quotients_create(&s->quotients, arena, network);
    propagation_create(&s->propagation, arena, network);
    if (s->piecewise)
        piece_quotients_create(&s->piece_quotients, arena, &s->quotients);
    radius_finder_create(&s->radius_finder, arena, network);
    for (int count = NODES_MIN; count <= NODES_MAX; ++count)
        s->nodes[count] = nodes_make(count);
    return s;
}

static void begin(struct gradient *gradient)
{
    struct scratch *s = gradient->scratch;
    const struct network *network = &gradient->model->network;
    quotients_set_weights(&s->quotients, gradient->theta + network_last(network)->offset);
    propagation_set_weights(&s->propagation, gradient->theta);
    if (s->piecewise)
        linear_piece_set_weights(&s->piece_quotients.piece, gradient->theta);
    else
        radius_find(&s->radius_finder, gradient->theta, s->radius);
    /* An output moves by the shift itself, and from the middle of the range by half of it. */
    s->radius[network->count - 1] = 2 * network->head->radius;
}

/* A layer of a sample, and its units at work. */
struct task {
    int layer, sample;
    struct part_range units;
    double largest; /* the largest |input| */
};

/* Evaluates Q of these units at some shifts eta: q (shifts, lanes). */
typedef void at_shifts(struct gradient *gradient, const struct task *task, int shifts,
                       const double *eta, double *q, size_t lanes);

static void outputs_at_shifts(struct gradient *gradient, const struct task *task, int shifts,
                              const double *eta, double *q, size_t lanes)
{
    struct scratch *s = gradient->scratch;
    quotients_of_outputs(&s->quotients, gradient->pass.results, task->sample, shifts, eta, q,
                         lanes);
}

static void last_hidden_at_shifts(struct gradient *gradient, const struct task *task, int shifts,
                                  const double *eta, double *q, size_t lanes)
{
    struct scratch *s = gradient->scratch;
    quotients_of_units(&s->quotients, gradient->pass.results, task->sample, task->units,
                       s->shifts[task->layer], shifts, eta, q, lanes);
}

static void lower_at_shifts(struct gradient *gradient, const struct task *task, int shifts,
                            const double *eta, double *q, size_t lanes)
{
    struct scratch *s = gradient->scratch;
    for (int n = 0; n < shifts; ++n)
        propagation_of_units(&s->propagation, task->layer, task->units, eta[n],
                             q + (size_t)n * lanes);
}

static void piece_at_shifts(struct gradient *gradient, const struct task *task, int shifts,
                            const double *eta, double *q, size_t lanes)
{
    struct scratch *s = gradient->scratch;
    piece_quotients_of_units(&s->piece_quotients, task->units, shifts, eta, q, lanes);
}

/* Lists the inputs, and how far they shift a unit. */
static void list_shifts(struct gradient *gradient, const struct task *task)
{
    struct scratch *s = gradient->scratch;
    gradient_layers_list(&s->layers, gradient, task->layer, task->sample);
    for (int n = 0; n < s->layers.count; ++n)
        s->eta[n] = gradient->step * fabs(s->layers.x[n]);
}

/* Evaluates Q for each input, as many at a time as there are nodes at most. */
static void add_each_input(struct gradient *gradient, const struct task *task, at_shifts *evaluate)
{
    struct scratch *s = gradient->scratch;
    const struct network_layer *layer = &gradient->model->network.layers[task->layer];
    const size_t lanes = network_lanes((size_t)layer->outputs);
    const double weight = gradient->pass.samples[task->sample].weight;
    list_shifts(gradient, task);
    for (int done = 0; done < s->layers.count; done += NODES_MAX) {
        const int left = s->layers.count - done, some = left < NODES_MAX ? left : NODES_MAX;
        evaluate(gradient, task, some, s->eta + done, s->q, lanes);
        for (int n = done; n < done + some; ++n)
            for (int j = task->units.begin; j < task->units.end; ++j)
                gradient_add_product(
                    gradient, network_row(layer, s->layers.index[n]) + (size_t)j, s->layers.x[n],
                    weight * s->q[(size_t)(n - done) * lanes + (size_t)(j - task->units.begin)]);
    }
}

/* Sets Q of a unit at the nodes to 0. */
static void clear(const struct task *task, int unit, int nodes, double *q, size_t lanes)
{
    for (int k = 0; k < nodes; ++k)
        q[(size_t)k * lanes + (size_t)(unit - task->units.begin)] = 0;
}

static bool is_at_work(const struct task *task, int unit)
{
    return unit >= task->units.begin && unit < task->units.end;
}

/* Adds the quotients of the weights into a row's unit, whose Q is evaluated for each of the inputs
 * listed: by the linear piece or, if that is faster, by passing the shifts on. */
static void add_row(struct gradient *gradient, const struct task *task, int row)
{
    struct scratch *s = gradient->scratch;
    const struct network_layer *layer = &gradient->model->network.layers[task->layer];
    const struct linear_piece *piece = &s->piece_quotients.piece;
    const int unit = piece->near.layers[task->layer].units[row], count = s->layers.count;
    const double weight = gradient->pass.samples[task->sample].weight;
    if (linear_piece_can_move(piece, task->layer, row)) {
        piece_quotients_of_shifts(&s->piece_quotients, row, count, s->eta, s->q);
    } else {
        propagation_set_sample(&s->propagation, gradient->pass.results, task->sample);
        propagation_of_shifts(&s->propagation, task->layer, unit, count, s->eta, s->q);
    }
    for (int n = 0; n < count; ++n)
        gradient_add_product(gradient, network_row(layer, s->layers.index[n]) + (size_t)unit,
                             s->layers.x[n], weight * s->q[n]);
}

/* Those units whose shift takes a unit across its kink; sets their Q at the nodes to 0. */
static void add_kinked_rows(struct gradient *gradient, const struct task *task, int nodes,
                            double *q, size_t lanes)
{
    struct scratch *s = gradient->scratch;
    const struct linear_piece *piece = &s->piece_quotients.piece;
    const struct near_layer *layer = &piece->near.layers[task->layer];
    bool are_listed = false;
    for (int row = 0; row < layer->rows && piece->marked[task->layer]; ++row) {
        const int unit = layer->units[row];
        if (is_at_work(task, unit) && piece_quotients_crosses(&s->piece_quotients, row)) {
            if (!are_listed)
                list_shifts(gradient, task);
            are_listed = true;
            clear(task, unit, nodes, q, lanes);
            add_row(gradient, task, row);
        }
    }
}

/* Shifts that are too large for nodes are too large for the linear piece. */
static at_shifts *choose(const struct gradient *gradient, int layer, int nodes)
{
    const struct scratch *s = gradient->scratch;
    const int last = gradient->model->network.count - 1;
    if (layer == last)
        return outputs_at_shifts;
    if (s->piecewise)
        return nodes > 0 ? piece_at_shifts : lower_at_shifts;
    return layer == last - 1 ? last_hidden_at_shifts : lower_at_shifts;
}

static void evaluate_at_nodes(struct gradient *gradient, const struct task *task,
                              const struct nodes *nodes, at_shifts *evaluate)
{
    struct scratch *s = gradient->scratch;
    const size_t lanes = s->layers.quotients[task->layer].lanes;
    const struct unit_quotients *units =
        gradient_layers_take(&s->layers, gradient, task->layer, task->sample, nodes, task->largest);
    double eta[NODES_MAX];
    for (int k = 0; k < nodes->count; ++k)
        eta[k] = gradient->step * task->largest * nodes->position[k];
    evaluate(gradient, task, nodes->count, eta, units->q, lanes);
    if (evaluate == piece_at_shifts)
        add_kinked_rows(gradient, task, nodes->count, units->q, lanes);
    gradient_layers_settle(&s->layers, gradient, task->layer, task->sample);
}

/* The number of nodes follows from the sample's own largest input, not from other samples: its
 * quotients have the same bits in every share. */
static void evaluate_layer(struct gradient *gradient, int layer, int i)
{
    struct scratch *s = gradient->scratch;
    const struct task task = {.layer = layer,
                              .sample = i,
                              .units = gradient_layers_units(gradient, layer, i),
                              .largest = s->largest[layer]};
    const int nodes = nodes_needed(s->shifts[layer], s->radius[layer]);
    at_shifts *const evaluate = choose(gradient, layer, nodes);
    s->layers.quotients[layer].units[i].nodes = 0;
    if (evaluate == lower_at_shifts)
        propagation_set_sample(&s->propagation, gradient->pass.results, i);
    if (nodes > 0)
        evaluate_at_nodes(gradient, &task, &s->nodes[nodes], evaluate);
    else
        add_each_input(gradient, &task, evaluate);
}

/* From the last layer down, as the effective weights go. */
static void evaluate_sample(struct gradient *gradient, int i)
{
    struct scratch *s = gradient->scratch;
    const int last = gradient->model->network.count - 1;
    for (int n = 0; n <= last; ++n) {
        s->largest[n] = gradient_layers_largest(gradient, n, i);
        s->shifts[n] = gradient->step * s->largest[n];
    }
    if (s->piecewise)
        piece_quotients_set_sample(&s->piece_quotients, gradient->pass.results, i, s->shifts);
    for (int n = last; n >= 0; --n) {
        if (s->piecewise && n < last)
            s->radius[n] = piece_quotients_set_layer(&s->piece_quotients, n);
        evaluate_layer(gradient, n, i);
    }
}

static void add_samples(struct gradient *gradient)
{
    struct scratch *s = gradient->scratch;
    for (int i = 0; i < gradient->pass.count; ++i)
        evaluate_sample(gradient, i);
    gradient_layers_add(&s->layers, gradient);
}

const struct gradient_method gradient_numerical = {
    .name = "numerical",
    .bits_since = "0.4.0",
    .needs_layers = true,
    .create_scratch = create_scratch,
    .begin = begin,
    .add_samples = add_samples,
};
