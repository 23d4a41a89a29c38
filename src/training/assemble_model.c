/* SPDX-License-Identifier: MIT */
#include "assemble_model.h"

#include "data/shipped_data.h"
#include "engine/model_source.h"
#include "ranks/collective.h"
#include "runs/weights.h"
#include "runs/weights_source.h"
#include "signals.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CONFIG_INTEGERS_MAX == NETWORK_LAYERS_MAX - 1, "--hidden names all hidden layers");

static struct deviation initial_deviation(const struct config *config)
{
    const struct config_real_or_word *given = &config->init_std;
    return given->word ? deviation_find(given->word) : (struct deviation){.number = given->number};
}

static bool asks_to_stop(void *context)
{
    (void)context;
    return signals_ask_to_stop();
}

/* Whether what simulations print to their standard output is not wanted. */
static bool drops_stdout(const struct config *config)
{
    return config->quiet || (config->progress && strcmp(config->progress, "none") == 0);
}

/* Where the user's model comes from, if there is one. */
static struct model_source source_of(const struct job *job)
{
    const struct config *config = job->config;
    return (struct model_source){
        .linked = job->linked_model,
        .file = config->model,
        .is_process = config_has_process(config),
        .command = {.command = config->model_command,
                    .file = config->model,
                    .timeout = config->evaluation_timeout,
                    .scratch = config->scratch,
                    .drops_stdout = drops_stdout(config),
                    .seed = (uint64_t)config->seed,
                    .deviation = initial_deviation(config).number,
                    .asks_to_stop = asks_to_stop},
    };
}

bool assemble_has_user_model(const struct job *job)
{
    const struct model_source source = source_of(job);
    return model_source_exists(&source);
}

/* What a loss is computed from; a user's model has labels. */
static enum dataset_wanted targets_for(const char *loss)
{
    const struct head *head = head_find(loss);
    if (!head)
        return DATASET_ANY;
    return head->predicts_classes ? DATASET_LABELS : DATASET_NUMBERS;
}

/* Opens --data, or the shipped dataset. */
static enum status open_data(const struct job *job, const struct dataset_wants *wants,
                             struct dataset *dataset, struct error *error)
{
    char path[PATH_MAX];
    enum status status = STATUS_DONE;
    if (job->config->data)
        snprintf(path, sizeof path, "%s", job->config->data);
    else
        status = shipped_data_path(path, sizeof path, error);
    if (world_agree(job->world, status, error))
        return error->status;
    return dataset_open(dataset, job->world, path, wants, error);
}

/* What a user's model is computed from: one that evaluates takes what the data have. */
static enum dataset_wanted targets_for_user_model(const struct job *job)
{
    const struct model_source source = source_of(job);
    return model_source_evaluates(&source) ? DATASET_ANY : DATASET_LABELS;
}

/* Loads the user's model, if there is one. */
static enum status load_user_model(const struct job *job, struct error *error)
{
    const struct model_source source = source_of(job);
    return model_source_exists(&source) ? model_source_load(job->world, &source, error)
                                        : STATUS_DONE;
}

/* Whether the user's model, which has been loaded, is to have no data: it needs none, and the user
 * names none. */
static bool goes_without_data(const struct job *job)
{
    const struct model_source source = source_of(job);
    return model_source_exists(&source) && !job->config->data &&
           model_source_needs_no_data(&source);
}

enum status assemble_data(const struct job *job, struct dataset *dataset, struct error *error)
{
    const struct config *config = job->config;
    if (load_user_model(job, error))
        return error->status;
    if (goes_without_data(job)) {
        *dataset = dataset_none(job->world, config->replicates);
        return STATUS_DONE;
    }
    const struct dataset_wants wants = {
        .targets =
            assemble_has_user_model(job) ? targets_for_user_model(job) : targets_for(config->loss),
        .test = config->command == COMMAND_TRAIN && config->validation_rows == 0
                    ? DATASET_TEST_IF_ANY
                    : DATASET_TEST_IF_COMPLETE,
    };
    return open_data(job, &wants, dataset, error);
}

/* Makes *model of the user's model that has been loaded. */
static enum status make_user_model(const struct job *job, const struct dataset *dataset,
                                   int outputs, struct model *model, struct error *error)
{
    const struct dtrain_shape data = {.inputs = dataset->inputs,
                                      .classes = dataset->labelled ? outputs : 0,
                                      .targets = dataset->labelled ? 0 : outputs};
    /* Other commands have no --step, and take no differences by it. */
    const bool takes_differences = job->config->command & (COMMAND_TRAIN | COMMAND_GRADIENT);
    const double step = takes_differences ? job->config->step : 1;
    const struct model_source source = source_of(job);
    return model_source_make(job->world, &source, &data, step, model, error);
}

static enum status match_network(const struct job *job, const struct dataset *dataset,
                                 const char *source, const struct tensors *tensors,
                                 struct model *model, struct error *error)
{
    if (!network_make_from_tensors(model, tensors))
        return error_set(
            error, STATUS_FAILED, "%s: holds the parameters of a model: say with %s which", source,
            job->config->command == COMMAND_GRADCHECK ? "--model" : "--model or --model-command");
    if (model->predicts != dataset->labelled)
        return error_set(error, STATUS_FAILED, "%s: predicts %s, the data has %s", source,
                         model->predicts ? "classes" : "numbers",
                         dataset->labelled ? "labels" : "targets");
    if (model->inputs == dataset->inputs &&
        (model->predicts ? model->outputs >= dataset->outputs : model->outputs == dataset->outputs))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "%s: is for %d inputs and %d %s, the data has %d and %d",
                     source, model->inputs, model->outputs, model->predicts ? "classes" : "targets",
                     dataset->inputs, dataset->outputs);
}

/* Makes *model the model of weights with these tensors, loaded from `source`. Fails if it does not
 * fit the weights or the dataset. Collective. */
static enum status match_model(const struct job *job, const struct dataset *dataset,
                               const char *source, const struct tensors *tensors,
                               struct model *model, struct error *error)
{
    if (!assemble_has_user_model(job))
        return match_network(job, dataset, source, tensors, model, error);
    if (make_user_model(job, dataset, dataset->outputs, model, error))
        return error->status;
    if (tensors_equal(tensors, &model->tensors))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "%s: is not for the model %s, which has %zu parameters",
                     source, model->description, model->tensors.parameters);
}

/* Says if the data have another recipe than `own`, that of the weights of `source`, which only rank
 * 0 has. */
static void compare_recipes(const struct world *world, const char *source, const char *own,
                            const struct dataset *dataset, const char *advice)
{
    struct error line;
    if (!own || !dataset->recipe || strcmp(own, dataset->recipe) == 0)
        return;
    error_set(&line, STATUS_DONE,
              "%s: was imported otherwise than the data that %s was trained on, so inputs may be "
              "scaled, and classes numbered, otherwise%s",
              dataset->path, source, advice);
    world_report(world, &line);
}

/* Rank 0 only. Reads what the outputs of a model are called, from a text of the file `source`. */
static enum status read_recipe(const char *source, const char *text, const struct model *model,
                               struct recipe *recipe, struct error *error)
{
    const bool numbers = model_predicts_numbers(model);
    /* The outputs of --classes beyond those of the data have no names. */
    const struct recipe_fit fit = {
        .classes = !numbers, .least = numbers ? model->outputs : 1, .most = model->outputs};
    return recipe_parse(recipe, text, source, &fit, error);
}

/* Opens the dataset, and makes the model of the weights. */
static enum status assemble_for_weights(const struct job *job, const struct tensors *tensors,
                                        struct dataset *dataset, struct model *model,
                                        struct error *error)
{
    if (load_user_model(job, error))
        return error->status;
    if (goes_without_data(job)) {
        *dataset = dataset_none(job->world, job->config->replicates);
        return match_model(job, dataset, job->config->file, tensors, model, error);
    }
    const struct dataset_wants wants = {
        .targets =
            assemble_has_user_model(job) ? targets_for_user_model(job) : targets_for(tensors->loss),
        .test = strcmp(job->config->split, "test") == 0   ? DATASET_TEST_NEEDED
                : strcmp(job->config->split, "auto") == 0 ? DATASET_TEST_IF_ANY
                                                          : DATASET_TEST_IF_COMPLETE,
    };
    if (open_data(job, &wants, dataset, error))
        return error->status;
    if (match_model(job, dataset, job->config->file, tensors, model, error) == STATUS_DONE)
        return STATUS_DONE;
    dataset_close(dataset);
    return error->status;
}

enum status assemble_saved_model(const struct job *job, struct dataset *dataset,
                                 struct model *model, double **theta, struct recipe *recipe,
                                 struct error *error)
{
    const char *const source = job->config->file;
    struct tensors tensors;
    char *own;
    *recipe = (struct recipe){0};
    if (weights_source_load(job->world, source, &tensors, theta, &own, NULL, error))
        return error->status;
    enum status status = assemble_for_weights(job, &tensors, dataset, model, error);
    if (!status) {
        if (job->world->rank == 0) {
            compare_recipes(job->world, source, own, dataset,
                            ": import it again as the test rows of that import, or use predict "
                            "--rows");
            status = own ? read_recipe(source, own, model, recipe, error)
                         : read_recipe(dataset->path, dataset->recipe, model, recipe, error);
        }
        status = world_agree(job->world, status, error);
        if (status)
            dataset_close(dataset);
    }
    free(own);
    if (status) {
        recipe_free(recipe);
        free(*theta);
    }
    return status;
}

enum status assemble_saved_network(const struct job *job, struct model *model, double **theta,
                                   struct recipe *recipe, struct error *error)
{
    const char *const source = job->config->file;
    struct tensors tensors;
    char *own;
    enum status status = STATUS_DONE;
    *recipe = (struct recipe){0};
    if (weights_source_load(job->world, source, &tensors, theta, &own, NULL, error))
        return error->status;
    if (!network_make_from_tensors(model, &tensors))
        status =
            error_set(error, STATUS_FAILED,
                      "%s: holds the parameters of a model: predict takes networks only", source);
    else if (job->world->rank == 0)
        status = read_recipe(source, own, model, recipe, error);
    status = world_agree(job->world, status, error);
    free(own);
    if (status) {
        recipe_free(recipe);
        free(*theta);
    }
    return status;
}

/* Checks what the user said about the network against the network of --weights. */
static enum status check_network(const struct config *config, const struct model *model,
                                 struct error *error)
{
    struct config_integers hidden;
    hidden.count = network_hidden_widths(&model->tensors, hidden.values);
    if (hidden.count == 0)
        return STATUS_DONE;
    return config_check_network(config, &hidden, model->tensors.activation, model->tensors.loss,
                                error);
}

/* Refuses weights whose parameters have other names than the model's. Only rank 0 has the names. */
static enum status match_names(const struct world *world, const char *source,
                               const char *const *names, const struct model *model,
                               struct error *error)
{
    enum status status = STATUS_DONE;
    if (world->rank == 0)
        status = weights_compare_names(source, names, user_model_names(model),
                                       model->tensors.parameters, error);
    return world_agree(world, status, error);
}

/* Numbers that are not finite are found later, as for all models. */
enum status assemble_check_bounds(const struct world *world, const char *source,
                                  const struct model *model, const double *theta,
                                  struct error *error)
{
    const struct parameters *parameters = model->user.parameters;
    enum status status = STATUS_DONE;
    if (!model->kind->evaluates)
        return STATUS_DONE;
    const size_t p = parameters_first_outside(parameters, theta);
    /* With so many digits, a value just outside looks different from the bound. */
    if (p < parameters->count && isfinite(theta[p]))
        status = error_set(
            error, STATUS_FAILED, "%s: parameter %s is %.17g, but must be between %.17g and %.17g",
            source, parameters->names[p], theta[p], parameters->lower[p], parameters->upper[p]);
    return world_agree(world, status, error);
}

static enum status load_weights(const struct job *job, const struct dataset *dataset,
                                struct model *model, double **theta, struct error *error)
{
    struct tensors tensors;
    const struct config *config = job->config;
    const char *source = config->weights_file ? config->weights_file : config->weights;
    const char **names;
    char *own;
    if (weights_source_load(job->world, source, &tensors, theta, &own, &names, error))
        return error->status;
    compare_recipes(job->world, source, own, dataset, "");
    free(own);
    enum status status = match_model(job, dataset, source, &tensors, model, error);
    if (!status)
        status = match_names(job->world, source, names, model, error);
    free(names);
    if (status || assemble_check_bounds(job->world, source, model, *theta, error))
        return error->status;
    return check_network(config, model, error);
}

static enum status make_network(const struct config *config, const struct dataset *dataset,
                                int outputs, struct model *model, struct error *error)
{
    const struct config_integers *hidden = &config->hidden;
    const struct head *named = head_find(config->loss);
    const struct head *usual = dataset->labelled ? &head_softmax : &head_squares;
    const struct head *head = named ? named : usual;
    int widths[NETWORK_LAYERS_MAX + 1] = {dataset->inputs};
    for (int i = 0; i < hidden->count; ++i)
        widths[i + 1] = hidden->values[i];
    widths[hidden->count + 1] = outputs;
    if (network_make(model, activation_find(config->activation), head, hidden->count + 1, widths))
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
    const int outputs = config->classes > 0 ? (int)config->classes : dataset->outputs;
    if (config->classes > 0 && !dataset->labelled && dataset_is_there(dataset))
        return error_set(error, STATUS_USAGE, "--classes %d: the data has targets, not classes",
                         outputs);
    if (outputs < dataset->outputs)
        return error_set(error, STATUS_USAGE, "--classes %d: the data has %d", outputs,
                         dataset->outputs);
    if (assemble_has_user_model(job))
        return make_user_model(job, dataset, outputs, model, error);
    return make_network(config, dataset, outputs, model, error);
}

static enum status initialize(const struct job *job, const struct model *model, double **theta,
                              struct error *error)
{
    char source[MODEL_DESCRIPTION_SIZE + 32];
    *theta = malloc(model->tensors.parameters * sizeof **theta);
    if (*theta)
        model_initialize(model, (uint64_t)job->config->seed, initial_deviation(job->config),
                         *theta);
    if (world_agree_memory(job->world, *theta, NULL, "the parameters", error))
        return error->status;
    snprintf(source, sizeof source, "initialize()%s", model->of_model);
    return assemble_check_bounds(job->world, source, model, *theta, error);
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

/* The power of two that half of the targets of all ranks do not exceed. */
static double usual_target(const struct world *world, const struct samples *samples)
{
    int64_t counts[SAMPLES_EXPONENTS] = {0}, all = 0, below = 0;
    int at = 0;
    samples_count_targets(samples, counts);
    collective_sum(world, counts, SAMPLES_EXPONENTS);
    for (int i = 0; i < SAMPLES_EXPONENTS; ++i)
        all += counts[i];
    while (at < SAMPLES_EXPONENTS - 1 && 2 * (below + counts[at]) < all)
        below += counts[at++];
    return all > 0 ? ldexp(1, at - SAMPLES_EXPONENTS / 2) : 1;
}

void assemble_limits(const struct world *world, const struct samples *samples, struct model *model)
{
    if (!model_predicts_numbers(model) && !samples->weights)
        return;
    const struct model_limits limits = {
        .input = collective_spread(world, samples_largest(samples)).maximum,
        .target = collective_spread(world, samples_largest_target(samples)).maximum,
        .usual_target = usual_target(world, samples),
        .weight = collective_spread(world, samples_largest_weight(samples)).maximum,
    };
    model_set_limits(model, &limits);
}
