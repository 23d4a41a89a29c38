/* SPDX-License-Identifier: MIT */
#include "scratch_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *scratch_folder_usual(void)
{
    const char *const temporary = getenv("TMPDIR");
    return temporary ? temporary : "/tmp";
}

int scratch_folder_make(const char *parent, int rank, char path[PATH_MAX])
{
    char resolved[PATH_MAX];
    if (realpath(parent, resolved)) {
        const int length = snprintf(path, PATH_MAX, "%s/dtrain-%d-XXXXXX", resolved, rank);
        if (length >= PATH_MAX)
            errno = ENAMETOOLONG;
        else if (mkdtemp(path))
            return 0;
    }
    path[0] = '\0';
    return errno;
}

/* A folder that is being emptied, without recursion: a model may nest folders deeper than there are
 * descriptors, or than a path can be long. What is in a folder of it moves up into it. */
struct emptying {
    int folder;
    dev_t device;
    unsigned moved; /* so many folders so far; the next name is this number */
    int fault;      /* why something was left in this round; 0: nothing was */
};

/* Opens a folder with the right to change it, which the model may have taken from itself. Follows
 * no link. Returns -1, with errno set, if it cannot. */
static int open_folder(int parent, const char *name)
{
    enum { HOW = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
    int folder = openat(parent, name, HOW);
    if (folder < 0 && errno == EACCES && fchmodat(parent, name, S_IRWXU, 0) == 0)
        folder = openat(parent, name, HOW);
    if (folder >= 0)
        fchmod(folder, S_IRWXU);
    return folder;
}

/* Removes a file, a link or an empty folder. */
static bool remove_entry(int folder, const char *name)
{
    return unlinkat(folder, name, 0) == 0 ||
           (errno == EISDIR && unlinkat(folder, name, AT_REMOVEDIR) == 0);
}

/* Opens a folder to read its names. */
static DIR *read_names(int folder)
{
    DIR *const names = fdopendir(folder);
    if (!names)
        close(folder);
    return names;
}

static bool is_name(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Empties a folder: removes what is in it, or moves it up. Whether anything has changed. What has
 * been mounted there is left alone. */
static bool empty_inner(struct emptying *emptying, const char *name)
{
    struct stat status;
    const struct dirent *entry;
    bool has_changed = false;
    const int inner = open_folder(emptying->folder, name);
    DIR *const names = inner < 0 ? NULL : read_names(inner);
    if (!names)
        return false;
    const bool is_mounted = fstat(inner, &status) != 0 || status.st_dev != emptying->device;
    while (!is_mounted && (entry = readdir(names))) {
        char up[24];
        snprintf(up, sizeof up, "%u", emptying->moved++);
        if (is_name(entry) && (remove_entry(inner, entry->d_name) ||
                               renameat(inner, entry->d_name, emptying->folder, up) == 0))
            has_changed = true;
    }
    closedir(names);
    return has_changed;
}

/* Goes once through what is in the folder. Whether anything has changed. */
static bool empty_once(struct emptying *emptying, DIR *names)
{
    const struct dirent *entry;
    bool has_changed = false;
    emptying->fault = 0;
    rewinddir(names);
    while ((entry = readdir(names))) {
        if (!is_name(entry))
            continue;
        const bool is_removed = remove_entry(emptying->folder, entry->d_name);
        if (!is_removed)
            emptying->fault = errno;
        if (is_removed || empty_inner(emptying, entry->d_name))
            has_changed = true;
    }
    return has_changed;
}

int scratch_folder_remove(const char *path)
{
    struct emptying emptying = {.folder = open_folder(AT_FDCWD, path)};
    struct stat status;
    /* Also where the model has put something else in its place. */
    if (emptying.folder < 0)
        return unlink(path) == 0 || errno == ENOENT ? 0 : errno;
    DIR *const names = read_names(emptying.folder);
    if (!names)
        return errno;
    if (fstat(emptying.folder, &status) == 0)
        emptying.device = status.st_dev;
    while (empty_once(&emptying, names))
        ;
    closedir(names);
    if (emptying.fault)
        return emptying.fault;
    return rmdir(path) == 0 ? 0 : errno;
}
