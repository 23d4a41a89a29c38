/* SPDX-License-Identifier: MIT
 *
 * Training: each iteration every rank computes the gradient of its slice of the batch, one
 * reduction combines them, and every rank makes the identical update. */
#include "commands/commands.h"
#include "evaluation.h"
#include "files/checkpoint_store.h"
#include "files/run_record.h"
#include "ranks/beat.h"
#include "ranks/collective.h"
#include "ranks/replicas.h"
#include "signals.h"
#include "trainer.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Adds the time since the last call to a phase. */
static void clock_phase(struct training *run, enum phase phase)
{
    const double now = MPI_Wtime();
    run->seconds[phase] += now - run->lap;
    run->lap = now;
}

/* The loss of the iteration's batch after its update, as the book records it: of this rank's
 * samples. It is summed with the next gradient, and spares a reduction of its own. */
static void measure_loss(struct training *run, const struct batch_slice *slice)
{
    const struct sampler_range own = sampler_owned(&run->sampler);
    run->loss = network_score(&run->network, run->theta, &run->train, slice->rows + own.begin,
                              own.end - own.begin, &run->loss_grid, &run->gradient.pass);
}

/* Takes the loss of an iteration's batch from the totals of the riders. */
static enum status record_loss(struct training *run, int64_t iteration, const int64_t *riders,
                               struct error *error)
{
    if (riders[RIDER_LOSS_OFF_GRID] > 0) {
        run->iteration = iteration;
        return training_report_loss(run, iteration, error);
    }
    if (run->world->rank == 0) {
        const double loss =
            exact_mean(&run->loss_grid, riders[RIDER_LOSS], run->config->batch_size);
        metrics_iteration(&run->metrics, iteration, loss);
        progress_iteration(&run->progress, iteration, loss);
    }
    return STATUS_DONE;
}

/* Whether this rank was asked to stop. Rank 0 also looks at the clock, and once a second for the
 * file `stop` in the run directory. */
static bool is_asked_to_stop(struct training *run)
{
    const double now = MPI_Wtime(), look_every = 1;
    if (signals_received() != 0)
        return true;
    if (run->world->rank != 0)
        return false;
    if (run->config->max_time > 0 && now - run->started > run->config->max_time)
        return true;
    if (now - run->stop_looked < look_every)
        return false;
    char path[PATH_MAX];
    run->stop_looked = now;
    snprintf(path, sizeof path, "%s/stop", run->directory);
    return access(path, F_OK) == 0;
}

static void write_riders(struct training *run, int64_t riders[RIDERS])
{
    riders[RIDER_STOP] = is_asked_to_stop(run);
    riders[RIDER_ABANDONED] = run->gradient.abandoned;
    riders[RIDER_OFF_GRID] = run->gradient.overflows;
    riders[RIDER_LOSS] = run->loss.loss_sum;
    riders[RIDER_LOSS_OFF_GRID] = run->loss.overflows;
}

enum status training_step(struct training *run, int64_t iteration, struct error *error)
{
    struct allreduce *sum = &run->reduction;
    beat_enter(PHASE_COMPUTE);
    const struct batch_slice slice = sampler_slice(&run->sampler, iteration, run->rows);
    gradient_sum_slice(&run->gradient, run->theta, &run->train, &slice, sum->sums);
    write_riders(run, sum->sums + run->parameters);
    clock_phase(run, PHASE_COMPUTE);
    beat_enter(PHASE_REDUCTION);

    allreduce_sum(sum);
    clock_phase(run, PHASE_REDUCTION);
    beat_enter(PHASE_COMPUTE);

    const int64_t *riders = sum->totals + run->parameters;
    run->stop_votes += riders[RIDER_STOP];
    if (!run->loss_recorded && record_loss(run, iteration - 1, riders, error))
        return error->status;
    run->loss_recorded = true;
    run->abandoned = riders[RIDER_ABANDONED] > 0;
    if (run->abandoned)
        return STATUS_DONE;
    if (riders[RIDER_OFF_GRID] > 0)
        return training_report_gradient(run, iteration, error);
    network_update(&run->network, run->theta, sum->totals, &run->gradient.grid,
                   run->config->batch_size, run->config->learning_rate);
    measure_loss(run, &slice);
    run->loss_recorded = false;
    clock_phase(run, PHASE_COMPUTE);
    return STATUS_DONE;
}

/* Sums and records the loss of the iteration now, before what comes after it. */
static enum status settle_loss(struct training *run, int64_t iteration, struct error *error)
{
    int64_t riders[RIDERS];
    write_riders(run, riders);
    collective_sum(run->world, riders, RIDERS);
    clock_phase(run, PHASE_REDUCTION);
    run->stop_votes += riders[RIDER_STOP];
    if (run->loss_recorded)
        return STATUS_DONE;
    run->loss_recorded = true;
    return record_loss(run, iteration, riders, error);
}

/* Seconds of each phase since the last evaluation, over the ranks. */
static void record_timing(struct training *run, int64_t iteration)
{
    struct metrics_seconds seconds[PHASES];
    for (enum phase phase = PHASE_COMPUTE; phase < PHASES; ++phase) {
        const struct world_spread spread = world_spread(run->world, run->seconds[phase]);
        seconds[phase] = (struct metrics_seconds){spread.minimum, spread.mean, spread.maximum};
        run->total[phase] += spread.mean;
        if (phase == PHASE_REDUCTION)
            run->total_pure_reduction += spread.minimum;
        run->seconds[phase] = 0;
    }
    if (run->world->rank == 0)
        metrics_timing(&run->metrics, iteration, seconds);
}

enum status training_evaluate(struct training *run, struct error *error)
{
    beat_enter(PHASE_EVALUATION);
    if (evaluation_run(run->world, &run->network, run->theta, &run->train,
                       sampler_evaluation_rows(&run->sampler),
                       run->dataset.global_rows[DATASET_TRAIN], &run->gradient.pass,
                       &run->last_train, error) ||
        evaluation_run(run->world, &run->network, run->theta, &run->test, run->test_rows,
                       run->dataset.global_rows[DATASET_TEST], &run->gradient.pass, &run->last_test,
                       error))
        return error->status;
    clock_phase(run, PHASE_EVALUATION);
    return STATUS_DONE;
}

static enum status evaluate(struct training *run, int64_t iteration, struct error *error)
{
    const double before = run->last_train.loss;
    if (training_evaluate(run, error))
        return error->status;
    run->loss_unchanged = before != 0 && run->last_train.loss == before;
    record_timing(run, iteration);
    if (run->world->rank == 0) {
        metrics_evaluation(&run->metrics, iteration, iteration / run->sampler.epoch_iterations,
                           run->last_train, run->last_test);
        progress_evaluation(&run->progress, iteration, run->last_train, run->last_test);
    }
    return STATUS_DONE;
}

/* Metrics become durable before the checkpoint that continues from them. */
static enum status save(struct training *run, int64_t iteration, struct error *error)
{
    enum status status = STATUS_DONE;
    beat_enter(PHASE_CHECKPOINT);
    if (run->world->rank == 0) {
        const struct checkpoint state = {iteration, run->fingerprint, run->network, run->theta};
        const struct checkpoint_schedule schedule = {
            training_period(run, run->config->checkpoint_every), run->config->iterations,
            run->config->keep};
        struct settings settings;
        config_settings(run->config, &settings);
        status = metrics_sync(&run->metrics, error);
        if (!status)
            status = checkpoint_store_add(run->directory, &settings, &schedule, &state, error);
    }
    status = world_agree(run->world, status, error);
    clock_phase(run, PHASE_CHECKPOINT);
    return status;
}

/* What is due at an iteration beside its step. What an earlier start of the run did stays. */
static enum status evaluate_and_save(struct training *run, int64_t iteration, struct error *error)
{
    const bool done_before = run->resumed && iteration == run->first_iteration;
    const bool evaluates = training_is_due(run, run->config->eval_every, iteration) &&
                           !(done_before && run->first_evaluated);
    const bool saves =
        training_is_due(run, run->config->checkpoint_every, iteration) && !done_before;
    if (!evaluates && !saves)
        return STATUS_DONE;
    if (settle_loss(run, iteration, error) ||
        replicas_compare(run->world, run->theta, run->parameters, iteration, error))
        return error->status;
    if (evaluates && evaluate(run, iteration, error))
        return error->status;
    return saves ? save(run, iteration, error) : STATUS_DONE;
}

/* Why the run stops, for all ranks: the signal that most of them can name, or another reason. */
static void describe_stop(const struct training *run, char *text, size_t size)
{
    const int number = collective_largest(run->world, signals_received());
    if (number > 0)
        snprintf(text, size, "signal %d (%s)", number, strsignal(number));
    else if (run->config->max_time > 0 && MPI_Wtime() - run->started > run->config->max_time)
        snprintf(text, size, "--max-time %g s", run->config->max_time);
    else
        snprintf(text, size, "the file stop");
}

/* Leaves a run that can be resumed at the iteration where all ranks are. */
static enum status stop(struct training *run, int64_t iteration, struct error *error)
{
    char reason[128], stop_file[PATH_MAX];
    const bool saved = training_is_due(run, run->config->checkpoint_every, iteration) ||
                       (run->resumed && iteration == run->first_iteration);
    if (!saved && (settle_loss(run, iteration, error) ||
                   replicas_compare(run->world, run->theta, run->parameters, iteration, error) ||
                   save(run, iteration, error)))
        return error->status;
    enum status status = STATUS_DONE;
    describe_stop(run, reason, sizeof reason);
    if (run->world->rank == 0) {
        /* The request is fulfilled: it must not stop the run that goes on. */
        snprintf(stop_file, sizeof stop_file, "%s/stop", run->directory);
        unlink(stop_file);
        status = run_record_event(run->directory, "stop", iteration, reason, error);
    }
    if (world_agree(run->world, status, error))
        return error->status;
    return error_set(error, STATUS_STOPPED,
                     "stopped by %s after iteration %lld of %lld: go on with --resume --run-dir %s",
                     reason, (long long)iteration, (long long)run->config->iterations,
                     run->directory);
}

/* For those who report what went wrong there. */
static void begin_iteration(struct training *run, int64_t iteration)
{
    run->iteration = iteration;
    if (run->network.call)
        atomic_store(&run->network.call->iteration, iteration);
}

static enum status train(struct training *run, struct error *error)
{
    run->lap = run->loop_started = MPI_Wtime();
    if (run->world->rank == 0)
        progress_start(&run->progress, run->config->quiet ? "none" : run->config->progress,
                       run->first_iteration, run->config->iterations,
                       run->sampler.epoch_iterations);
    for (int64_t iteration = run->first_iteration;; ++iteration) {
        begin_iteration(run, iteration);
        if (iteration > run->first_iteration && training_step(run, iteration, error))
            return error->status;
        if (run->abandoned)
            return stop(run, iteration - 1, error);
        if (evaluate_and_save(run, iteration, error))
            return error->status;
        if (iteration == run->config->iterations)
            return STATUS_DONE;
        if (run->stop_votes > 0)
            return stop(run, iteration, error);
    }
}

static enum status finish(struct training *run, struct error *error)
{
    enum status status = STATUS_DONE;
    if (run->world->rank == 0) {
        status = metrics_sync(&run->metrics, error);
        if (!status)
            status =
                run_record_event(run->directory, "finish", run->config->iterations, NULL, error);
    }
    return world_agree(run->world, status, error);
}

/* Why the run ended before its time, in run.json. The line of *error, which says the same, stays as
 * it is whether or not this can be written. */
static void record_failure(const struct training *run, const struct error *error)
{
    struct error ignored;
    if (run->world->rank != 0 || run->config->dry_run)
        return;
    if (error->status == STATUS_DIVERGED)
        run_record_event(run->directory, "diverge", run->iteration, error->text, &ignored);
    else if (error->status == STATUS_REPLICAS_DIFFER)
        run_record_event(run->directory, "replicas differ", run->iteration, error->text, &ignored);
}

enum status train_command(const struct world *world, const struct config *config, char *const *argv,
                          struct error *error)
{
    struct training run = {.world = world, .settings = *config, .started = MPI_Wtime()};
    run.config = &run.settings;
    enum status status = training_prepare(&run, argv, error);
    if (!status) {
        training_print_start(&run);
        status = config->dry_run ? training_dry_run(&run, error) : train(&run, error);
        progress_end(&run.progress);
        if (status)
            record_failure(&run, error);
    }
    if (!status && !config->dry_run) {
        status = finish(&run, error);
        training_print_summary(&run);
    }
    training_release(&run);
    return status;
}
