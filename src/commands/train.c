/* SPDX-License-Identifier: MIT
 *
 * dtrain train: trains a model, or with --dry-run only checks and estimates that. */
#include "commands.h"
#include "runs/run_record.h"
#include "training/assemble.h"

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

enum status train_command(const struct job *job, struct error *error)
{
    struct config config = *job->config;
    struct job training = *job;
    struct run_options recorded = {0};
    enum status status = STATUS_DONE;
    training.config = &config;
    if (config.like)
        status = run_record_options(job->world, config.like, &recorded, error);
    if (!status && config.like)
        status = config_take_like(&config, recorded.texts, recorded.bytes, error);
    if (!status)
        status = trainer_open_and(&training, train, error);
    free(recorded.texts);
    return status;
}
