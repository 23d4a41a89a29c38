/* SPDX-License-Identifier: MIT */
#include "hdf5_text.h"

#include "hdf5_file.h"

#include <stdlib.h>
#include <string.h>

/* A text that is being read. */
struct reading {
    const char *source, *name;
    hid_t dataset, type, space;
};

/* The memory that HDF5 asks for to read a string of variable length, whose length no other call
 * tells. */
struct room {
    char *text;
    size_t size; /* that of the text with its end, or what was asked for in vain */
};

static enum status refuse(const struct reading *reading, struct error *error, const char *what)
{
    return error_set(error, STATUS_FAILED, "%s: %s %s", reading->source, reading->name, what);
}

static enum status refuse_length(const struct reading *reading, struct error *error)
{
    return refuse(reading, error, "is longer than 64 MiB: dtrain reads no text as long as that");
}

static enum status refuse_damage(const struct reading *reading, struct error *error)
{
    return refuse(reading, error, "cannot be read: the file is damaged");
}

static enum status refuse_nul(const struct reading *reading, struct error *error)
{
    return refuse(reading, error, "has a NUL byte within, which no text has");
}

/* Bytes behind the first NUL are padding, and must be NULs, too. */
static bool has_nul_within(const char *text, size_t size)
{
    for (size_t i = strlen(text); i < size; ++i)
        if (text[i] != '\0')
            return true;
    return false;
}

static enum status read_fixed(const struct reading *reading, char **text, struct error *error)
{
    const size_t size = H5Tget_size(reading->type);
    if (size > HDF5_TEXT_MAX)
        return refuse_length(reading, error);
    *text = calloc(size + 1, 1);
    if (!*text)
        return error_memory(error, reading->source, reading->name);
    if (H5Dread(reading->dataset, reading->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *text) < 0)
        return refuse_damage(reading, error);
    return has_nul_within(*text, size) ? refuse_nul(reading, error) : STATUS_DONE;
}

static void *make_room(size_t size, void *context)
{
    struct room *room = context;
    room->size = size;
    if (size <= HDF5_TEXT_MAX + 1)
        room->text = malloc(size);
    return room->text;
}

/* HDF5 gives nothing back: the caller has it all. */
static void keep_room(void *text, void *context)
{
    (void)text;
    (void)context;
}

static enum status read_variable(const struct reading *reading, char **text, struct error *error)
{
    struct room room = {0};
    char *read = NULL;
    const hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_vlen_mem_manager(transfer, make_room, &room, keep_room, &room);
    const bool done =
        H5Dread(reading->dataset, reading->type, H5S_ALL, H5S_ALL, transfer, &read) >= 0;
    H5Pclose(transfer);
    *text = room.text;
    if (room.size > HDF5_TEXT_MAX + 1)
        return refuse_length(reading, error);
    if (room.size > 0 && !room.text)
        return error_memory(error, reading->source, reading->name);
    if (!done)
        return refuse_damage(reading, error);
    /* HDF5 asks for no memory if a string was never written. */
    if (!*text)
        *text = calloc(1, 1);
    if (!*text)
        return error_memory(error, reading->source, reading->name);
    return room.size > 0 && has_nul_within(*text, room.size) ? refuse_nul(reading, error)
                                                             : STATUS_DONE;
}

static enum status read_text(const struct reading *reading, char **text, struct error *error)
{
    if (H5Tget_class(reading->type) != H5T_STRING ||
        H5Sget_simple_extent_type(reading->space) != H5S_SCALAR)
        return refuse(reading, error, "is no single text: it must be a scalar string of UTF-8");
    return H5Tis_variable_str(reading->type) > 0 ? read_variable(reading, text, error)
                                                 : read_fixed(reading, text, error);
}

enum status hdf5_text_read(hid_t file, const char *source, const char *name, char **text,
                           struct error *error)
{
    struct reading reading = {.source = source, .name = name};
    *text = NULL;
    if (H5Lexists(file, name, H5P_DEFAULT) <= 0)
        return STATUS_DONE;
    const hid_t access = hdf5_file_link_access(H5P_DATASET_ACCESS);
    reading.dataset = H5Dopen2(file, name, access);
    H5Pclose(access);
    if (reading.dataset < 0)
        return refuse(&reading, error, "cannot be opened: it must be a scalar string of UTF-8");
    reading.type = H5Dget_type(reading.dataset);
    reading.space = H5Dget_space(reading.dataset);
    const enum status status = read_text(&reading, text, error);
    H5Sclose(reading.space);
    H5Tclose(reading.type);
    H5Dclose(reading.dataset);
    if (status) {
        free(*text);
        *text = NULL;
    }
    return status;
}

bool hdf5_text_write(hid_t file, const char *name, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    H5Pset_obj_track_times(creation, false);
    const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    const bool written =
        dataset >= 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
    const bool closed = dataset >= 0 && H5Dclose(dataset) >= 0;
    H5Pclose(creation);
    H5Sclose(space);
    H5Tclose(type);
    return written && closed;
}
