/* SPDX-License-Identifier: MIT
 *
 * The run directory, in which a run writes its record, its metrics and its checkpoints, and in
 * which a user can create a file named `stop` to end the run. Not collective: only rank 0 calls. */
#ifndef DTRAIN_RUN_DIRECTORY_H
#define DTRAIN_RUN_DIRECTORY_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Creates the directory and its checkpoints/, and writes its path to path[size]: run_dir, or the
 * next free runs/NNNN of the current folder if that is NULL. Unless `resume`, a directory that
 * holds a run already is refused, and nothing in it is changed. */
enum status run_directory_create(const char *run_dir, bool resume, char *path, size_t size,
                                 struct error *error);

/* Checks whether run_directory_create would succeed, without creating or changing anything. */
enum status run_directory_check(const char *run_dir, bool resume, struct error *error);

/* The free bytes of the file system where the directory is, or would be created. */
double run_directory_free(const char *run_dir);

/* Undoes run_directory_create if the run cannot begin after all: removes the lock, and the
 * directory if nothing but an empty checkpoints/ is left in it. */
void run_directory_remove(const char *run_dir);

/* Locks the directory against other jobs, until the process ends or the returned descriptor is
 * closed, and removes what a killed job left half written. If the file system has no locks, prints
 * a line that says so, and removes nothing. Returns -1 and fills *error on failure. */
int run_directory_lock(const char *run_dir, struct error *error);

/* Whether another job holds the lock. */
bool run_directory_is_at_work(const char *run_dir);

/* Whether the user asks the run to stop: the directory contains a file named `stop`. */
bool run_directory_stop_requested(const char *run_dir);

/* Removes the file `stop`, so that it does not stop the resumed run too. */
void run_directory_clear_stop(const char *run_dir);

#endif
