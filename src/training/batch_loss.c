/* SPDX-License-Identifier: MIT */
#include "batch_loss.h"

#include <string.h>

struct batch_loss batch_loss_make(const struct model *model, int64_t global_batch)
{
    return (struct batch_loss){
        .grids = exact_grids_make(global_batch, model->largest_weight * model->loss_range,
                                  model->loss_parts),
        .global_batch = global_batch,
    };
}

void batch_loss_measure(struct batch_loss *loss, int64_t iteration, struct model_pass *pass,
                        const double *theta, const struct samples *samples, const int64_t *rows,
                        int64_t count)
{
    loss->local = (struct model_score){.of_batch = true};
    for (int64_t done = 0; done < count; done += pass->count) {
        model_pass_take(pass, samples, rows + done, count - done);
        model_score_add(&loss->local, pass, theta, &loss->grids);
    }
    loss->iteration = iteration;
    loss->pending = true;
}

void batch_loss_enter(const struct batch_loss *loss, struct step_sums *sums)
{
    memcpy(sums->loss, loss->local.loss, sizeof sums->loss);
    sums->loss_overflows = loss->local.overflows;
}

double batch_loss_mean(const struct batch_loss *loss, const struct step_sums *sums)
{
    return exact_grids_mean(&loss->grids, sums->loss, loss->global_batch);
}
