/* SPDX-License-Identifier: MIT
 *
 * What comes with dtrain besides the program, found in the build folder as when installed. Not
 * collective. */
#ifndef DTRAIN_INSTALLED_H
#define DTRAIN_INSTALLED_H

#include <limits.h>
#include <stdbool.h>

/* Finds a file or folder by its path below the prefix of an installation, "share/dtrain/mnist.h5"
 * or DTRAIN_LIBEXEC "/dtrain-guard": it is the one in the nearest folder above the running program
 * or, if there is none, above libdtrain. Writes its path, without symbolic links. False, with an
 * empty path, if it is in neither. */
bool installed_find(const char *name, char path[PATH_MAX]);

#endif
