/* SPDX-License-Identifier: MIT */
#include "loader.h"

#include <stdio.h>
#include <stdlib.h>

static enum status create_sampler(struct loader *loader, const struct world *world,
                                  const struct config *config, int parts, struct error *error)
{
    const int64_t global_rows = loader->dataset->global_rows[DATASET_TRAIN];
    const enum sampler_mode mode = sampler_mode_find(config->sampling);
    if (mode == SAMPLER_EPOCH && config->batch_size > global_rows)
        return error_set(error, STATUS_USAGE,
                         "--sampling epoch: --batch-size %lld is larger than the %lld rows",
                         (long long)config->batch_size, (long long)global_rows);
    const bool created = sampler_create(&loader->sampler, mode, (uint64_t)config->seed, global_rows,
                                        config->batch_size, parts, world->rank, world->size);
    if (created)
        loader->rows =
            malloc(((size_t)sampler_local_batch(&loader->sampler) + 1) * sizeof *loader->rows);
    enum status status = STATUS_DONE;
    if (!loader->rows)
        status = error_set(error, STATUS_FAILED, "not enough memory for the batches");
    return world_agree(world, status, error);
}

static void warn_of_idle_ranks(const struct world *world, const struct config *config, int parts)
{
    const int64_t pieces = config->batch_size * parts;
    if (world->rank == 0 && world->size > pieces)
        fprintf(stderr,
                "dtrain: there are %d ranks, but a batch can be divided among %lld only: the "
                "others have nothing to do\n",
                world->size, (long long)pieces);
}

enum status loader_create(struct loader *loader, const struct world *world,
                          const struct config *config, const struct dataset *dataset, int parts,
                          struct error *error)
{
    *loader = (struct loader){.dataset = dataset};
    loader->test_rows = sampler_split(dataset->global_rows[DATASET_TEST], world->rank, world->size);
    if (create_sampler(loader, world, config, parts, error) ||
        dataset_read(dataset, DATASET_TRAIN, sampler_shard(&loader->sampler), &loader->train,
                     error) ||
        dataset_read(dataset, DATASET_TEST, loader->test_rows, &loader->test, error))
        return error->status;
    warn_of_idle_ranks(world, config, parts);
    return STATUS_DONE;
}

void loader_destroy(struct loader *loader)
{
    dataset_free_samples(&loader->train);
    dataset_free_samples(&loader->test);
    sampler_destroy(&loader->sampler);
    free(loader->rows);
    loader->rows = NULL;
}

struct batch_share loader_next(struct loader *loader, int64_t iteration)
{
    return sampler_share(&loader->sampler, iteration, loader->rows);
}

uint64_t loader_fingerprint(const struct loader *loader, const struct world *world)
{
    return dataset_fingerprint(world, &loader->train, sampler_evaluation_rows(&loader->sampler));
}
