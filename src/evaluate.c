/* SPDX-License-Identifier: MIT */
#include "dtrain/evaluate.h"

#include "commands.h"
#include "dtrain/dataset.h"
#include "dtrain/watchdog.h"
#include "dtrain/weights.h"

#include <stdlib.h>
#include <string.h>

enum status evaluate_set(const struct world *world, const struct network *network,
                         const double *theta, const struct samples *samples,
                         struct sampler_range rows, int64_t global_rows, struct network_pass *pass,
                         struct metrics_score *score, struct error *error)
{
    const struct exact_grid grid = exact_grid_make(global_rows, NETWORK_LOSS_RANGE);
    int64_t sums[3] = {0}; /* loss, correct, off the grid */
    for (int64_t row = rows.begin; row < rows.end; ++row) {
        const struct network_score one =
            network_score(network, theta, samples, &row, 1, &grid, pass);
        sums[0] += one.loss_sum;
        sums[1] += one.correct;
        sums[2] += one.off_grid;
    }
    watchdog_beat(WATCHDOG_REDUCTION);
    MPI_Allreduce(MPI_IN_PLACE, sums, 3, MPI_INT64_T, MPI_SUM, world->comm);
    *score = (struct metrics_score){exact_mean(&grid, sums[0], global_rows),
                                    (double)sums[1] / (double)global_rows};
    if (sums[2] > 0)
        return error_set(error, STATUS_DIVERGED,
                         "the loss of %lld of %lld rows is not finite: the weights are too large",
                         (long long)sums[2], (long long)global_rows);
    return STATUS_DONE;
}

static void print_score(const struct config *config, int64_t rows, struct metrics_score score)
{
    if (config->json)
        printf("{\"split\":\"%s\",\"rows\":%lld,\"loss\":%#.17g,\"accuracy\":%#.17g}\n",
               config->split, (long long)rows, score.loss, score.accuracy);
    else
        printf("%s: %lld rows, loss %.6f, accuracy %.4f\n", config->split, (long long)rows,
               score.loss, score.accuracy);
}

/* Evaluates loaded weights on an open data set. */
static enum status evaluate_weights(const struct world *world, const struct config *config,
                                    const struct dataset *dataset, const struct network *network,
                                    const double *theta, struct error *error)
{
    const enum dataset_split split =
        strcmp(config->split, "train") == 0 ? DATASET_TRAIN : DATASET_TEST;
    const int64_t global_rows = dataset->global_rows[split];
    const struct sampler_range rows = sampler_split(global_rows, world->rank, world->size);
    struct samples samples;
    struct network_pass pass;
    struct metrics_score score;

    if (check_network(network, dataset, config->file, error))
        return error->status;
    enum status status = dataset_read(dataset, split, rows, &samples, error);
    if (status)
        return status;
    if (!network_pass_create(&pass, network))
        status = error_set(error, STATUS_FAILED, "not enough memory to evaluate");
    status = world_agree(world, status, error);
    if (!status)
        status =
            evaluate_set(world, network, theta, &samples, rows, global_rows, &pass, &score, error);
    if (!status && world->rank == 0)
        print_score(config, global_rows, score);
    network_pass_destroy(&pass);
    dataset_free_samples(&samples);
    return status;
}

enum status evaluate_command(const struct world *world, const struct config *config,
                             struct error *error)
{
    char path[4096];
    struct dataset dataset;
    struct network network;
    double *theta;
    if (weights_load(world, config->file, &network, &theta, error))
        return error->status;
    enum status status = open_data(world, config, path, &dataset, error);
    if (!status) {
        status = evaluate_weights(world, config, &dataset, &network, theta, error);
        dataset_close(&dataset);
    }
    free(theta);
    return status;
}
