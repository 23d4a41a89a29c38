/* SPDX-License-Identifier: MIT
 *
 * What a file is that is not in the expected format, judged by its first bytes. */
#ifndef DTRAIN_FILE_KIND_H
#define DTRAIN_FILE_KIND_H

#include "common/error.h"

#include <stddef.h>

/* Fills *error with "PATH: is a PNG image, not EXPECTED: ..." and how to go on, and returns
 * STATUS_FAILED. `expected` is what the caller reads, such as "an HDF5 file". Not collective. */
enum status file_kind_refuse(const char *path, const char *expected, struct error *error);

#endif
