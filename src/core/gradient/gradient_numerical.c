/* SPDX-License-Identifier: MIT
 *
 * The central difference of every parameter, without evaluating what a perturbation cannot change.
 *
 * The weights into a unit, from inputs x, have the quotients x Q(h x) with one function Q for each
 * sample and unit (quotients.h; propagation.h for units below the last hidden layer). Q is smooth
 * and even: perturbed losses are evaluated at a few nodes, and Q is interpolated for each x
 * (nodes.h) to the precision of a double. How many nodes that takes follows from h, the sample's
 * largest |x| and the weights (radius.h). If the steps are too large for nodes, Q is evaluated for
 * each x; so is the Q of a unit whose shift takes some unit across the kink of its activation. An
 * input of 0 has the quotient 0. */
#include "gradient_layers.h"
#include "linear_slopes.h"
#include "propagation.h"
#include "quotients.h"
#include "radius.h"

#include <stdlib.h>

struct scratch {
    struct quotients quotients;
    struct propagation propagation;
    struct radius_finder radius_finder;
    struct linear_slopes slopes;
    struct network_sample outputs; /* of the sample at work */
    struct gradient_layers layers;
    struct nodes nodes[NODES_MAX + 1]; /* by their number */
    double radius[NETWORK_LAYERS_MAX]; /* of each layer's units (radius.h) */
    double *q;                         /* (the widest layer or its inputs, padded) */
    double *eta;                       /* the same: the shifts of a unit */
    bool *crossed;                     /* (the widest layer): for each unit, whether Q has a kink */
};

static void destroy_scratch(void *memory)
{
    struct scratch *s = memory;
    if (!s)
        return;
    quotients_destroy(&s->quotients);
    propagation_destroy(&s->propagation);
    radius_finder_destroy(&s->radius_finder);
    linear_slopes_destroy(&s->slopes);
    gradient_layers_destroy(&s->layers);
    free(s->q);
    free(s->eta);
    free(s->crossed);
    free(s);
}

static bool create_parts(struct scratch *s, const struct gradient *gradient)
{
    const struct network *network = &gradient->model->network;
    size_t widest = network_padded_units(gradient->model->inputs);
    for (int n = 0; n < network->count; ++n) {
        const size_t lanes = network_padded_units(network->layers[n].outputs);
        widest = lanes > widest ? lanes : widest;
    }
    s->q = calloc(widest, sizeof *s->q);
    s->eta = calloc(widest, sizeof *s->eta);
    s->crossed = calloc(widest, sizeof *s->crossed);
    return s->q && s->eta && s->crossed && quotients_create(&s->quotients, network) &&
           propagation_create(&s->propagation, network) &&
           radius_finder_create(&s->radius_finder, network) &&
           linear_slopes_create(&s->slopes, network) &&
           gradient_layers_create(&s->layers, gradient, NODES_MAX);
}

static void *create_scratch(const struct gradient *gradient)
{
    struct scratch *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (!create_parts(s, gradient)) {
        destroy_scratch(s);
        return NULL;
    }
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
    radius_find(&s->radius_finder, gradient->theta, s->radius);
}

struct layer_kind;

/* A layer of a sample, and its units at work. */
struct task {
    const struct layer_kind *kind;
    int layer, sample;
    struct part_range units;
    double largest; /* the largest |input| */
};

/* How Q of a layer's units is evaluated: the three kinds are below. */
struct layer_kind {
    bool hidden;
    /* Prepares some of the units; NULL: there is nothing to prepare. */
    void (*begin)(struct gradient *gradient, const struct task *task);
    /* Q(eta) of the units. */
    void (*at_shift)(struct gradient *gradient, const struct task *task, double eta, double *q);
    /* Evaluates Q for each of the inputs listed, and adds the quotients. */
    void (*add_each)(struct gradient *gradient, const struct task *task);
};

static void begin_units(struct gradient *gradient, const struct task *task)
{
    if (task->kind->begin)
        task->kind->begin(gradient, task);
}

static void begin_last_hidden(struct gradient *gradient, const struct task *task)
{
    struct scratch *s = gradient->scratch;
    const struct network_pass *pass = gradient->pass.results;
    const struct activation_units units =
        network_units(pass, task->layer, task->sample, task->units.begin);
    quotients_set_sample(&s->quotients, &s->outputs, &units, task->units.begin, task->units.end,
                         gradient->step * task->largest);
}

static void logits_at_shift(struct gradient *gradient, const struct task *task, double eta,
                            double *q)
{
    struct scratch *s = gradient->scratch;
    (void)task;
    quotients_of_logits(&s->quotients, eta, q);
}

static void last_hidden_at_shift(struct gradient *gradient, const struct task *task, double eta,
                                 double *q)
{
    struct scratch *s = gradient->scratch;
    (void)task;
    quotients_of_units(&s->quotients, eta, q);
}

static void lower_at_shift(struct gradient *gradient, const struct task *task, double eta,
                           double *q)
{
    struct scratch *s = gradient->scratch;
    propagation_of_units(&s->propagation, task->layer, task->units, eta,
                         gradient->step * task->largest, q, s->crossed);
}

/* Evaluates Q of a unit below the last hidden layer for each input listed. */
static void add_unit(struct gradient *gradient, const struct task *task, int unit)
{
    struct scratch *s = gradient->scratch;
    const struct network_layer *layer = &gradient->model->network.layers[task->layer];
    const int count = s->layers.count;
    for (int n = 0; n < count; ++n)
        s->eta[n] = gradient->step * fabs(s->layers.x[n]);
    propagation_of_shifts(&s->propagation, task->layer, unit, count, s->eta, s->q);
    for (int n = 0; n < count; ++n)
        gradient_add_product(gradient, network_row(layer, s->layers.index[n]) + (size_t)unit,
                             s->layers.x[n], s->q[n]);
}

static void add_each_unit(struct gradient *gradient, const struct task *task)
{
    for (int j = task->units.begin; j < task->units.end; ++j)
        add_unit(gradient, task, j);
}

/* Evaluates Q of the units for one of the inputs listed. */
static void add_input(struct gradient *gradient, const struct task *task, int n)
{
    struct scratch *s = gradient->scratch;
    const double x = s->layers.x[n];
    const size_t row =
        network_row(&gradient->model->network.layers[task->layer], s->layers.index[n]);
    task->kind->at_shift(gradient, task, gradient->step * fabs(x), s->q);
    for (int j = task->units.begin; j < task->units.end; ++j)
        gradient_add_product(gradient, row + (size_t)j, x, s->q[j - task->units.begin]);
}

static void add_each_input(struct gradient *gradient, const struct task *task)
{
    struct scratch *s = gradient->scratch;
    begin_units(gradient, task);
    for (int n = 0; n < s->layers.count; ++n)
        add_input(gradient, task, n);
}

static const struct layer_kind lower_kind = {.hidden = true,
                                             .at_shift = lower_at_shift,
                                             .add_each = add_each_unit},
                               last_hidden_kind = {.hidden = true,
                                                   .begin = begin_last_hidden,
                                                   .at_shift = last_hidden_at_shift,
                                                   .add_each = add_each_input},
                               logits_kind = {.at_shift = logits_at_shift,
                                              .add_each = add_each_input};

static const struct layer_kind *kind_of(const struct network *network, int layer)
{
    if (layer == network->count - 1)
        return &logits_kind;
    return layer == network->count - 2 ? &last_hidden_kind : &lower_kind;
}

/* Evaluates Q for each input, and adds the quotients at once. */
static void evaluate_each(struct gradient *gradient, const struct task *task)
{
    struct scratch *s = gradient->scratch;
    gradient_layers_list(&s->layers, gradient, task->layer, task->sample);
    task->kind->add_each(gradient, task);
}

/* Marks the units that a shift takes across their own kink. */
static void mark_kinks(struct gradient *gradient, const struct task *task)
{
    struct scratch *s = gradient->scratch;
    const double *a = network_units(gradient->pass.results, task->layer, task->sample, 0).a;
    for (int j = task->units.begin; j < task->units.end; ++j)
        s->crossed[j] = fabs(a[j]) <= gradient->step * task->largest;
}

/* Sets Q of the marked units to 0 at the nodes, and evaluates each of them separately. */
static void evaluate_marked(struct gradient *gradient, const struct task *task, int nodes,
                            size_t lanes, double *q)
{
    struct scratch *s = gradient->scratch;
    for (int j = task->units.begin; j < task->units.end; ++j) {
        if (!s->crossed[j])
            continue;
        for (int k = 0; k < nodes; ++k)
            q[(size_t)k * lanes + (size_t)(j - task->units.begin)] = 0;
        struct task single = *task;
        single.units = (struct part_range){j, j + 1};
        evaluate_each(gradient, &single);
    }
}

static void evaluate_at_nodes(struct gradient *gradient, const struct task *task,
                              const struct nodes *nodes)
{
    struct scratch *s = gradient->scratch;
    const struct network *network = &gradient->model->network;
    const size_t lanes = s->layers.quotients[task->layer].lanes;
    const bool has_kink = network->activation->has_kink && task->kind->hidden;
    const struct unit_quotients *units =
        gradient_layers_take(&s->layers, gradient, task->layer, task->sample, nodes, task->largest);
    if (has_kink)
        mark_kinks(gradient, task);
    begin_units(gradient, task);
    for (int k = 0; k < nodes->count; ++k)
        task->kind->at_shift(gradient, task, gradient->step * task->largest * nodes->position[k],
                             units->q + (size_t)k * lanes);
    if (has_kink)
        evaluate_marked(gradient, task, nodes->count, lanes, units->q);
    gradient_layers_settle(&s->layers, gradient, task->layer, task->sample);
}

/* The number of nodes follows from the sample's own largest input, not from other samples: its
 * quotients have the same bits in every share. */
static void evaluate_layer(struct gradient *gradient, int layer, int i)
{
    struct scratch *s = gradient->scratch;
    const struct task task = {.kind = kind_of(&gradient->model->network, layer),
                              .layer = layer,
                              .sample = i,
                              .units = gradient_layers_units(gradient, layer, i),
                              .largest = gradient_layers_largest(gradient, layer, i)};
    const int nodes = nodes_needed(gradient->step * task.largest, s->radius[layer]);
    s->layers.quotients[layer].units[i].nodes = 0;
    if (nodes > 0)
        evaluate_at_nodes(gradient, &task, &s->nodes[nodes]);
    else
        evaluate_each(gradient, &task);
}

static void set_sample(struct gradient *gradient, int i)
{
    struct scratch *s = gradient->scratch;
    const struct network_pass *pass = gradient->pass.results;
    s->outputs = network_sample(pass, i);
    if (pass->hidden_layers > 1)
        propagation_set_sample(&s->propagation, pass, i, &s->outputs);
    if (linear_slopes_are_needed(&gradient->model->network))
        linear_slopes_find_radius(&s->slopes, gradient->theta, pass, i, s->radius);
}

static void add_samples(struct gradient *gradient)
{
    struct scratch *s = gradient->scratch;
    gradient_layers_begin(&s->layers);
    for (int i = 0; i < gradient->pass.count; ++i) {
        set_sample(gradient, i);
        for (int n = 0; n < s->layers.layers; ++n)
            evaluate_layer(gradient, n, i);
    }
    gradient_layers_add(&s->layers, gradient);
}

const struct gradient_method gradient_numerical = {
    .name = "numerical",
    .bits_since = "0.4.0",
    .needs_layers = true,
    .create_scratch = create_scratch,
    .destroy_scratch = destroy_scratch,
    .begin = begin,
    .add_samples = add_samples,
};
