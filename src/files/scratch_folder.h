/* SPDX-License-Identifier: MIT
 *
 * Folders for what a model writes while it runs. */
#ifndef DTRAIN_SCRATCH_FOLDER_H
#define DTRAIN_SCRATCH_FOLDER_H

#include <limits.h>

/* Where they are made, if the user names no place: $TMPDIR, or /tmp. */
const char *scratch_folder_usual(void);

/* Makes a new folder for a rank in the folder `parent`, for its owner alone, and writes its full
 * path, without symbolic links, to path. Returns 0, or an errno; path is "" then. */
int scratch_folder_make(const char *parent, int rank, char path[PATH_MAX]);

/* Removes a folder with all that is in it, however deep; links are removed, and not followed. What
 * uses it must have ended. Returns 0, or an errno if something cannot be removed; 0 if there is
 * none. */
int scratch_folder_remove(const char *path);

#endif
