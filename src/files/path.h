/* SPDX-License-Identifier: MIT
 *
 * Paths as texts, in buffers of PATH_MAX bytes; what does not fit is cut off. Not collective. */
#ifndef DTRAIN_PATH_H
#define DTRAIN_PATH_H

#include <limits.h>
#include <stdbool.h>

/* Writes "FOLDER/NAME" to path. */
void path_join(char path[PATH_MAX], const char *folder, const char *name);

/* Shortens a path to that of the folder that holds it: "." for a name without a folder. */
void path_to_folder(char *path);

bool path_is_folder(const char *path);

/* Whether the folder has a regular file of that name. */
bool path_exists(const char *folder, const char *name);

/* Removes the file `name` of a folder; nothing happens if there is none. */
void path_remove(const char *folder, const char *name);

#endif
