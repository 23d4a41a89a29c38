/* SPDX-License-Identifier: MIT
 *
 * dtrain train: trains a model, or with --dry-run only checks and estimates that. */
#include "commands.h"
#include "inputs.h"
#include "training/trainer.h"

#include <limits.h>
#include <stdlib.h>

/* Trains an open model on an open dataset. */
static enum status train(struct trainer *trainer, const struct dataset *dataset,
                         const struct model *model, const struct optimizer *optimizer,
                         double *theta, struct error *error)
{
    if (trainer_prepare(trainer, dataset, model, optimizer, theta, error))
        return error->status;
    trainer_print_start(trainer);
    if (trainer->config->dry_run)
        return trainer_dry_run(trainer, error);
    if (trainer_run(trainer, error))
        return error->status;
    trainer_print_summary(trainer);
    return STATUS_DONE;
}

/* Where --weights decides the number of hidden units, the run is recorded with that number. */
static void adopt_hidden(struct config *config, const struct model *model)
{
    if (config->weights && model->hidden > 0)
        config_adopt_hidden(config, model->hidden);
}

/* Collective. Makes room behind theta for the state of the optimizer. */
static enum status make_block(const struct world *world, const struct optimizer *optimizer,
                              size_t parameters, double **theta, struct error *error)
{
    enum status status = STATUS_DONE;
    double *block = optimizer_block_from(optimizer, *theta, parameters);
    if (block)
        *theta = block;
    else
        status = error_set(error, STATUS_FAILED, "not enough memory for the optimizer");
    return world_agree(world, status, error);
}

static enum status open_and_train(struct trainer *trainer, struct config *config,
                                  struct error *error)
{
    char path[PATH_MAX];
    struct dataset dataset;
    struct model model;
    const struct optimizer *optimizer = &optimizer_sgd;
    double *theta = NULL;
    if (inputs_open_data(trainer->world, config, path, &dataset, error))
        return error->status;
    enum status status = inputs_open_model(trainer->world, config, &dataset, &model, &theta, error);
    if (!status)
        status = make_block(trainer->world, optimizer, model.tensors.parameters, &theta, error);
    if (!status) {
        adopt_hidden(config, &model);
        status = train(trainer, &dataset, &model, optimizer, theta, error);
    }
    free(theta);
    dataset_close(&dataset);
    return status;
}

enum status train_command(const struct world *world, const struct config *config,
                          struct error *error)
{
    struct config settings = *config;
    struct trainer trainer;
    enum status status = trainer_start(&trainer, world, &settings, error);
    if (!status)
        status = open_and_train(&trainer, &settings, error);
    trainer_destroy(&trainer);
    return status;
}
