/* SPDX-License-Identifier: MIT
 *
 * The types of images in HDF5 files are the rows of a table: how their values become inputs. */
#ifndef DTRAIN_IMAGE_TYPE_H
#define DTRAIN_IMAGE_TYPE_H

#include "files/hdf5_array.h"

/* Bytes are kept as they are: the network sees v / 255. Others are read as floats and divided. */
struct image_type {
    const char *name; /* as struct hdf5_array has it */
    bool pixels;      /* whether they are bytes */
    float divisor;
    const char *note; /* what happens to the values, if a user may not expect it; else NULL */
};

/* The type of an array's elements. NULL, with a line that names it, if dtrain does not take it. */
const struct image_type *image_type_find(const struct hdf5_array *array, struct error *error);

/* Makes inputs of values that were read as floats. */
void image_type_scale(const struct image_type *type, float *values, int64_t count);

#endif
