/* SPDX-License-Identifier: MIT */
#include "path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void path_join(char path[PATH_MAX], const char *folder, const char *name)
{
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
}

void path_to_folder(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash)
        slash[slash == path] = '\0';
    else
        memcpy(path, ".", sizeof ".");
}

bool path_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool path_exists(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat info;
    path_join(path, folder, name);
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

void path_remove(const char *folder, const char *name)
{
    char path[PATH_MAX];
    path_join(path, folder, name);
    unlink(path);
}
