/* SPDX-License-Identifier: MIT */
#include "assemble.h"

#include "assemble_model.h"
#include "class_weights.h"
#include "core/samples/sampler.h"
#include "first_weights.h"
#include "loop.h"
#include "ranks/watchdog.h"
#include "step.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Checks and settles what depends on the number of rows. */
static enum status settle_rows(struct config *config, const struct dataset *dataset,
                               struct error *error)
{
    const int64_t rows = dataset->global_rows[DATASET_TRAIN];
    const int64_t left = rows - config->validation_rows;
    if (config_check_rows(config, rows, error))
        return error->status;
    return config_settle(config, left, sampler_epoch(left, config->batch_size), error);
}

/* Drops options that have no effect with `other`, or refuses them if the user gave them. The list
 * ends with NULL. */
static enum status drop_all(struct config *config, const char *const *names, const char *other,
                            struct error *error)
{
    for (; *names; ++names)
        if (config_drop_unused(config, *names, other, error))
            return error->status;
    return STATUS_DONE;
}

/* Refuses the options of models that evaluate where the model does not, and those without effect
 * where it does. Without data, the replicates are the batch. */
static enum status check_evaluations(struct config *config, const struct model *model,
                                     const struct dataset *dataset, struct error *error)
{
    static const char *const with_evaluations[] = {
        "replicates", "random-numbers", "difference", "retries",     "on-failure", "max-failures",
        "journal",    "no-check",       "audit",      "keep-values", "scratch",    NULL};
    static const char *const without_evaluations[] = {"gradient", "reduce", NULL};
    static const char *const with_data[] = {
        "batch-size", "sampling", "validation-rows", "patience", "classes", "class-weights", NULL};
    const bool evaluates = model->kind->evaluates, has_data = dataset_is_there(dataset);
    if (!evaluates)
        return drop_all(config, with_evaluations, "a model that does not evaluate", error);
    if (drop_all(config, without_evaluations, "a model that evaluates", error) ||
        (!has_data && drop_all(config, with_data, "a model without data", error)) ||
        (has_data && config_drop_unused(config, "replicates", "data", error)))
        return error->status;
    if (!has_data)
        config->batch_size = config->replicates;
    return STATUS_DONE;
}

/* Leaves out options that the run of --like has for another kind of model, and refuses them if the
 * user gave them. --gradient is refused later. */
static enum status check_model(struct config *config, const struct model *model,
                               struct error *error)
{
    if (!gradient_method_choose(config->gradient, model))
        config_leave_out(config, "gradient");
    if (!model->kind->decays)
        config_leave_out(config, "weight-decay");
    if (config->classes != model->outputs)
        config_leave_out(config, "classes");
    if (!model->kind->decays && config->weight_decay > 0)
        return error_set(error, STATUS_USAGE,
                         "--weight-decay: is for the weights of networks; a loss of your own can "
                         "have such a term itself");
    if (config->classes > 0 && config->classes != model->outputs)
        return error_set(error, STATUS_USAGE, "--classes %lld: the network of --weights %s has %d",
                         (long long)config->classes, config->weights, model->outputs);
    return STATUS_DONE;
}

/* If --weights decides on the network, or the data on the loss, the run is recorded with those. */
static void adopt_network(struct config *config, const struct model *model)
{
    struct config_integers hidden;
    if (!head_goes_unnamed(model->tensors.loss))
        config->loss = head_find(model->tensors.loss)->name;
    hidden.count = network_hidden_widths(&model->tensors, hidden.values);
    if (config->weights && hidden.count > 0)
        config_adopt_network(config, &hidden, activation_find(model->tensors.activation)->name);
}

/* The optimizer with its numbers. Those that it does not use are dropped, or refused. */
static enum status make_optimizer(struct config *config, struct optimizer *optimizer,
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

/* The schedule of the learning rate. What it does not use is dropped, or refused. */
static enum status make_learning_rate(struct config *config, struct learning_rate *rate,
                                      struct error *error)
{
    const char *const constant = "--learning-rate-schedule constant";
    const struct learning_rate_rule *rule = learning_rate_find(config->learning_rate_schedule);
    const bool is_constant = strcmp(rule->name, "constant") == 0;
    if (is_constant && (config_drop_unused(config, "decay-every", constant, error) ||
                        config_drop_unused(config, "decay-factor", constant, error)))
        return error->status;
    if (!is_constant && config->decay_every == 0)
        return error_set(error, STATUS_USAGE,
                         "--learning-rate-schedule %s: give --decay-every, the iterations in which "
                         "the rate falls",
                         rule->name);
    *rate = (struct learning_rate){
        .rule = rule,
        .base = config->learning_rate,
        .factor = config->decay_factor.word ? rule->factor : config->decay_factor.number,
        .period = config->decay_every,
        .warmup = config->warmup,
    };
    return STATUS_DONE;
}

/* The run begins with theta (P) in the block. */
static void fill_block(struct trainer *trainer, const double *theta)
{
    trainer->theta = trainer->block.numbers;
    if (trainer->block.keeps)
        memcpy(trainer->theta, theta, trainer->model.tensors.parameters * sizeof *theta);
    node_memory_publish(&trainer->block);
}

static enum status make_recorder(struct trainer *trainer, struct error *error)
{
    const struct config *config = trainer->config;
    if (config->dry_run)
        return recorder_open_dry(&trainer->recorder, trainer->world, config, &trainer->model,
                                 error);
    const uint64_t fingerprint = loader_fingerprint(&trainer->loader, trainer->world);
    if (config->repeated_run) {
        recorder_open_verification(&trainer->recorder, trainer->world, config, &trainer->model,
                                   fingerprint);
        return STATUS_DONE;
    }
    trainer->recorder.fingerprint = fingerprint;
    const struct evaluation_set *judge = loader_judge(&trainer->loader);
    struct checkpoint state = loop_state(trainer, 0);
    if (recorder_open(&trainer->recorder, trainer->world, config, &trainer->model,
                      &trainer->loader.summary, judge ? judge->name : NULL, &state,
                      &trainer->schedule, error))
        return error->status;
    trainer->best = state.best;
    trainer->gradient_norm = state.gradient_norm;
    if (trainer->schedule.resumed)
        node_memory_spread(&trainer->block);
    /* Patience can run out only at an evaluation. */
    if (trainer->schedule.first_evaluated)
        schedule_end_early(&trainer->schedule, trainer->schedule.first, &trainer->best);
    return STATUS_DONE;
}

/* Makes all modules but the model. The run begins with theta or, with --resume, the state of a
 * checkpoint. */
static enum status make_modules(struct trainer *trainer, struct config *config,
                                const struct dataset *dataset, const double *theta,
                                struct error *error)
{
    int64_t groups;
    int parts;
    trainer->best = best_none();
    trainer->gradient_norm = (double)NAN;
    trainer->method = step_method_of(&trainer->model);
    if (make_optimizer(config, &trainer->optimizer, error) ||
        make_learning_rate(config, &trainer->learning_rate, error) ||
        trainer->method->prepare(trainer, &groups, &parts, error) ||
        loader_create(&trainer->loader, trainer->world, config, dataset, groups, parts, error) ||
        trainer->method->open(trainer, error))
        return error->status;
    fill_block(trainer, theta);
    if (class_weights_apply(&trainer->loader, trainer->world, config, error))
        return error->status;
    assemble_limits(trainer->world, &trainer->loader.train, &trainer->model);
    trainer->schedule =
        schedule_make(trainer->loader.sampler.epoch_iterations, config->iterations,
                      config->eval_every.number, config->checkpoint_every.number, config->patience);
    if (make_recorder(trainer, error))
        return error->status;
    trainer->stop = (struct stop){
        .max_time = config->max_time,
        .started = trainer->phases.started,
        .run_dir = trainer->recorder.directory[0] ? trainer->recorder.directory : NULL};
    return trainer->method->begin(trainer, error);
}

/* Reads what the outputs are called, on rank 0; a recipe that does not fit ends the run here. */
static enum status read_recipe(struct trainer *trainer, const struct dataset *dataset,
                               struct error *error)
{
    const struct recipe_fit fit = {dataset->labelled, dataset->outputs, dataset->outputs};
    enum status status = STATUS_DONE;
    if (trainer->world->rank == 0)
        status = recipe_parse(&trainer->recipe, dataset->recipe, dataset->path, &fit, error);
    return world_agree(trainer->world, status, error);
}

/* Starts the clock and the watchdog of a run. */
static enum status start(struct trainer *trainer, const struct world *world,
                         const struct config *config, struct error *error)
{
    *trainer = (struct trainer){.world = world, .config = config, .recorder.lock = -1};
    phases_start(&trainer->phases);
    return watchdog_start(world, config->stall_timeout, config_limits_calls(config),
                          config->repeated_run || config->dry_run
                              ? "nothing is lost: give the command again"
                              : "the run can be resumed with --resume",
                          error);
}

static enum status open_and_run(struct trainer *trainer, struct config *config,
                                const struct dtrain_model *linked_model, with_trainer_fn *run,
                                struct error *error)
{
    const struct job job = {trainer->world, config, linked_model};
    char weights[PATH_MAX];
    double *theta = NULL;
    struct dataset dataset;
    if (first_weights_find(job.world, config, weights, error) ||
        assemble_data(&job, &dataset, error))
        return error->status;
    enum status status = read_recipe(trainer, &dataset, error);
    if (!status)
        status = assemble_model(&job, &dataset, &trainer->model, &theta, error);
    if (!status)
        status = check_evaluations(config, &trainer->model, &dataset, error);
    if (!status)
        status = settle_rows(config, &dataset, error);
    if (!status)
        status = check_model(config, &trainer->model, error);
    if (!status) {
        adopt_network(config, &trainer->model);
        status = make_modules(trainer, config, &dataset, theta, error);
    }
    free(theta);
    if (!status)
        status = run(trainer, error);
    dataset_close(&dataset);
    return status;
}

static void destroy(struct trainer *trainer)
{
    recorder_close(&trainer->recorder);
    recipe_free(&trainer->recipe);
    loader_destroy(&trainer->loader);
    if (trainer->method)
        trainer->method->close(trainer);
    node_memory_destroy(&trainer->block);
    watchdog_stop();
}

enum status trainer_open_and(const struct job *job, with_trainer_fn *run, struct error *error)
{
    struct config config = *job->config;
    struct trainer trainer;
    enum status status = start(&trainer, job->world, &config, error);
    if (!status)
        status = open_and_run(&trainer, &config, job->linked_model, run, error);
    destroy(&trainer);
    return status;
}
