/* SPDX-License-Identifier: MIT
 *
 * Everything a training run holds; train.c is its course, train_setup.c how it begins and ends. */
#ifndef DTRAIN_TRAINING_H
#define DTRAIN_TRAINING_H

#include "dtrain/config.h"
#include "dtrain/dataset.h"
#include "dtrain/gradient.h"
#include "dtrain/metrics.h"
#include "dtrain/reduction.h"
#include "dtrain/sampler.h"
#include "dtrain/world.h"

/* What rides on the reduction of the gradient, behind its P numbers. */
enum training_rider {
    RIDER_OFF_GRID,      /* rows of quotients off the grid */
    RIDER_LOSS,          /* of the batch before, after its update: in units of loss_grid */
    RIDER_LOSS_OFF_GRID, /* losses of it that are not finite */
    RIDERS
};

/* What is not marked local is equal on all ranks. */
struct training {
    const struct world *world;
    const struct config *config;
    char data_path[4096], directory[4000];
    struct dataset dataset;
    struct network network;
    size_t parameters;
    double *theta;                  /* (P) */
    struct gradient gradient;       /* local */
    struct sampler sampler;         /* local */
    struct samples train, test;     /* local: the shards */
    struct sampler_range test_rows; /* local */
    int64_t *rows;                  /* local: the slice of the batch */
    MPI_Comm node;                  /* the ranks that share memory, where that is used */
    struct reduction reduction;     /* (P + RIDERS) */
    struct exact_grid loss_grid;
    struct network_score loss;      /* local: of the last batch, after its update */
    bool loss_recorded;             /* whether that is in the metrics */
    struct metrics metrics;         /* open on rank 0 */
    double seconds[METRICS_PHASES]; /* local: since the last evaluation */
    double started, lap;            /* local: MPI_Wtime */
};

/* Collective. Reads the data and makes everything ready. All ranks return the same; whatever it
 * returns, training_release frees. argv is the command line, for the record. */
enum status training_prepare(struct training *run, char *const *argv, struct error *error);
void training_release(struct training *run);

#endif
