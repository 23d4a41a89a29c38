/* SPDX-License-Identifier: MIT
 *
 * How the modules of a run are created and destroyed. */
#include "trainer.h"

#include "loop.h"
#include "ranks/watchdog.h"
#include "signals.h"
#include "step_sums.h"

#include <math.h>

enum status trainer_start(struct trainer *trainer, const struct world *world,
                          const struct config *config, struct error *error)
{
    *trainer = (struct trainer){.world = world, .config = config, .recorder.lock = -1};
    phases_start(&trainer->phases);
    return watchdog_start(world, config->stall_timeout,
                          config->repeated_run || config->dry_run
                              ? "nothing is lost: give the command again"
                              : "the run can be resumed with --resume",
                          error);
}

static enum status prepare_gradient(struct trainer *trainer, struct error *error)
{
    const struct config *config = trainer->config;
    const struct gradient_method *method =
        gradient_method_choose(config->gradient, &trainer->model);
    if (!method)
        return error_set(error, STATUS_USAGE,
                         "--gradient %s: nobody knows the derivative of --model %s",
                         config->gradient, trainer->model.description);
    enum status status = STATUS_DONE;
    if (!gradient_create(&trainer->gradient, method, &trainer->model, config->step,
                         config->batch_size))
        status = error_set(error, STATUS_FAILED, "not enough memory for the gradient");
    trainer->gradient.asks_to_stop = signals_ask_to_stop;
    return world_agree(trainer->world, status, error);
}

static enum status prepare_allreduce(struct trainer *trainer, struct error *error)
{
    return allreduce_create(&trainer->allreduce, trainer->world,
                            allreduce_algorithm_find(trainer->config->reduce),
                            step_sums_count(trainer->model.tensors.parameters), error);
}

static enum status prepare_recorder(struct trainer *trainer, struct error *error)
{
    const struct config *config = trainer->config;
    if (config->dry_run)
        return recorder_open_dry(&trainer->recorder, trainer->world, config, error);
    const uint64_t fingerprint = loader_fingerprint(&trainer->loader, trainer->world);
    if (config->repeated_run) {
        recorder_open_verification(&trainer->recorder, trainer->world, config, fingerprint);
        return STATUS_DONE;
    }
    trainer->recorder.fingerprint = fingerprint;
    struct checkpoint state = loop_state(trainer, 0);
    if (recorder_open(&trainer->recorder, trainer->world, config, &trainer->loader.summary,
                      trainer->model.predicts, &state, &trainer->schedule, error))
        return error->status;
    trainer->best = state.best;
    trainer->gradient_norm = state.gradient_norm;
    /* Whether patience had run out is asked where an evaluation is, and nowhere else. */
    if (trainer->schedule.first_evaluated)
        schedule_end_early(&trainer->schedule, trainer->schedule.first, &trainer->best);
    return STATUS_DONE;
}

enum status trainer_prepare(struct trainer *trainer, const struct dataset *dataset,
                            const struct model *model, const struct optimizer *optimizer,
                            double *theta, struct error *error)
{
    const struct config *config = trainer->config;
    trainer->model = *model;
    trainer->optimizer = *optimizer;
    trainer->theta = theta;
    trainer->best = best_none();
    trainer->gradient_norm = (double)NAN;
    if (prepare_gradient(trainer, error) ||
        loader_create(&trainer->loader, trainer->world, config, dataset, model->parts, error) ||
        prepare_allreduce(trainer, error))
        return error->status;
    trainer->batch_loss = batch_loss_make(model, config->batch_size);
    trainer->schedule =
        schedule_make(trainer->loader.sampler.epoch_iterations, config->iterations,
                      config->eval_every.number, config->checkpoint_every.number, config->patience);
    if (prepare_recorder(trainer, error))
        return error->status;
    trainer->stop = (struct stop){
        .max_time = config->max_time,
        .started = trainer->phases.started,
        .run_dir = trainer->recorder.directory[0] ? trainer->recorder.directory : NULL};
    return STATUS_DONE;
}

void trainer_destroy(struct trainer *trainer)
{
    recorder_close(&trainer->recorder);
    loader_destroy(&trainer->loader);
    gradient_destroy(&trainer->gradient);
    allreduce_destroy(&trainer->allreduce);
    watchdog_stop();
}
