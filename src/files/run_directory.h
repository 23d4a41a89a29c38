/* SPDX-License-Identifier: MIT
 *
 * The run directory: where a run writes its record, its metrics and its checkpoints, and where a
 * user may put a file named `stop` to end it. Not collective: rank 0 calls. */
#ifndef DTRAIN_RUN_DIRECTORY_H
#define DTRAIN_RUN_DIRECTORY_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Creates the directory and its checkpoints/, and writes its path to path[size]: that of run_dir,
 * or where this is NULL the next free runs/NNNN of the current folder. Unless the run is to resume,
 * a directory that holds a run already is refused, and nothing in it is changed. */
enum status run_directory_create(const char *run_dir, bool resume, char *path, size_t size,
                                 struct error *error);

/* Whether run_directory_create would succeed; creates and changes nothing. */
enum status run_directory_check(const char *run_dir, bool resume, struct error *error);

/* Undoes run_directory_create where the run cannot begin after all: removes the directory if it
 * contains nothing but the lock and an empty checkpoints/. */
void run_directory_remove(const char *run_dir);

/* Takes the directory for this job alone; the lock goes with the process, however that ends.
 * Returns a descriptor to close, or -1 with a line. */
int run_directory_lock(const char *run_dir, struct error *error);

/* Whether the user asks the run to stop: the directory contains an entry named `stop`. */
bool run_directory_stop_requested(const char *run_dir);

/* Removes the file `stop`, so that the request does not stop the run that goes on. */
void run_directory_clear_stop(const char *run_dir);

#endif
