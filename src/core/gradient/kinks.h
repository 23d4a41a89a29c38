/* SPDX-License-Identifier: MIT
 *
 * Kinks within a step's reach. If units have a kink, as relu has at 0, the central difference of a
 * parameter and the derivative may differ however small the step h is: they do so if the
 * parameter's own +h or -h takes a unit to its kink. Such a step shifts the unit that the parameter
 * leads to by h times an input, and the units above in proportion, up to the first kink. So it is
 * known for each parameter and sample whether the step meets a kink; if it meets none, difference
 * and derivative agree as for smooth units. */
#ifndef DTRAIN_KINKS_H
#define DTRAIN_KINKS_H

#include "common/range.h"
#include "core/model/model.h"

/* The number of hidden units of a network that has kinks; 0 for any other model. */
size_t kinks_units(const struct model *model);

/* Counts samples, of those rows, for a network that has kinks: for each parameter (P) those in
 * which its step meets a kink, and then for each hidden unit, from the lowest layer up, those in
 * which a step takes it to its own kink. Overwrites counts (P + units). False where memory is
 * short. */
bool kinks_count(const struct model *model, const double *theta, const struct samples *samples,
                 struct range rows, double step, int64_t *counts);

#endif
