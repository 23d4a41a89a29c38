/* SPDX-License-Identifier: MIT
 *
 * Weights in HDF5: the arrays W1 (D, H1), b1 (H1), W2 (H1, H2), b2 (H2), and so on up to the
 * classes of a network, or theta (P) of a user's model, at the root of a file or in a group. They
 * may be float64 or float32, and written by any program. If the activation is not the sigmoid, the
 * group has an attribute `activation` with its name; if the loss is not that of softmax, `loss`. If
 * a model names its parameters, theta has an attribute `names` (P), unless the names take more than
 * WEIGHTS_NAMES_MAX bytes. Not collective. */
#ifndef DTRAIN_WEIGHTS_H
#define DTRAIN_WEIGHTS_H

#include "common/error.h"
#include "core/model/tensors.h"

#include <hdf5.h>
#include <stdbool.h>

/* The longest side of a matrix. A file that claims more is taken to be damaged. */
enum { WEIGHTS_EXTENT_MAX = 1 << 24 };

/* An attribute has room for not quite 64 KiB (hdf5_file_write_texts). */
enum { WEIGHTS_NAMES_MAX = 65000 };

/* Reads the weights in a group of an open file, which `source` names in error lines. Sets *tensors
 * to their names and shapes, and *theta to P finite numbers. *theta is NULL at first; the caller
 * frees it, on failure too. */
enum status weights_read_group(hid_t file, const char *group, const char *source,
                               struct tensors *tensors, double **theta, struct error *error);

/* Reads tensors whose names and shapes are known into `values`; fails unless all are finite. */
enum status weights_read_tensors(hid_t file, const char *group, const char *source,
                                 const struct tensors *tensors, double *values,
                                 struct error *error);

/* Writes the tensors of theta into a new group of an open file; false on failure. Equal weights
 * give equal bytes. */
bool weights_write_group(hid_t file, const char *group, const struct tensors *tensors,
                         const double *theta);

/* Adds the names (P) of a model's parameters to a group that has been written; false on failure. */
bool weights_write_names(hid_t file, const char *group, const char *const *names,
                         const struct tensors *tensors);

/* Reads the names of weights that have been read: *names (P) is one block of memory, which the
 * caller frees; NULL if the group has none, and on failure. */
enum status weights_read_names(hid_t file, const char *group, const char *source,
                               const struct tensors *tensors, const char ***names,
                               struct error *error);

/* STATUS_USAGE if the names of weights (count) are not those that the model expects. Weights
 * without names (NULL) fit every model, and a model that expects none (NULL) fits all weights.
 * `source` begins the error line. */
enum status weights_compare_names(const char *source, const char *const *names,
                                  const char *const *expected, size_t count, struct error *error);

/* Writes a file with a group for each of the names, from theta (groups, P): whole, or not at
 * all. */
enum status weights_write_file(const char *path, int groups, const char *const *names,
                               const struct tensors *tensors, const double *theta,
                               struct error *error);

#endif
