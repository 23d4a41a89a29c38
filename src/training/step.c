/* SPDX-License-Identifier: MIT */
#include "step.h"

#include "common/clock.h"
#include "core/numbers/norm.h"
#include "divergence.h"
#include "ranks/collective.h"
#include "score.h"
#include "signals.h"
#include "step_sums.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

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

static double gradient_norm(const struct trainer *trainer, int64_t iteration)
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
    recorder_loss(&trainer->recorder, loss->iteration, batch_loss_mean(loss, global), 0);
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
    const struct optimizer_gradient gradient = {.sums = global_sums(trainer)->gradient,
                                                .grid = &trainer->gradient.grid,
                                                .samples = trainer->config->batch_size};
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

static enum status take(struct trainer *trainer, int64_t iteration, struct error *error)
{
    phases_begin(&trainer->phases, PHASE_COMPUTE);
    /* Now, because a single rank keeps its own sums and those of all ranks in one place. */
    if (gradient_may_be_abandoned(&trainer->gradient))
        trainer->gradient_norm = gradient_norm(trainer, iteration - 1);
    const struct share share = loader_next(&trainer->loader, iteration);
    if (try_grids(trainer, iteration, &share, error))
        return error->status;
    if (!trainer->stop.abandoned)
        measure_loss(trainer, iteration);
    return STATUS_DONE;
}

static enum status settle(struct trainer *trainer, int64_t iteration, struct error *error)
{
    struct step_sums sums;
    (void)iteration;
    phases_begin(&trainer->phases, PHASE_REDUCTION);
    fill_local_sums(trainer, &sums);
    collective_sum(trainer->world, &sums.stop, STEP_SUMS_WITHOUT_GRADIENT);
    return take_global_sums(trainer, &sums, error);
}

/* The mean of as many iterations as fit in a second after the first, or the first. */
static enum status estimate(struct trainer *trainer, struct step_estimate *result,
                            struct error *error)
{
    const double enough = 1;
    const int64_t iterations = trainer->schedule.last;
    double start = clock_seconds();
    if (iterations > 0 && take(trainer, 1, error))
        return error->status;
    if (trainer->stop.abandoned)
        return error_set(error, STATUS_STOPPED, "the dry run was stopped");
    result->seconds = phases_slowest_since(trainer->world, start);
    result->timed = iterations > 0;
    const int64_t more = (int64_t)fmin((double)(iterations - 1), enough / result->seconds);
    if (more < 1)
        return STATUS_DONE;
    start = clock_seconds();
    for (int64_t iteration = 2; iteration < 2 + more && !trainer->stop.abandoned; ++iteration)
        if (take(trainer, iteration, error))
            return error->status;
    result->seconds = phases_slowest_since(trainer->world, start) / (double)more;
    result->timed = more;
    return STATUS_DONE;
}

static enum status score(struct trainer *trainer, int64_t iteration,
                         const struct evaluation_set *set, struct score *result,
                         struct error *error)
{
    (void)iteration;
    return score_compute(trainer->world, trainer->theta, &set->rows, &trainer->gradient.pass, NULL,
                         result, error);
}

static enum status prepare(struct trainer *trainer, int64_t *groups, int *parts,
                           struct error *error)
{
    const struct config *config = trainer->config;
    const struct gradient_method *method =
        gradient_method_choose(config->gradient, &trainer->model);
    if (!method)
        return error_set(error, STATUS_USAGE,
                         "--gradient %s: the derivative of --model %s is not known",
                         config->gradient, trainer->model.description);
    const bool created = gradient_create(&trainer->gradient, method, &trainer->model, config->step,
                                         config->batch_size);
    trainer->gradient.asks_to_stop = signals_ask_to_stop;
    *groups = gradient_groups(method, config->batch_size);
    *parts = trainer->model.parts;
    return world_agree_memory(trainer->world, created, NULL, "the gradient", error);
}

static void warn_of_idle_ranks(const struct trainer *trainer)
{
    const struct world *world = trainer->world;
    const int64_t pieces = gradient_groups(trainer->gradient.method, trainer->config->batch_size) *
                           trainer->model.parts;
    if (world->rank == 0 && world->size > pieces)
        fprintf(stderr,
                "dtrain: there are %d ranks, but a batch can be divided among %lld only: the "
                "others have nothing to do\n",
                world->size, (long long)pieces);
}

/* The reduction of the sums, and the block that is updated with them: where the ranks of a node
 * share their sums, they share that, too. */
static enum status open_sums(struct trainer *trainer, struct error *error)
{
    const size_t parameters = trainer->model.tensors.parameters;
    const size_t block = optimizer_block_size(trainer->optimizer.rule, parameters);
    const struct allreduce_size size = {
        .head = STEP_SUMS_WITHOUT_GRADIENT,
        .count = step_sums_count(parameters),
        .beside = block * sizeof *trainer->theta,
    };
    if (allreduce_create(&trainer->allreduce, trainer->world,
                         allreduce_algorithm_find(trainer->config->reduce), size, error) ||
        node_memory_create(&trainer->block, trainer->world, trainer->allreduce.shared, block,
                           "the optimizer", error))
        return error->status;
    trainer->phases.only_waits = !allreduce_has_chunk(&trainer->allreduce);
    warn_of_idle_ranks(trainer);
    return STATUS_DONE;
}

/* The ranges of the sums follow from the rows. */
static enum status begin(struct trainer *trainer, struct error *error)
{
    (void)error;
    trainer->batch_loss = batch_loss_make(&trainer->model, trainer->config->batch_size);
    return STATUS_DONE;
}

static void close_sums(struct trainer *trainer)
{
    gradient_destroy(&trainer->gradient);
    allreduce_destroy(&trainer->allreduce);
}

const struct step_method step_of_sums = {
    .prepare = prepare,
    .open = open_sums,
    .begin = begin,
    .close = close_sums,
    .take = take,
    .estimate = estimate,
    .settle = settle,
    .score = score,
    .gradient_norm = gradient_norm,
};

const struct step_method *step_method_of(const struct model *model)
{
    return model->kind->evaluates ? &step_of_evaluations : &step_of_sums;
}
