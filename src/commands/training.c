/* SPDX-License-Identifier: MIT */
#include "training.h"

#include "inputs.h"

#include <limits.h>
#include <stdlib.h>

/* Where --weights decides on the network, the run is recorded with that one. */
static void adopt_network(struct config *config, const struct model *model)
{
    struct config_integers hidden;
    inputs_hidden_of(model, &hidden);
    if (config->weights && hidden.count > 0)
        config_adopt_network(config, &hidden, activation_find(model->tensors.activation)->name);
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

static enum status open_and_follow(struct trainer *trainer, struct config *config,
                                   training_course *course, struct error *error)
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
        adopt_network(config, &model);
        status = trainer_prepare(trainer, &dataset, &model, optimizer, theta, error);
    }
    if (!status)
        status = course(trainer, error);
    free(theta);
    dataset_close(&dataset);
    return status;
}

enum status training_follow(const struct world *world, struct config *config,
                            training_course *course, struct error *error)
{
    struct trainer trainer;
    enum status status = trainer_start(&trainer, world, config, error);
    if (!status)
        status = open_and_follow(&trainer, config, course, error);
    trainer_destroy(&trainer);
    return status;
}
