/* SPDX-License-Identifier: MIT
 *
 * The first step of an iteration: which rows make up the batch, and which of that work is this
 * rank's. A row is computed from seed, iteration and position alone, so that all ranks agree
 * without a message. */
#include "sampler.h"

#include "common/named.h"
#include "core/numbers/rng.h"

#include <stdlib.h>
#include <string.h>

enum sampler_mode sampler_mode_find(const char *name)
{
    static const struct row {
        const char *name;
        enum sampler_mode mode;
    } modes[] = {
        {.name = "replacement", .mode = SAMPLER_REPLACEMENT},
        {.name = "epoch", .mode = SAMPLER_EPOCH},
    };
    const struct row *row = FIND_NAMED(modes, name);
    return row->mode;
}

/* The rows of the stretches of positions begin .. end - 1, disjoint between positions. */
static struct range stretch_rows(const struct sampler *sampler, struct range at)
{
    const int64_t n = sampler->global_rows, b = sampler->global_batch;
    return (struct range){at.begin * n / b, at.end * n / b};
}

static struct range stretch(const struct sampler *sampler, int64_t position)
{
    return stretch_rows(sampler, (struct range){position, position + 1});
}

int64_t sampler_epoch(int64_t global_rows, int64_t global_batch)
{
    return global_rows < global_batch ? 1 : global_rows / global_batch;
}

bool sampler_create(struct sampler *sampler, enum sampler_mode mode, const struct holdout *holdout,
                    int64_t global_batch, int64_t groups, int parts, int rank, int size)
{
    const int64_t global_rows = holdout_left(holdout);
    *sampler = (struct sampler){
        .mode = mode,
        .holdout = *holdout,
        .global_rows = global_rows,
        .global_batch = global_batch,
        .rank = rank,
        .size = size,
        .share = share_of_rank(global_batch, groups, parts, rank, size),
        .epoch_iterations = sampler_epoch(global_rows, global_batch),
        .permuted_epoch = -1,
    };
    sampler->positions = share_reach(&sampler->share, rank, size);
    if (mode == SAMPLER_REPLACEMENT)
        return true;
    const struct range own = stretch_rows(sampler, sampler->positions);
    sampler->permutations = calloc((size_t)(own.end - own.begin + 1), sizeof(int64_t));
    return sampler->permutations != NULL;
}

void sampler_destroy(struct sampler *sampler)
{
    free(sampler->permutations);
    sampler->permutations = NULL;
}

int64_t sampler_local_batch(const struct sampler *sampler)
{
    return sampler->positions.end - sampler->positions.begin;
}

struct range sampler_owned(const struct sampler *sampler)
{
    const struct range own = range_split(sampler->global_batch, sampler->rank, sampler->size);
    const int64_t first = sampler->positions.begin;
    return (struct range){own.begin - first, own.end - first};
}

/* The dataset's first row that belongs to row i of those left: the rows held out just before a row
 * belong to it, and those at the end of the set to the last. */
static int64_t first_row(const struct sampler *sampler, int64_t i)
{
    if (i == 0)
        return 0;
    if (i == sampler->global_rows)
        return sampler->holdout.rows;
    return holdout_row(&sampler->holdout, i - 1) + 1;
}

static struct range with_held_out(const struct sampler *sampler, struct range left)
{
    return (struct range){first_row(sampler, left.begin), first_row(sampler, left.end)};
}

struct range sampler_evaluation_rows(const struct sampler *sampler)
{
    return with_held_out(sampler, range_split(sampler->global_rows, sampler->rank, sampler->size));
}

struct range sampler_shard(const struct sampler *sampler)
{
    struct range shard = stretch_rows(sampler, sampler->positions);
    if (sampler->mode == SAMPLER_REPLACEMENT)
        /* The largest draw of the last position, r = N - 1, may reach into the next stretch. */
        shard.end = (sampler->positions.end * sampler->global_rows - 1) / sampler->global_batch + 1;
    return with_held_out(sampler, shard);
}

/* A Fisher-Yates shuffle (inside out) of each of this rank's stretches, from numbers keyed by row
 * and epoch. */
static void permute_stretches(struct sampler *sampler, int64_t epoch)
{
    const int64_t base = stretch_rows(sampler, sampler->positions).begin;
    for (int64_t s = sampler->positions.begin; s < sampler->positions.end; ++s) {
        const struct range rows = stretch(sampler, s);
        int64_t *order = sampler->permutations + (rows.begin - base);
        for (int64_t i = 0; i < rows.end - rows.begin; ++i) {
            const int64_t j =
                rng_below(sampler->holdout.seed, RNG_PERMUTATION, rows.begin + i, epoch, i + 1);
            order[i] = order[j];
            order[j] = rows.begin + i;
        }
    }
    sampler->permuted_epoch = epoch;
}

static void share_epoch(struct sampler *sampler, int64_t iteration, int64_t *rows)
{
    const int64_t epoch = (iteration - 1) / sampler->epoch_iterations;
    const int64_t step = (iteration - 1) % sampler->epoch_iterations;
    if (sampler->permuted_epoch != epoch)
        permute_stretches(sampler, epoch);
    const int64_t base = stretch_rows(sampler, sampler->positions).begin;
    for (int64_t s = sampler->positions.begin; s < sampler->positions.end; ++s)
        *rows++ = sampler->permutations[stretch(sampler, s).begin - base + step];
}

static void share_replacement(const struct sampler *sampler, int64_t iteration, int64_t *rows)
{
    const int64_t n = sampler->global_rows;
    for (int64_t s = sampler->positions.begin; s < sampler->positions.end; ++s) {
        const int64_t r = rng_below(sampler->holdout.seed, RNG_BATCH, iteration, s, n);
        *rows++ = (s * n + r) / sampler->global_batch;
    }
}

struct share sampler_share(struct sampler *sampler, int64_t iteration, int64_t *rows)
{
    if (sampler->mode == SAMPLER_EPOCH)
        share_epoch(sampler, iteration, rows);
    else
        share_replacement(sampler, iteration, rows);
    for (int64_t i = 0; i < sampler_local_batch(sampler); ++i)
        rows[i] = holdout_row(&sampler->holdout, rows[i]);
    struct share share = sampler->share;
    share.rows = rows + (share_positions(&share).begin - sampler->positions.begin);
    return share;
}
