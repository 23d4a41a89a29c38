/* SPDX-License-Identifier: MIT
 *
 * run.json in the run directory: what ran, how it was built, with which settings, where and when. A
 * byte that is not
 * UTF-8, as in a path, is written as \xff in its texts. */
#ifndef DTRAIN_RUN_RECORD_H
#define DTRAIN_RUN_RECORD_H

#include "common/error.h"
#include "common/setting.h"
#include "ranks/world.h"

#include <stdint.h>

/* What run.json says of the data. */
struct run_dataset {
    const char *path;
    int64_t train_rows, test_rows;
    int inputs, classes;
    uint64_t fingerprint;
};

/* Collective (the hosts of all ranks are gathered); rank 0 writes. Records a start, or where
 * `iteration` > -1 that the run goes on after that iteration. argv is the command line, up to a
 * NULL. All ranks return the same; on failure run.json is as it was. */
enum status run_record_start(const struct world *world, const char *run_dir,
                             const struct settings *settings, char *const *argv,
                             const struct run_dataset *dataset, int64_t iteration,
                             struct error *error);

/* Not collective: rank 0 calls. Adds an event, such as "finish", with the time, the iteration, and
 * the reason (NULL: none). On failure run.json is as it was. */
enum status run_record_event(const char *run_dir, const char *event, int64_t iteration,
                             const char *reason, struct error *error);

#endif
