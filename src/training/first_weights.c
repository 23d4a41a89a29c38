/* SPDX-License-Identifier: MIT */
#include "first_weights.h"

#include "ranks/collective.h"
#include "runs/checkpoint_store.h"
#include "runs/run_record.h"
#include "runs/weights_source.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Looks for the weights with which a run began: in the file that it took, and in its own checkpoint
 * of the beginning. Runs of older versions record neither file nor digest. */
static enum status find_recorded(const struct world *world, const struct config *config,
                                 const char *run_dir, const struct run_options *recorded,
                                 char *path, struct error *error)
{
    const char *file = settings_find_text(recorded->texts, recorded->bytes, "weights.file");
    if (!file)
        return weights_source_find(world, config->weights, path, error);
    snprintf(path, PATH_MAX, "%s", file);
    if (weights_source_began(world, path, recorded))
        return STATUS_DONE;
    checkpoint_store_path(run_dir, 0, path, PATH_MAX);
    if (weights_source_began(world, path, recorded))
        return STATUS_DONE;
    if (config->resume)
        return weights_source_find(world, config->weights, path, error);
    return error_set(error, STATUS_FAILED,
                     "--weights %s: %s began with the parameters of %s, which are no longer there",
                     config->weights, run_dir, file);
}

/* Rank 0 only. */
static enum status find(const struct world *world, const struct config *config, char *path,
                        struct error *error)
{
    const char *run_dir = config_run_of_weights(config);
    struct run_options recorded = {0};
    struct error ignored;
    if (!run_dir || run_record_read_options(run_dir, &recorded, &ignored))
        return weights_source_find(world, config->weights, path, error);
    const enum status status = find_recorded(world, config, run_dir, &recorded, path, error);
    free(recorded.texts);
    return status;
}

enum status first_weights_find(const struct world *world, struct config *config, char *path,
                               struct error *error)
{
    enum status status = STATUS_DONE;
    if (!config->weights)
        return STATUS_DONE;
    if (world->rank == 0)
        status = find(world, config, path, error);
    status = world_agree(world, status, error);
    if (status)
        return status;
    collective_broadcast(world, path, PATH_MAX);
    config->weights_file = path;
    return STATUS_DONE;
}
