/* SPDX-License-Identifier: MIT
 *
 * HDF5 files that users name, what in them they mean, and the attributes of a file. Not collective.
 */
#ifndef DTRAIN_HDF5_FILE_H
#define DTRAIN_HDF5_FILE_H

#include "common/error.h"

#include <hdf5.h>
#include <stdbool.h>

/* Splits FILE or FILE:/NAME at the last ":/": path[size], and *name within source, "/" where there
 * is none. False where the file's part is empty or too long. */
bool hdf5_file_split(const char *source, char *path, size_t size, const char **name);

/* Opens a file to read, without locks, which some cluster file systems do not have. Negative with
 * a line where that fails; close with H5Fclose. */
hid_t hdf5_file_open(const char *path, struct error *error);

/* Reads an attribute of the root that is one integer: a scalar or an array of one element, signed
 * or not. `type` is H5T_NATIVE_INT64 or H5T_NATIVE_UINT64, and what *value is; a number beyond its
 * range becomes the nearest end of it. False where the attribute is anything else. */
bool hdf5_file_integer(hid_t file, const char *name, hid_t type, void *value);

/* The text of an attribute of the root that is one string of fixed length. The caller frees it;
 * NULL where the attribute is not there or anything else. */
char *hdf5_file_text(hid_t file, const char *name);

#endif
