/* SPDX-License-Identifier: MIT
 *
 * The checkpoints of a run: which stay, and which one to go on from. Not collective: rank 0
 * calls. */
#ifndef DTRAIN_CHECKPOINT_STORE_H
#define DTRAIN_CHECKPOINT_STORE_H

#include "checkpoint.h"

#include <stdbool.h>

/* Whether RUN_DIR/checkpoints is there and holds a checkpoint, sound or not; or cannot be listed,
 * so that it may hold some. */
bool checkpoint_store_has_any(const char *run_dir);

/* The name of a run's checkpoint: path[size]. */
void checkpoint_store_path(const char *run_dir, int64_t iteration, char *path, size_t size);

/* Which checkpoints a run leaves: the newest `keep` of those that it writes every `period`
 * iterations and at the `last`. */
struct checkpoint_schedule {
    int64_t period, last, keep;
};

/* Writes a checkpoint into RUN_DIR/checkpoints, and then removes the older ones that the schedule
 * does not keep, among them those that a stop left in between. So the folder ends the same however
 * often a run was stopped. On failure the folder is as it was. */
enum status checkpoint_store_add(const char *run_dir, const struct settings *settings,
                                 const struct checkpoint_schedule *schedule,
                                 const struct checkpoint *checkpoint, struct error *error);

/* Reads the newest checkpoint that is sound; prints a line on standard error for each newer one
 * that it passes over. Without any checkpoint: iteration is -1 and theta NULL. STATUS_FAILED where
 * there are some and none is sound. settings, which may be NULL, fingerprint and STATUS_USAGE are
 * those of checkpoint_read. The caller frees theta. */
enum status checkpoint_store_newest(const char *run_dir, const struct settings *settings,
                                    uint64_t fingerprint, struct checkpoint *checkpoint,
                                    struct error *error);

#endif
