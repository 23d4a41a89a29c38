/* SPDX-License-Identifier: MIT */
#include "step.h"

#include "core/numbers/norm.h"
#include "divergence.h"
#include "ranks/collective.h"
#include "step_sums.h"

#include <limits.h>

_Static_assert(CONFIG_BATCH_MAX <= GRADIENT_BATCH_MAX,
               "--batch-size takes no batch whose sums are less exact than promised");
_Static_assert(STEP_SUMS_WITHOUT_GRADIENT + TENSORS_PARAMETERS_MAX <= INT_MAX,
               "MPI counts the sums by an int");

/* The sums of this rank, from which the reduction makes those of all ranks. */
static struct step_sums *local_sums(const struct trainer *trainer)
{
    return (struct step_sums *)trainer->allreduce.sums;
}

/* The sums over all ranks, as of the last reduction. */
static const struct step_sums *global_sums(const struct trainer *trainer)
{
    return (const struct step_sums *)trainer->allreduce.totals;
}

/* The numbers before the gradient, which a rank knows before it knows all of that. */
static const struct step_sums *global_head(const struct trainer *trainer)
{
    return (const struct step_sums *)trainer->allreduce.head;
}

/* Whether the sums are those of the whole gradient. */
static bool is_whole(const struct step_sums *head)
{
    return head->abandoned == 0 && head->overflows == 0;
}

double step_gradient_norm(const struct trainer *trainer, int64_t iteration)
{
    if (iteration == trainer->schedule.first || trainer->stop.abandoned)
        return trainer->gradient_norm;
    return norm_of_means(global_sums(trainer)->gradient, trainer->model.tensors.parameters,
                         &trainer->gradient.grid, trainer->config->batch_size);
}

/* What this rank adds to the reduction beside its gradient. */
static void fill_local_sums(struct trainer *trainer, struct step_sums *local)
{
    local->stop = stop_is_requested(&trainer->stop, trainer->world);
    local->abandoned = trainer->gradient.abandoned;
    local->overdue = recorder_is_overdue(&trainer->recorder);
    local->overflows = trainer->gradient.overflows;
    batch_loss_enter(&trainer->batch_loss, local);
}

/* Takes from the sums what all ranks must know, and records the loss of the batch before. */
static enum status take_global_sums(struct trainer *trainer, const struct step_sums *global,
                                    struct error *error)
{
    struct batch_loss *loss = &trainer->batch_loss;
    trainer->stop.requests = global->stop;
    trainer->stop.abandoned = global->abandoned > 0;
    trainer->overdue = global->overdue > 0;
    if (!loss->pending)
        return STATUS_DONE;
    loss->pending = false;
    loss->diverged = global->loss_overflows > 0;
    if (loss->diverged)
        return divergence_report_loss(trainer, error);
    recorder_loss(&trainer->recorder, loss->iteration, batch_loss_mean(loss, global));
    return STATUS_DONE;
}

/* The loss of this rank's own samples of the batch. */
static void measure_loss(struct trainer *trainer, int64_t iteration)
{
    const struct range own = sampler_owned(&trainer->loader.sampler);
    batch_loss_measure(&trainer->batch_loss, iteration, &trainer->gradient.pass, trainer->theta,
                       &trainer->loader.train, trainer->loader.rows + own.begin,
                       own.end - own.begin);
}

/* Changes the parameters of this rank's chunk; the others of its node change the rest. */
static void update(struct trainer *trainer, int64_t iteration)
{
    const struct optimizer_gradient gradient = {
        global_sums(trainer)->gradient, &trainer->gradient.grid, trainer->config->batch_size};
    trainer->optimizer.learning_rate = learning_rate_at(&trainer->learning_rate, iteration);
    optimizer_step(&trainer->optimizer, trainer->theta, &trainer->model.tensors,
                   trainer->allreduce.own, &gradient, iteration);
}

/* A step with a gradient that is summed on one grid. Where it does not fit, or a rank abandons it,
 * all ranks see that in the head of the sums, and none changes theta. */
static void try_grid(struct trainer *trainer, int64_t iteration, const struct share *share,
                     int grid)
{
    struct step_sums *local = local_sums(trainer);
    phases_begin(&trainer->phases, PHASE_COMPUTE);
    gradient_choose_grid(&trainer->gradient, grid);
    gradient_sum_share(&trainer->gradient, trainer->theta, &trainer->loader.train, share,
                       local->gradient);
    fill_local_sums(trainer, local);

    phases_begin(&trainer->phases, PHASE_REDUCTION);
    phases_add_waiting(&trainer->phases, allreduce_sum(&trainer->allreduce));
    if (is_whole(global_head(trainer)))
        update(trainer, iteration);
    phases_add_waiting(&trainer->phases, allreduce_finish(&trainer->allreduce));
    phases_begin(&trainer->phases, PHASE_COMPUTE);
}

/* Takes the finest grid that the gradient fits. Every iteration begins with the first: so the grid
 * follows from theta and the batch alone, and no checkpoint needs to know it. */
static enum status try_grids(struct trainer *trainer, int64_t iteration, const struct share *share,
                             struct error *error)
{
    for (int grid = 0; grid < gradient_grids(&trainer->gradient); ++grid) {
        try_grid(trainer, iteration, share, grid);
        if (take_global_sums(trainer, global_sums(trainer), error))
            return error->status;
        if (trainer->stop.abandoned || global_sums(trainer)->overflows == 0)
            return STATUS_DONE;
    }
    gradient_find_overflow(&trainer->gradient, trainer->theta, &trainer->loader.train, share,
                           local_sums(trainer)->gradient);
    return divergence_report_gradient(trainer, iteration, error);
}

enum status step_take(struct trainer *trainer, int64_t iteration, struct error *error)
{
    phases_begin(&trainer->phases, PHASE_COMPUTE);
    /* Now, because a single rank keeps its own sums and those of all ranks in one place. */
    if (gradient_may_be_abandoned(&trainer->gradient))
        trainer->gradient_norm = step_gradient_norm(trainer, iteration - 1);
    const struct share share = loader_next(&trainer->loader, iteration);
    if (try_grids(trainer, iteration, &share, error))
        return error->status;
    if (!trainer->stop.abandoned)
        measure_loss(trainer, iteration);
    return STATUS_DONE;
}

enum status step_settle_loss(struct trainer *trainer, struct error *error)
{
    struct step_sums sums;
    phases_begin(&trainer->phases, PHASE_REDUCTION);
    fill_local_sums(trainer, &sums);
    collective_sum(trainer->world, &sums.stop, STEP_SUMS_WITHOUT_GRADIENT);
    return take_global_sums(trainer, &sums, error);
}
