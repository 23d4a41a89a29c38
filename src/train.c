/* SPDX-License-Identifier: MIT
 *
 * Training: each iteration every rank computes the gradient of its slice of the batch, one
 * reduction combines them, and every rank makes the identical update. */
#include "commands.h"
#include "dtrain/checkpoint.h"
#include "dtrain/evaluate.h"
#include "dtrain/gradient.h"
#include "dtrain/metrics.h"
#include "dtrain/replicas.h"
#include "dtrain/run.h"
#include "dtrain/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Everything a run holds. What is not marked local is equal on all ranks. */
struct training {
    const struct world *world;
    const struct config *config;
    char data_path[4096], directory[4000];
    struct dataset dataset;
    struct network network;
    size_t parameters;
    double *theta;                  /* (P) */
    int64_t *sums;                  /* (P + 1): the gradient, and how much is off the grid */
    struct gradient gradient;       /* local */
    struct sampler sampler;         /* local */
    struct samples train, test;     /* local: the shards */
    struct sampler_range test_rows; /* local */
    int64_t *rows;                  /* local: the slice of the batch */
    struct exact_grid loss_grid;
    double loss;                    /* of the last batch, after its update */
    struct metrics metrics;         /* open on rank 0 */
    double seconds[METRICS_PHASES]; /* local: since the last evaluation */
    double started, lap;            /* local: MPI_Wtime */
};

/* Adds the time since the last call to a phase. */
static void clock_phase(struct training *run, enum metrics_phase phase)
{
    const double now = MPI_Wtime();
    run->seconds[phase] += now - run->lap;
    run->lap = now;
}

/* A gradient that does not fit on the grid: the rank where it happened says which parameter. */
static enum status report_divergence(struct training *run, int64_t iteration, struct error *error)
{
    enum status status = STATUS_DONE;
    if (run->gradient.off_grid > 0) {
        char name[64];
        network_parameter_name(&run->network, run->gradient.first_off_grid, name, sizeof name);
        status = error_set(error, STATUS_DIVERGED,
                           "iteration %lld: the gradient of %s is not finite or above %g: "
                           "try a smaller --learning-rate than %g",
                           (long long)iteration, name, GRADIENT_RANGE, run->config->learning_rate);
    }
    return world_agree(run->world, status, error);
}

/* The loss of the iteration's batch after the update, as the book records it. */
static enum status measure_loss(struct training *run, int64_t iteration, struct error *error)
{
    const int64_t local_batch = sampler_local_batch(&run->sampler);
    const struct network_score local =
        network_score(&run->network, run->theta, &run->train, run->rows, local_batch,
                      &run->loss_grid, &run->gradient.pass);
    int64_t sums[2] = {local.loss_sum, local.off_grid};
    clock_phase(run, METRICS_COMPUTE);
    MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_INT64_T, MPI_SUM, run->world->comm);
    clock_phase(run, METRICS_REDUCTION);
    if (sums[1] > 0)
        return error_set(error, STATUS_DIVERGED,
                         "iteration %lld: the loss is not finite: try a smaller --learning-rate "
                         "than %g",
                         (long long)iteration, run->config->learning_rate);
    run->loss = exact_mean(&run->loss_grid, sums[0], run->config->batch_size);
    if (run->world->rank == 0)
        metrics_iteration(&run->metrics, iteration, run->loss);
    return STATUS_DONE;
}

static enum status step(struct training *run, int64_t iteration, struct error *error)
{
    sampler_slice(&run->sampler, iteration, run->rows);
    const struct batch_slice slice = {run->rows, sampler_local_batch(&run->sampler), 0,
                                      run->network.hidden + 1};
    gradient_sum_slice(&run->gradient, run->theta, &run->train, &slice, run->sums);
    run->sums[run->parameters] = run->gradient.off_grid;
    clock_phase(run, METRICS_COMPUTE);

    MPI_Allreduce(MPI_IN_PLACE, run->sums, (int)run->parameters + 1, MPI_INT64_T, MPI_SUM,
                  run->world->comm);
    clock_phase(run, METRICS_REDUCTION);

    if (run->sums[run->parameters] > 0)
        return report_divergence(run, iteration, error);
    network_update(&run->network, run->theta, run->sums, &run->gradient.grid,
                   run->config->batch_size, run->config->learning_rate);
    return measure_loss(run, iteration, error);
}

static void print_progress(const struct training *run, int64_t iteration,
                           struct metrics_score train, struct metrics_score test)
{
    if (run->config->quiet)
        return;
    printf("iteration %6lld of %lld  train loss %.4f accuracy %.4f  test loss %.4f accuracy %.4f"
           "  %.1f s\n",
           (long long)iteration, (long long)run->config->iterations, train.loss, train.accuracy,
           test.loss, test.accuracy, MPI_Wtime() - run->started);
    fflush(stdout);
}

/* Seconds of each phase since the last evaluation, over the ranks. */
static void record_timing(struct training *run, int64_t iteration)
{
    struct metrics_seconds seconds[METRICS_PHASES];
    for (int phase = 0; phase < METRICS_PHASES; ++phase) {
        const struct world_spread spread = world_spread(run->world, run->seconds[phase]);
        seconds[phase] = (struct metrics_seconds){spread.minimum, spread.mean, spread.maximum};
        run->seconds[phase] = 0;
    }
    if (run->world->rank == 0)
        metrics_timing(&run->metrics, iteration, seconds);
}

static enum status evaluate(struct training *run, int64_t iteration, struct error *error)
{
    struct metrics_score train, test;
    if (evaluate_set(run->world, &run->network, run->theta, &run->train,
                     sampler_evaluation_rows(&run->sampler),
                     run->dataset.global_rows[DATASET_TRAIN], &run->gradient.pass, &train, error) ||
        evaluate_set(run->world, &run->network, run->theta, &run->test, run->test_rows,
                     run->dataset.global_rows[DATASET_TEST], &run->gradient.pass, &test, error))
        return error->status;
    clock_phase(run, METRICS_EVALUATION);
    record_timing(run, iteration);
    if (run->world->rank == 0) {
        metrics_evaluation(&run->metrics, iteration, iteration / run->sampler.epoch_iterations,
                           train, test);
        print_progress(run, iteration, train, test);
    }
    return STATUS_DONE;
}

/* Metrics become durable before the checkpoint that continues from them. */
static enum status save(struct training *run, int64_t iteration, struct error *error)
{
    enum status status = STATUS_DONE;
    if (run->world->rank == 0) {
        status = metrics_sync(&run->metrics, error);
        if (!status)
            status = checkpoint_write(run->directory, iteration, run->config, &run->network,
                                      run->theta, error);
    }
    status = world_agree(run->world, status, error);
    clock_phase(run, METRICS_CHECKPOINT);
    return status;
}

/* Whether something that happens every `every` iterations (0: every epoch) is due. */
static bool is_due(const struct training *run, int64_t every, int64_t iteration)
{
    const int64_t period = every > 0 ? every : run->sampler.epoch_iterations;
    return iteration % period == 0 || iteration == run->config->iterations;
}

static enum status train(struct training *run, struct error *error)
{
    run->lap = MPI_Wtime();
    for (int64_t iteration = 0; iteration <= run->config->iterations; ++iteration) {
        const bool evaluates = is_due(run, run->config->eval_every, iteration);
        const bool saves = is_due(run, run->config->checkpoint_every, iteration);
        if (iteration > 0 && step(run, iteration, error))
            return error->status;
        if ((evaluates || saves) &&
            replicas_compare(run->world, run->theta, run->parameters, iteration, error))
            return error->status;
        if (evaluates && evaluate(run, iteration, error))
            return error->status;
        if (saves && save(run, iteration, error))
            return error->status;
    }
    return STATUS_DONE;
}

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
    const bool created = sampler_create(&run->sampler, mode, (uint64_t)config->seed, global_rows,
                                        config->batch_size, world->rank, world->size) &&
                         gradient_create(&run->gradient, gradient_method_find(config->gradient),
                                         &run->network, config->step, config->batch_size);
    run->sums = malloc((run->parameters + 1) * sizeof *run->sums);
    run->rows = malloc(((size_t)sampler_local_batch(&run->sampler) + 1) * sizeof *run->rows);
    enum status status = STATUS_DONE;
    if (!created || !run->sums || !run->rows)
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
    if (world->rank == 0 && world->size > run->config->batch_size)
        fprintf(stderr, "dtrain: %d ranks, but --batch-size %lld: the others have nothing to do\n",
                world->size, (long long)run->config->batch_size);
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

static void print_start(const struct training *run)
{
    if (run->world->rank == 0 && !run->config->quiet)
        printf("dtrain: %zu parameters (%d-%d-%d), %s gradients, %lld + %lld rows, batches of %lld "
               "on %d %s, run in %s\n",
               run->parameters, run->network.inputs, run->network.hidden, run->network.classes,
               run->config->gradient, (long long)run->dataset.global_rows[DATASET_TRAIN],
               (long long)run->dataset.global_rows[DATASET_TEST],
               (long long)run->config->batch_size, run->world->size,
               run->world->size == 1 ? "rank" : "ranks", run->directory);
}

static enum status finish(struct training *run, struct error *error)
{
    enum status status = STATUS_DONE;
    if (run->world->rank == 0) {
        status = metrics_sync(&run->metrics, error);
        if (!status)
            status = run_record_event(run->directory, "finish", run->config->iterations, error);
    }
    return world_agree(run->world, status, error);
}

static void release(struct training *run)
{
    metrics_close(&run->metrics);
    dataset_free_samples(&run->train);
    dataset_free_samples(&run->test);
    gradient_destroy(&run->gradient);
    sampler_destroy(&run->sampler);
    free(run->rows);
    free(run->sums);
    free(run->theta);
    dataset_close(&run->dataset);
}

enum status train_command(const struct world *world, const struct config *config, char *const *argv,
                          struct error *error)
{
    struct training run = {.world = world, .config = config, .started = MPI_Wtime()};
    if (open_data(world, config, run.data_path, &run.dataset, error))
        return error->status;
    enum status status = prepare_network(&run, error);
    if (!status)
        status = prepare_method(&run, error);
    if (!status)
        status = prepare_shards(&run, error);
    if (!status)
        status = prepare_directory(&run, argv, error);
    if (!status) {
        print_start(&run);
        status = train(&run, error);
    }
    if (!status)
        status = finish(&run, error);
    release(&run);
    return status;
}
