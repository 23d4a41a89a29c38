/* SPDX-License-Identifier: MIT */
#include "assemble_model.h"

#include "data/shipped_data.h"
#include "engine/model_file.h"
#include "runs/weights_source.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert(CONFIG_INTEGERS_MAX == NETWORK_LAYERS_MAX - 1, "--hidden names all hidden layers");

enum status assemble_data(const struct job *job, struct dataset *dataset, struct error *error)
{
    char path[PATH_MAX];
    enum status status = STATUS_DONE;
    if (job->config->data)
        snprintf(path, sizeof path, "%s", job->config->data);
    else
        status = shipped_data_path(path, sizeof path, error);
    if (world_agree(job->world, status, error))
        return error->status;
    return dataset_open(dataset, job->world, path, error);
}

/* Whether there is a user's model, from --model or in the calling program. */
static bool has_user_model(const struct job *job)
{
    return job->config->model || job->linked_model;
}

static enum status open_user_model(const struct job *job, const struct dataset *dataset,
                                   int classes, struct model *model, struct error *error)
{
    return model_file_open(job->world, job->config->model, job->linked_model, dataset->inputs,
                           classes, model, error);
}

static enum status match_network(const struct dataset *dataset, const char *source,
                                 const struct tensors *tensors, struct model *model,
                                 struct error *error)
{
    if (!network_make_from_tensors(model, tensors))
        return error_set(error, STATUS_FAILED,
                         "%s: holds the parameters of a model: say with --model which", source);
    if (model->inputs == dataset->inputs && model->classes >= dataset->classes)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: is for %d inputs and %d classes, the data has %d and %d", source,
                     model->inputs, model->classes, dataset->inputs, dataset->classes);
}

/* Makes *model the model of weights with these tensors, loaded from `source`. Fails if it does not
 * fit the weights or the dataset. Collective. */
static enum status match_model(const struct job *job, const struct dataset *dataset,
                               const char *source, const struct tensors *tensors,
                               struct model *model, struct error *error)
{
    if (!has_user_model(job))
        return match_network(dataset, source, tensors, model, error);
    if (open_user_model(job, dataset, dataset->classes, model, error))
        return error->status;
    if (tensors_equal(tensors, &model->tensors))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "%s: is not for the model %s, which has %zu parameters",
                     source, model->description, model->tensors.parameters);
}

enum status assemble_saved_model(const struct job *job, struct dataset *dataset,
                                 struct model *model, double **theta, struct error *error)
{
    const char *const source = job->config->file;
    struct tensors tensors;
    if (weights_source_load(job->world, source, &tensors, theta, error))
        return error->status;
    enum status status = assemble_data(job, dataset, error);
    if (!status) {
        status = match_model(job, dataset, source, &tensors, model, error);
        if (status)
            dataset_close(dataset);
    }
    if (status)
        free(*theta);
    return status;
}

enum status assemble_saved_network(const struct job *job, struct model *model, double **theta,
                                   struct error *error)
{
    const char *const source = job->config->file;
    struct tensors tensors;
    if (weights_source_load(job->world, source, &tensors, theta, error))
        return error->status;
    if (network_make_from_tensors(model, &tensors))
        return STATUS_DONE;
    free(*theta);
    return error_set(error, STATUS_FAILED,
                     "%s: holds the parameters of a model: predict takes networks only", source);
}

/* Checks what the user said about the network against the network of --weights. */
static enum status check_network(const struct config *config, const struct model *model,
                                 struct error *error)
{
    struct config_integers hidden;
    hidden.count = network_hidden_widths(&model->tensors, hidden.values);
    if (hidden.count == 0)
        return STATUS_DONE;
    return config_check_network(config, &hidden, model->tensors.activation, error);
}

static enum status load_weights(const struct job *job, const struct dataset *dataset,
                                struct model *model, double **theta, struct error *error)
{
    struct tensors tensors;
    const struct config *config = job->config;
    const char *source = config->weights_file ? config->weights_file : config->weights;
    if (weights_source_load(job->world, source, &tensors, theta, error) ||
        match_model(job, dataset, source, &tensors, model, error))
        return error->status;
    return check_network(config, model, error);
}

static enum status make_network(const struct config *config, int inputs, int classes,
                                struct model *model, struct error *error)
{
    const struct config_integers *hidden = &config->hidden;
    int widths[NETWORK_LAYERS_MAX + 1] = {inputs};
    for (int i = 0; i < hidden->count; ++i)
        widths[i + 1] = hidden->values[i];
    widths[hidden->count + 1] = classes;
    if (network_make(model, activation_find(config->activation), hidden->count + 1, widths))
        return STATUS_DONE;
    return error_set(
        error, STATUS_FAILED,
        "--hidden: the network is too large: it would have %zu parameters, and %zu are "
        "the most",
        model->tensors.parameters, TENSORS_PARAMETERS_MAX);
}

static enum status make_model(const struct job *job, const struct dataset *dataset,
                              struct model *model, struct error *error)
{
    const struct config *config = job->config;
    const int classes = config->classes > 0 ? (int)config->classes : dataset->classes;
    if (classes < dataset->classes)
        return error_set(error, STATUS_USAGE, "--classes %d: the data has %d", classes,
                         dataset->classes);
    if (has_user_model(job))
        return open_user_model(job, dataset, classes, model, error);
    return make_network(config, dataset->inputs, classes, model, error);
}

static struct deviation initial_deviation(const struct config *config)
{
    const struct config_real_or_word *given = &config->init_std;
    return given->word ? deviation_find(given->word) : (struct deviation){.number = given->number};
}

static enum status initialize(const struct job *job, const struct model *model, double **theta,
                              struct error *error)
{
    *theta = malloc(model->tensors.parameters * sizeof **theta);
    if (*theta)
        model_initialize(model, (uint64_t)job->config->seed, initial_deviation(job->config),
                         *theta);
    return world_agree_memory(job->world, *theta, NULL, "the parameters", error);
}

enum status assemble_model(const struct job *job, const struct dataset *dataset,
                           struct model *model, double **theta, struct error *error)
{
    *theta = NULL;
    if (job->config->weights)
        return load_weights(job, dataset, model, theta, error);
    if (make_model(job, dataset, model, error))
        return error->status;
    return initialize(job, model, theta, error);
}
