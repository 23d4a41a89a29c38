/* SPDX-License-Identifier: MIT
 *
 * dtrain train: trains a model, or with --dry-run only checks and estimates that. */
#include "commands.h"
#include "runs/run_record.h"
#include "training.h"

#include <stdlib.h>

static enum status train(struct trainer *trainer, struct error *error)
{
    trainer_print_start(trainer);
    if (trainer->config->dry_run)
        return trainer_dry_run(trainer, error);
    if (trainer_run(trainer, error))
        return error->status;
    trainer_print_summary(trainer);
    return trainer_check_files(trainer, error);
}

enum status train_command(const struct world *world, const struct config *config,
                          struct error *error)
{
    struct config settings = *config;
    struct run_options recorded = {0};
    enum status status = STATUS_DONE;
    if (config->like)
        status = run_record_options(world, config->like, &recorded, error);
    if (!status && config->like)
        status = config_take_like(&settings, recorded.texts, recorded.bytes, error);
    if (!status)
        status = training_follow(world, &settings, train, error);
    free(recorded.texts);
    return status;
}
