/* SPDX-License-Identifier: MIT
 *
 * Weights in HDF5: the arrays W1 (D, H), b1 (H), W2 (H, K) and b2 (K) of a network, or theta (P) of
 * a user's model, at the root of a file or in a group. They may be float64 or float32, and written
 * by any program. Not collective. */
#ifndef DTRAIN_WEIGHTS_H
#define DTRAIN_WEIGHTS_H

#include "common/error.h"
#include "core/tensors.h"

#include <hdf5.h>
#include <stdbool.h>

/* Reads the weights in a group of an open file, which `source` names in error lines. Sets *tensors
 * to their names and shapes, and *theta to P finite numbers. *theta is NULL at first; the caller
 * frees it, on failure too. */
enum status weights_read_group(hid_t file, const char *group, const char *source,
                               struct tensors *tensors, double **theta, struct error *error);

/* Writes the tensors of theta into a new group of an open file; false on failure. Equal weights
 * give equal bytes. */
bool weights_write_group(hid_t file, const char *group, const struct tensors *tensors,
                         const double *theta);

#endif
