/* SPDX-License-Identifier: MIT */
#include "dtrain/sampler.h"

#include "dtrain/rng.h"

#include <stdlib.h>
#include <string.h>

enum sampler_mode sampler_mode_find(const char *name)
{
    return strcmp(name, "epoch") == 0 ? SAMPLER_EPOCH : SAMPLER_REPLACEMENT;
}

struct sampler_range sampler_split(int64_t total, int64_t index, int64_t count)
{
    return (struct sampler_range){index * total / count, (index + 1) * total / count};
}

/* The rows of the stretches of positions begin .. end - 1, disjoint between positions. */
static struct sampler_range stretch_rows(const struct sampler *sampler, struct sampler_range at)
{
    const int64_t n = sampler->global_rows, b = sampler->global_batch;
    return (struct sampler_range){at.begin * n / b, at.end * n / b};
}

static struct sampler_range stretch(const struct sampler *sampler, int64_t position)
{
    return stretch_rows(sampler, (struct sampler_range){position, position + 1});
}

bool sampler_create(struct sampler *sampler, enum sampler_mode mode, uint64_t seed,
                    int64_t global_rows, int64_t global_batch, int rank, int size)
{
    *sampler = (struct sampler){
        .mode = mode,
        .seed = seed,
        .global_rows = global_rows,
        .global_batch = global_batch,
        .positions = sampler_split(global_batch, rank, size),
        .epoch_iterations = global_rows < global_batch ? 1 : global_rows / global_batch,
        .permuted_epoch = -1,
    };
    if (mode == SAMPLER_REPLACEMENT)
        return true;
    const struct sampler_range own = stretch_rows(sampler, sampler->positions);
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

struct sampler_range sampler_evaluation_rows(const struct sampler *sampler)
{
    return stretch_rows(sampler, sampler->positions);
}

struct sampler_range sampler_shard(const struct sampler *sampler)
{
    struct sampler_range shard = stretch_rows(sampler, sampler->positions);
    if (sampler->mode == SAMPLER_REPLACEMENT && sampler_local_batch(sampler) > 0)
        /* The largest draw of the last position, r = N - 1, may reach into the next stretch. */
        shard.end = (sampler->positions.end * sampler->global_rows - 1) / sampler->global_batch + 1;
    return shard;
}

/* Fisher and Yates's shuffle of each own stretch (inside out), from numbers keyed by row and
 * epoch. */
static void permute_stretches(struct sampler *sampler, int64_t epoch)
{
    const int64_t base = stretch_rows(sampler, sampler->positions).begin;
    for (int64_t s = sampler->positions.begin; s < sampler->positions.end; ++s) {
        const struct sampler_range rows = stretch(sampler, s);
        int64_t *order = sampler->permutations + (rows.begin - base);
        for (int64_t i = 0; i < rows.end - rows.begin; ++i) {
            const int64_t j =
                rng_below(sampler->seed, RNG_PERMUTATION, rows.begin + i, epoch, i + 1);
            order[i] = order[j];
            order[j] = rows.begin + i;
        }
    }
    sampler->permuted_epoch = epoch;
}

static void slice_epoch(struct sampler *sampler, int64_t iteration, int64_t *rows)
{
    const int64_t epoch = (iteration - 1) / sampler->epoch_iterations;
    const int64_t step = (iteration - 1) % sampler->epoch_iterations;
    if (sampler->permuted_epoch != epoch)
        permute_stretches(sampler, epoch);
    const int64_t base = stretch_rows(sampler, sampler->positions).begin;
    for (int64_t s = sampler->positions.begin; s < sampler->positions.end; ++s)
        *rows++ = sampler->permutations[stretch(sampler, s).begin - base + step];
}

static void slice_replacement(const struct sampler *sampler, int64_t iteration, int64_t *rows)
{
    const int64_t n = sampler->global_rows;
    for (int64_t s = sampler->positions.begin; s < sampler->positions.end; ++s) {
        const int64_t r = rng_below(sampler->seed, RNG_BATCH, iteration, s, n);
        *rows++ = (s * n + r) / sampler->global_batch;
    }
}

void sampler_slice(struct sampler *sampler, int64_t iteration, int64_t *rows)
{
    if (sampler->mode == SAMPLER_EPOCH)
        slice_epoch(sampler, iteration, rows);
    else
        slice_replacement(sampler, iteration, rows);
}
