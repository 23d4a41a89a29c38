/* SPDX-License-Identifier: MIT */
#include "recorder.h"

#include "files/checkpoint_store.h"
#include "files/run_directory.h"
#include "files/run_record.h"
#include "ranks/collective.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_recording(const struct recorder *recorder)
{
    return recorder->world->rank == 0;
}

/* Takes the directory for this job alone. */
static enum status claim_directory(struct recorder *recorder, struct error *error)
{
    const struct config *config = recorder->config;
    if (run_directory_create(config->run_dir, config->resume, recorder->directory,
                             sizeof recorder->directory, error))
        return error->status;
    recorder->lock = run_directory_lock(recorder->directory, error);
    return recorder->lock < 0 ? STATUS_FAILED : STATUS_DONE;
}

/* The best checkpoint cannot be made again, but the run can go on without it. */
static void warn_of_lost_best(const struct recorder *recorder, const struct best *best)
{
    char path[PATH_MAX];
    struct checkpoint lost;
    struct error error;
    checkpoint_store_best_path(recorder->directory, path, sizeof path);
    if (best->iteration >= 0 && checkpoint_read(path, NULL, 0, &lost, &error))
        fprintf(stderr, "dtrain: %s: the best checkpoint so far, of iteration %lld, is lost\n",
                error.text, (long long)best->iteration);
    else if (best->iteration >= 0)
        free(lost.theta);
}

/* Reads the checkpoint that the run goes on from into *loaded, and cuts the metrics back to it. */
static enum status load_state(struct recorder *recorder, const struct checkpoint *state,
                              struct schedule *schedule, struct checkpoint *loaded,
                              struct error *error)
{
    const struct config *config = recorder->config;
    if (checkpoint_store_newest(recorder->directory, &recorder->settings, recorder->fingerprint,
                                loaded, error))
        return error->status;
    if (loaded->theta && !tensors_equal(&loaded->tensors, &state->tensors))
        return error_set(error, STATUS_USAGE, "--run-dir %s: holds a run of another network",
                         recorder->directory);
    if (loaded->iteration > config->iterations)
        return error_set(error, STATUS_USAGE, "--iterations %lld: %s has %lld already",
                         (long long)config->iterations, recorder->directory,
                         (long long)loaded->iteration);
    warn_of_lost_best(recorder, &loaded->best);
    const bool evaluates =
        schedule_is_due(schedule, schedule->evaluation_period, loaded->iteration);
    return metrics_resume(&recorder->metrics, recorder->directory, loaded->iteration, evaluates,
                          &schedule->first_evaluated, error);
}

static enum status open_files(struct recorder *recorder, const struct checkpoint *state,
                              struct schedule *schedule, struct checkpoint *loaded,
                              struct error *error)
{
    if (claim_directory(recorder, error))
        return error->status;
    if (recorder->config->resume)
        return load_state(recorder, state, schedule, loaded, error);
    return metrics_open(&recorder->metrics, recorder->directory, error);
}

/* All ranks take over what rank 0 has loaded. Without a checkpoint the run begins. */
static void share_state(const struct world *world, const struct checkpoint *loaded,
                        struct schedule *schedule, struct checkpoint *state)
{
    const size_t bytes =
        optimizer_block_size(state->optimizer, state->tensors.parameters) * sizeof *state->theta;
    int64_t iteration = loaded->iteration;
    collective_broadcast(world, &iteration, sizeof iteration);
    collective_broadcast(world, &schedule->first_evaluated, sizeof schedule->first_evaluated);
    schedule->resumed = iteration > -1;
    if (!schedule->resumed)
        return;
    schedule->first = iteration;
    state->best = loaded->best;
    if (world->rank == 0)
        memcpy(state->theta, loaded->theta, bytes);
    collective_broadcast(world, &state->best, sizeof state->best);
    collective_broadcast(world, state->theta, bytes);
}

static enum status record_start(struct recorder *recorder, const struct data_summary *data,
                                const struct schedule *schedule, struct error *error)
{
    const struct dataset *const dataset = data->dataset;
    const struct run_dataset described = {dataset->path,
                                          dataset->global_rows[DATASET_TRAIN],
                                          dataset->global_rows[DATASET_TEST],
                                          dataset->inputs,
                                          dataset->classes,
                                          recorder->fingerprint,
                                          data->inputs[DATASET_TRAIN]};
    return run_record_start(recorder->world, recorder->directory, &recorder->settings,
                            recorder->config->command_line, &described,
                            schedule->resumed ? schedule->first : -1, error);
}

/* A run that cannot begin after all leaves nothing that a later start would refuse. */
static void withdraw(struct recorder *recorder)
{
    if (recorder->config->resume || !recorder->metrics.learning)
        return;
    metrics_remove(&recorder->metrics);
    if (!recorder->config->run_dir)
        run_directory_remove(recorder->directory);
}

enum status recorder_open(struct recorder *recorder, const struct world *world,
                          const struct config *config, const struct data_summary *data,
                          struct checkpoint *state, struct schedule *schedule, struct error *error)
{
    struct checkpoint loaded = {.iteration = -1};
    enum status status = STATUS_DONE;
    *recorder = (struct recorder){
        .world = world, .config = config, .fingerprint = state->fingerprint, .lock = -1};
    config_settings(config, &recorder->settings);
    if (is_recording(recorder))
        status = open_files(recorder, state, schedule, &loaded, error);
    status = world_agree(world, status, error);
    if (!status) {
        share_state(world, &loaded, schedule, state);
        status = record_start(recorder, data, schedule, error);
    }
    if (status)
        withdraw(recorder);
    free(loaded.theta);
    return status;
}

enum status recorder_open_dry(struct recorder *recorder, const struct world *world,
                              const struct config *config, struct error *error)
{
    enum status status = STATUS_DONE;
    *recorder = (struct recorder){.world = world, .config = config, .lock = -1};
    if (is_recording(recorder)) {
        status = run_directory_check(config->run_dir, config->resume, error);
        if (!status)
            status = metrics_discard(&recorder->metrics, error);
    }
    return world_agree(world, status, error);
}

void recorder_open_repetition(struct recorder *recorder, const struct world *world,
                              const struct config *config, uint64_t fingerprint)
{
    *recorder =
        (struct recorder){.world = world, .config = config, .fingerprint = fingerprint, .lock = -1};
    config_settings(config, &recorder->settings);
}

void recorder_close(struct recorder *recorder)
{
    metrics_close(&recorder->metrics);
    if (recorder->lock >= 0)
        close(recorder->lock);
    recorder->lock = -1;
}

void recorder_begin_progress(struct recorder *recorder, const struct schedule *schedule)
{
    const struct config *config = recorder->config;
    if (is_recording(recorder))
        progress_start(&recorder->progress, config->quiet ? "none" : config->progress,
                       schedule->first, schedule->last, schedule->epoch);
}

void recorder_end_progress(struct recorder *recorder)
{
    progress_end(&recorder->progress);
}

void recorder_loss(struct recorder *recorder, int64_t iteration, double loss)
{
    if (!is_recording(recorder))
        return;
    metrics_iteration(&recorder->metrics, iteration, loss);
    progress_iteration(&recorder->progress, iteration, loss);
}

void recorder_evaluation(struct recorder *recorder, const struct metrics_evaluation *evaluation,
                         bool is_last)
{
    const double loss = evaluation->train.loss;
    if (!is_recording(recorder))
        return;
    recorder->loss_unchanged = loss != 0 && loss == recorder->last.train.loss;
    recorder->last = *evaluation;
    if (!evaluation->validates)
        recorder->test = evaluation->held_out;
    metrics_evaluation(&recorder->metrics, evaluation);
    progress_evaluation(&recorder->progress, evaluation, is_last);
}

void recorder_test(struct recorder *recorder, int64_t iteration, struct metrics_score score)
{
    if (!is_recording(recorder))
        return;
    recorder->test = score;
    metrics_test(&recorder->metrics, iteration, score);
}

void recorder_timing(struct recorder *recorder, int64_t iteration,
                     const struct metrics_seconds seconds[PHASES])
{
    if (is_recording(recorder))
        metrics_timing(&recorder->metrics, iteration, seconds);
}

static enum status write_checkpoint(struct recorder *recorder, const struct schedule *schedule,
                                    const struct checkpoint *state, struct error *error)
{
    const struct checkpoint_schedule kept = {schedule->checkpoint_period, schedule->last,
                                             recorder->config->keep};
    if (metrics_sync(&recorder->metrics, error))
        return error->status;
    return checkpoint_store_add(recorder->directory, &recorder->settings, &kept, state, error);
}

enum status recorder_save(struct recorder *recorder, const struct schedule *schedule,
                          const struct checkpoint *state, struct error *error)
{
    enum status status = STATUS_DONE;
    if (is_recording(recorder))
        status = write_checkpoint(recorder, schedule, state, error);
    return world_agree(recorder->world, status, error);
}

enum status recorder_save_best(struct recorder *recorder, const struct checkpoint *state,
                               struct error *error)
{
    char path[PATH_MAX];
    enum status status = STATUS_DONE;
    if (is_recording(recorder)) {
        checkpoint_store_best_path(recorder->directory, path, sizeof path);
        status = checkpoint_write(path, &recorder->settings, state, error);
    }
    return world_agree(recorder->world, status, error);
}

enum status recorder_stop(struct recorder *recorder, int64_t iteration, const char *reason,
                          struct error *error)
{
    enum status status = STATUS_DONE;
    if (is_recording(recorder)) {
        run_directory_clear_stop(recorder->directory);
        status = run_record_event(recorder->directory, "stop", iteration, reason, error);
    }
    return world_agree(recorder->world, status, error);
}

enum status recorder_finish(struct recorder *recorder, int64_t iteration, const char *reason,
                            struct error *error)
{
    enum status status = STATUS_DONE;
    if (is_recording(recorder)) {
        status = metrics_sync(&recorder->metrics, error);
        if (!status)
            status = run_record_event(recorder->directory, "finish", iteration, reason, error);
    }
    return world_agree(recorder->world, status, error);
}

void recorder_failure(struct recorder *recorder, int64_t iteration, const struct error *error)
{
    struct error ignored;
    if (!is_recording(recorder))
        return;
    if (error->status == STATUS_DIVERGED)
        run_record_event(recorder->directory, "diverge", iteration, error->text, &ignored);
    else if (error->status == STATUS_REPLICAS_DIFFER)
        run_record_event(recorder->directory, "replicas differ", iteration, error->text, &ignored);
}
