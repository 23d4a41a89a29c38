/* SPDX-License-Identifier: MIT
 *
 * Opens, for reading, the files that a user names. Folders, pipes, sockets and devices are refused
 * with a line that says what they are: libraries would wait for a pipe for ever. Not collective. */
#ifndef DTRAIN_REGULAR_FILE_H
#define DTRAIN_REGULAR_FILE_H

#include "common/error.h"

/* Returns a descriptor, which the caller closes, or -1 and fills *error. Never waits. */
int regular_file_open(const char *path, struct error *error);

/* Checks that regular_file_open succeeds. */
enum status regular_file_check(const char *path, struct error *error);

#endif
