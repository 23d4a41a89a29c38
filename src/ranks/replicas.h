/* SPDX-License-Identifier: MIT
 *
 * Every rank holds the same parameters, to the bit. That is the method's premise, so it is
 * checked: a flipped bit or a faulty node shows here, before it gets into a checkpoint. */
#ifndef DTRAIN_REPLICAS_H
#define DTRAIN_REPLICAS_H

#include "common/error.h"
#include "world.h"

#include <stddef.h>
#include <stdint.h>

/* Collective. Compares a hash of theta[parameters] over the ranks. All ranks return the same:
 * STATUS_REPLICAS_DIFFER with a line that names the ranks whose parameters most others do not
 * have, and their hosts. */
enum status replicas_compare(const struct world *world, const double *theta, size_t parameters,
                             int64_t iteration, struct error *error);

#endif
