/* SPDX-License-Identifier: MIT */
#include "dtrain/checkpoint.h"

#include "dtrain/durable.h"
#include "dtrain/weights.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static bool write_attribute(hid_t file, const char *name, hid_t type, hid_t memory_type,
                            const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool written = attribute >= 0 && H5Awrite(attribute, memory_type, value) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return written;
}

static bool write_text_attribute(hid_t file, const char *name, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    const bool written = write_attribute(file, name, type, type, text);
    H5Tclose(type);
    return written;
}

struct option_writer {
    hid_t file;
    bool written;
};

static void write_option(void *context, const struct config_entry *entry)
{
    struct option_writer *writer = context;
    if (entry->shapes_run)
        writer->written =
            write_text_attribute(writer->file, entry->name, entry->value) && writer->written;
}

static bool write_contents(hid_t file, int64_t iteration, const struct config *config,
                           const struct network *network, const double *theta)
{
    struct option_writer writer = {file, true};
    config_each(config, write_option, &writer);
    return writer.written && write_text_attribute(file, "format", "dtrain checkpoint 1") &&
           write_attribute(file, "iteration", H5T_STD_I64LE, H5T_NATIVE_INT64, &iteration) &&
           weights_write_group(file, "/parameters", network, theta);
}

static bool write_file(const char *path, int64_t iteration, const struct config *config,
                       const struct network *network, const double *theta)
{
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_obj_track_times(creation, false);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    H5Pclose(creation);
    if (file < 0)
        return false;
    const bool written = write_contents(file, iteration, config, network, theta);
    return H5Fclose(file) >= 0 && written;
}

/* The iteration in a checkpoint's file name; -1 where it is not one. */
static int64_t iteration_of(const char *name)
{
    long long iteration;
    int length = 0;
    if (sscanf(name, "iteration-%lld.h5%n", &iteration, &length) != 1 || name[length] != '\0' ||
        length == 0)
        return -1;
    return iteration;
}

static int compare_newest_first(const void *a, const void *b)
{
    const int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first < second) - (first > second);
}

/* Whatever cannot be removed stays: the run loses nothing by it. */
static void remove_old(const char *folder, int64_t keep)
{
    int64_t *iterations = NULL;
    size_t count = 0;
    DIR *directory = opendir(folder);
    if (!directory)
        return;
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        const int64_t iteration = iteration_of(entry->d_name);
        int64_t *longer =
            iteration < 0 ? NULL : realloc(iterations, (count + 1) * sizeof *iterations);
        if (!longer)
            continue;
        iterations = longer;
        iterations[count++] = iteration;
    }
    closedir(directory);
    if (count > 0)
        qsort(iterations, count, sizeof *iterations, compare_newest_first);
    for (size_t i = (size_t)keep; i < count; ++i) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/iteration-%07lld.h5", folder, (long long)iterations[i]);
        unlink(path);
    }
    free(iterations);
}

enum status checkpoint_write(const char *run_dir, int64_t iteration, const struct config *config,
                             const struct network *network, const double *theta,
                             struct error *error)
{
    char folder[PATH_SIZE - 64], path[PATH_SIZE], temporary[PATH_SIZE + 16];
    snprintf(folder, sizeof folder, "%s/checkpoints", run_dir);
    snprintf(path, sizeof path, "%s/iteration-%07lld.h5", folder, (long long)iteration);
    snprintf(temporary, sizeof temporary, "%s.partial", path);
    if (!write_file(temporary, iteration, config, network, theta)) {
        const int cause = errno;
        unlink(temporary);
        return error_set(error, STATUS_FAILED, "%s: cannot be written (%s)", path, strerror(cause));
    }
    const enum status status = durable_rename(temporary, path, error);
    if (status == STATUS_DONE)
        remove_old(folder, config->keep);
    return status;
}
