/* SPDX-License-Identifier: MIT */
#include "image_formats.h"

#include "files/file_kind.h"
#include "files/hdf5_array.h"
#include "files/hdf5_file.h"
#include "files/regular_file.h"
#include "idx.h"
#include "image_type.h"
#include "png.h"
#include "ranks/crash_guard.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAGIC_MAX = 8 };

/* What to read. */
struct request {
    const char *path;
    const char *name; /* name of an array in the file; "/": none was given */
    int64_t values;   /* number of values that an image must have; 0: any */
};

static FILE *open_stream(const char *path, struct error *error)
{
    const int descriptor = regular_file_open(path, error);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "rb");
    if (descriptor >= 0 && !file) {
        close(descriptor);
        error_memory(error, path, "the file");
    }
    return file;
}

static enum status check_values(const struct request *request, int64_t values, struct error *error)
{
    if (request->values == 0 || request->values == values)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "%s: an image has %lld values, the network takes %lld",
                     request->path, (long long)values, (long long)request->values);
}

static enum status read_idx(const struct request *request, struct image_set *images,
                            struct error *error)
{
    struct idx idx;
    if (idx_read(request->path, IDX_DIMENSIONS_MAX, &idx, error))
        return error->status;
    *images = (struct image_set){
        .rows = idx.extent[0], .height = idx.extent[1], .width = idx.extent[2], .bytes = idx.bytes};
    return check_values(request, images->height * images->width, error);
}

static enum status read_png(const struct request *request, struct image_set *images,
                            struct error *error)
{
    struct png png;
    FILE *file = open_stream(request->path, error);
    if (!file)
        return error->status;
    const enum status status = png_read(file, request->path, request->values, &png, error);
    fclose(file);
    *images = (struct image_set){
        .rows = 1, .height = png.height, .width = png.width, .bytes = png.pixels};
    return status;
}

/* Refuses images that do not have as many values as the network takes. */
static enum status refuse_size(const struct request *request, const struct hdf5_array *array,
                               int64_t values, struct error *error)
{
    const bool is_colour = values == 3 * request->values || values == 4 * request->values;
    char what[128];
    snprintf(what, sizeof what, "an image has %lld values, the network takes %lld%s",
             (long long)values, (long long)request->values,
             is_colour ? ": make them grey, if they are in colour" : "");
    return hdf5_array_unfit(array, error, what);
}

/* Notes what the user may not expect: that the values are packed, or converted. */
static void remark_values(const struct hdf5_array *array, const struct image_type *type,
                          struct error *remark)
{
    char packing[HDF5_DESCRIPTION_SIZE];
    hdf5_array_list_packing(array, packing);
    if (packing[0])
        error_set(remark, STATUS_DONE,
                  "%s: %s has attributes that dtrain does not apply (%s): the values are taken as "
                  "they are stored",
                  array->source, array->name, packing);
    else if (type->note)
        error_set(remark, STATUS_DONE, "%s: %s is %s: the values are %s", array->source,
                  array->name, array->type, type->note);
}

/* Reads an open array of images, or of the values of one. */
static enum status read_array(const struct request *request, const struct hdf5_array *array,
                              struct image_set *images, struct error *error)
{
    const struct image_type *type = image_type_find(array, error);
    if (!type)
        return error->status;
    const int64_t all = hdf5_array_values(array);
    int64_t rows = (int64_t)array->shape[0], values = hdf5_array_row_values(array);
    if (all == 0)
        return hdf5_array_unfit(array, error, "it holds no image");
    if (all == request->values || array->dimensions == 1) {
        rows = 1;
        values = all;
    }
    if (values != request->values)
        return refuse_size(request, array, values, error);
    void *numbers = malloc((size_t)all * (type->pixels ? sizeof(uint8_t) : sizeof(float)));
    if (!numbers)
        return error_memory(error, array->source, array->name);
    *images = (struct image_set){.rows = rows, .height = 1, .width = values};
    remark_values(array, type, &images->remark);
    if (type->pixels) {
        images->bytes = numbers;
        return hdf5_array_read(array, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, numbers, error);
    }
    images->floats = numbers;
    if (hdf5_array_read(array, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, numbers, error))
        return error->status;
    image_type_scale(type, images->floats, all);
    return STATUS_DONE;
}

static enum status read_hdf5(const struct request *request, struct image_set *images,
                             struct error *error)
{
    const char *const name = strcmp(request->name, "/") == 0 ? "/test/images" : request->name;
    struct hdf5_array array;
    enum status status = STATUS_FAILED;
    crash_guard_enter(request->path);
    const hid_t file = hdf5_file_open(request->path, error);
    if (file >= 0) {
        status = hdf5_array_open(file, request->path, name, &array, error);
        if (!status) {
            status = read_array(request, &array, images, error);
            hdf5_array_close(&array);
        }
        H5Fclose(file);
    }
    crash_guard_leave();
    return status;
}

/* If a read function fails, read_file frees what it has allocated. */
static const struct format {
    const char *magic; /* first bytes of a file: at most MAGIC_MAX, none of them zero */
    bool imports;      /* whether import takes the format, as it holds a set of byte images */
    enum status (*read)(const struct request *request, struct image_set *images,
                        struct error *error);
} formats[] = {
    {.magic = "\x89PNG", .read = read_png},
    {.magic = "\x89HDF", .read = read_hdf5},
    /* IDX has no magic here, as it may be gzipped. It is last, so that its reader also gets the
     * files of unknown formats, and says what is wrong with them. */
    {.magic = "", .imports = true, .read = read_idx},
};

/* Finds the format of a file among all, or only those that import takes. Returns NULL and fills
 * *error if the file cannot be opened. */
static const struct format *find_format(const char *path, bool imports, struct error *error)
{
    const struct format *format = formats;
    char begin[MAGIC_MAX + 1] = "";
    FILE *file = open_stream(path, error);
    if (!file)
        return NULL;
    begin[fread(begin, 1, MAGIC_MAX, file)] = '\0';
    fclose(file);
    while ((imports && !format->imports) ||
           strncmp(begin, format->magic, strlen(format->magic)) != 0)
        ++format;
    return format;
}

/* The class of an image whose values are not all finite would mean nothing. */
static enum status check_finite(const char *path, const struct image_set *images,
                                struct error *error)
{
    const int64_t values = images->height * images->width;
    for (int64_t i = 0; images->floats && i < images->rows * values; ++i)
        if (!isfinite(images->floats[i]))
            return error_set(error, STATUS_FAILED, "%s: image %lld is not finite in float32", path,
                             (long long)(i / values));
    return STATUS_DONE;
}

static enum status read_file(const struct request *request, bool imports, struct image_set *images,
                             struct error *error)
{
    *images = (struct image_set){0};
    const struct format *format = find_format(request->path, imports, error);
    if (!format)
        return error->status;
    enum status status = format->read(request, images, error);
    if (!status)
        status = check_finite(request->path, images, error);
    if (status)
        image_set_free(images);
    return status;
}

enum status image_formats_read(const char *source, int64_t values, struct image_set *images,
                               struct error *error)
{
    char path[PATH_MAX];
    struct request request = {.path = path, .values = values};
    *images = (struct image_set){0};
    if (!hdf5_file_split(source, path, sizeof path, &request.name))
        return error_set(error, STATUS_FAILED, "--images %s: is not FILE or FILE:/NAME", source);
    return read_file(&request, false, images, error);
}

enum status image_formats_import(const char *path, struct image_set *images, struct error *error)
{
    const struct request request = {.path = path, .name = "/"};
    return read_file(&request, true, images, error);
}

void image_set_free(struct image_set *images)
{
    free(images->bytes);
    free(images->floats);
    *images = (struct image_set){0};
}
