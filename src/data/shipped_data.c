/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* dladdr */
#include "shipped_data.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file, seen from the prefix of an installation or from the build folder. */
#define SHIPPED "share/dtrain/mnist.h5"

/* Finds SHIPPED in the nearest folder above `file`, and writes its path, without symbolic links, to
 * path[size]. */
static bool find_above(const char *file, char *path, size_t size)
{
    char candidate[PATH_MAX + sizeof SHIPPED];
    char *resolved = realpath(file, NULL), *found = NULL, *slash;
    while (resolved && !found && (slash = strrchr(resolved, '/'))) {
        *slash = '\0';
        snprintf(candidate, sizeof candidate, "%s/%s", resolved, SHIPPED);
        found = realpath(candidate, NULL);
    }
    const bool fits = found && (size_t)snprintf(path, size, "%s", found) < size;
    free(resolved);
    free(found);
    return fits;
}

enum status shipped_data_path(char *path, size_t size, struct error *error)
{
    if (find_above("/proc/self/exe", path, size))
        return STATUS_DONE;
    /* The program may be elsewhere, and linked with the installed library. */
    static const char here;
    Dl_info library;
    if (dladdr(&here, &library) && find_above(library.dli_fname, path, size))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     SHIPPED ": the MNIST that comes with dtrain is in no folder above the "
                             "program; name a dataset with --data");
}
