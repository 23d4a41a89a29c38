/* SPDX-License-Identifier: MIT */
#include "iteration_files.h"

#include "files/path.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "iteration-%07lld.h5"

void iteration_files_path(const char *run_dir, const char *folder, int64_t iteration, char *path,
                          size_t size)
{
    snprintf(path, size, "%s/%s/" FILE_NAME, run_dir, folder, (long long)iteration);
}

/* Returns the iteration in a file's name, or -1 if `name` is not exactly such a name. */
static int64_t iteration_of(const char *name)
{
    static const char before_number[] = "iteration-";
    char expected[64];
    if (strncmp(name, before_number, sizeof before_number - 1) != 0)
        return -1;
    const long long iteration = strtoll(name + sizeof before_number - 1, NULL, 10);
    snprintf(expected, sizeof expected, FILE_NAME, iteration);
    return strcmp(name, expected) == 0 ? iteration : -1;
}

static int compare_newest_first(const void *a, const void *b)
{
    const int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first < second) - (first > second);
}

/* Appends the iterations of an open folder to the list. False, with errno set, on failure. */
static bool read_folder(DIR *directory, struct iteration_list *list)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry)
            return errno == 0;
        const int64_t iteration = iteration_of(entry->d_name);
        if (iteration < 0)
            continue;
        int64_t *longer = realloc(list->iterations, (list->count + 1) * sizeof *list->iterations);
        if (!longer)
            return false;
        list->iterations = longer;
        list->iterations[list->count++] = iteration;
    }
}

bool iteration_files_list(const char *run_dir, const char *folder, struct iteration_list *list)
{
    char path[PATH_MAX];
    path_join(path, run_dir, folder);
    *list = (struct iteration_list){NULL, 0};
    DIR *directory = opendir(path);
    if (!directory)
        return errno == ENOENT;
    const bool listed = read_folder(directory, list);
    const int cause = errno;
    closedir(directory);
    if (!listed) {
        free(list->iterations);
        *list = (struct iteration_list){NULL, 0};
        errno = cause;
    } else if (list->count > 0) {
        qsort(list->iterations, list->count, sizeof *list->iterations, compare_newest_first);
    }
    return listed;
}
