/* SPDX-License-Identifier: MIT
 *
 * What several formats need from HDF5: opening the files that users name, new files, attributes and
 * groups. Not collective. */
#ifndef DTRAIN_HDF5_FILE_H
#define DTRAIN_HDF5_FILE_H

#include "common/error.h"

#include <hdf5.h>
#include <stdbool.h>

/* Keeps HDF5 from printing a trace of its calls if one fails: dtrain reports errors itself. */
void hdf5_file_silence(void);

/* Splits FILE or FILE:/NAME at the last ":/": copies FILE to path[size] and points *name to /NAME
 * within source, or to "/" if there is none, as for a path that exists as a whole. False if FILE is
 * empty or too long. */
bool hdf5_file_split(const char *source, char *path, size_t size, const char **name);

/* Opens a file for reading, without locks, which some cluster file systems lack. The caller closes
 * it with H5Fclose. On failure returns a negative id and fills *error. */
hid_t hdf5_file_open(const char *path, struct error *error);

/* Makes the property list to open an object with, of the class H5P_DATASET_ACCESS or
 * H5P_GROUP_ACCESS: a link to another file opens that one without locks, too. The caller closes it
 * with H5Pclose. */
hid_t hdf5_file_link_access(hid_t class);

/* Creates a file in memory, without time stamps, so that equal contents give equal bytes. The
 * caller ends with hdf5_file_finish or H5Fclose. Negative on failure. */
hid_t hdf5_file_create(void);

/* Copies such a file as it is now, behind `before` bytes that are not set. The caller frees it.
 * NULL where memory is short. */
void *hdf5_file_image(hid_t file, size_t before, size_t *size);

/* Closes such a file and, if all that it is to hold was `written`, writes it to `path`, which must
 * not exist yet. False if it is not complete there: the caller then removes what is. */
bool hdf5_file_finish(hid_t file, bool written, const char *path);

/* Reads an integer attribute of the root: a scalar or an array of one element, signed or not.
 * `type` is the type of *value, H5T_NATIVE_INT64 or H5T_NATIVE_UINT64; a number out of its range
 * becomes the nearest one in it. False if the attribute is missing or anything else. */
bool hdf5_file_read_integer(hid_t file, const char *name, hid_t type, void *value);

/* Reads a floating-point attribute of the root, as above. */
bool hdf5_file_read_real(hid_t file, const char *name, double *value);

/* Reads an attribute of the root that is one number of either kind. */
bool hdf5_file_read_number(hid_t file, const char *name, double *value);

/* Returns the text of an attribute of a file's root, or of a group, that is one string of fixed or
 * variable length; the caller frees it. NULL if the attribute is missing or anything else. */
char *hdf5_file_read_text(hid_t location, const char *name);

/* Write an attribute of a file's root or of a group: a number, stored as `type` from *value, which
 * is a `memory_type`; or a string of fixed length. False on failure. */
bool hdf5_file_write_number(hid_t location, const char *name, hid_t type, hid_t memory_type,
                            const void *value);
bool hdf5_file_write_text(hid_t location, const char *name, H5T_cset_t encoding, const char *text);

/* The same for an attribute of an object that is a list (count) of UTF-8 strings. Reading returns
 * the texts, of fixed or variable length, in one block of memory, which the caller frees; NULL if
 * the attribute is missing or anything else, has another length, or memory is short. All texts of
 * an attribute that is written take as many bytes as the longest; hdf5_file_texts_bytes says how
 * many these are altogether. HDF5 allows not quite 64 KiB. */
const char **hdf5_file_read_texts(hid_t location, const char *name, size_t count);
bool hdf5_file_write_texts(hid_t location, const char *name, const char *const *texts,
                           size_t count);
size_t hdf5_file_texts_bytes(const char *const *texts, size_t count);

/* Creates a group without time stamps, so that equal contents give equal bytes. The caller closes
 * it with H5Gclose. Negative on failure. */
hid_t hdf5_file_create_group(hid_t file, const char *name);

#endif
