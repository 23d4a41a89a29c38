/* SPDX-License-Identifier: MIT */
#include "dtrain/images.h"

#include "dtrain/crash_guard.h"
#include "dtrain/hdf5_file.h"
#include "dtrain/idx.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, PIXEL_MOST = 255 };

static enum status bad(const char *source, struct error *error, const char *what)
{
    return error_set(error, STATUS_FAILED, "--images %s: %s", source, what);
}

/* Takes over `rows` images of the right size; exactly one of bytes and floats is given. */
static enum status adopt(const char *source, int64_t rows, int inputs, uint8_t *bytes,
                         float *floats, struct samples *samples, struct error *error)
{
    int32_t *labels = calloc((size_t)rows + 1, sizeof *labels);
    if (!labels) {
        free(bytes);
        free(floats);
        return bad(source, error, "does not fit into memory");
    }
    *samples = (struct samples){
        .inputs = inputs, .rows = rows, .bytes = bytes, .floats = floats, .labels = labels};
    return STATUS_DONE;
}

static enum status wrong_size(const char *source, int64_t has, int inputs, struct error *error)
{
    return error_set(error, STATUS_FAILED,
                     "--images %s: an image has %lld values, the network takes %d", source,
                     (long long)has, inputs);
}

static enum status read_idx(const char *source, int inputs, struct samples *samples,
                            struct error *error)
{
    struct idx idx;
    if (idx_read(source, IDX_DIMENSIONS_MAX, &idx, error))
        return error->status;
    const int64_t size = idx.extent[1] * idx.extent[2];
    if (size == inputs)
        return adopt(source, idx.extent[0], inputs, idx.bytes, NULL, samples, error);
    idx_free(&idx);
    return wrong_size(source, size, inputs, error);
}

/* The next number of a PGM's header, after blanks and comments; -1 where there is none. */
static int read_pgm_number(FILE *file)
{
    int c = fgetc(file), number;
    while (isspace(c) || c == '#') {
        if (c == '#')
            while (c != '\n' && c != EOF)
                c = fgetc(file);
        c = fgetc(file);
    }
    ungetc(c, file);
    return fscanf(file, "%6d", &number) == 1 ? number : -1;
}

static enum status read_pgm(const char *source, FILE *file, int inputs, struct samples *samples,
                            struct error *error)
{
    fseek(file, 2, SEEK_SET);
    const int width = read_pgm_number(file), height = read_pgm_number(file);
    const int most = read_pgm_number(file);
    if (width < 1 || height < 1 || most < 1 || most > PIXEL_MOST || fgetc(file) == EOF)
        return bad(source, error, "is not a binary PGM of 8-bit pixels");
    if ((int64_t)width * height != inputs)
        return wrong_size(source, (int64_t)width * height, inputs, error);
    uint8_t *bytes = malloc((size_t)inputs);
    if (!bytes || fread(bytes, 1, (size_t)inputs, file) != (size_t)inputs) {
        free(bytes);
        return bad(source, error, "is shorter than its header says");
    }
    for (int i = 0; i < inputs; ++i)
        bytes[i] = (uint8_t)((bytes[i] < most ? bytes[i] : most) * PIXEL_MOST / most);
    return adopt(source, 1, inputs, bytes, NULL, samples, error);
}

/* Reads an open array of images; takes no ownership of it. */
static enum status read_array(const char *source, hid_t array, int inputs, struct samples *samples,
                              struct error *error)
{
    const hid_t space = H5Dget_space(array), type = H5Dget_type(array);
    const int rank = H5Sget_simple_extent_ndims(space);
    const hssize_t values = H5Sget_simple_extent_npoints(space);
    hsize_t extent[H5S_MAX_RANK] = {0};
    if (rank > 0)
        H5Sget_simple_extent_dims(space, extent, NULL);
    const bool pixels = H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) == 1;
    const bool readable = pixels || H5Tget_class(type) == H5T_FLOAT;
    H5Tclose(type);
    H5Sclose(space);
    if (rank < 2 || values < 1 || !readable)
        return bad(source, error, "images must be bytes or floats, (N, height, width) or (N, D)");
    const int64_t rows = (int64_t)extent[0], size = values / rows;
    if (size != inputs)
        return wrong_size(source, size, inputs, error);
    void *images = malloc((size_t)values * (pixels ? sizeof(uint8_t) : sizeof(float)));
    const hid_t memory = pixels ? H5T_NATIVE_UINT8 : H5T_NATIVE_FLOAT;
    if (!images || H5Dread(array, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, images) < 0) {
        free(images);
        return bad(source, error, "cannot be read: too large, or damaged");
    }
    return adopt(source, rows, inputs, pixels ? images : NULL, pixels ? NULL : images, samples,
                 error);
}

static enum status read_hdf5(const struct world *world, const char *source, const char *path,
                             const char *name, int inputs, struct samples *samples,
                             struct error *error)
{
    enum status status;
    crash_guard_enter(world, path);
    const hid_t file = hdf5_file_open(path);
    const hid_t array = file >= 0 ? H5Dopen2(file, name, H5P_DEFAULT) : -1;
    if (array >= 0) {
        status = read_array(source, array, inputs, samples, error);
        H5Dclose(array);
    } else {
        status = error_set(error, STATUS_FAILED, "--images %s: has no array %s", source, name);
    }
    if (file >= 0)
        H5Fclose(file);
    crash_guard_leave();
    return status;
}

/* Features that are not finite would give classes that mean nothing. */
static enum status check_finite(const char *source, struct samples *samples, struct error *error)
{
    for (int64_t i = 0; samples->floats && i < samples->rows * samples->inputs; ++i)
        if (!isfinite(samples->floats[i]))
            return error_set(error, STATUS_FAILED, "--images %s: image %lld is not finite", source,
                             (long long)(i / samples->inputs));
    return STATUS_DONE;
}

enum status images_read(const struct world *world, const char *source, int inputs,
                        struct samples *samples, struct error *error)
{
    char path[PATH_SIZE];
    unsigned char magic[4] = {0};
    const char *name;
    *samples = (struct samples){0};
    if (!hdf5_file_split(source, path, sizeof path, &name))
        return bad(source, error, "is not FILE or FILE:/NAME");
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(error, STATUS_FAILED, "--images %s: %s", path, strerror(errno));
    const size_t got = fread(magic, 1, sizeof magic, file);
    enum status status;
    if (got == sizeof magic && memcmp(magic, "P5", 2) == 0 && isspace(magic[2]))
        status = read_pgm(source, file, inputs, samples, error);
    else if (got == sizeof magic && memcmp(magic, "\x89HDF", 4) == 0)
        status = read_hdf5(world, source, path, strcmp(name, "/") == 0 ? "/test/images" : name,
                           inputs, samples, error);
    else
        status = read_idx(path, inputs, samples, error);
    fclose(file);
    return status ? status : check_finite(source, samples, error);
}
