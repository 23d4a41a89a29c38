/* SPDX-License-Identifier: MIT
 *
 * Where the files that come with dtrain are. */
#ifndef DTRAIN_INSTALLED_H
#define DTRAIN_INSTALLED_H

#include <stdbool.h>
#include <stddef.h>

/* The programs beside dtrain, seen from the prefix of an installation or from the build folder. */
#define INSTALLED_GUARD  "libexec/dtrain/dtrain-guard"
#define INSTALLED_SERVER "libexec/dtrain/dtrain-model"

/* Finds a file or folder of dtrain's in the nearest folder above the program or, where the program
 * is elsewhere, above the library that it is linked with. Writes its path, without symbolic links,
 * to path[size]. False if it is in none of them, or its path is too long. */
bool installed_find(const char *relative, char *path, size_t size);

#endif
