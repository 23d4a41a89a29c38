/* SPDX-License-Identifier: MIT
 *
 * Arrays (HDF5 calls them datasets) in a file that a user names are opened and read, or refused
 * with one line that gives the reason, "SOURCE: NAME ..."; and written. Not collective. */
#ifndef DTRAIN_HDF5_ARRAY_H
#define DTRAIN_HDF5_ARRAY_H

#include "common/error.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

enum { HDF5_ARRAY_DIMENSIONS_MAX = 8, HDF5_TYPE_SIZE = 24, HDF5_DESCRIPTION_SIZE = 128 };

/* An open array. */
struct hdf5_array {
    hid_t id;
    const char *source, *name; /* names of the file and of the array, for error lines */
    int dimensions;            /* at least 1 */
    hsize_t shape[HDF5_ARRAY_DIMENSIONS_MAX];
    H5T_class_t class;
    size_t width;              /* bytes of an element */
    char type[HDF5_TYPE_SIZE]; /* the elements' type as in NumPy: "uint8", "float64", "bool" */
};

/* Opens the array `name` of `location`, a file or group. Refuses virtual arrays, and those that
 * claim more data than the file can hold. source and name must outlive the array. The caller closes
 * the array; on failure nothing is open. */
enum status hdf5_array_open(hid_t location, const char *source, const char *name,
                            struct hdf5_array *array, struct error *error);
void hdf5_array_close(struct hdf5_array *array);

/* Reads what `selection` selects of the array, converted to `type`, into values, whose dataspace is
 * `memory`. If both are H5S_ALL, reads the whole array. */
enum status hdf5_array_read(const struct hdf5_array *array, hid_t type, hid_t memory,
                            hid_t selection, void *values, struct error *error);

/* Reads `count` rows, which lie along the dimension `axis`, from row `begin` on, converted to
 * `type`: values (count, row). The extents before the axis are 1. */
enum status hdf5_array_read_rows(const struct hdf5_array *array, int axis, hid_t type,
                                 int64_t begin, int64_t count, void *values, struct error *error);

/* Writes a new array of an open file from `values`, which are of the type `in_memory`, and stores
 * them as `stored`; without time stamps, so that equal values give equal bytes. False on failure.
 */
bool hdf5_array_write(hid_t file, const char *name, hid_t stored, hid_t in_memory, int dimensions,
                      const hsize_t *shape, const void *values);

/* Returns how many rows a chunk of the array extends over, at most all of them; 1 if there are no
 * chunks. */
int64_t hdf5_array_chunk_rows(const struct hdf5_array *array);

/* Returns the number of values in a row of the array: the product of all extents but the first. 0
 * if the array has only one dimension, INT64_MAX if the product exceeds it. */
int64_t hdf5_array_row_values(const struct hdf5_array *array);

/* Returns the number of values of the whole array, INT64_MAX if it exceeds that. */
int64_t hdf5_array_values(const struct hdf5_array *array);

/* Writes type and shape, as in "float64 (60000, 28, 28)". */
void hdf5_array_describe(const struct hdf5_array *array, char text[HDF5_DESCRIPTION_SIZE]);

/* Lists the attributes of an open array that say that its values are packed, such as scale_factor,
 * which dtrain does not apply. The text is empty if there are none. */
void hdf5_array_list_packing(const struct hdf5_array *array, char text[HDF5_DESCRIPTION_SIZE]);

/* Fills *error with "SOURCE: NAME what" and returns STATUS_FAILED. */
enum status hdf5_array_bad(const struct hdf5_array *array, struct error *error, const char *what);

/* The same with "SOURCE: NAME is float64 (60000, 28, 28): what". */
enum status hdf5_array_unfit(const struct hdf5_array *array, struct error *error, const char *what);

#endif
