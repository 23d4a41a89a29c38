/* SPDX-License-Identifier: MIT
 *
 * The weights that a user names: FILE or FILE:/GROUP, an HDF5 file that any program may have
 * written; a checkpoint; or a run directory, which stands for its newest intact checkpoint. Without
 * a group, the weights are those at the root of the file or, if there are none, in /parameters. */
#ifndef DTRAIN_WEIGHTS_SOURCE_H
#define DTRAIN_WEIGHTS_SOURCE_H

#include "common/error.h"
#include "core/model/tensors.h"
#include "ranks/world.h"
#include "run_record.h"

#include <stdbool.h>

/* Collective: rank 0 reads `source`, and all ranks get the weights. Sets *tensors to their names
 * and shapes, and *theta to P finite numbers, which the caller frees. Unless recipe is NULL,
 * *recipe becomes the text of the file's recipe on rank 0, which the caller frees; NULL on other
 * ranks, and where there is none. The same holds for *names (P), which are one block of memory: the
 * names of a model's parameters (weights_compare_names). For a run directory, rank 0 prints on
 * standard error which checkpoint it takes and which it skips. All ranks return the same; on
 * failure *theta, *recipe and *names are NULL. */
enum status weights_source_load(const struct world *world, const char *source,
                                struct tensors *tensors, double **theta, char **recipe,
                                const char ***names, struct error *error);

/* Not collective: only rank 0 calls. Writes to path[PATH_MAX] which FILE[:/GROUP] the source stands
 * for: for a run directory, its newest intact checkpoint, which is named on standard error. */
enum status weights_source_find(const struct world *world, const char *source, char *path,
                                struct error *error);

/* Not collective. Writes to run_dir[PATH_MAX] the run directory of weights that are named by it, or
 * by a file in its folder checkpoints. False if they are named otherwise. */
bool weights_source_run(const char *source, char *run_dir);

/* Not collective: only rank 0 calls. Whether FILE[:/GROUP] holds the weights that the recorded run
 * began with. */
bool weights_source_began(const struct world *world, const char *file,
                          const struct run_options *recorded);

#endif
