/* SPDX-License-Identifier: MIT
 *
 * What users name where a command asks for weights: FILE or FILE:/GROUP, an HDF5 file of any
 * program's; a checkpoint; or a run directory, for the newest sound checkpoint in it. Without a
 * group, weights are those at the root of a file or, where there are none, in /parameters. A
 * checkpoint's bytes are checked before they are read. */
#ifndef DTRAIN_WEIGHTS_SOURCE_H
#define DTRAIN_WEIGHTS_SOURCE_H

#include "common/error.h"
#include "core/tensors.h"
#include "ranks/world.h"

/* Collective: rank 0 reads `source`, all get it. Sets *tensors to what is there and *theta to P
 * finite doubles, which the caller frees. Of a run directory, rank 0 says on standard error which
 * checkpoint it takes and which ones it passes over. All ranks return the same; on failure *theta
 * is NULL. */
enum status weights_source_load(const struct world *world, const char *source,
                                struct tensors *tensors, double **theta, struct error *error);

#endif
