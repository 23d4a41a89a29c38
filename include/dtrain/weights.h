/* SPDX-License-Identifier: MIT
 *
 * Weights in HDF5: W1 (D, H), b1 (H), W2 (H, K), b2 (K), float64 or float32, at the root of a
 * file or in a group; any program may write them. */
#ifndef DTRAIN_WEIGHTS_H
#define DTRAIN_WEIGHTS_H

#include "dtrain/error.h"
#include "dtrain/network.h"
#include "dtrain/world.h"

#include <hdf5.h>
#include <stdbool.h>

/* Collective: rank 0 reads `source`, FILE or FILE:/GROUP, all get it. Sets *network from the
 * shapes and *theta to P finite doubles, which the caller frees. All ranks return the same; on
 * failure *theta is NULL. */
enum status weights_load(const struct world *world, const char *source, struct network *network,
                         double **theta, struct error *error);

/* Not collective. Reads the weights in a group of an open file; `source` names it in error lines.
 * On failure *theta may hold memory: the caller frees it in any case. */
enum status weights_read_group(hid_t file, const char *group, const char *source,
                               struct network *network, double **theta, struct error *error);

/* Not collective. Writes the four tensors of theta into a new group of an open file; false on
 * failure. No time stamps: equal weights give equal bytes. */
bool weights_write_group(hid_t file, const char *group, const struct network *network,
                         const double *theta);

#endif
