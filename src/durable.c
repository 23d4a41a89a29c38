/* SPDX-License-Identifier: MIT */
#include "dtrain/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Waits until a file's or a folder's content is on disk. False with errno on failure. */
static bool sync_path(const char *path, int flags)
{
    const int descriptor = open(path, flags);
    if (descriptor < 0)
        return false;
    const bool synced = fsync(descriptor) == 0;
    const int cause = errno;
    close(descriptor);
    errno = cause;
    return synced;
}

/* A rename is durable once the folder is. */
static bool sync_folder_of(const char *path)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        return sync_path(".", O_RDONLY | O_DIRECTORY);
    slash[slash == folder] = '\0';
    return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

enum status durable_rename(const char *temporary, const char *path, struct error *error)
{
    if (sync_path(temporary, O_RDONLY) && rename(temporary, path) == 0 && sync_folder_of(path))
        return STATUS_DONE;
    const int cause = errno;
    unlink(temporary);
    return error_set(error, STATUS_FAILED, "%s: cannot be written: %s", path, strerror(cause));
}
