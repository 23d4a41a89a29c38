/* SPDX-License-Identifier: MIT
 *
 * What a run records, and shows as it proceeds: the run directory with its metrics, checkpoints and
 * run.json, and the progress display. Rank 0 keeps all of it; on other ranks these functions do
 * nothing, but take part in what is collective. */
#ifndef DTRAIN_RECORDER_H
#define DTRAIN_RECORDER_H

#include "common/phase.h"
#include "core/differences/outcome_records.h"
#include "core/model/model.h"
#include "data_summary.h"
#include "options/config.h"
#include "progress.h"
#include "ranks/world.h"
#include "runs/checkpoint.h"
#include "runs/metrics.h"
#include "schedule.h"

struct recorder {
    const struct world *world;
    const struct config *config;
    struct settings settings;            /* the same settings as texts, for the files */
    uint64_t fingerprint;                /* of the dataset */
    struct digest initial;               /* of the parameters before the first step */
    char directory[CONFIG_TEXT_MAX + 1]; /* the run directory; "" on other ranks */
    int lock;                            /* a descriptor that holds the directory's lock, or -1 */
    bool keeps_failures;                 /* whether evaluations may fail, and are recorded */
    struct metrics metrics;              /* on rank 0 */
    struct progress progress;            /* on rank 0 */
    struct metrics_scores scores;        /* on rank 0: the last of each set */
    bool loss_unchanged; /* on rank 0: whether the evaluation before had the same training loss */
    int64_t last_loss;   /* on rank 0: the last iteration whose loss is recorded */
    double loss;         /* on rank 0: that loss; NaN if another start has recorded it */
    struct waiting {     /* on rank 0: an evaluation that waits for the loss of its iteration */
        bool is_there, is_last;
        struct metrics_evaluation evaluation;
        double theta[METRICS_THETA_MAX];
    } waiting;
    struct evaluation_times times; /* on rank 0: of the evaluations since the last scores */
    struct checkpoint best; /* on rank 0: the best so far, to be saved with the next checkpoint; its
                             * theta, a copy, is NULL if there is none or it is saved already */
    double saved;           /* on rank 0: when the last checkpoint was written */
    struct outcome_records records; /* on rank 0: what earlier starts had on record of evaluations
                                     * after the checkpoint; evaluations_take_records takes it */
};

/* Collective. Takes the run directory and opens its files. *state is that of a new run of that
 * model; the set named `judge` tells which is the best (NULL: none
 * does). With --resume, a checkpoint replaces the best evaluation and
 * gradient norm of *state and, on rank 0 only, the block; the schedule says where the run resumes.
 * All ranks return the same; whatever that is, end with recorder_close. */
enum status recorder_open(struct recorder *recorder, const struct world *world,
                          const struct config *config, const struct model *model,
                          const struct data_summary *data, const char *judge,
                          struct checkpoint *state, struct schedule *schedule, struct error *error);

/* Collective. For a dry run: checks that recorder_open would get a directory, and records nothing.
 * Otherwise as recorder_open. */
enum status recorder_open_dry(struct recorder *recorder, const struct world *world,
                              const struct config *config, const struct model *model,
                              struct error *error);
/* Not collective. To verify a run: takes the settings, and records nothing. */
void recorder_open_verification(struct recorder *recorder, const struct world *world,
                                const struct config *config, const struct model *model,
                                uint64_t fingerprint);
void recorder_close(struct recorder *recorder);

/* The progress of the run is shown between these two calls; the recipe must stay as long. */
void recorder_begin_progress(struct recorder *recorder, const struct schedule *schedule,
                             const struct recipe *recipe);
void recorder_end_progress(struct recorder *recorder);

/* Records the loss of an iteration's batch, and how many of the iteration's evaluations were lost;
 * an evaluation, the last one or not, which waits for the loss of its iteration if that is still to
 * come; the scores of the sets that are evaluated at the end only; the seconds of each phase. A
 * write that fails is noticed by the next recorder_save or recorder_finish. */
void recorder_loss(struct recorder *recorder, int64_t iteration, double loss, int64_t lost);
void recorder_evaluation(struct recorder *recorder, const struct metrics_evaluation *evaluation,
                         bool is_last);
void recorder_test(struct recorder *recorder, int64_t iteration, const struct score_kind *kind,
                   const struct metrics_scores *scores);
void recorder_timing(struct recorder *recorder, int64_t iteration, enum metrics_kind of,
                     const struct metrics_seconds seconds[PHASES]);

/* Records an evaluation of a model that has failed or was hit. Takes the time of one that has ended
 * on any rank, and that of an iteration of them: the seconds of all of its evaluations, and those
 * that the ranks took together. */
void recorder_lost(struct recorder *recorder, const struct metrics_failure *failure);
void recorder_time(struct recorder *recorder, const struct evaluation_time *time, int attempts,
                   bool is_lost);
void recorder_time_iteration(struct recorder *recorder, double seconds, double wall);

/* Shows how far an iteration is: that many of its evaluations, of all that rank 0's node has to do,
 * have begun in so many seconds. */
void recorder_table(struct recorder *recorder, int64_t iteration, size_t begun, size_t all,
                    double seconds);

/* Collective. Keeps a copy of the state, the best so far, for the next checkpoint. */
enum status recorder_keep_best(struct recorder *recorder, const struct checkpoint *state,
                               struct error *error);

/* Whether, on rank 0, a minute has gone by without a checkpoint. Not collective. */
bool recorder_is_overdue(const struct recorder *recorder);

/* Collective. Makes the metrics durable, then writes the checkpoint that they belong to, and with
 * it the best so far; removes older ones as the schedule and --keep say. */
enum status recorder_save(struct recorder *recorder, const struct schedule *schedule,
                          const struct checkpoint *state, struct error *error);

/* Collective. Notes in run.json that the run was stopped, and removes the file `stop`, which would
 * stop the resumed run. */
enum status recorder_stop(struct recorder *recorder, int64_t iteration, const char *reason,
                          struct error *error);

/* Collective. Makes the metrics durable, and notes in run.json that the run is finished, and why,
 * if that is early (NULL: it is not). */
enum status recorder_finish(struct recorder *recorder, int64_t iteration, const char *reason,
                            struct error *error);

/* Notes in run.json that the run has failed with *error, which stays as it is even if that cannot
 * be written. */
void recorder_failure(struct recorder *recorder, int64_t iteration, const struct error *error);

#endif
