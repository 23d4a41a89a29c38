/* SPDX-License-Identifier: MIT
 *
 * The checkpoints of a run: which of them are kept, and from which one the run resumes. Not
 * collective: only rank 0 calls. */
#ifndef DTRAIN_CHECKPOINT_STORE_H
#define DTRAIN_CHECKPOINT_STORE_H

#include "checkpoint.h"
#include "iteration_files.h"

#include <stdbool.h>

/* Whether RUN_DIR/checkpoints contains a checkpoint, intact or not. Also true if the folder exists
 * but cannot be listed: it may contain some. */
bool checkpoint_store_has_any(const char *run_dir);

/* Lists a run's checkpoints by their names, intact or not, the newest first; none if there is no
 * folder. The caller frees list->iterations, which is NULL on failure. */
enum status checkpoint_store_list(const char *run_dir, struct iteration_list *list,
                                  struct error *error);

/* Writes the path of a run's checkpoint to path[size]. */
void checkpoint_store_path(const char *run_dir, int64_t iteration, char *path, size_t size);

/* The path of the checkpoint of the best evaluation, which is beside the others and always kept. */
void checkpoint_store_best_path(const char *run_dir, char *path, size_t size);

/* A run keeps the newest `keep` of the checkpoints that it writes every `period` iterations and at
 * the `last` iteration. */
struct checkpoint_schedule {
    int64_t period, last, keep;
};

/* Writes a checkpoint into RUN_DIR/checkpoints and then, unless `best` is NULL, replaces the best
 * one with `best`. Then removes the older ones that the schedule does not keep, including those
 * that were written between two periods because the run was stopped. So the folder ends up the same
 * however often the run was stopped. On failure nothing is removed. */
enum status checkpoint_store_add(const char *run_dir, const struct settings *settings,
                                 const struct checkpoint_schedule *schedule,
                                 const struct checkpoint *checkpoint, const struct checkpoint *best,
                                 struct error *error);

/* Removes the checkpoints after `iteration`, up to `last`, the newest first. */
enum status checkpoint_store_remove_after(const char *run_dir, int64_t iteration, int64_t last,
                                          struct error *error);

/* Reads the newest intact checkpoint of the iterations up to `last`, as checkpoint_read does;
 * prints a line on standard error for each newer one that it skips. If there is no checkpoint at
 * all, iteration is -1 and theta NULL; if there are some and none is intact, returns STATUS_FAILED.
 * The caller frees it with checkpoint_free. */
enum status checkpoint_store_newest(const char *run_dir, const struct settings *settings,
                                    uint64_t fingerprint, int64_t last,
                                    struct checkpoint *checkpoint, struct error *error);

/* The same for any run, up to its last iteration (checkpoint_read_any). */
enum status checkpoint_store_newest_any(const char *run_dir, struct checkpoint *checkpoint,
                                        struct error *error);

#endif
