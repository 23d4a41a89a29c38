/* SPDX-License-Identifier: MIT */
#include "training.h"

#include "core/samples/sampler.h"
#include "first_weights.h"
#include "inputs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Where --weights decides on the network, the run is recorded with that one. */
static void adopt_network(struct config *config, const struct model *model)
{
    struct config_integers hidden;
    inputs_hidden_of(model, &hidden);
    if (config->weights && hidden.count > 0)
        config_adopt_network(config, &hidden, activation_find(model->tensors.activation)->name);
}

/* Leaves out what the run of --like has for another model than this, and refuses it where it was
 * given. --gradient is refused later. */
static enum status check_model(struct config *config, const struct model *model,
                               struct error *error)
{
    if (!gradient_method_choose(config->gradient, model))
        config_leave_out(config, "gradient");
    if (!model->kind->derivative_known)
        config_leave_out(config, "weight-decay");
    if (config->classes != model->classes)
        config_leave_out(config, "classes");
    if (!model->kind->derivative_known && config->weight_decay > 0)
        return error_set(error, STATUS_USAGE,
                         "--weight-decay: is for the weights of networks; a loss of your own can "
                         "have such a term itself");
    if (config->classes > 0 && config->classes != model->classes)
        return error_set(error, STATUS_USAGE, "--classes %lld: the network of --weights %s has %d",
                         (long long)config->classes, config->weights, model->classes);
    return STATUS_DONE;
}

/* Checks and settles what depends on the number of rows. */
static enum status settle(struct config *config, const struct dataset *dataset, struct error *error)
{
    const int64_t rows = dataset->global_rows[DATASET_TRAIN];
    const int64_t left = rows - config->validation_rows;
    if (config_check_rows(config, rows, error))
        return error->status;
    return config_settle(config, left, sampler_epoch(left, config->batch_size), error);
}

/* The optimizer with its numbers. Those that it does not use are dropped, or refused. */
static enum status choose_optimizer(struct config *config, struct optimizer *optimizer,
                                    struct error *error)
{
    static const char *const numbers[] = {"momentum", "beta1", "beta2", "decay", "epsilon"};
    const struct optimizer_rule *rule = optimizer_find(config->optimizer);
    char named[64];
    snprintf(named, sizeof named, "--optimizer %s", rule->name);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i)
        if (!optimizer_uses(rule, numbers[i]) &&
            config_drop_unused(config, numbers[i], named, error))
            return error->status;
    *optimizer = (struct optimizer){
        .rule = rule,
        .learning_rate = config->learning_rate,
        .momentum = config->momentum,
        .beta1 = config->beta1,
        .beta2 = config->beta2,
        .decay = config->decay,
        .epsilon = config->epsilon.word ? rule->epsilon : config->epsilon.number,
        .weight_decay = config->weight_decay,
    };
    return STATUS_DONE;
}

/* Collective. Makes room behind theta for the state of the optimizer. */
static enum status make_block(const struct world *world, const struct optimizer_rule *rule,
                              size_t parameters, double **theta, struct error *error)
{
    enum status status = STATUS_DONE;
    double *block = optimizer_block_from(rule, *theta, parameters);
    if (block)
        *theta = block;
    else
        status = error_set(error, STATUS_FAILED, "not enough memory for the optimizer");
    return world_agree(world, status, error);
}

static enum status open_and_follow(struct trainer *trainer, struct config *config,
                                   training_course *course, struct error *error)
{
    char weights[PATH_MAX];
    struct dataset dataset;
    struct model model;
    struct optimizer optimizer;
    double *theta = NULL;
    if (first_weights_find(trainer->world, config, weights, error) ||
        inputs_open_data(trainer->world, config, &dataset, error))
        return error->status;
    enum status status = settle(config, &dataset, error);
    if (!status)
        status = inputs_open_model(trainer->world, config, &dataset, &model, &theta, error);
    if (!status)
        status = check_model(config, &model, error);
    if (!status)
        status = choose_optimizer(config, &optimizer, error);
    if (!status)
        status =
            make_block(trainer->world, optimizer.rule, model.tensors.parameters, &theta, error);
    if (!status) {
        adopt_network(config, &model);
        status = trainer_prepare(trainer, &dataset, &model, &optimizer, theta, error);
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
