/* SPDX-License-Identifier: MIT */
#include "dtrain/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
    bool synced;
    do
        synced = fsync(descriptor) == 0;
    while (!synced && errno == EINTR);
    const int cause = errno;
    close(descriptor);
    errno = cause;
    return synced;
}

/* A rename is durable once the folder is. */
static bool sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
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

static bool write_bytes(int descriptor, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t count = write(descriptor, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        bytes += count;
        size -= (size_t)count;
    }
    return true;
}

enum status durable_write(const char *path, const void *bytes, size_t size, struct error *error)
{
    char temporary[4096 + 16];
    snprintf(temporary, sizeof temporary, "%s.partial", path);
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    bool written = descriptor >= 0 && write_bytes(descriptor, bytes, size);
    int cause = errno;
    if (descriptor >= 0 && close(descriptor) != 0 && written) {
        written = false;
        cause = errno;
    }
    if (written)
        return durable_rename(temporary, path, error);
    unlink(temporary);
    return error_set(error, STATUS_FAILED, "%s: cannot be written: %s", path, strerror(cause));
}
