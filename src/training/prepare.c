/* SPDX-License-Identifier: MIT */
#include "commands/inputs.h"
#include "files/checkpoint_store.h"
#include "files/run_directory.h"
#include "files/run_record.h"
#include "ranks/collective.h"
#include "ranks/watchdog.h"
#include "signals.h"
#include "trainer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum status prepare_network(struct training *run, struct error *error)
{
    if (inputs_open_network(run->world, run->config, &run->dataset, &run->network, &run->theta,
                            error))
        return error->status;
    if (run->config->weights && !run->network.model)
        config_adopt_hidden(&run->settings, run->network.hidden);
    run->parameters = network_parameter_count(&run->network);
    return STATUS_DONE;
}

/* Of a model nothing is known but its loss: its numerical gradient is the formula word for word. */
static const struct gradient_method *find_method(const struct training *run)
{
    const struct gradient_method *method = gradient_method_find(run->config->gradient);
    return run->network.model && method == &gradient_numerical ? &gradient_literal : method;
}

static enum status prepare_method(struct training *run, struct error *error)
{
    const struct config *config = run->config;
    const struct world *world = run->world;
    const int64_t global_rows = run->dataset.global_rows[DATASET_TRAIN];
    const enum sampler_mode mode = sampler_mode_find(config->sampling);
    if (mode == SAMPLER_EPOCH && config->batch_size > global_rows)
        return error_set(error, STATUS_USAGE,
                         "--sampling epoch: --batch-size %lld is larger than the %lld rows",
                         (long long)config->batch_size, (long long)global_rows);
    if (run->network.model && find_method(run) == &gradient_backprop)
        return error_set(error, STATUS_USAGE,
                         "--gradient backprop: nobody knows the derivative of --model %s",
                         run->network.model->name);
    run->loss_grid = exact_grid_make(config->batch_size, network_loss_range(&run->network));
    const bool created =
        sampler_create(&run->sampler, mode, (uint64_t)config->seed, global_rows, config->batch_size,
                       network_units(&run->network), world->rank, world->size) &&
        gradient_create(&run->gradient, find_method(run), &run->network, config->step,
                        config->batch_size);
    run->gradient.asks_to_stop = signals_ask_to_stop;
    run->rows = malloc(((size_t)sampler_local_batch(&run->sampler) + 1) * sizeof *run->rows);
    enum status status = STATUS_DONE;
    if (!created || !run->rows)
        status = error_set(error, STATUS_FAILED, "not enough memory for the gradient");
    return world_agree(world, status, error);
}

static enum status prepare_shards(struct training *run, struct error *error)
{
    const struct world *world = run->world;
    run->test_rows =
        sampler_split(run->dataset.global_rows[DATASET_TEST], world->rank, world->size);
    if (dataset_read(&run->dataset, DATASET_TRAIN, sampler_shard(&run->sampler), &run->train,
                     error) ||
        dataset_read(&run->dataset, DATASET_TEST, run->test_rows, &run->test, error))
        return error->status;
    const int64_t work = run->config->batch_size * run->sampler.units;
    if (world->rank == 0 && world->size > work)
        fprintf(stderr,
                "dtrain: %d ranks, but samples x parts of their work are %lld: the others have "
                "nothing to do\n",
                world->size, (long long)work);
    return STATUS_DONE;
}

/* On rank 0: the checkpoint that the run goes on from, and the metrics cut back to it. */
static enum status load_state(struct training *run, struct checkpoint *state, struct error *error)
{
    const struct config *config = run->config;
    struct settings settings;
    config_settings(config, &settings);
    enum status status =
        checkpoint_store_newest(run->directory, &settings, run->fingerprint, state, error);
    if (status)
        return status;
    if (state->theta && !network_same_shape(&state->network, &run->network))
        return error_set(error, STATUS_USAGE, "--run-dir %s: holds a run of another network",
                         run->directory);
    if (state->iteration > config->iterations)
        return error_set(error, STATUS_USAGE, "--iterations %lld: %s has %lld already",
                         (long long)config->iterations, run->directory,
                         (long long)state->iteration);
    const bool evaluates = training_is_due(run, config->eval_every, state->iteration);
    return metrics_resume(&run->metrics, run->directory, state->iteration, evaluates,
                          &run->first_evaluated, error);
}

/* All ranks take over what rank 0 loaded; without a checkpoint the run begins. */
static void share_state(struct training *run, const struct checkpoint *state)
{
    int64_t iteration = state->iteration;
    collective_broadcast(run->world, &iteration, sizeof iteration);
    collective_broadcast(run->world, &run->first_evaluated, sizeof run->first_evaluated);
    run->resumed = iteration > -1;
    if (!run->resumed)
        return;
    run->first_iteration = iteration;
    if (run->world->rank == 0)
        memcpy(run->theta, state->theta, run->parameters * sizeof *run->theta);
    collective_broadcast(run->world, run->theta, run->parameters * sizeof *run->theta);
}

/* On rank 0: the directory, for this job alone. */
static enum status claim_directory(struct training *run, struct error *error)
{
    const enum status status = run_directory_create(run->config->run_dir, run->config->resume,
                                                    run->directory, sizeof run->directory, error);
    if (status)
        return status;
    run->lock = run_directory_lock(run->directory, error);
    return run->lock < 0 ? STATUS_FAILED : STATUS_DONE;
}

/* A run that cannot begin after all leaves nothing that a later start would refuse. */
static void withdraw(struct training *run)
{
    if (run->config->resume || !run->metrics.course)
        return;
    metrics_remove(&run->metrics);
    if (!run->config->run_dir)
        run_directory_remove(run->directory);
}

static enum status prepare_directory(struct training *run, char *const *argv, struct error *error)
{
    const struct world *world = run->world;
    const struct dataset *data = &run->dataset;
    struct checkpoint state = {.iteration = -1};
    enum status status = STATUS_DONE;
    if (run->config->dry_run)
        return world_agree(
            world,
            world->rank == 0 ? run_directory_check(run->config->run_dir, run->config->resume, error)
                             : status,
            error);
    run->fingerprint =
        dataset_fingerprint(world, &run->train, sampler_evaluation_rows(&run->sampler));
    if (world->rank == 0) {
        status = claim_directory(run, error);
        if (!status)
            status = run->config->resume ? load_state(run, &state, error)
                                         : metrics_open(&run->metrics, run->directory, error);
    }
    status = world_agree(world, status, error);
    if (!status) {
        const struct run_dataset described = {run->data_path,
                                              data->global_rows[DATASET_TRAIN],
                                              data->global_rows[DATASET_TEST],
                                              data->inputs,
                                              data->classes,
                                              run->fingerprint};
        struct settings settings;
        config_settings(run->config, &settings);
        share_state(run, &state);
        status = run_record_start(world, run->directory, &settings, argv, &described,
                                  run->resumed ? run->first_iteration : -1, error);
    }
    if (status)
        withdraw(run);
    free(state.theta);
    return status;
}

enum status training_prepare(struct training *run, char *const *argv, struct error *error)
{
    const struct world *world = run->world;
    run->dataset.file = -1;
    run->lock = -1;
    run->loss_recorded = true;
    if (watchdog_start(world, run->config->stall_timeout, error) ||
        inputs_open_data(world, run->config, run->data_path, &run->dataset, error) ||
        prepare_network(run, error) || prepare_method(run, error) ||
        allreduce_create(&run->reduction, world, allreduce_way_find(run->config->reduce),
                         run->parameters + RIDERS, error) ||
        prepare_shards(run, error) || prepare_directory(run, argv, error))
        return error->status;
    return STATUS_DONE;
}

int64_t training_period(const struct training *run, int64_t every)
{
    return every > 0 ? every : run->sampler.epoch_iterations;
}

bool training_is_due(const struct training *run, int64_t every, int64_t iteration)
{
    return iteration % training_period(run, every) == 0 || iteration == run->config->iterations;
}

void training_release(struct training *run)
{
    metrics_close(&run->metrics);
    dataset_free_samples(&run->train);
    dataset_free_samples(&run->test);
    gradient_destroy(&run->gradient);
    sampler_destroy(&run->sampler);
    free(run->rows);
    allreduce_destroy(&run->reduction);
    watchdog_stop();
    if (run->lock >= 0)
        close(run->lock);
    free(run->theta);
    dataset_close(&run->dataset);
}
