/* SPDX-License-Identifier: MIT */
#include "shipped_data.h"

#include "files/installed.h"

#include <limits.h>
#include <stdio.h>

/* The file, seen from the prefix of an installation or from the build folder. */
#define SHIPPED "share/dtrain/mnist.h5"

enum status shipped_data_path(char *path, size_t size, struct error *error)
{
    char found[PATH_MAX];
    if (installed_find(SHIPPED, found) && (size_t)snprintf(path, size, "%s", found) < size)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     SHIPPED ": the MNIST that comes with dtrain is in no folder above the "
                             "program; name a dataset with --data");
}
