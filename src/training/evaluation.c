/* SPDX-License-Identifier: MIT */
#include "evaluation.h"

#include "ranks/collective.h"

#include <math.h>
#include <stdio.h>

void evaluation_describe_overflow(const struct network *network, const struct network_score *score,
                                  char *text, size_t size)
{
    const long long row = score->overflow_row;
    const double loss = score->overflow_loss, range = network_loss_range(network);
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
                                const struct network_score *own, int64_t overflows,
                                int64_t global_rows, struct error *error)
{
    char what[320];
    enum status status = STATUS_DONE;
    if (overflows == 0)
        return STATUS_DONE;
    if (own->overflows > 0) {
        evaluation_describe_overflow(network, own, what, sizeof what);
        status = error_set(error, STATUS_DIVERGED, "%s%s (one of %lld of %lld rows)", what,
                           network->model ? "" : ": the weights or the inputs are too large",
                           (long long)overflows, (long long)global_rows);
    }
    return world_agree(world, status, error);
}

enum status evaluation_run(const struct world *world, const struct network *network,
                           const double *theta, const struct samples *samples,
                           struct sampler_range rows, int64_t global_rows,
                           struct network_pass *pass, struct metrics_score *score,
                           struct error *error)
{
    const struct exact_grid grid = exact_grid_make(global_rows, network_loss_range(network));
    struct network_score own = {0};
    for (int64_t row = rows.begin; row < rows.end; ++row) {
        const struct network_score one =
            network_score(network, theta, samples, &row, 1, &grid, pass);
        if (one.overflows > 0 && own.overflows++ == 0) {
            own.overflow_row = one.overflow_row;
            own.overflow_loss = one.overflow_loss;
        }
        own.loss_sum += one.loss_sum;
        own.correct += one.correct;
    }
    int64_t sums[3] = {own.loss_sum, own.correct, own.overflows};
    collective_sum(world, sums, 3);
    *score = (struct metrics_score){exact_mean(&grid, sums[0], global_rows),
                                    (double)sums[1] / (double)global_rows};
    return check_losses(world, network, &own, sums[2], global_rows, error);
}
