/* SPDX-License-Identifier: MIT */
#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

bool durable_is_unsupported(int cause)
{
    /* The last two are the same number on Linux. */
    static const int causes[] = {EINVAL, ENOSYS, ENOLCK, ENOTSUP, EOPNOTSUPP};
    for (size_t i = 0; i < sizeof causes / sizeof *causes; ++i)
        if (cause == causes[i])
            return true;
    return false;
}

bool durable_sync(int descriptor)
{
    int result;
    do
        result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0 || durable_is_unsupported(errno);
}

bool durable_sync_folder(const char *path)
{
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* A folder that may be written to but not read cannot be opened. */
    if (descriptor < 0)
        return errno == EACCES;
    const bool synced = durable_sync(descriptor);
    const int cause = errno;
    close(descriptor);
    errno = cause;
    return synced;
}
