/* SPDX-License-Identifier: MIT
 *
 * HDF5 files that users name, and what in them they mean. Not collective. */
#ifndef DTRAIN_HDF5_FILE_H
#define DTRAIN_HDF5_FILE_H

#include <hdf5.h>
#include <stdbool.h>

/* Splits FILE or FILE:/NAME at the last ":/": path[size], and *name within source, "/" where there
 * is none. False where the file's part is empty or too long. */
bool hdf5_file_split(const char *source, char *path, size_t size, const char **name);

/* Opens a file to read, without locks, which some cluster file systems do not have. Negative where
 * it is none; close with H5Fclose. */
hid_t hdf5_file_open(const char *path);

#endif
