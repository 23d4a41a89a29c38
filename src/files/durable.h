/* SPDX-License-Identifier: MIT
 *
 * What not every file system can do: CIFS, FUSE and others refuse to sync a folder or a file, and
 * some network file systems have no locks. That is no failure, unlike a full or a broken disk. Not
 * collective. */
#ifndef DTRAIN_DURABLE_H
#define DTRAIN_DURABLE_H

#include <stdbool.h>

/* Whether a call failed with this errno because the file system does not support it. */
bool durable_is_unsupported(int cause);

/* Waits until the content of an open file or folder is on disk, where the file system can say so.
 * False, with errno set, on failure. */
bool durable_sync(int descriptor);

/* The same for the entries of a folder, as after a rename in it. */
bool durable_sync_folder(const char *path);

#endif
