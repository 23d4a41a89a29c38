/* SPDX-License-Identifier: MIT
 *
 * The checkpoints of a run: which stay, and which one to go on from. Not collective: rank 0
 * calls. */
#ifndef DTRAIN_CHECKPOINT_STORE_H
#define DTRAIN_CHECKPOINT_STORE_H

#include "checkpoint.h"

#include <stdbool.h>

/* Whether RUN_DIR/checkpoints is there and holds a checkpoint, sound or not. */
bool checkpoint_store_has_any(const char *run_dir);

/* The name of a run's checkpoint: path[size]. */
void checkpoint_store_path(const char *run_dir, int64_t iteration, char *path, size_t size);

/* Writes a checkpoint into RUN_DIR/checkpoints, and then removes older ones: all but the newest
 * config->keep that are on schedule, one every `period` iterations and the last; and those that a
 * stop left in between. So the folder ends the same however often a run was stopped. */
enum status checkpoint_store_add(const char *run_dir, const struct config *config, int64_t period,
                                 const struct checkpoint *checkpoint, struct error *error);

/* Reads the newest checkpoint that is sound; prints a line on standard error for each newer one
 * that it passes over. Without any checkpoint: iteration is -1 and theta NULL. STATUS_FAILED where
 * there are some and none is sound. config, which may be NULL, fingerprint and STATUS_USAGE: as in
 * checkpoint_read. The caller frees theta. */
enum status checkpoint_store_newest(const char *run_dir, const struct config *config,
                                    uint64_t fingerprint, struct checkpoint *checkpoint,
                                    struct error *error);

#endif
