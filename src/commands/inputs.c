/* SPDX-License-Identifier: MIT */
#include "inputs.h"

#include "files/model_file.h"
#include "files/weights_source.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum status inputs_open_data(const struct world *world, const struct config *config, char *path,
                             struct dataset *dataset, struct error *error)
{
    enum status status = STATUS_DONE;
    if (config->data)
        snprintf(path, PATH_MAX, "%s", config->data);
    else
        status = dataset_shipped_path(path, PATH_MAX, error);
    if (world_agree(world, status, error))
        return error->status;
    return dataset_open(dataset, world, path, error);
}

static bool has_model(const struct config *config)
{
    return config->model || config->linked_model;
}

static enum status check_network(const struct network *network, const struct dataset *dataset,
                                 const char *source, struct error *error)
{
    if (network->model_parameters)
        return error_set(error, STATUS_FAILED,
                         "%s: holds the parameters of a model: say with --model which", source);
    if (network->inputs == dataset->inputs && network->classes >= dataset->classes)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: is for %d inputs and %d classes, the data has %d and %d", source,
                     network->inputs, network->classes, dataset->inputs, dataset->classes);
}

enum status inputs_adopt_network(const struct world *world, const struct config *config,
                                 const struct dataset *dataset, const char *source,
                                 struct network *network, struct error *error)
{
    const struct network loaded = *network;
    if (!has_model(config))
        return check_network(network, dataset, source, error);
    if (model_file_open(world, config->model, config->linked_model, dataset->inputs,
                        dataset->classes, network, error))
        return error->status;
    if (network_same_shape(&loaded, network))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "%s: is not for the model %s, which has %zu parameters",
                     source, network->model->name, network->model_parameters);
}

enum status inputs_open_network(const struct world *world, const struct config *config,
                                const struct dataset *dataset, struct network *network,
                                double **theta, struct error *error)
{
    *theta = NULL;
    if (config->weights) {
        if (weights_source_load(world, config->weights, network, theta, error))
            return error->status;
        if (inputs_adopt_network(world, config, dataset, config->weights, network, error))
            return error->status;
        if (config->classes > 0 && config->classes != network->classes)
            return error_set(error, STATUS_USAGE,
                             "--classes %lld: the network of --weights %s has %d",
                             (long long)config->classes, config->weights, network->classes);
        return network->model ? STATUS_DONE : config_check_hidden(config, network->hidden, error);
    }
    const int classes = config->classes > 0 ? (int)config->classes : dataset->classes;
    if (classes < dataset->classes)
        return error_set(error, STATUS_USAGE, "--classes %d: the data has %d", classes,
                         dataset->classes);
    *network = (struct network){
        .inputs = dataset->inputs, .hidden = (int)config->hidden, .classes = classes};
    if (has_model(config) && model_file_open(world, config->model, config->linked_model,
                                             dataset->inputs, classes, network, error))
        return error->status;
    const size_t parameters = network_parameter_count(network);
    if (parameters > NETWORK_PARAMETERS_MAX)
        return error_set(error, STATUS_FAILED, "--hidden %lld: the network is too large",
                         (long long)config->hidden);
    enum status status = STATUS_DONE;
    *theta = malloc(parameters * sizeof **theta);
    if (*theta)
        network_initialize(network, (uint64_t)config->seed, config->init_std, *theta);
    else
        status = error_set(error, STATUS_FAILED, "not enough memory for the network");
    return world_agree(world, status, error);
}
