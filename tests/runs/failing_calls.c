/* SPDX-License-Identifier: MIT */
#include "failing_calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The linker's --wrap asks for these names. */
int __real_open(const char *path, int flags, ...);
ssize_t __real_write(int descriptor, const void *bytes, size_t size);
int __real_fsync(int descriptor);
int __real_rename(const char *from, const char *to);
int __real_close(int descriptor);
struct dirent *__real_readdir(DIR *directory);
void *__real_realloc(void *memory, size_t size);
int __wrap_open(const char *path, int flags, ...);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t size);
int __wrap_fsync(int descriptor);
int __wrap_rename(const char *from, const char *to);
int __wrap_close(int descriptor);
struct dirent *__wrap_readdir(DIR *directory);
void *__wrap_realloc(void *memory, size_t size);

static enum fault fault;
static int faulty_call, calls;

void failing_calls_set(enum fault kind, int call)
{
    fault = kind;
    faulty_call = call;
    calls = 0;
}

int failing_calls_made(void)
{
    return calls;
}

/* Whether this call fails; sets errno. */
static bool fails(void)
{
    if (calls++ != faulty_call || fault == FAULT_NONE || fault == FAULT_SHORT_WRITE)
        return false;
    errno = fault == FAULT_NO_SPACE ? ENOSPC : fault == FAULT_IO ? EIO : EINTR;
    return true;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails() ? -1 : __real_open(path, flags, mode);
}

ssize_t __wrap_write(int descriptor, const void *bytes, size_t size)
{
    const bool is_short = fault == FAULT_SHORT_WRITE && calls == faulty_call;
    return fails() ? -1 : __real_write(descriptor, bytes, is_short ? 1 : size);
}

int __wrap_fsync(int descriptor)
{
    return fails() ? -1 : __real_fsync(descriptor);
}

int __wrap_rename(const char *from, const char *to)
{
    return fails() ? -1 : __real_rename(from, to);
}

int __wrap_close(int descriptor)
{
    /* A close that fails has closed the file nevertheless. */
    const int result = __real_close(descriptor);
    return fails() ? -1 : result;
}

struct dirent *__wrap_readdir(DIR *directory)
{
    return fails() ? NULL : __real_readdir(directory);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}
