/* SPDX-License-Identifier: MIT
 *
 * How a mean gradient changes the parameters: an optimizer's rule is a row of a table.
 *
 * What a rule remembers from step to step is a number of state vectors, each as long as theta. They
 * and theta are one block of memory, theta first, which is hashed, sent, saved and compared as a
 * whole: a run's state is that block. All functions are pure but for the block that they change,
 * and do the same operations on every rank: sums, products, quotients and square roots only, which
 * IEEE 754 defines to the bit.
 *
 * Formulas, defaults and the names of the state vectors are PyTorch's (torch.optim). With a mean
 * gradient g, to which weight_decay times the weight has been added, and the step number t from 1:
 *     sgd       theta -= learning_rate g
 *     momentum  v = momentum v + g;  theta -= learning_rate v
 *     nesterov  v = momentum v + g;  theta -= learning_rate (g + momentum v)
 *     adagrad   s += g^2;  theta -= learning_rate g / (sqrt(s) + epsilon)
 *     rmsprop   s = decay s + (1 - decay) g^2;  theta as for adagrad
 *     adam      m = beta1 m + (1 - beta1) g;  s = beta2 s + (1 - beta2) g^2;
 *               theta -= learning_rate / (1 - beta1^t) m / (sqrt(s) / sqrt(1 - beta2^t) + epsilon)
 * A quotient by 0 counts as 0. It occurs only if epsilon is 0 and all gradients so far were 0, or
 * so small that their squares are 0. */
#ifndef DTRAIN_OPTIMIZER_H
#define DTRAIN_OPTIMIZER_H

#include "common/range.h"
#include "core/model/tensors.h"
#include "core/numbers/exact_sum.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A mean gradient: as exact sums that are still to be divided, or as it is. */
struct optimizer_gradient {
    const int64_t *sums; /* (P) */
    const struct exact_grid *grid;
    int64_t samples;     /* the number of samples in the sums */
    const double *means; /* (P), in place of the above; NULL: there are sums */
};

enum { OPTIMIZER_STATES_MAX = 2 };

struct optimizer_rule;

/* A rule with its numbers; those that it does not use are ignored. A plain value. */
struct optimizer {
    const struct optimizer_rule *rule;
    double learning_rate, momentum, beta1, beta2, decay, epsilon;
    double weight_decay; /* for weights, the tensors that are matrices; not for biases */
};

/* Some consecutive parameters, and their gradient. */
struct optimizer_range {
    size_t count;
    double *theta;
    double *state[OPTIMIZER_STATES_MAX];
    struct optimizer_gradient gradient; /* sums or means (count) */
    double weight_decay;
};

struct optimizer_rule {
    const char *name;
    int states;
    const char *state_names[OPTIMIZER_STATES_MAX]; /* their names in a checkpoint */
    const char *numbers; /* the options that give its numbers: " beta1 beta2 epsilon " */
    double epsilon;      /* the default */
    /* Makes step number `step`, counted from 1. */
    void (*apply)(const struct optimizer *optimizer, const struct optimizer_range *range,
                  int64_t step);
};

/* The rule that has no state vectors. */
extern const struct optimizer_rule optimizer_sgd;

/* The rule of that name, or NULL. */
const struct optimizer_rule *optimizer_find(const char *name);

/* Whether the option of that name gives a number of the rule. */
bool optimizer_uses(const struct optimizer_rule *rule, const char *option);

/* Adds the state vectors to *tensors, under their names. */
void optimizer_add_states(const struct optimizer_rule *rule, size_t parameters,
                          struct tensors *tensors);

/* The tensors in a block: the parameters', and the state vectors. */
struct tensors optimizer_block_tensors(const struct optimizer_rule *rule,
                                       const struct tensors *parameters);

/* How many doubles a block has. */
size_t optimizer_block_size(const struct optimizer_rule *rule, size_t parameters);

/* Enlarges theta[P], which malloc returned, to a block: the state vectors are 0. Returns the block,
 * in place of theta; or NULL where memory is short, and theta is as it was. */
double *optimizer_block_from(const struct optimizer_rule *rule, double *theta, size_t parameters);

/* The range of all parameters. */
struct range optimizer_everything(const struct tensors *parameters);

/* Makes step number `step`, counted from 1, with the mean of the gradient, for the parameters in a
 * range: each is changed by itself, and has the same bits whichever others are. Block and gradient
 * are those of all parameters; other numbers of the block are neither read nor changed. */
void optimizer_step(const struct optimizer *optimizer, double *block,
                    const struct tensors *parameters, struct range own,
                    const struct optimizer_gradient *gradient, int64_t step);

#endif
