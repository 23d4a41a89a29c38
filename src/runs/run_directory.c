/* SPDX-License-Identifier: MIT */
#include "run_directory.h"

#include "checkpoint_store.h"
#include "files/atomic_file.h"
#include "files/durable.h"
#include "files/path.h"

#include "common/printable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { RUNS_MAX = 9999 };

static bool make_folder(const char *path, struct error *error)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return true;
    error_set(error, STATUS_FAILED, "%s: cannot be created: %s", path, strerror(errno));
    return false;
}

/* Creates the folder and those above it. */
static bool make_folders(const char *path, struct error *error)
{
    char above[PATH_MAX];
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(above, sizeof above, "%.*s", (int)(slash - path), path);
        if (!make_folder(above, error))
            return false;
    }
    return make_folder(path, error);
}

/* Creates the first free runs/NNNN. If two jobs try the same number, mkdir fails for one. */
static enum status make_next_run(char *path, size_t size, struct error *error)
{
    if (!make_folder("runs", error))
        return STATUS_FAILED;
    for (int number = 1; number <= RUNS_MAX; ++number) {
        snprintf(path, size, "runs/%04d", number);
        if (mkdir(path, 0777) == 0)
            return STATUS_DONE;
        if (errno != EEXIST)
            return error_set(error, STATUS_FAILED, "%s: cannot be created: %s", path,
                             strerror(errno));
    }
    return error_set(error, STATUS_FAILED, "runs/ is full: choose a directory with --run-dir");
}

static bool exists_in(const char *folder, const char *name)
{
    char path[PATH_MAX];
    path_join(path, folder, name);
    return access(path, F_OK) == 0;
}

/* A fresh start must not write into the directory of another run. */
static enum status check_free(const char *run_dir, bool resume, struct error *error)
{
    if (resume || !(exists_in(run_dir, "run.json") || exists_in(run_dir, "metrics.jsonl") ||
                    checkpoint_store_has_any(run_dir)))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: holds a run already; continue it with --resume, or choose another "
                     "--run-dir",
                     run_dir);
}

/* The directory, or where there is none, the nearest folder above it, in which it would be created.
 */
static void find_existing(const char *run_dir, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s", run_dir ? run_dir : "runs");
    while (access(path, F_OK) != 0 && errno == ENOENT)
        path_to_folder(path);
}

double run_directory_free(const char *run_dir)
{
    char path[PATH_MAX];
    struct statvfs info;
    find_existing(run_dir, path);
    return statvfs(path, &info) == 0 ? (double)info.f_bavail * (double)info.f_frsize
                                     : (double)INFINITY;
}

enum status run_directory_check(const char *run_dir, bool resume, struct error *error)
{
    char path[PATH_MAX];
    if (run_dir && check_free(run_dir, resume, error))
        return STATUS_FAILED;
    find_existing(run_dir, path);
    if (access(path, W_OK | X_OK) == 0)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "%s: cannot be written to: %s", path, strerror(errno));
}

enum status run_directory_create(const char *run_dir, bool resume, char *path, size_t size,
                                 struct error *error)
{
    char checkpoints[PATH_MAX];
    if (run_dir) {
        snprintf(path, size, "%s", run_dir);
        if (check_free(run_dir, resume, error) || !make_folders(path, error))
            return STATUS_FAILED;
    } else if (make_next_run(path, size, error)) {
        return STATUS_FAILED;
    }
    path_join(checkpoints, path, "checkpoints");
    return make_folder(checkpoints, error) ? STATUS_DONE : STATUS_FAILED;
}

void run_directory_remove(const char *run_dir)
{
    char path[PATH_MAX];
    path_remove(run_dir, "lock");
    path_join(path, run_dir, "checkpoints");
    rmdir(path);
    rmdir(run_dir);
}

/* Only the holder of the lock may call it. */
static void remove_half_written(const char *run_dir)
{
    static const char *const folders[] = {"checkpoints", "values"};
    atomic_file_sweep(run_dir);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; ++i) {
        char folder[PATH_MAX];
        path_join(folder, run_dir, folders[i]);
        atomic_file_sweep(folder);
    }
}

/* Continues without a lock: for a single job that is as good. */
static void warn_of_no_locks(const char *run_dir)
{
    char shown[PRINTABLE_PATH_SIZE];
    const int cause = errno;
    printable_copy(shown, sizeof shown, run_dir);
    fprintf(stderr,
            "dtrain: %s: its file system has no locks (%s): make sure yourself that no other job "
            "writes there\n",
            shown, strerror(cause));
}

int run_directory_lock(const char *run_dir, struct error *error)
{
    char path[PATH_MAX];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    path_join(path, run_dir, "lock");
    const int descriptor = atomic_file_open(path, O_RDWR | O_CREAT, error);
    if (descriptor < 0)
        return -1;
    if (fcntl(descriptor, F_SETLK, &lock) == 0) {
        remove_half_written(run_dir);
        return descriptor;
    }
    if (durable_is_unsupported(errno)) {
        warn_of_no_locks(run_dir);
        return descriptor;
    }
    if (errno == EAGAIN || errno == EACCES)
        error_set(error, STATUS_FAILED, "%s: another job is at work in it", run_dir);
    else
        error_set(error, STATUS_FAILED, "%s: cannot be locked: %s", path, strerror(errno));
    close(descriptor);
    return -1;
}

bool run_directory_is_at_work(const char *run_dir)
{
    char path[PATH_MAX];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    path_join(path, run_dir, "lock");
    const int descriptor = open(path, O_RDONLY | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    const bool is_held = fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(descriptor);
    return is_held;
}

bool run_directory_stop_requested(const char *run_dir)
{
    return exists_in(run_dir, "stop");
}

void run_directory_clear_stop(const char *run_dir)
{
    path_remove(run_dir, "stop");
}
