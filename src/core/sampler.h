/* SPDX-License-Identifier: MIT
 *
 * The rows of each mini-batch: one global batch, cut along the shards.
 *
 * Position s of a batch of B always draws from the same stretch of the N rows, so a rank's slice
 * of every batch lies in one contiguous block of rows, its shard, and the global batch does not
 * depend on the number of ranks. The work of a sample is `units` hidden units, and a rank's part
 * is one of `size` even parts of B x units: neighbours may share a sample. So ranks are equally
 * busy where they do not divide B, and of use beyond B. Iterations count from 1. There is no state
 * but a cache. */
#ifndef DTRAIN_SAMPLER_H
#define DTRAIN_SAMPLER_H

#include "samples.h"

#include <stdbool.h>
#include <stdint.h>

/* SAMPLER_REPLACEMENT: row = (s N + r) / B, r uniform on 0 .. N - 1: every row equally likely.
 * SAMPLER_EPOCH: stretch s, rows s N / B up to (s + 1) N / B, is walked in a fresh permutation
 * every epoch of N / B iterations, so that no row comes twice in an epoch; needs B <= N. */
enum sampler_mode { SAMPLER_REPLACEMENT, SAMPLER_EPOCH };

/* The mode named "replacement" or "epoch". */
enum sampler_mode sampler_mode_find(const char *name);

/* A half-open range of rows or of batch positions. */
struct sampler_range {
    int64_t begin, end;
};

struct sampler {
    enum sampler_mode mode;
    uint64_t seed;
    int64_t global_rows;            /* N */
    int64_t global_batch;           /* B */
    int units;                      /* of work, that each sample is */
    struct sampler_range work;      /* this rank's of 0 .. B units - 1, sample by sample */
    struct sampler_range positions; /* of the batch: those with work of this rank's */
    int64_t epoch_iterations;       /* N / B, at least 1 */
    int64_t *permutations;          /* SAMPLER_EPOCH: of each own stretch, in permuted_epoch */
    int64_t permuted_epoch;
};

/* Fills *sampler for `rank` of `size`. False where memory is short (epoch mode caches 8 bytes a
 * row of the own stretches); nothing is left behind then. Free with sampler_destroy. */
bool sampler_create(struct sampler *sampler, enum sampler_mode mode, uint64_t seed,
                    int64_t global_rows, int64_t global_batch, int units, int rank, int size);
void sampler_destroy(struct sampler *sampler);

/* How many samples of each batch are this rank's, or partly; 0 on some where size > B units. */
int64_t sampler_local_batch(const struct sampler *sampler);

/* Which samples of its slice this rank counts, as in a loss: each is counted by one rank. */
struct sampler_range sampler_owned(const struct sampler *sampler);

/* The rows that this rank's slices can draw: its shard. Neighbours share a row where B does not
 * divide N. Empty where the slice is. */
struct sampler_range sampler_shard(const struct sampler *sampler);

/* The rows this rank evaluates: disjoint over the ranks, together all N, inside the shard. */
struct sampler_range sampler_evaluation_rows(const struct sampler *sampler);

/* This rank's slice of the batch of `iteration` (>= 1), with its row numbers written to
 * rows[sampler_local_batch]. Over the ranks, the slices are each unit of each sample once. */
struct batch_slice sampler_slice(struct sampler *sampler, int64_t iteration, int64_t *rows);

/* Part `index` of `count` of 0 .. total - 1, as even as it goes. Pure. */
struct sampler_range sampler_split(int64_t total, int64_t index, int64_t count);

#endif
