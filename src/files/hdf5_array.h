/* SPDX-License-Identifier: MIT
 *
 * Arrays (datasets, as HDF5 calls them) of a file that a user names: opened and read, or refused
 * with the true reason in one line, "SOURCE: NAME ...". Not collective. */
#ifndef DTRAIN_HDF5_ARRAY_H
#define DTRAIN_HDF5_ARRAY_H

#include "common/error.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

enum { HDF5_ARRAY_DIMENSIONS_MAX = 8 };

/* An open array. */
struct hdf5_array {
    hid_t id;
    const char *source, *name; /* for error lines */
    int dimensions;            /* at least 1 */
    hsize_t shape[HDF5_ARRAY_DIMENSIONS_MAX];
    H5T_class_t class;
    size_t width; /* bytes of an element */
    bool is_unsigned;
};

/* Opens the array `name` below `location`, a file or group. Refuses virtual arrays, and those that
 * claim to hold more than the file can. source and name must outlive the array. On failure nothing
 * is open; otherwise close it. */
enum status hdf5_array_open(hid_t location, const char *source, const char *name,
                            struct hdf5_array *array, struct error *error);
void hdf5_array_close(struct hdf5_array *array);

/* Reads the part that the dataspace `part` selects, H5S_ALL for everything, as `type` into values
 * of the shape `memory`. */
enum status hdf5_array_read(const struct hdf5_array *array, hid_t type, hid_t memory, hid_t part,
                            void *values, struct error *error);

/* The number of values in a row of the array: the product of all its extents but the first. 0 where
 * the array has one dimension only, INT64_MAX where the product is larger than that. */
int64_t hdf5_array_row_values(const struct hdf5_array *array);

/* Fills *error with "SOURCE: NAME what" and returns STATUS_FAILED. */
enum status hdf5_array_bad(const struct hdf5_array *array, struct error *error, const char *what);

#endif
