/* SPDX-License-Identifier: MIT */
#include "recorder.h"

#include "common/clock.h"
#include "files/atomic_file.h"
#include "ranks/collective.h"
#include "resumption.h"
#include "runs/checkpoint_store.h"
#include "runs/failures_file.h"
#include "runs/run_directory.h"
#include "runs/run_record.h"
#include "runs/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(CONFIG_TEXT_MAX + sizeof "/checkpoints/iteration-1000000000000.h5" - 1 +
                       ATOMIC_FILE_SUFFIX_MAX <
                   PATH_MAX,
               "the path of a checkpoint that is being written fits into PATH_MAX");
_Static_assert((int)DATASET_INPUTS_MAX <= (int)WEIGHTS_EXTENT_MAX &&
                   (int)CONFIG_WIDTH_MAX <= (int)WEIGHTS_EXTENT_MAX,
               "the weights of every network can be read again");

static bool is_recording(const struct recorder *recorder)
{
    return recorder->world->rank == 0;
}

static void note_scores(struct recorder *recorder, const struct metrics_scores *scores)
{
    const struct score *before = metrics_scores_find(&recorder->scores, "train");
    const struct score *train = metrics_scores_find(scores, "train");
    if (train)
        recorder->loss_unchanged = before && train->loss != 0 && train->loss == before->loss;
    metrics_scores_merge(&recorder->scores, scores);
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

static enum status open_files(struct recorder *recorder, const struct checkpoint *state,
                              struct resumption *resumption, struct error *error)
{
    if (claim_directory(recorder, error))
        return error->status;
    resumption->run_dir = recorder->directory;
    if (recorder->config->resume)
        return resumption_find(resumption, state, error);
    return metrics_open(&recorder->metrics, recorder->directory, recorder->keeps_failures, error);
}

/* All ranks take over what rank 0 has loaded, which keeps the block. Without a checkpoint the run
 * begins afresh. */
static void share_state(const struct world *world, const struct resumption *resumption,
                        struct schedule *schedule, struct checkpoint *state)
{
    if (world->rank == 0) {
        const size_t numbers = optimizer_block_size(state->optimizer, state->tensors.parameters);
        if (resumption->state.theta)
            memcpy(state->theta, resumption->state.theta, numbers * sizeof *state->theta);
        state->iteration = resumption->state.iteration;
        state->best = resumption->best;
        state->gradient_norm = resumption->state.gradient_norm;
        schedule->first_evaluated = resumption_evaluation(resumption) != NULL;
        schedule->first_tested = resumption_test(resumption) != NULL;
        schedule->first_without_loss = resumption->history.losses < state->iteration;
        schedule->first_lost = resumption->history.lost;
    }
    collective_broadcast(world, &state->iteration, sizeof state->iteration);
    collective_broadcast(world, &state->best, sizeof state->best);
    collective_broadcast(world, &state->gradient_norm, sizeof state->gradient_norm);
    collective_broadcast(world, &schedule->first_evaluated, sizeof schedule->first_evaluated);
    collective_broadcast(world, &schedule->first_tested, sizeof schedule->first_tested);
    collective_broadcast(world, &schedule->first_without_loss, sizeof schedule->first_without_loss);
    collective_broadcast(world, &schedule->first_lost, sizeof schedule->first_lost);
    schedule->resumed = state->iteration > -1;
    if (!schedule->resumed)
        state->iteration = 0;
    schedule->first = state->iteration;
}

static enum status record_start(struct recorder *recorder, const struct model *model,
                                const struct data_summary *data, const struct schedule *schedule,
                                struct error *error)
{
    const struct dataset *const dataset = data->dataset;
    const struct run_dataset described = {dataset->path,
                                          dataset->global_rows[DATASET_TRAIN],
                                          dataset->global_rows[DATASET_TEST],
                                          dataset->inputs,
                                          dataset->labelled,
                                          dataset->outputs,
                                          recorder->fingerprint,
                                          data->inputs[DATASET_TRAIN],
                                          dataset->recipe};
    const bool has_data = dataset_is_there(dataset);
    struct run_model evaluated = {.name = model->description};
    if (model->kind->evaluates) {
        evaluated.parameters = model->user.parameters;
        evaluated.residuals = model->user.functions->residuals;
    }
    struct run_weights weights = {.file = recorder->config->weights_file};
    digest_format(recorder->initial, weights.digest);
    return run_record_start(recorder->world, recorder->directory, &recorder->settings,
                            recorder->config->command_line, has_data ? &described : NULL,
                            model->kind->evaluates ? &evaluated : NULL, &weights,
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

/* Takes over the scores that an earlier start has recorded. Rank 0 only. */
static void recall(struct recorder *recorder, const struct resumption *resumption)
{
    const struct metrics_history *history = &resumption->history;
    for (size_t i = 0; i < history->count; ++i)
        note_scores(recorder, &history->scores[i].scores);
}

/* Continues from what was found. Collective. */
static enum status go_on(struct recorder *recorder, const struct resumption *resumption,
                         const struct checkpoint *state, struct error *error)
{
    enum status status = STATUS_DONE;
    if (is_recording(recorder)) {
        recall(recorder, resumption);
        recorder->last_loss = resumption->history.losses;
        recorder->loss = (double)NAN;
        if (recorder->keeps_failures)
            status = failures_file_read(recorder->directory, resumption->state.iteration,
                                        &recorder->records, error);
        if (!status)
            status = resumption_begin(resumption, &recorder->metrics, error);
    }
    if (world_agree(recorder->world, status, error))
        return error->status;
    return state->best.iteration == state->iteration ? recorder_keep_best(recorder, state, error)
                                                     : STATUS_DONE;
}

enum status recorder_open(struct recorder *recorder, const struct world *world,
                          const struct config *config, const struct model *model,
                          const struct data_summary *data, const char *judge,
                          struct checkpoint *state, struct schedule *schedule, struct error *error)
{
    struct resumption found = {.settings = &recorder->settings,
                               .schedule = schedule,
                               .kind = model->score,
                               .evaluates = model->kind->evaluates,
                               .judge = judge,
                               .keep = config->keep,
                               .state = checkpoint_none(),
                               .best = best_none()};
    enum status status = STATUS_DONE;
    *recorder = (struct recorder){.world = world,
                                  .config = config,
                                  .fingerprint = state->fingerprint,
                                  .keeps_failures = model->kind->evaluates,
                                  .lock = -1,
                                  .saved = clock_seconds()};
    config_settings(config, &recorder->settings);
    if (!digest_parameters(&state->tensors, state->theta, &recorder->initial))
        status = error_memory(error, NULL, "the digest of the weights");
    else if (is_recording(recorder))
        status = open_files(recorder, state, &found, error);
    status = world_agree(world, status, error);
    if (!status) {
        share_state(world, &found, schedule, state);
        status = record_start(recorder, model, data, schedule, error);
    }
    /* Only now, so that a kill cannot leave a finished run that lacks its end. */
    if (!status && config->resume)
        status = go_on(recorder, &found, state, error);
    if (status)
        withdraw(recorder);
    resumption_free(&found);
    return status;
}

enum status recorder_open_dry(struct recorder *recorder, const struct world *world,
                              const struct config *config, const struct model *model,
                              struct error *error)
{
    enum status status = STATUS_DONE;
    *recorder = (struct recorder){
        .world = world, .config = config, .keeps_failures = model->kind->evaluates, .lock = -1};
    if (is_recording(recorder)) {
        status = run_directory_check(config->run_dir, config->resume, error);
        if (!status)
            status = metrics_discard(&recorder->metrics, recorder->keeps_failures, error);
    }
    return world_agree(world, status, error);
}

void recorder_open_verification(struct recorder *recorder, const struct world *world,
                                const struct config *config, const struct model *model,
                                uint64_t fingerprint)
{
    *recorder = (struct recorder){.world = world,
                                  .config = config,
                                  .fingerprint = fingerprint,
                                  .keeps_failures = model->kind->evaluates,
                                  .lock = -1};
    config_settings(config, &recorder->settings);
}

void recorder_close(struct recorder *recorder)
{
    metrics_close(&recorder->metrics);
    free(recorder->best.theta);
    recorder->best.theta = NULL;
    free(recorder->records.list);
    recorder->records = (struct outcome_records){0};
    if (recorder->lock >= 0)
        close(recorder->lock);
    recorder->lock = -1;
}

void recorder_begin_progress(struct recorder *recorder, const struct schedule *schedule,
                             const struct recipe *recipe)
{
    const struct config *config = recorder->config;
    if (is_recording(recorder))
        progress_start(&recorder->progress, config->quiet ? "none" : config->progress,
                       schedule->first, schedule->last, schedule->epoch, recipe);
}

void recorder_end_progress(struct recorder *recorder)
{
    progress_end(&recorder->progress);
}

static void write_evaluation(struct recorder *recorder, const struct metrics_evaluation *evaluation,
                             bool is_last)
{
    note_scores(recorder, &evaluation->scores);
    metrics_evaluation(&recorder->metrics, evaluation);
    progress_evaluation(&recorder->progress, evaluation, is_last);
}

void recorder_loss(struct recorder *recorder, int64_t iteration, double loss, int64_t lost)
{
    struct waiting *waiting = &recorder->waiting;
    if (!is_recording(recorder))
        return;
    metrics_iteration(&recorder->metrics, iteration, loss, lost);
    progress_iteration(&recorder->progress, iteration, loss);
    recorder->last_loss = iteration;
    recorder->loss = loss;
    if (waiting->is_there)
        write_evaluation(recorder, &waiting->evaluation, waiting->is_last);
    waiting->is_there = false;
}

/* Keeps an evaluation, as theta will have changed when it is written. */
static void let_wait(struct recorder *recorder, const struct metrics_evaluation *evaluation,
                     bool is_last)
{
    struct waiting *waiting = &recorder->waiting;
    waiting->is_there = true;
    waiting->is_last = is_last;
    waiting->evaluation = *evaluation;
    if (!evaluation->parameters)
        return;
    waiting->evaluation.theta = waiting->theta;
    if (evaluation->parameters->count <= METRICS_THETA_MAX)
        memcpy(waiting->theta, evaluation->theta,
               evaluation->parameters->count * sizeof *waiting->theta);
}

void recorder_evaluation(struct recorder *recorder, const struct metrics_evaluation *evaluation,
                         bool is_last)
{
    if (!is_recording(recorder))
        return;
    if (recorder->last_loss < evaluation->iteration)
        let_wait(recorder, evaluation, is_last);
    else
        write_evaluation(recorder, evaluation, is_last);
}

void recorder_lost(struct recorder *recorder, const struct metrics_failure *failure)
{
    if (is_recording(recorder))
        metrics_failure(&recorder->metrics, failure);
}

void recorder_time(struct recorder *recorder, const struct evaluation_time *time, int attempts,
                   bool is_lost)
{
    if (is_recording(recorder))
        evaluation_times_add(&recorder->times, time, attempts, is_lost);
}

void recorder_time_iteration(struct recorder *recorder, double seconds, double wall)
{
    const int ranks = recorder->world->size;
    if (!is_recording(recorder))
        return;
    evaluation_times_end_iteration(&recorder->times, ranks, wall / ranks);
    progress_evaluations(&recorder->progress, &recorder->times, seconds / wall);
}

void recorder_table(struct recorder *recorder, int64_t iteration, size_t begun, size_t all,
                    double seconds)
{
    if (is_recording(recorder))
        progress_table(&recorder->progress, iteration, begun, all, seconds);
}

void recorder_test(struct recorder *recorder, int64_t iteration, const struct score_kind *kind,
                   const struct metrics_scores *scores)
{
    if (!is_recording(recorder))
        return;
    note_scores(recorder, scores);
    metrics_test(&recorder->metrics, iteration, kind, scores);
}

void recorder_timing(struct recorder *recorder, int64_t iteration, enum metrics_kind of,
                     const struct metrics_seconds seconds[PHASES])
{
    if (!is_recording(recorder))
        return;
    metrics_timing(&recorder->metrics, iteration, of, seconds, &recorder->times);
    recorder->times = (struct evaluation_times){0};
}

enum status recorder_keep_best(struct recorder *recorder, const struct checkpoint *state,
                               struct error *error)
{
    const size_t bytes =
        optimizer_block_size(state->optimizer, state->tensors.parameters) * sizeof *state->theta;
    enum status status = STATUS_DONE;
    if (is_recording(recorder)) {
        double *theta = recorder->best.theta ? recorder->best.theta : malloc(bytes);
        recorder->best = *state;
        recorder->best.theta = theta;
        if (theta)
            memcpy(theta, state->theta, bytes);
        else
            status = error_memory(error, NULL, "the best checkpoint");
    }
    return world_agree(recorder->world, status, error);
}

bool recorder_is_overdue(const struct recorder *recorder)
{
    /* A slow run loses no more than about a minute's work to a kill. */
    const double seconds_at_risk = 60;
    return is_recording(recorder) && clock_seconds() - recorder->saved > seconds_at_risk;
}

static enum status write_checkpoint(struct recorder *recorder, const struct schedule *schedule,
                                    const struct checkpoint *state, struct error *error)
{
    const struct checkpoint_schedule kept = {schedule->checkpoint_period, schedule->last,
                                             recorder->config->keep};
    struct checkpoint *best = &recorder->best;
    if (metrics_sync(&recorder->metrics, error) ||
        checkpoint_store_add(recorder->directory, &recorder->settings, &kept, state,
                             best->theta ? best : NULL, error))
        return error->status;
    free(best->theta);
    best->theta = NULL;
    recorder->saved = clock_seconds();
    return STATUS_DONE;
}

enum status recorder_save(struct recorder *recorder, const struct schedule *schedule,
                          const struct checkpoint *state, struct error *error)
{
    enum status status = STATUS_DONE;
    if (is_recording(recorder))
        status = write_checkpoint(recorder, schedule, state, error);
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
