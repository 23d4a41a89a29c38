/* SPDX-License-Identifier: MIT
 *
 * How much each training row counts: by its own weight in the dataset, and by that of its class. */
#ifndef DTRAIN_CLASS_WEIGHTS_H
#define DTRAIN_CLASS_WEIGHTS_H

#include "loader.h"

/* Collective. Multiplies the weights of this rank's training rows by those of --class-weights, and
 * checks them all. "balanced" weighs class k by N / (K n_k): n_k of the N rows that are drawn from
 * are of it, and K classes have rows. */
enum status class_weights_apply(struct loader *loader, const struct world *world,
                                const struct config *config, struct error *error);

#endif
