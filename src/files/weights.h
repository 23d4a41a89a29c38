/* SPDX-License-Identifier: MIT
 *
 * Weights in HDF5: W1 (D, H), b1 (H), W2 (H, K), b2 (K), or theta (P) of a user's model, float64 or
 * float32, at the root of a file or in a group; any program may write them. Not collective. */
#ifndef DTRAIN_WEIGHTS_H
#define DTRAIN_WEIGHTS_H

#include "common/error.h"
#include "core/tensors.h"

#include <hdf5.h>
#include <stdbool.h>

/* Reads the weights in a group of an open file; `source` names it in error lines. Sets
 * *tensors to what is there and *theta to P finite doubles. On failure *theta may hold memory: the
 * caller frees it in any case. */
enum status weights_read_group(hid_t file, const char *group, const char *source,
                               struct tensors *tensors, double **theta, struct error *error);

/* Writes the tensors of theta into a new group of an open file; false on failure. No time
 * stamps: equal weights give equal bytes. */
bool weights_write_group(hid_t file, const char *group, const struct tensors *tensors,
                         const double *theta);

#endif
