/* SPDX-License-Identifier: MIT */
#include "hdf5_file.h"

#include "regular_file.h"

#include <stdlib.h>
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

hid_t hdf5_file_open(const char *path, struct error *error)
{
    if (regular_file_check(path, error))
        return -1;
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (file < 0)
        error_set(error, STATUS_FAILED, "%s: is not an HDF5 file, or is damaged", path);
    return file;
}

/* Opens an attribute, and its type. Negative unless it is one element of that class. */
static hid_t open_single(hid_t location, const char *name, H5T_class_t class, hid_t *type)
{
    if (H5Aexists(location, name) <= 0)
        return -1;
    const hid_t attribute = H5Aopen(location, name, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    const hid_t space = H5Aget_space(attribute);
    const bool single = H5Sget_simple_extent_npoints(space) == 1;
    H5Sclose(space);
    *type = H5Aget_type(attribute);
    if (single && H5Tget_class(*type) == class)
        return attribute;
    H5Tclose(*type);
    H5Aclose(attribute);
    return -1;
}

static bool read_number(hid_t file, const char *name, H5T_class_t class, hid_t type, void *value)
{
    hid_t own_type;
    const hid_t attribute = open_single(file, name, class, &own_type);
    if (attribute < 0)
        return false;
    const bool read = H5Aread(attribute, type, value) >= 0;
    H5Tclose(own_type);
    H5Aclose(attribute);
    return read;
}

bool hdf5_file_read_integer(hid_t file, const char *name, hid_t type, void *value)
{
    return read_number(file, name, H5T_INTEGER, type, value);
}

bool hdf5_file_read_real(hid_t file, const char *name, double *value)
{
    return read_number(file, name, H5T_FLOAT, H5T_NATIVE_DOUBLE, value);
}

/* HDF5 allocates a string of variable length. */
static char *read_variable(hid_t attribute, hid_t type)
{
    char *own = NULL;
    if (H5Aread(attribute, type, &own) < 0)
        return NULL;
    char *text = strdup(own ? own : "");
    H5free_memory(own);
    return text;
}

static char *read_fixed(hid_t attribute, hid_t type)
{
    char *text = calloc(H5Tget_size(type) + 1, 1);
    if (text && H5Aread(attribute, type, text) < 0) {
        free(text);
        text = NULL;
    }
    return text;
}

char *hdf5_file_read_text(hid_t location, const char *name)
{
    hid_t type;
    const hid_t attribute = open_single(location, name, H5T_STRING, &type);
    if (attribute < 0)
        return NULL;
    char *text =
        H5Tis_variable_str(type) > 0 ? read_variable(attribute, type) : read_fixed(attribute, type);
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

bool hdf5_file_write_number(hid_t location, const char *name, hid_t type, hid_t memory_type,
                            const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(location, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool written = attribute >= 0 && H5Awrite(attribute, memory_type, value) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return written;
}

bool hdf5_file_write_text(hid_t location, const char *name, H5T_cset_t encoding, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, encoding);
    const bool written = hdf5_file_write_number(location, name, type, type, text);
    H5Tclose(type);
    return written;
}

hid_t hdf5_file_create_group(hid_t file, const char *name)
{
    const hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(creation, false);
    const hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Pclose(creation);
    return group;
}
