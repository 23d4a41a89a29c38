/* SPDX-License-Identifier: MIT
 *
 * How a mean gradient changes the parameters: an optimizer is a row of a table.
 *
 * What an optimizer remembers from step to step is a number of state vectors, each as long as
 * theta. theta and they are one block of memory, theta first, which is hashed, sent, saved and
 * compared as a whole: a run's state is that block. All functions are pure but for the block that
 * they change, and do the same operations on every rank. */
#ifndef DTRAIN_OPTIMIZER_H
#define DTRAIN_OPTIMIZER_H

#include "exact_sum.h"

#include <stddef.h>
#include <stdint.h>

/* A mean gradient, as exact sums that are still to be divided. */
struct optimizer_gradient {
    const int64_t *sums; /* (P) */
    const struct exact_grid *grid;
    int64_t samples; /* the number of samples in the sums */
};

struct optimizer {
    const char *name;
    int states;                     /* the number of its state vectors */
    const char *const *state_names; /* (states): their names in a checkpoint */
    /* One step for the block of theta[P] and its state vectors. */
    void (*step)(double *block, size_t parameters, const struct optimizer_gradient *gradient,
                 double learning_rate);
};

/* theta -= learning_rate * gradient. It has no state vectors. */
extern const struct optimizer optimizer_sgd;

/* The doubles in a block: of theta and the state vectors. */
size_t optimizer_block_size(const struct optimizer *optimizer, size_t parameters);

/* Enlarges theta[P], which malloc returned, to a block: the state vectors are 0. Returns the block,
 * in place of theta; or NULL where memory is short, and theta is as it was. */
double *optimizer_block_from(const struct optimizer *optimizer, double *theta, size_t parameters);

/* One step, with the mean of the gradient. */
void optimizer_step(const struct optimizer *optimizer, double *block, size_t parameters,
                    const struct optimizer_gradient *gradient, double learning_rate);

#endif
