/* SPDX-License-Identifier: MIT
 *
 * What a run leaves behind and shows on its way: the run directory with its metrics, checkpoints
 * and run.json, and the progress display. Rank 0 keeps all of it; on other ranks these functions do
 * nothing, but take part in what is collective. */
#ifndef DTRAIN_RECORDER_H
#define DTRAIN_RECORDER_H

#include "common/phase.h"
#include "core/model.h"
#include "core/optimizer.h"
#include "files/dataset.h"
#include "files/metrics.h"
#include "options/config.h"
#include "progress.h"
#include "ranks/world.h"
#include "schedule.h"

struct recorder {
    const struct world *world;
    const struct config *config;
    struct settings settings; /* the same settings as texts, for the files */
    uint64_t fingerprint;     /* of the dataset */
    const struct optimizer_rule *optimizer;
    char directory[CONFIG_TEXT_MAX + 1]; /* the run directory; "" on other ranks */
    int lock;                            /* a descriptor that holds it, or -1 */
    struct metrics metrics;              /* on rank 0 */
    struct progress progress;            /* on rank 0 */
    struct metrics_score train, test;    /* on rank 0: the scores of the last evaluation */
    bool loss_unchanged;                 /* on rank 0: whether the one before had the same loss */
};

/* Collective. Takes the run directory and opens its files. With --resume fills theta from the
 * newest sound checkpoint, where there is one, and says in the schedule where the run goes on. All
 * ranks return the same; whatever that is, end with recorder_close. */
enum status recorder_open(struct recorder *recorder, const struct world *world,
                          const struct config *config, const struct dataset *dataset,
                          uint64_t fingerprint, const struct model *model,
                          const struct optimizer_rule *optimizer, struct schedule *schedule,
                          double *theta, struct error *error);

/* Collective. For a dry run: checks that recorder_open would get a directory, and records nothing.
 * Otherwise as recorder_open. */
enum status recorder_open_dry(struct recorder *recorder, const struct world *world,
                              const struct config *config, struct error *error);
/* Not collective. For the repetition of a run: takes the settings, and records nothing. */
void recorder_open_repetition(struct recorder *recorder, const struct world *world,
                              const struct config *config, uint64_t fingerprint);
void recorder_close(struct recorder *recorder);

/* Shows the progress of the run between these two. */
void recorder_begin_progress(struct recorder *recorder, const struct schedule *schedule);
void recorder_end_progress(struct recorder *recorder);

/* Records the loss of an iteration's batch; scores on both sets; the seconds of each phase. A write
 * that fails is noticed by the next recorder_save or recorder_finish. */
void recorder_loss(struct recorder *recorder, int64_t iteration, double loss);
void recorder_evaluation(struct recorder *recorder, int64_t iteration, int64_t epoch,
                         struct metrics_score train, struct metrics_score test);
void recorder_timing(struct recorder *recorder, int64_t iteration,
                     const struct metrics_seconds seconds[PHASES]);

/* Collective. Writes a checkpoint, after it has made durable the metrics that belong to it; older
 * ones go as the schedule and --keep have it. */
enum status recorder_save(struct recorder *recorder, const struct schedule *schedule,
                          int64_t iteration, const struct model *model, double *theta,
                          struct error *error);

/* Collective. Notes in run.json that the run was stopped, and removes the file `stop`, which would
 * stop the run that goes on from here. */
enum status recorder_stop(struct recorder *recorder, int64_t iteration, const char *reason,
                          struct error *error);

/* Collective. Makes the metrics durable, and notes in run.json that the run is finished. */
enum status recorder_finish(struct recorder *recorder, int64_t iteration, struct error *error);

/* Notes in run.json why the run has failed, as *error says. Whether or not that can be written, the
 * error stays what it is. */
void recorder_failure(struct recorder *recorder, int64_t iteration, const struct error *error);

#endif
