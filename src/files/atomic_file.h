/* SPDX-License-Identifier: MIT
 *
 * A file is written completely or not at all: under a temporary name in the same folder,
 * path.NUMBER.partial, and renamed at the end. Symbolic links are not followed. Two processes may
 * write the same file at the same time, even on two hosts or in two containers: the complete file
 * of the one that ends last stays. Not collective. */
#ifndef DTRAIN_ATOMIC_FILE_H
#define DTRAIN_ATOMIC_FILE_H

#include "common/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The most characters that a temporary file's name has beyond those of the file's. */
enum { ATOMIC_FILE_SUFFIX_MAX = sizeof ".4398046511103.partial" - 1 };

/* Checks, before a command begins its work, that it may write its output to `path`. Refuses a path
 * whose folder is missing or not writable, one of the files that the command reads (`inputs`, ends
 * with NULL), anything but a regular file, and, unless `force`, any file that exists. */
enum status atomic_file_check_output(const char *path, bool force, const char *const *inputs,
                                     struct error *error);

/* The number in the temporary names of a process of this host and PID namespace: 20 bits that
 * identify host and namespace, and the PID. */
long atomic_file_number(long process);

/* Writes this process's temporary name for `path` to temporary[PATH_MAX], and removes the temporary
 * files for `path` of processes that were killed on this host. The caller then creates the file,
 * exclusively (O_EXCL, H5F_ACC_EXCL), so that it is nobody else's, and ends with atomic_file_commit
 * or atomic_file_abandon. On failure there is nothing to abandon. */
enum status atomic_file_begin(const char *path, char temporary[PATH_MAX], struct error *error);

/* Makes the temporary file durable and renames it to `path`. On failure the temporary file is gone
 * and `path` is as before; or it is the new file, if only its folder could not be synced. */
enum status atomic_file_commit(const char *path, struct error *error);

/* Removes the temporary file. */
void atomic_file_abandon(const char *path);

/* Writes a file with that content. Failure is as for atomic_file_commit. */
enum status atomic_file_write(const char *path, const void *bytes, size_t size,
                              struct error *error);

/* Removes all temporary files in a folder that no other process writes to. That includes files that
 * atomic_file_begin keeps because their PID is in use: by a later process, or still by a dead one
 * that nobody has waited for. */
void atomic_file_sweep(const char *folder);

/* Opens a file that is written in place, with the flags of open(2). Refuses symbolic links and
 * anything but a regular file. Returns a descriptor, which the caller closes, or -1 and fills
 * *error. */
int atomic_file_open(const char *path, int flags, struct error *error);

/* Writes all the bytes to an open file, by one write() unless the system takes fewer at a time.
 * False, with errno set, on failure: some of the bytes may be in the file then. */
bool atomic_file_append(int descriptor, const void *bytes, size_t size);

#endif
