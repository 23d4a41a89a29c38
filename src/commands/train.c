/* SPDX-License-Identifier: MIT
 *
 * dtrain train: trains a model, or with --dry-run only checks and estimates that. */
#include "commands.h"
#include "runs/run_record.h"
#include "training/announce.h"
#include "training/assemble.h"
#include "training/dry_run.h"
#include "training/loop.h"
#include "training/start.h"

#include <stdlib.h>

static enum status train(struct trainer *trainer, struct error *error)
{
    start_announce(trainer);
    if (trainer->config->dry_run)
        return dry_run_estimate(trainer, error);
    if (loop_run(trainer, error))
        return error->status;
    announce_result(trainer);
    return announce_lost_files(trainer, error);
}

/* Refuses to resume a run whose model is a command unless the user gives a model. A run without a
 * record begins afresh. */
static enum status check_resumed(const struct world *world, const struct config *config,
                                 struct error *error)
{
    struct run_options recorded;
    struct error ignored;
    if (!config->resume || run_record_options(world, config->run_dir, &recorded, &ignored))
        return STATUS_DONE;
    const enum status status =
        config_want_command(config, config->run_dir, recorded.texts, recorded.bytes, error);
    free(recorded.texts);
    return status;
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
        status = check_resumed(job->world, &config, error);
    if (!status)
        status = trainer_open_and(&training, train, error);
    free(recorded.texts);
    return status;
}
