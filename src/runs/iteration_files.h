/* SPDX-License-Identifier: MIT
 *
 * A folder of a run with a file for each of some iterations, iteration-0000600.h5: checkpoints, and
 * kept tables. Not collective: only rank 0 calls. */
#ifndef DTRAIN_ITERATION_FILES_H
#define DTRAIN_ITERATION_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Iterations, the newest first. */
struct iteration_list {
    int64_t *iterations;
    size_t count;
};

/* Writes the path of the file of an iteration, in a folder of the run, to path[size]. */
void iteration_files_path(const char *run_dir, const char *folder, int64_t iteration, char *path,
                          size_t size);

/* Lists the iterations of which the folder has files, by their names, intact or not; none if there
 * is no folder. The caller frees list->iterations. On failure returns false, with errno set and an
 * empty list. */
bool iteration_files_list(const char *run_dir, const char *folder, struct iteration_list *list);

#endif
