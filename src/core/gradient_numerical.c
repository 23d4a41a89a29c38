/* SPDX-License-Identifier: MIT
 *
 * The central difference of every parameter, without evaluating what a perturbation cannot change.
 *
 * The weights into a unit, from inputs x, have the quotients x Q(h x) with one function Q of the
 * sample and the unit (quotients.h). Q is smooth and even: perturbed losses are evaluated at a few
 * nodes, and Q is interpolated for each x (nodes.h) to the precision of a double. How many nodes
 * that takes follows from h, the sample's largest |x| and the weights; where the steps are too
 * large for nodes, Q is evaluated for each x. An input of 0 has the quotient 0. Written for
 * networks of two layers, and the sigmoid. */
#include "gradient_layers.h"
#include "quotients.h"

#include <stdlib.h>

struct scratch {
    struct quotients quotients;
    struct gradient_layers layers;
    struct nodes nodes[NODES_MAX + 1];   /* by their number */
    const struct nodes *nodes_of_logits; /* those of the second layer; NULL: none would do */
    double *q;                           /* (L): of one shift */
};

typedef void evaluation(struct quotients *quotients, double eta, double *quotient);

static void destroy_scratch(void *memory)
{
    struct scratch *s = memory;
    if (!s)
        return;
    quotients_destroy(&s->quotients);
    gradient_layers_destroy(&s->layers);
    free(s->q);
    free(s);
}

/* The nodes for shifts of up to `largest`; NULL where no number of nodes would do. */
static const struct nodes *find_nodes(const struct scratch *s, double largest, double radius)
{
    const int needed = nodes_needed(largest, radius);
    return needed > 0 ? &s->nodes[needed] : NULL;
}

static void *create_scratch(const struct gradient *gradient)
{
    struct scratch *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (!quotients_create(&s->quotients, &gradient->model->network) ||
        !gradient_layers_create(&s->layers, gradient, NODES_MAX) ||
        !(s->q = calloc(s->quotients.lanes, sizeof *s->q))) {
        destroy_scratch(s);
        return NULL;
    }
    for (int count = NODES_MIN; count <= NODES_MAX; ++count)
        s->nodes[count] = nodes_make(count);
    s->nodes_of_logits = find_nodes(s, gradient->step, QUOTIENTS_RADIUS_OF_LOGITS);
    return s;
}

static void begin(struct gradient *gradient)
{
    struct scratch *s = gradient->scratch;
    quotients_set_weights(&s->quotients,
                          gradient->theta + network_last(&gradient->model->network)->offset);
}

/* Evaluates Q at the nodes, for inputs of up to `largest`. */
static void evaluate_at_nodes(struct gradient *gradient, int layer, int i, evaluation *evaluate,
                              const struct nodes *nodes, double largest)
{
    struct scratch *s = gradient->scratch;
    const size_t lanes = layer_sums_lanes(&gradient->model->network.layers[layer]);
    const struct unit_quotients *units =
        gradient_layers_take(&s->layers, gradient, layer, i, nodes, largest);
    for (int k = 0; k < nodes->count; ++k)
        evaluate(&s->quotients, gradient->step * largest * nodes->position[k],
                 units->q + (size_t)k * lanes);
    gradient_layers_settle(&s->layers, gradient, layer, i);
}

/* Evaluates Q for each input, and adds the quotients at once. */
static void evaluate_each(struct gradient *gradient, int layer, int i, evaluation *evaluate)
{
    struct scratch *s = gradient->scratch;
    const struct part_range units = gradient_layers_units(gradient, layer, i);
    gradient_layers_list(&s->layers, gradient, layer, i);
    s->layers.units[layer][i].q = NULL;
    for (int n = 0; n < s->layers.count; ++n) {
        const double x = s->layers.x[n];
        const size_t row = network_row(&gradient->model->network.layers[layer], s->layers.index[n]);
        evaluate(&s->quotients, gradient->step * fabs(x), s->q);
        for (int j = units.begin; j < units.end; ++j)
            gradient_add_product(gradient, row + (size_t)j, x, s->q[j - units.begin]);
    }
}

static void evaluate_layer(struct gradient *gradient, int layer, int i, evaluation *evaluate,
                           double largest, const struct nodes *nodes)
{
    if (nodes)
        evaluate_at_nodes(gradient, layer, i, evaluate, nodes, largest);
    else
        evaluate_each(gradient, layer, i, evaluate);
}

/* The largest input of the sample decides on the nodes, and no other sample: its quotients have the
 * same bits in whatever share it is. No input is smaller than 1, as the bias's is; and of the
 * second layer, none is larger. */
static void evaluate_sample(struct gradient *gradient, int i)
{
    struct scratch *s = gradient->scratch;
    const struct network_sample pass = network_sample(gradient->pass.results, i);
    const struct part_range units = gradient_layers_units(gradient, 0, i);
    const struct activation_units first = network_units(gradient->pass.results, 0, i, units.begin);
    const double largest = fmax(1, sample_largest(&gradient->pass.samples[i]));
    quotients_set_sample(&s->quotients, &pass, &first, units.begin, units.end,
                         gradient->step * largest);
    evaluate_layer(gradient, 0, i, quotients_of_units, largest,
                   find_nodes(s, gradient->step * largest, s->quotients.radius));
    evaluate_layer(gradient, 1, i, quotients_of_logits, 1, s->nodes_of_logits);
}

static void add_samples(struct gradient *gradient)
{
    struct scratch *s = gradient->scratch;
    gradient_layers_begin(&s->layers);
    for (int i = 0; i < gradient->pass.count; ++i)
        evaluate_sample(gradient, i);
    gradient_layers_add(&s->layers, gradient);
}

const struct gradient_method gradient_numerical = {
    .name = "numerical",
    .needs_layers = true,
    .create_scratch = create_scratch,
    .destroy_scratch = destroy_scratch,
    .begin = begin,
    .add_samples = add_samples,
};
