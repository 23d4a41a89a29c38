/* SPDX-License-Identifier: MIT
 *
 * Every rank or, where ranks share memory, every node holds a replica of the parameters, the same
 * to the bit. The method depends on that, so it is checked: a flipped bit or a faulty node is found
 * before it gets into a checkpoint. */
#ifndef DTRAIN_REPLICAS_H
#define DTRAIN_REPLICAS_H

#include "common/error.h"
#include "world.h"

#include <stddef.h>
#include <stdint.h>

/* Collective. Compares a hash of theta[parameters] among the ranks, whether or not some of them see
 * the same replica. All ranks return the same:
 * STATUS_DONE, or STATUS_REPLICAS_DIFFER with a line that names the iteration, the ranks that are
 * not in the majority, and their hosts; STATUS_FAILED if there is no memory to find them. */
enum status replicas_compare(const struct world *world, const double *theta, size_t parameters,
                             int64_t iteration, struct error *error);

#endif
