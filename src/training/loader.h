/* SPDX-License-Identifier: MIT
 *
 * This rank's part of the data: its shard of the training rows, its part of the test rows, its
 * share of each batch, and what it evaluates. */
#ifndef DTRAIN_LOADER_H
#define DTRAIN_LOADER_H

#include "common/error.h"
#include "core/samples/sampler.h"
#include "data/dataset.h"
#include "data_summary.h"
#include "options/config.h"
#include "ranks/world.h"
#include "runs/metrics_lines.h"
#include "score.h"

/* A set of rows to evaluate, whose score has its name. */
struct evaluation_set {
    const char *name;
    struct score_rows rows;
    bool judges; /* whether its score tells which evaluation is the best */
    bool at_end; /* whether it is evaluated once, at the end of the run */
};

struct loader {
    const struct dataset *dataset;
    struct sampler sampler;     /* local */
    struct samples train, test; /* local: the rows that this rank holds */
    int64_t *rows;              /* local: the rows that this rank draws of the current batch */
    int64_t *evaluated;         /* local: the numbers of the training rows to evaluate */
    struct evaluation_set sets[METRICS_SETS_MAX];
    int set_count;
    struct data_summary summary;
};

/* Collective. Reads this rank's rows; config_check_rows must have accepted their total number.
 * Without data there are none, and no sets: an epoch is one iteration.
 * The gradient of a batch is computed in `groups` groups of `parts` parts (core/samples/share.h).
 * All ranks return the same; whatever that is, free with loader_destroy. The dataset must stay open
 * until then. */
enum status loader_create(struct loader *loader, const struct world *world,
                          const struct config *config, const struct dataset *dataset,
                          int64_t groups, int parts, struct error *error);
void loader_destroy(struct loader *loader);

/* This rank's share of the batch of an iteration, from 1 on; valid until the next call. Not
 * collective. */
struct share loader_next(struct loader *loader, int64_t iteration);

/* Not collective. The set whose score tells which evaluation is the best, or NULL. */
const struct evaluation_set *loader_judge(const struct loader *loader);

/* Collective. A hash of all training rows, and of the dataset's recipe if it has one: the same on
 * any number of ranks. */
uint64_t loader_fingerprint(const struct loader *loader, const struct world *world);

#endif
