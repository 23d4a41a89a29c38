/* SPDX-License-Identifier: MIT
 *
 * How dtrain writes files: complete or not at all, by way of a temporary name, path.PID.partial, in
 * the same folder; never through a symbolic link, and never over what the user did not offer. Of
 * two processes on a host that write the same file at one time, the last one's file stays, whole.
 * Not collective. */
#ifndef DTRAIN_ATOMIC_FILE_H
#define DTRAIN_ATOMIC_FILE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Asked before the work: whether a command may give `path` to a file that the user named. Refuses a
 * folder that is not there or cannot be written to; the files that the command reads (`inputs`, up
 * to a NULL); anything but a regular file; and without `force` any file. */
enum status atomic_file_check_output(const char *path, bool force, const char *const *inputs,
                                     struct error *error);

/* Fills in this process's temporary name for `path`, temporary[PATH_MAX], and removes what
 * processes that were killed on this host have left of it. The caller creates the file exclusively
 * (H5F_ACC_EXCL), so that it can be nobody else's; then atomic_file_commit or atomic_file_abandon.
 * On failure there is nothing to abandon. */
enum status atomic_file_begin(const char *path, char *temporary, struct error *error);

/* Makes the file with the temporary name durable, and gives it the name `path`. On failure it is
 * removed, and `path` is what it was before. */
enum status atomic_file_commit(const char *path, struct error *error);

/* Removes the file with the temporary name. */
void atomic_file_abandon(const char *path);

/* Gives the file `path` that content. On failure it is what it was. */
enum status atomic_file_write(const char *path, const void *bytes, size_t size,
                              struct error *error);

/* Opens a file that is written in place, with the flags of open(2): a regular file, and no symbolic
 * link. Returns a descriptor to close, or -1 with a line. */
int atomic_file_open(const char *path, int flags, struct error *error);

#endif
