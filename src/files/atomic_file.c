/* SPDX-License-Identifier: MIT */
#include "atomic_file.h"

#include "durable.h"
#include "path.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Waits until the content of the file is on disk. False, with errno set, on failure. */
static bool sync_file(const char *path)
{
    const int descriptor = open(path, O_RDONLY);
    if (descriptor < 0)
        return false;
    const bool synced = durable_sync(descriptor);
    const int cause = errno;
    close(descriptor);
    errno = cause;
    return synced;
}

static void name_folder_of(const char *path, char folder[PATH_MAX])
{
    snprintf(folder, PATH_MAX, "%s", path);
    path_to_folder(folder);
}

/* A rename is durable once the folder is synced. */
static bool sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    name_folder_of(path, folder);
    return durable_sync_folder(folder);
}

/* The kernel's largest PID is 2^22. */
enum { PID_BITS = 22, PLACE_BITS = 20 };
_Static_assert((INT64_C(1) << (PID_BITS + PLACE_BITS)) - 1 == 4398046511103,
               "ATOMIC_FILE_SUFFIX_MAX has room for the largest number");

/* A hash of where a PID means something: the host and, for containers, its PID namespace. Never
 * 0. */
static long number_of_place(void)
{
    const uint32_t offset = 2166136261u, prime = 16777619u; /* of the hash FNV-1a */
    char host[256] = "";
    struct stat name_space;
    uint32_t hash = offset;
    gethostname(host, sizeof host - 1);
    for (const char *c = host; *c; ++c)
        hash = (hash ^ (unsigned char)*c) * prime;
    if (stat("/proc/self/ns/pid", &name_space) == 0)
        hash = (hash ^ (uint32_t)name_space.st_ino) * prime;
    return (long)(hash >> (32 - PLACE_BITS)) | 1;
}

long atomic_file_number(long process)
{
    return number_of_place() << PID_BITS | process;
}

/* The name contains the process, so that two processes that write the same file do not write to the
 * same temporary file. False if the name is too long. */
static bool name_temporary(const char *path, char temporary[PATH_MAX])
{
    return snprintf(temporary, PATH_MAX, "%s.%ld.partial", path,
                    atomic_file_number((long)getpid())) < PATH_MAX;
}

/* The number in a temporary name for `file`, or for any file if that is NULL; 0 if the name is
 * none. */
static long number_in(const char *name, const char *file)
{
    static const char suffix[] = ".partial";
    const size_t all = strlen(name), before = all < sizeof suffix ? 0 : all - (sizeof suffix - 1);
    const char *const end = name + before, *number = end;
    while (number > name && isdigit((unsigned char)number[-1]))
        --number;
    if (strcmp(end, suffix) != 0 || number == end || number == name || number[-1] != '.')
        return 0;
    const size_t length = (size_t)(number - 1 - name);
    if (file && (strlen(file) != length || strncmp(name, file, length) != 0))
        return 0;
    return strtol(number, NULL, 10);
}

/* Whether the process of a temporary file was one of this host and is dead; about others, nobody
 * here can know. */
static bool is_dead(long number)
{
    const long process = number & ((1L << PID_BITS) - 1);
    return number == atomic_file_number(process) && kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

/* Removes a folder's temporary files for `file` whose processes are dead; if `file` is NULL, all
 * temporary files. A failure does no harm, and is ignored. */
static void remove_temporaries(const char *folder, const char *file)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return;
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        const long number = number_in(entry->d_name, file);
        if (number > 0 && (!file || is_dead(number)))
            unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
}

static void remove_left_behind(const char *path)
{
    char folder[PATH_MAX];
    const char *const slash = strrchr(path, '/');
    name_folder_of(path, folder);
    remove_temporaries(folder, slash ? slash + 1 : path);
}

void atomic_file_sweep(const char *folder)
{
    remove_temporaries(folder, NULL);
}

static enum status cannot_write(const char *path, int cause, struct error *error)
{
    return error_set(error, STATUS_FAILED, "%s: cannot be written: %s", path, strerror(cause));
}

static enum status check_folder_of(const char *path, struct error *error)
{
    char folder[PATH_MAX];
    name_folder_of(path, folder);
    return access(folder, W_OK | X_OK) == 0 ? STATUS_DONE : cannot_write(path, errno, error);
}

enum status atomic_file_check_output(const char *path, bool force, const char *const *inputs,
                                     struct error *error)
{
    struct stat output, input;
    if (lstat(path, &output) != 0)
        return errno == ENOENT ? check_folder_of(path, error) : cannot_write(path, errno, error);
    for (; *inputs; ++inputs)
        if (stat(*inputs, &input) == 0 && input.st_dev == output.st_dev &&
            input.st_ino == output.st_ino)
            return error_set(error, STATUS_FAILED,
                             "%s: is read by this command: choose another name for the output",
                             path);
    if (!S_ISREG(output.st_mode))
        return error_set(error, STATUS_FAILED,
                         "%s: is not a regular file: choose another name for the output", path);
    if (!force)
        return error_set(error, STATUS_FAILED,
                         "%s: exists already: replace it with --force, or choose another name",
                         path);
    return check_folder_of(path, error);
}

enum status atomic_file_begin(const char *path, char temporary[PATH_MAX], struct error *error)
{
    if (!name_temporary(path, temporary))
        return cannot_write(path, ENAMETOOLONG, error);
    remove_left_behind(path);
    /* An earlier process with the same PID may have left one. */
    if (unlink(temporary) == 0 || errno == ENOENT)
        return STATUS_DONE;
    return cannot_write(temporary, errno, error);
}

enum status atomic_file_commit(const char *path, struct error *error)
{
    char temporary[PATH_MAX];
    if (!name_temporary(path, temporary))
        return cannot_write(path, ENAMETOOLONG, error);
    if (sync_file(temporary) && rename(temporary, path) == 0 && sync_folder_of(path))
        return STATUS_DONE;
    const int cause = errno;
    unlink(temporary);
    return cannot_write(path, cause, error);
}

void atomic_file_abandon(const char *path)
{
    char temporary[PATH_MAX];
    if (name_temporary(path, temporary))
        unlink(temporary);
}

bool atomic_file_append(int descriptor, const void *bytes, size_t size)
{
    const unsigned char *left = bytes;
    while (size > 0) {
        const ssize_t count = write(descriptor, left, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        left += count;
        size -= (size_t)count;
    }
    return true;
}

enum status atomic_file_write(const char *path, const void *bytes, size_t size, struct error *error)
{
    char temporary[PATH_MAX];
    if (atomic_file_begin(path, temporary, error))
        return error->status;
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool written = descriptor >= 0 && atomic_file_append(descriptor, bytes, size);
    int cause = errno;
    if (descriptor >= 0 && close(descriptor) != 0 && written) {
        written = false;
        cause = errno;
    }
    if (written)
        return atomic_file_commit(path, error);
    atomic_file_abandon(path);
    return cannot_write(path, cause, error);
}

int atomic_file_open(const char *path, int flags, struct error *error)
{
    struct stat info;
    const int descriptor = open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        if (errno == ELOOP)
            error_set(error, STATUS_FAILED, "%s: is a symbolic link: remove it", path);
        else
            cannot_write(path, errno, error);
        return -1;
    }
    if (fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode))
        return descriptor;
    close(descriptor);
    error_set(error, STATUS_FAILED, "%s: is not a regular file: remove it", path);
    return -1;
}
