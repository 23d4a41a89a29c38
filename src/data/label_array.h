/* SPDX-License-Identifier: MIT
 *
 * The labels of an HDF5 file: whole numbers, one for each image, in an array (N), (N, 1) or
 * (1, N). */
#ifndef DTRAIN_LABEL_ARRAY_H
#define DTRAIN_LABEL_ARRAY_H

#include "files/hdf5_array.h"

/* Checks that an open array has a label for each image of an array, open or not. On failure the
 * line names what was found and, if the mistake is a known one, the cure. Not collective. */
enum status label_array_check(const struct hdf5_array *labels, const struct hdf5_array *images,
                              struct error *error);

/* The dimension along which the labels lie: 1 if the array is (1, N), else 0. */
int label_array_axis(const struct hdf5_array *labels);

#endif
