/* SPDX-License-Identifier: MIT
 *
 * Sums that are off the grid. The kernels see that there is one, but not where; so the first such
 * parameter is found by adding everything up once more, number by number. */
#ifndef DTRAIN_OVERFLOW_H
#define DTRAIN_OVERFLOW_H

#include "gradient_layers.h"
#include "group_sums.h"

/* Notes that a sum of a layer in some groups, which have the same parts at work, is off the grid;
 * if gradient->seeks_overflow is set, notes each of them with its parameter. */
void overflow_note(const struct gradient_layers *layers, struct gradient *gradient, int layer,
                   const struct gradient_group *groups, int count, const struct sums_block *block);

#endif
