/* SPDX-License-Identifier: MIT
 *
 * Communication among all ranks. Every function is collective: all ranks call it, with the same
 * count or size. */
#ifndef DTRAIN_COLLECTIVE_H
#define DTRAIN_COLLECTIVE_H

#include "common/error.h"
#include "world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* values[count] = the sums over all ranks, on all ranks. */
void collective_sum(const struct world *world, int64_t *values, size_t count);

/* Returns the sum modulo 2^64, on all ranks. */
uint64_t collective_sum_hash(const struct world *world, uint64_t value);

/* Unites arrays of which each number is set on one rank, and is 0 on the others: then all ranks
 * have all numbers, bit by bit. */
void collective_unite(const struct world *world, double *values, size_t count);

/* Returns the largest value of any rank, on all ranks. */
int collective_largest(const struct world *world, int value);

/* The smallest value of any rank, their mean, and the largest. */
struct collective_spread {
    double minimum, mean, maximum;
};

/* Returns the spread of the value, on all ranks. The last bits of the mean may depend on MPI. */
struct collective_spread collective_spread(const struct world *world, double value);

/* Copies rank 0's data[bytes] to all others. */
void collective_broadcast(const struct world *world, void *data, size_t bytes);

/* Returns whether this rank's value equals that of rank 0; ranks may get different answers. */
bool collective_equals_first(const struct world *world, uint64_t value);

/* On rank 0, *records becomes an array of all ranks' records, `size` bytes each, in the order of
 * the ranks; the caller frees it. It is NULL on other ranks, and on failure (no memory). All ranks
 * return the same. */
enum status collective_gather(const struct world *world, const void *record, size_t size,
                              void **records, struct error *error);

#endif
