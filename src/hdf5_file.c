/* SPDX-License-Identifier: MIT */
#include "dtrain/hdf5_file.h"

#include <string.h>

bool hdf5_file_split(const char *source, char *path, size_t size, const char **name)
{
    const char *colon = NULL;
    for (const char *at = strstr(source, ":/"); at; at = strstr(at + 1, ":/"))
        colon = at;
    *name = colon ? colon + 1 : "/";
    const size_t length = colon ? (size_t)(colon - source) : strlen(source);
    if (length == 0 || length >= size)
        return false;
    memcpy(path, source, length);
    path[length] = '\0';
    return true;
}

hid_t hdf5_file_open(const char *path)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}
