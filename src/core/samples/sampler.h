/* SPDX-License-Identifier: MIT
 *
 * The rows of each mini-batch: one global batch, divided among the ranks.
 *
 * Position s of a batch of B always draws from the same stretch of the N rows, so a rank's share of
 * every batch (share.h) lies in one contiguous block of rows, its shard, and the global batch does
 * not depend on the number of ranks. Rows that are held out for validation do not count towards N,
 * and are never drawn.
 * Iterations count from 1. There is no state but a cache. */
#ifndef DTRAIN_SAMPLER_H
#define DTRAIN_SAMPLER_H

#include "common/range.h"
#include "holdout.h"
#include "share.h"

#include <stdbool.h>
#include <stdint.h>

/* SAMPLER_REPLACEMENT: row = (s N + r) / B, r uniform on 0 .. N - 1: every row equally likely.
 * SAMPLER_EPOCH: stretch s, rows s N / B up to (s + 1) N / B, is walked in a fresh permutation
 * every epoch of N / B iterations, so that no row comes twice in an epoch; needs B <= N. */
enum sampler_mode { SAMPLER_REPLACEMENT, SAMPLER_EPOCH };

/* The mode named "replacement" or "epoch". */
enum sampler_mode sampler_mode_find(const char *name);

struct sampler {
    enum sampler_mode mode;
    struct holdout holdout; /* its seed is that of all random numbers */
    int64_t global_rows;    /* N, without the rows held out */
    int64_t global_batch;   /* B */
    int rank, size;
    struct share share;       /* this rank's; its rows differ by iteration */
    struct range positions;   /* the positions that this rank draws: those of its share, and those
                               * that it owns */
    int64_t epoch_iterations; /* N / B, at least 1 */
    int64_t *permutations;    /* SAMPLER_EPOCH: those of this rank's stretches */
    int64_t permuted_epoch;   /* the epoch that they are for */
};

/* The iterations in an epoch of `global_rows` rows: N / B, at least 1. Pure. */
int64_t sampler_epoch(int64_t global_rows, int64_t global_batch);

/* Fills *sampler for `rank` of `size`; the batch's work falls into groups, and the work of a group
 * into parts. False where memory is short (epoch mode caches 8 bytes for each row of the rank's
 * stretches); nothing is left behind then. Free with sampler_destroy. */
bool sampler_create(struct sampler *sampler, enum sampler_mode mode, const struct holdout *holdout,
                    int64_t global_batch, int64_t groups, int parts, int rank, int size);
void sampler_destroy(struct sampler *sampler);

/* The number of positions that this rank draws of each batch; neighbours may draw the same ones. */
int64_t sampler_local_batch(const struct sampler *sampler);

/* The positions that this rank owns, for sums of losses, as numbers of its rows: each position is
 * owned by one rank. */
struct range sampler_owned(const struct sampler *sampler);

/* The rows that this rank can draw, and the rows held out between them: its shard. Neighbours may
 * share rows. */
struct range sampler_shard(const struct sampler *sampler);

/* The rows that this rank evaluates: inside its shard, disjoint between ranks, and together all
 * rows of the dataset. */
struct range sampler_evaluation_rows(const struct sampler *sampler);

/* Draws this rank's rows of the batch of `iteration` (>= 1): rows[sampler_local_batch]. Returns its
 * share, some of these rows. Over the ranks, the shares hold each part of each group once. */
struct share sampler_share(struct sampler *sampler, int64_t iteration, int64_t *rows);

#endif
