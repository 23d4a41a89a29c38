/* SPDX-License-Identifier: MIT
 *
 * The run directory, and run.json in it: what ran, with which settings, where and when. In the
 * texts of run.json a byte that is not UTF-8, as in a path, is written as \xff. */
#ifndef DTRAIN_RUN_RECORD_H
#define DTRAIN_RUN_RECORD_H

#include "common/error.h"
#include "options/config.h"
#include "ranks/world.h"

#include <stddef.h>
#include <stdint.h>

/* Not collective: rank 0 calls. Creates the run directory and its checkpoints/ and writes its
 * path: config->run_dir, or the next free runs/NNNN of the current folder. Refuses a directory
 * that holds a run already, unless with config->resume, and changes nothing in it. */
enum status run_create(const struct config *config, char *path, size_t size, struct error *error);

/* Not collective: rank 0 calls. Removes a run directory in which nothing is but the lock and an
 * empty checkpoints/: run_create undone, where the run cannot begin after all. */
void run_remove(const char *path);

/* Not collective: rank 0 calls. Whether run_create would succeed; changes nothing. */
enum status run_check(const struct config *config, struct error *error);

/* Not collective: rank 0 calls. Takes the directory for this job alone; the lock goes with the
 * process, however that ends. Returns a descriptor to close, or -1 with a line. */
int run_lock(const char *run_dir, struct error *error);

/* What run.json says of the data. */
struct run_dataset {
    const char *path;
    int64_t train_rows, test_rows;
    int inputs, classes;
    uint64_t fingerprint;
};

/* Collective (the hosts of all ranks are gathered); rank 0 writes. Records a start, or where
 * `iteration` > -1 that the run goes on after that. argv is the command line. All ranks return the
 * same. */
enum status run_record_start(const struct world *world, const char *run_dir,
                             const struct settings *settings, char *const *argv,
                             const struct run_dataset *dataset, int64_t iteration,
                             struct error *error);

/* Not collective: rank 0 calls. Adds an event, "finish" say, with the time, the iteration, and the
 * reason (NULL: none). */
enum status run_record_event(const char *run_dir, const char *event, int64_t iteration,
                             const char *reason, struct error *error);

#endif
