/* SPDX-License-Identifier: MIT
 *
 * Everything a training run holds; train.c is its course, train_setup.c how it begins and ends. */
#ifndef DTRAIN_TRAINING_H
#define DTRAIN_TRAINING_H

#include "core/gradient.h"
#include "core/sampler.h"
#include "files/dataset.h"
#include "files/metrics.h"
#include "options/config.h"
#include "progress.h"
#include "ranks/allreduce.h"
#include "ranks/world.h"

#include <limits.h>

/* What rides on the reduction of the gradient, behind its P numbers. */
enum training_rider {
    RIDER_OFF_GRID,      /* rows of quotients off the grid */
    RIDER_LOSS,          /* of the batch before, after its update: in units of loss_grid */
    RIDER_LOSS_OFF_GRID, /* losses of it that are not finite */
    RIDER_STOP,          /* ranks that were asked to stop */
    RIDER_ABANDONED,     /* ranks that have left off in the middle of their gradient */
    RIDERS
};

/* What is not marked local is equal on all ranks. */
struct training {
    const struct world *world;
    struct config settings;      /* the user's, with the true --hidden where --weights decides */
    const struct config *config; /* those settings */
    char data_path[PATH_MAX], directory[CONFIG_TEXT_MAX + 1];
    struct dataset dataset;
    struct network network;
    size_t parameters;
    double *theta;                  /* (P) */
    struct gradient gradient;       /* local */
    struct sampler sampler;         /* local */
    struct samples train, test;     /* local: the shards */
    struct sampler_range test_rows; /* local */
    int64_t *rows;                  /* local: the slice of the batch */
    struct allreduce reduction;     /* (P + RIDERS) */
    struct exact_grid loss_grid;
    struct network_score loss;   /* local: of the last batch, after its update */
    bool loss_recorded;          /* whether that is in the metrics */
    struct metrics metrics;      /* open on rank 0 */
    int lock;                    /* on the run directory: a descriptor on rank 0, else -1 */
    bool resumed;                /* whether it goes on from a checkpoint */
    int64_t first_iteration;     /* that of the checkpoint, or 0 */
    int64_t iteration;           /* at work on it */
    bool first_evaluated;        /* whether the metrics have its evaluation already */
    uint64_t fingerprint;        /* of the dataset */
    int64_t stop_votes;          /* ranks that were asked to stop, as of the last reduction */
    bool abandoned;              /* whether the last step was: theta is that of the one before */
    double stop_looked;          /* local: when rank 0 last looked for the file `stop` */
    double seconds[PHASES];      /* local: since the last evaluation */
    double total[PHASES];        /* of all of those: mean over the ranks */
    double total_pure_reduction; /* the part of PHASE_REDUCTION that is no waiting */
    double started, lap;         /* local: MPI_Wtime */
    double loop_started;         /* local: when preparation was over */
    struct progress progress;    /* on rank 0 */
    struct metrics_score last_train, last_test; /* on rank 0: of the last evaluation */
    bool loss_unchanged; /* on rank 0: whether last_train's loss is that of the one before */
};

/* The iterations between two checkpoints, or evaluations; `every` is the option's value. */
int64_t training_period(const struct training *run, int64_t every);

/* Whether something that happens that often is due at the iteration: also at the last. */
bool training_is_due(const struct training *run, int64_t every, int64_t iteration);

/* One iteration; or none, with `abandoned` set, where a rank was asked to stop in a long one. What
 * it returns is equal on all ranks. Collective, as are those below. */
enum status training_step(struct training *run, int64_t iteration, struct error *error);

/* The scores on both whole sets; rank 0 has them in last_train and last_test. */
enum status training_evaluate(struct training *run, struct error *error);

/* A gradient, or the loss of the batch after an iteration, that is off its grid on some ranks: each
 * of them names the parameter or row and the likely cause. All return STATUS_DIVERGED. */
enum status training_report_gradient(const struct training *run, int64_t iteration,
                                     struct error *error);
enum status training_report_loss(const struct training *run, int64_t iteration,
                                 struct error *error);

/* --dry-run: times some iterations and an evaluation, writes nothing, and says what a run takes. */
enum status training_dry_run(struct training *run, struct error *error);

/* What is printed at the start, and at the end of a finished run. */
void training_print_start(const struct training *run);
void training_print_summary(const struct training *run);

/* Collective. Reads the data and makes everything ready. All ranks return the same; whatever it
 * returns, training_release frees. argv is the command line, for the record. */
enum status training_prepare(struct training *run, char *const *argv, struct error *error);
void training_release(struct training *run);

#endif
