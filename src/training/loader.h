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
#include "score.h"

struct loader {
    const struct dataset *dataset;
    struct sampler sampler;     /* local */
    struct samples train, test; /* local: the rows that this rank holds */
    int64_t *rows;              /* local: the rows that this rank draws of the current batch */
    /* What this rank evaluates: the training rows that are drawn from, those held out, and the test
     * set's. */
    struct score_rows train_rows, validation_rows, test_rows;
    int64_t *evaluated; /* local: the numbers of the first two */
    struct data_summary summary;
};

/* Collective. Reads this rank's rows; config_check_rows must have accepted their total number.
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

/* Collective. A hash of all training rows: the same on any number of ranks. */
uint64_t loader_fingerprint(const struct loader *loader, const struct world *world);

#endif
