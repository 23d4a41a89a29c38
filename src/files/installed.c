/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* dladdr */
#include "installed.h"

#include "path.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* Finds the name in the nearest folder above `file`. */
static bool find_above(const char *file, const char *name, char path[PATH_MAX])
{
    char folder[PATH_MAX], candidate[PATH_MAX], *slash;
    path[0] = '\0';
    if (!realpath(file, folder))
        return false;
    while ((slash = strrchr(folder, '/'))) {
        *slash = '\0';
        /* A path that is too long would be cut off, and may then name something else. */
        if (strlen(folder) + strlen(name) + 1 < sizeof candidate) {
            path_join(candidate, folder, name);
            if (realpath(candidate, path))
                return true;
        }
    }
    path[0] = '\0';
    return false;
}

bool installed_find(const char *name, char path[PATH_MAX])
{
    if (find_above("/proc/self/exe", name, path))
        return true;
    /* The program may be elsewhere, and linked with the installed library. */
    static const char here;
    Dl_info library;
    return dladdr(&here, &library) && find_above(library.dli_fname, name, path);
}
