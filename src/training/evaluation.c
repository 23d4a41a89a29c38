/* SPDX-License-Identifier: MIT */
#include "evaluation.h"

#include "commands/classification_report.h"
#include "commands/commands.h"
#include "files/dataset.h"
#include "files/weights_source.h"
#include "ranks/watchdog.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void evaluate_describe_off(const struct network *network, const struct network_score *score,
                           char *text, size_t size)
{
    const long long row = score->off_row;
    const double loss = score->off_loss, range = network_loss_range(network);
    const char *const nan = "not a number";
    char value[32];
    snprintf(value, sizeof value, "%.6g", loss);
    if (network->model && isfinite(loss))
        snprintf(text, size,
                 "the loss of the model %s at row %lld is %s, beyond its loss_range of %g: raise "
                 "loss_range in the model",
                 network->model->name, row, value, range);
    else if (network->model)
        snprintf(text, size, "the loss of the model %s at row %lld is %s", network->model->name,
                 row, isnan(loss) ? nan : value);
    else
        snprintf(text, size, "the loss at row %lld is %s", row, isnan(loss) ? nan : value);
}

/* The status of the set: on the ranks that have them, the losses off the grid are described. */
static enum status check_losses(const struct world *world, const struct network *network,
                                const struct network_score *own, int64_t off_grid,
                                int64_t global_rows, struct error *error)
{
    char what[320];
    enum status status = STATUS_DONE;
    if (off_grid == 0)
        return STATUS_DONE;
    if (own->off_grid > 0) {
        evaluate_describe_off(network, own, what, sizeof what);
        status = error_set(error, STATUS_DIVERGED, "%s%s (one of %lld of %lld rows)", what,
                           network->model ? "" : ": the weights or the inputs are too large",
                           (long long)off_grid, (long long)global_rows);
    }
    return world_agree(world, status, error);
}

enum status evaluate_set(const struct world *world, const struct network *network,
                         const double *theta, const struct samples *samples,
                         struct sampler_range rows, int64_t global_rows, struct network_pass *pass,
                         struct metrics_score *score, struct error *error)
{
    const struct exact_grid grid = exact_grid_make(global_rows, network_loss_range(network));
    struct network_score own = {0};
    for (int64_t row = rows.begin; row < rows.end; ++row) {
        const struct network_score one =
            network_score(network, theta, samples, &row, 1, &grid, pass);
        if (one.off_grid > 0 && own.off_grid++ == 0) {
            own.off_row = one.off_row;
            own.off_loss = one.off_loss;
        }
        own.loss_sum += one.loss_sum;
        own.correct += one.correct;
    }
    int64_t sums[3] = {own.loss_sum, own.correct, own.off_grid};
    watchdog_beat(WATCHDOG_REDUCTION);
    MPI_Allreduce(MPI_IN_PLACE, sums, 3, MPI_INT64_T, MPI_SUM, world->comm);
    *score = (struct metrics_score){exact_mean(&grid, sums[0], global_rows),
                                    (double)sums[1] / (double)global_rows};
    return check_losses(world, network, &own, sums[2], global_rows, error);
}

/* What the rows of each true class were taken for: counts[t * K + predicted], over all ranks. */
static void count_confusions(const struct world *world, const struct network *network,
                             const double *theta, const struct samples *samples,
                             struct network_pass *pass, int64_t *counts)
{
    const size_t classes = (size_t)network->classes;
    for (int64_t row = samples->first_row; row < samples->first_row + samples->rows; ++row) {
        network_forward(network, theta, samples, row, pass);
        const int predicted = network_prediction(network, theta, pass);
        /* A model's predict() may return what is no class: such a row counts as wrong. */
        if (predicted >= 0 && predicted < network->classes)
            ++counts[(size_t)pass->label * classes + (size_t)predicted];
    }
    MPI_Allreduce(MPI_IN_PLACE, counts, (int)(classes * classes), MPI_INT64_T, MPI_SUM,
                  world->comm);
}

/* Evaluates loaded weights on the rows of an open data set. */
static enum status evaluate_rows(const struct world *world, const struct config *config,
                                 const struct network *network, const double *theta,
                                 const struct samples *samples, int64_t global_rows,
                                 struct error *error)
{
    /* Beyond that, a table of all pairs helps nobody. */
    const int confusion_classes_most = 1000;
    const struct sampler_range rows = {samples->first_row, samples->first_row + samples->rows};
    const bool predicts = !network->model || network->model->predict;
    const size_t classes =
        predicts && network->classes <= confusion_classes_most ? (size_t)network->classes : 0;
    struct metrics_score score;
    struct network_pass pass;
    int64_t *counts = calloc(classes * classes + 1, sizeof *counts);
    enum status status = STATUS_DONE;
    if (!network_pass_create(&pass, network) || !counts)
        status = error_set(error, STATUS_FAILED, "not enough memory to evaluate");
    status = world_agree(world, status, error);
    if (!status)
        status =
            evaluate_set(world, network, theta, samples, rows, global_rows, &pass, &score, error);
    if (!status && classes > 0)
        count_confusions(world, network, theta, samples, &pass, counts);
    if (!status && world->rank == 0) {
        const struct score_sheet sheet = {config->split, global_rows, score, (int)classes, counts};
        if (config->json)
            score_sheet_print_json(&sheet);
        else
            score_sheet_print(&sheet);
    }
    network_pass_destroy(&pass);
    free(counts);
    return status;
}

static enum status evaluate_weights(const struct world *world, const struct config *config,
                                    const struct dataset *dataset, struct network *network,
                                    const double *theta, struct error *error)
{
    const enum dataset_split split =
        strcmp(config->split, "train") == 0 ? DATASET_TRAIN : DATASET_TEST;
    const int64_t global_rows = dataset->global_rows[split];
    const struct sampler_range rows = sampler_split(global_rows, world->rank, world->size);
    struct samples samples;
    if (adopt_network(world, config, dataset, config->file, network, error) ||
        dataset_read(dataset, split, rows, &samples, error))
        return error->status;
    const enum status status =
        evaluate_rows(world, config, network, theta, &samples, global_rows, error);
    dataset_free_samples(&samples);
    return status;
}

enum status evaluate_command(const struct world *world, const struct config *config,
                             struct error *error)
{
    char path[PATH_MAX];
    struct dataset dataset;
    struct network network;
    double *theta;
    if (weights_source_load(world, config->file, &network, &theta, error))
        return error->status;
    enum status status = open_data(world, config, path, &dataset, error);
    if (!status) {
        status = evaluate_weights(world, config, &dataset, &network, theta, error);
        dataset_close(&dataset);
    }
    free(theta);
    return status;
}
