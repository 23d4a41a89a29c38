/* SPDX-License-Identifier: MIT
 *
 * What all ranks of a job send each other. Every function is collective: all ranks call it, and
 * with the same count or size. */
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

/* Returns the largest value of any rank, on all ranks. */
int collective_largest(const struct world *world, int value);

/* Copies rank 0's data to all others: any number of bytes. */
void collective_broadcast(const struct world *world, void *data, size_t bytes);

/* Returns whether this rank's value is that of rank 0: ranks may get different answers. */
bool collective_equals_first(const struct world *world, uint64_t value);

/* On rank 0, *records becomes an array of all ranks' records, `size` bytes each, in the order of
 * the ranks; the caller frees it. NULL on other ranks, and on failure, which is for want of memory.
 * All ranks return the same. */
enum status collective_gather(const struct world *world, const void *record, size_t size,
                              void **records, struct error *error);

#endif
