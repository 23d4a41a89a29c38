/* SPDX-License-Identifier: MIT
 *
 * An optimizer's step for parameters that have units and bounds: the optimizer sees theta in units
 * of each parameter's scale, and what its step carries out of bounds is moved back to the bound. */
#ifndef DTRAIN_BOUNDED_UPDATE_H
#define DTRAIN_BOUNDED_UPDATE_H

#include "core/model/parameters.h"
#include "optimizer.h"

/* All parameters of a model, P of them, as one tensor. A step for `block` (optimizer.h) with
 * gradient (P), which is overwritten, the mean of rows[P] differences. A parameter whose mean is of
 * no row stays as it is, and so do its state vectors. `before` has room for a block. */
void bounded_update(const struct optimizer *optimizer, const struct parameters *parameters,
                    double *block, double *before, double *gradient, const int64_t *rows,
                    int64_t step);

#endif
