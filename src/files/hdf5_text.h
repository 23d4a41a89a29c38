/* SPDX-License-Identifier: MIT
 *
 * A text as a whole HDF5 dataset, a scalar string, for texts that may be longer than the 64 KiB of
 * an attribute. Not collective. */
#ifndef DTRAIN_HDF5_TEXT_H
#define DTRAIN_HDF5_TEXT_H

#include "common/error.h"

#include <hdf5.h>
#include <stdbool.h>

/* The text in which datasets, and checkpoints of runs on them, say how the data were imported. */
#define HDF5_TEXT_RECIPE "/recipe"

/* A longer text is refused. A recipe has a name for each category and class: 65,536 classes with
 * names of 1 KiB fit. */
#define HDF5_TEXT_MAX ((size_t)64 << 20)

/* Reads the text `name` of an open file, which `source` names in error lines: a string of fixed or
 * variable length. Sets *text, which the caller frees; NULL if the file has no such object.
 * STATUS_FAILED, with *text NULL, if it is anything else, too long, or has a NUL within. */
enum status hdf5_text_read(hid_t file, const char *source, const char *name, char **text,
                           struct error *error);

/* Writes a new text, as a UTF-8 string of fixed length without time stamps: equal texts give equal
 * bytes. False on failure. */
bool hdf5_text_write(hid_t file, const char *name, const char *text);

#endif
