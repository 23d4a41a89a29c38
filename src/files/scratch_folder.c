/* SPDX-License-Identifier: MIT */
#include "scratch_folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

/* Folders after what is in them. */
int scratch_folder_remove(const char *path)
{
    enum { OPEN_FOLDERS = 16 }; /* deeper ones are opened once more on the way back */
    const bool removed = nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0;
    return removed || errno == ENOENT ? 0 : errno;
}
