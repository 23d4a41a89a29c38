/* SPDX-License-Identifier: MIT */
#include "images.h"

#include "crash_guard.h"
#include "hdf5_array.h"
#include "hdf5_file.h"
#include "idx.h"
#include "pgm.h"
#include "regular_file.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Takes over `rows` images of the right size; exactly one of bytes and floats is given. */
static enum status adopt(const char *source, int64_t rows, int inputs, uint8_t *bytes,
                         float *floats, struct samples *samples, struct error *error)
{
    int32_t *labels = calloc((size_t)rows + 1, sizeof *labels);
    if (!labels) {
        free(bytes);
        free(floats);
        return error_set(error, STATUS_FAILED, "%s: does not fit into memory", source);
    }
    *samples = (struct samples){
        .inputs = inputs, .rows = rows, .bytes = bytes, .floats = floats, .labels = labels};
    return STATUS_DONE;
}

static enum status wrong_size(const char *source, int64_t has, int inputs, struct error *error)
{
    return error_set(error, STATUS_FAILED, "%s: an image has %lld values, the network takes %d",
                     source, (long long)has, inputs);
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

static enum status read_pgm(FILE *file, const char *source, int inputs, struct samples *samples,
                            struct error *error)
{
    struct pgm pgm;
    if (pgm_read(file, source, &pgm, error))
        return error->status;
    const int64_t size = (int64_t)pgm.width * pgm.height;
    if (size == inputs)
        return adopt(source, 1, inputs, pgm.pixels, NULL, samples, error);
    free(pgm.pixels);
    return wrong_size(source, size, inputs, error);
}

/* The values of an image of that shape; 0 where it is no array of images. */
static int64_t image_size(const struct hdf5_array *array)
{
    int64_t size = array->dimensions > 1;
    for (int d = 1; d < array->dimensions; ++d)
        size *= (int64_t)array->shape[d];
    return size;
}

/* Reads an open array of images. */
static enum status read_array(const struct hdf5_array *array, int inputs, struct samples *samples,
                              struct error *error)
{
    const bool pixels = array->is_unsigned && array->width == 1;
    const int64_t rows = (int64_t)array->shape[0], size = image_size(array);
    if (rows == 0 || size == 0 || !(pixels || array->class == H5T_FLOAT))
        return hdf5_array_bad(array, error,
                              "must be uint8 or floats, (N, height, width) or (N, D)");
    if (size != inputs)
        return wrong_size(array->source, size, inputs, error);
    const size_t width = pixels ? sizeof(uint8_t) : sizeof(float);
    void *images = malloc((size_t)rows * (size_t)size * width);
    if (!images)
        return hdf5_array_bad(array, error, "does not fit into memory");
    if (hdf5_array_read(array, pixels ? H5T_NATIVE_UINT8 : H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL,
                        images, error)) {
        free(images);
        return error->status;
    }
    return adopt(array->source, rows, inputs, pixels ? images : NULL, pixels ? NULL : images,
                 samples, error);
}

static enum status read_hdf5(const char *path, const char *name, int inputs,
                             struct samples *samples, struct error *error)
{
    struct hdf5_array array;
    enum status status = STATUS_FAILED;
    crash_guard_enter(path);
    const hid_t file = hdf5_file_open(path, error);
    if (file >= 0) {
        status = hdf5_array_open(file, path, name, &array, error);
        if (!status) {
            status = read_array(&array, inputs, samples, error);
            hdf5_array_close(&array);
        }
        H5Fclose(file);
    }
    crash_guard_leave();
    return status;
}

/* Features that are not finite would give classes that mean nothing. */
static enum status check_finite(const char *source, struct samples *samples, struct error *error)
{
    for (int64_t i = 0; samples->floats && i < samples->rows * samples->inputs; ++i)
        if (!isfinite(samples->floats[i]))
            return error_set(error, STATUS_FAILED, "%s: image %lld is not finite", source,
                             (long long)(i / samples->inputs));
    return STATUS_DONE;
}

enum status images_read(const char *source, int inputs, struct samples *samples,
                        struct error *error)
{
    char path[PATH_MAX];
    unsigned char magic[4] = {0};
    const char *name;
    *samples = (struct samples){0};
    if (!hdf5_file_split(source, path, sizeof path, &name))
        return error_set(error, STATUS_FAILED, "--images %s: is not FILE or FILE:/NAME", source);
    const int descriptor = regular_file_open(path, error);
    if (descriptor < 0)
        return error->status;
    FILE *file = fdopen(descriptor, "rb");
    if (!file) {
        close(descriptor);
        return error_set(error, STATUS_FAILED, "%s: does not fit into memory", path);
    }
    const size_t got = fread(magic, 1, sizeof magic, file);
    enum status status;
    if (got == sizeof magic && memcmp(magic, "P5", 2) == 0 && isspace(magic[2]))
        status = read_pgm(file, path, inputs, samples, error);
    else if (got == sizeof magic && memcmp(magic, "\x89HDF", 4) == 0)
        status =
            read_hdf5(path, strcmp(name, "/") == 0 ? "/test/images" : name, inputs, samples, error);
    else
        status = read_idx(path, inputs, samples, error);
    fclose(file);
    return status ? status : check_finite(path, samples, error);
}
