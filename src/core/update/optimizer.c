/* SPDX-License-Identifier: MIT
 *
 * The last step of an iteration: the sums over all ranks become a mean gradient, and the mean
 * gradient changes theta. Each parameter is changed by itself, so ranks that share theta can each
 * change a range of it. */
#include "optimizer.h"

#include "common/multiversion.h"
#include "common/named.h"
#include "core/model/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the gradients of a range come from: a copy, whose numbers compilers keep in registers. */
struct terms {
    struct exact_grid grid;
    int64_t samples;
    const int64_t *sums;
    const double *means;
    double weight_decay;
};

ELEMENTARY_INLINE struct terms terms_of(const struct optimizer_range *range)
{
    const struct optimizer_gradient *gradient = &range->gradient;
    struct terms terms = {.samples = gradient->samples,
                          .sums = gradient->sums,
                          .means = gradient->means,
                          .weight_decay = range->weight_decay};
    if (gradient->grid)
        terms.grid = *gradient->grid;
    return terms;
}

/* The gradient with respect to parameter p of the range. */
ELEMENTARY_INLINE double gradient_at(const struct terms *terms, size_t p, double theta)
{
    const double mean =
        terms->means ? terms->means[p] : exact_mean(&terms->grid, terms->sums[p], terms->samples);
    return mean + terms->weight_decay * theta;
}

MULTIVERSION
static void apply_sgd(const struct optimizer *optimizer, const struct optimizer_range *range,
                      int64_t step)
{
    const struct terms terms = terms_of(range);
    const double rate = optimizer->learning_rate;
    double *restrict theta = range->theta;
    (void)step;
    for (size_t p = 0; p < range->count; ++p)
        theta[p] -= rate * gradient_at(&terms, p, theta[p]);
}

/* With `ahead` the gradient is added once more: Nesterov's look-ahead. */
ELEMENTARY_INLINE void add_momentum(const struct optimizer *optimizer,
                                    const struct optimizer_range *range, bool ahead)
{
    const struct terms terms = terms_of(range);
    const double rate = optimizer->learning_rate;
    const double momentum = optimizer->momentum;
    double *restrict theta = range->theta, *restrict velocity = range->state[0];
    for (size_t p = 0; p < range->count; ++p) {
        const double g = gradient_at(&terms, p, theta[p]);
        velocity[p] = momentum * velocity[p] + g;
        theta[p] -= rate * (ahead ? g + momentum * velocity[p] : velocity[p]);
    }
}

MULTIVERSION
static void apply_momentum(const struct optimizer *optimizer, const struct optimizer_range *range,
                           int64_t step)
{
    (void)step;
    add_momentum(optimizer, range, false);
}

MULTIVERSION
static void apply_nesterov(const struct optimizer *optimizer, const struct optimizer_range *range,
                           int64_t step)
{
    (void)step;
    add_momentum(optimizer, range, true);
}

/* a / b, and 0 where b is 0: a gradient that has always been 0 moves nothing, even without epsilon.
 * One division, and no branch, for all numbers of a vector. */
ELEMENTARY_INLINE double quotient(double a, double b)
{
    return a / (b == 0 ? (double)INFINITY : b);
}

/* s = kept s + added g^2, and a step of g over its root. */
ELEMENTARY_INLINE void scale_by_root(const struct optimizer *optimizer,
                                     const struct optimizer_range *range, double kept, double added)
{
    const struct terms terms = terms_of(range);
    const double rate = optimizer->learning_rate;
    const double epsilon = optimizer->epsilon;
    double *restrict theta = range->theta, *restrict squares = range->state[0];
    for (size_t p = 0; p < range->count; ++p) {
        const double g = gradient_at(&terms, p, theta[p]);
        squares[p] = kept * squares[p] + added * (g * g);
        theta[p] -= rate * quotient(g, sqrt(squares[p]) + epsilon);
    }
}

MULTIVERSION
static void apply_adagrad(const struct optimizer *optimizer, const struct optimizer_range *range,
                          int64_t step)
{
    (void)step;
    scale_by_root(optimizer, range, 1, 1);
}

MULTIVERSION
static void apply_rmsprop(const struct optimizer *optimizer, const struct optimizer_range *range,
                          int64_t step)
{
    (void)step;
    scale_by_root(optimizer, range, optimizer->decay, 1 - optimizer->decay);
}

MULTIVERSION
static void apply_adam(const struct optimizer *optimizer, const struct optimizer_range *range,
                       int64_t step)
{
    const struct terms terms = terms_of(range);
    const double beta1 = optimizer->beta1, beta2 = optimizer->beta2;
    const double rate = optimizer->learning_rate / (1 - elementary_power(beta1, step));
    const double root = sqrt(1 - elementary_power(beta2, step));
    const double epsilon = optimizer->epsilon;
    double *restrict theta = range->theta;
    double *restrict mean = range->state[0], *restrict squares = range->state[1];
    for (size_t p = 0; p < range->count; ++p) {
        const double g = gradient_at(&terms, p, theta[p]);
        mean[p] = beta1 * mean[p] + (1 - beta1) * g;
        squares[p] = beta2 * squares[p] + (1 - beta2) * (g * g);
        theta[p] -= rate * quotient(mean[p], sqrt(squares[p]) / root + epsilon);
    }
}

_Static_assert(2 * NETWORK_LAYERS_MAX + OPTIMIZER_STATES_MAX <= TENSORS_MAX,
               "a block has the weights and biases of each layer, and the state vectors");
_Static_assert(sizeof "momentum_buffer" <= TENSOR_NAME_SIZE,
               "the longest name of a state vector is that of a tensor");

const struct optimizer_rule optimizer_sgd = {.name = "sgd", .numbers = "", .apply = apply_sgd};

/* clang-format would give each member a line of its own. */
/* clang-format off */
static const struct optimizer_rule stateful[] = {
    {.name = "momentum", .states = 1, .state_names = {"momentum_buffer"},
     .numbers = " momentum ", .apply = apply_momentum},
    {.name = "nesterov", .states = 1, .state_names = {"momentum_buffer"},
     .numbers = " momentum ", .apply = apply_nesterov},
    {.name = "adagrad", .states = 1, .state_names = {"sum"},
     .numbers = " epsilon ", .epsilon = 1e-10, .apply = apply_adagrad},
    {.name = "rmsprop", .states = 1, .state_names = {"square_avg"},
     .numbers = " decay epsilon ", .epsilon = 1e-8, .apply = apply_rmsprop},
    {.name = "adam", .states = 2, .state_names = {"exp_avg", "exp_avg_sq"},
     .numbers = " beta1 beta2 epsilon ", .epsilon = 1e-8, .apply = apply_adam},
};
/* clang-format on */

const struct optimizer_rule *optimizer_find(const char *name)
{
    return strcmp(name, optimizer_sgd.name) == 0 ? &optimizer_sgd : FIND_NAMED(stateful, name);
}

bool optimizer_uses(const struct optimizer_rule *rule, const char *option)
{
    char word[32];
    snprintf(word, sizeof word, " %s ", option);
    return strstr(rule->numbers, word) != NULL;
}

void optimizer_add_states(const struct optimizer_rule *rule, size_t parameters,
                          struct tensors *tensors)
{
    for (int s = 0; s < rule->states; ++s)
        tensors_add(tensors, rule->state_names[s], (int)parameters, 0);
}

struct tensors optimizer_block_tensors(const struct optimizer_rule *rule,
                                       const struct tensors *parameters)
{
    struct tensors block = *parameters;
    optimizer_add_states(rule, parameters->parameters, &block);
    return block;
}

size_t optimizer_block_size(const struct optimizer_rule *rule, size_t parameters)
{
    return (1 + (size_t)rule->states) * parameters;
}

double *optimizer_block_from(const struct optimizer_rule *rule, double *theta, size_t parameters)
{
    const size_t size = optimizer_block_size(rule, parameters);
    double *block = realloc(theta, size * sizeof *block);
    if (block)
        memset(block + parameters, 0, (size - parameters) * sizeof *block);
    return block;
}

struct range optimizer_everything(const struct tensors *parameters)
{
    return (struct range){0, (int64_t)parameters->parameters};
}

static size_t clip(size_t p, struct range range)
{
    const size_t begin = (size_t)range.begin, end = (size_t)range.end;
    return p < begin ? begin : p > end ? end : p;
}

/* Tensor by tensor, as only weights decay. */
void optimizer_step(const struct optimizer *optimizer, double *block,
                    const struct tensors *parameters, struct range own,
                    const struct optimizer_gradient *gradient, int64_t step)
{
    for (int i = 0; i < parameters->count; ++i) {
        const struct tensor *tensor = &parameters->list[i];
        const size_t begin = clip(tensor->offset, own);
        struct optimizer_range range = {
            .count = clip(tensor->offset + tensor_size(tensor), own) - begin,
            .theta = block + begin,
            .gradient = {gradient->sums ? gradient->sums + begin : NULL, gradient->grid,
                         gradient->samples, gradient->means ? gradient->means + begin : NULL},
            .weight_decay = tensor->columns > 0 ? optimizer->weight_decay : 0,
        };
        for (int s = 0; s < optimizer->rule->states; ++s)
            range.state[s] = range.theta + ((size_t)s + 1) * parameters->parameters;
        optimizer->rule->apply(optimizer, &range, step);
    }
}
