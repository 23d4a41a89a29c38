/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "dtrain/run.h"
#include "dtrain/weights.h"
#include "training.h"

#include <stdlib.h>
#include <string.h>

/* The network's shape and initial parameters. */
static enum status prepare_network(struct training *run, struct error *error)
{
    const struct config *config = run->config;
    const struct dataset *data = &run->dataset;
    enum status status = STATUS_DONE;
    if (config->weights) {
        status = weights_load(run->world, config->weights, &run->network, &run->theta, error);
        if (!status &&
            (run->network.inputs != data->inputs || run->network.classes < data->classes))
            status = error_set(error, STATUS_FAILED,
                               "%s: is for %d inputs and %d classes, the data has %d and %d",
                               config->weights, run->network.inputs, run->network.classes,
                               data->inputs, data->classes);
        run->parameters = network_parameter_count(&run->network);
        return status;
    }
    run->network = (struct network){data->inputs, (int)config->hidden, data->classes};
    run->parameters = network_parameter_count(&run->network);
    if (run->parameters > NETWORK_PARAMETERS_MAX)
        return error_set(error, STATUS_FAILED, "--hidden %lld: the network is too large",
                         (long long)config->hidden);
    run->theta = malloc(run->parameters * sizeof *run->theta);
    if (run->theta)
        network_initialize(&run->network, (uint64_t)config->seed, config->init_std, run->theta);
    else
        status = error_set(error, STATUS_FAILED, "not enough memory for the network");
    return world_agree(run->world, status, error);
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
    run->loss_grid = exact_grid_make(config->batch_size, NETWORK_LOSS_RANGE);
    const bool created =
        sampler_create(&run->sampler, mode, (uint64_t)config->seed, global_rows, config->batch_size,
                       run->network.hidden + 1, world->rank, world->size) &&
        gradient_create(&run->gradient, gradient_method_find(config->gradient), &run->network,
                        config->step, config->batch_size);
    run->rows = malloc(((size_t)sampler_local_batch(&run->sampler) + 1) * sizeof *run->rows);
    enum status status = STATUS_DONE;
    if (!created || !run->rows)
        status = error_set(error, STATUS_FAILED, "not enough memory for the gradient");
    return world_agree(world, status, error);
}

/* By default a node's memory is used where it is shared by more than one rank. */
static enum status prepare_reduction(struct training *run, struct error *error)
{
    const struct world *world = run->world;
    const char *const reduce = run->config->reduce;
    int neighbours = 1;
    if (strcmp(reduce, "mpi") != 0) {
        MPI_Comm_split_type(world->comm, MPI_COMM_TYPE_SHARED, world->rank, MPI_INFO_NULL,
                            &run->node);
        MPI_Comm_size(run->node, &neighbours);
        MPI_Allreduce(MPI_IN_PLACE, &neighbours, 1, MPI_INT, MPI_MAX, world->comm);
    }
    const bool shared = strcmp(reduce, "shared") == 0 || neighbours > 1;
    return reduction_create(&run->reduction, world, shared ? run->node : MPI_COMM_NULL,
                            run->parameters + RIDERS, error);
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
                "dtrain: %d ranks, but --batch-size x (--hidden + 1) is %lld: the others have "
                "nothing to do\n",
                world->size, (long long)work);
    return STATUS_DONE;
}

static enum status prepare_directory(struct training *run, char *const *argv, struct error *error)
{
    const struct world *world = run->world;
    const struct dataset *data = &run->dataset;
    const struct run_dataset described = {
        run->data_path,
        data->global_rows[DATASET_TRAIN],
        data->global_rows[DATASET_TEST],
        data->inputs,
        data->classes,
        dataset_fingerprint(world, &run->train, sampler_evaluation_rows(&run->sampler))};
    enum status status = STATUS_DONE;
    if (world->rank == 0) {
        status = run_create(run->config, run->directory, sizeof run->directory, error);
        if (!status)
            status = metrics_open(&run->metrics, run->directory, error);
    }
    if (world_agree(world, status, error))
        return error->status;
    return run_record_start(world, run->directory, run->config, argv, &described, error);
}

enum status training_prepare(struct training *run, char *const *argv, struct error *error)
{
    run->node = MPI_COMM_NULL;
    run->reduction = (struct reduction){.peers = MPI_COMM_NULL, .window = MPI_WIN_NULL};
    run->dataset.file = -1;
    if (open_data(run->world, run->config, run->data_path, &run->dataset, error) ||
        prepare_network(run, error) || prepare_method(run, error) ||
        prepare_reduction(run, error) || prepare_shards(run, error) ||
        prepare_directory(run, argv, error))
        return error->status;
    return STATUS_DONE;
}

void training_release(struct training *run)
{
    metrics_close(&run->metrics);
    dataset_free_samples(&run->train);
    dataset_free_samples(&run->test);
    gradient_destroy(&run->gradient);
    sampler_destroy(&run->sampler);
    free(run->rows);
    reduction_destroy(&run->reduction);
    if (run->node != MPI_COMM_NULL)
        MPI_Comm_free(&run->node);
    free(run->theta);
    dataset_close(&run->dataset);
}
