/* SPDX-License-Identifier: MIT */
#include "regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return "folder";
    if (S_ISFIFO(mode))
        return "pipe";
    return S_ISSOCK(mode) ? "socket" : "device";
}

int regular_file_open(const char *path, struct error *error)
{
    struct stat info;
    /* The kind is checked first, because opening a device can have effects. */
    const bool found = stat(path, &info) == 0;
    if (found && !S_ISREG(info.st_mode)) {
        error_set(error, STATUS_FAILED, "%s: is a %s, not a file", path, kind_of(info.st_mode));
        return -1;
    }
    const int descriptor = found ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    if (descriptor < 0)
        error_set(error, STATUS_FAILED, "%s: %s", path, strerror(errno));
    return descriptor;
}

enum status regular_file_check(const char *path, struct error *error)
{
    const int descriptor = regular_file_open(path, error);
    if (descriptor < 0)
        return error->status;
    close(descriptor);
    return STATUS_DONE;
}
