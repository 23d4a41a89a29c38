/* SPDX-License-Identifier: MIT
 *
 * The oracle: the loss and its central difference straight from their definitions, in quadruple
 * precision (113 bits). It shares nothing with dtrain but the problem. */
#ifndef DTRAIN_QUAD_H
#define DTRAIN_QUAD_H

#include "test_problem.h"

/* The loss of row number `row` (0 first) of the problem, at its theta. */
double quad_loss(const struct problem *problem, int row);

/* The central difference of the mean loss over the first `rows` rows by the parameters 0, stride,
 * 2 stride, ...: one number each, in an array that the caller frees. */
double *quad_gradient(const struct problem *problem, double step, int rows, size_t stride);

#endif
