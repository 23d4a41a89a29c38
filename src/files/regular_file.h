/* SPDX-License-Identifier: MIT
 *
 * Files that a user names, opened to be read. A folder, a pipe, a socket or a device is refused by
 * its kind, as libraries wait for a pipe for ever, and MPI prints pages about a folder. */
#ifndef DTRAIN_REGULAR_FILE_H
#define DTRAIN_REGULAR_FILE_H

#include "common/error.h"

/* Not collective, and never waits. Returns a descriptor to close, or -1 with a line that names the
 * path. */
int regular_file_open(const char *path, struct error *error);

/* Whether regular_file_open succeeds. */
enum status regular_file_check(const char *path, struct error *error);

#endif
