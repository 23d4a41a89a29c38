/* SPDX-License-Identifier: MIT */
#include "dataset.h"

#include "common/xxh3.h"
#include "dataset_targets.h"
#include "files/hdf5_array.h"
#include "files/hdf5_file.h"
#include "files/hdf5_text.h"
#include "ranks/crash_guard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file that claims more is taken to be damaged; nothing is allocated for it. */
#define ROWS_MAX (INT64_C(1) << 40)

const char *dataset_split_name(enum dataset_split split)
{
    return split == DATASET_TRAIN ? "train" : "test";
}

static const char *images_name(enum dataset_split split)
{
    return split == DATASET_TRAIN ? "/train/images" : "/test/images";
}

void dataset_remark_packing(struct dataset *dataset, const struct hdf5_array *array)
{
    struct dataset_remarks *remarks = &dataset->remarks;
    char attributes[HDF5_DESCRIPTION_SIZE];
    hdf5_array_list_packing(array, attributes);
    if (attributes[0])
        error_set(&remarks->lines[remarks->count++], STATUS_DONE,
                  "%s: %s has attributes that dtrain does not apply (%s): the values are taken as "
                  "they are stored",
                  dataset->path, array->name, attributes);
}

/* Copies the extents of an image that are not 1. Returns how many there are. */
static int image_extents(const struct hdf5_array *images, hsize_t *extents)
{
    int count = 0;
    for (int d = 1; d < images->dimensions; ++d)
        if (images->shape[d] != 1)
            extents[count++] = images->shape[d];
    return count;
}

/* Remarks on images with as many values, but another height, width or number of channels. */
static void remark_layout(struct dataset *dataset, const struct hdf5_array *train,
                          const struct hdf5_array *test)
{
    struct dataset_remarks *remarks = &dataset->remarks;
    hsize_t extents[2][HDF5_ARRAY_DIMENSIONS_MAX];
    char found[2][HDF5_DESCRIPTION_SIZE];
    const int count = image_extents(train, extents[0]), others = image_extents(test, extents[1]);
    if (count < 2 || others < 2 ||
        (count == others && memcmp(extents[0], extents[1], (size_t)count * sizeof(hsize_t)) == 0))
        return;
    hdf5_array_describe(train, found[0]);
    hdf5_array_describe(test, found[1]);
    error_set(&remarks->lines[remarks->count++], STATUS_DONE,
              "%s: %s is %s, but %s %s: the images do not have their dimensions in the same order",
              dataset->path, train->name, found[0], test->name, found[1]);
}

/* Checks the images of a split by themselves. */
static enum status check_images(struct dataset *dataset, enum dataset_split split,
                                const struct hdf5_array *images, struct error *error)
{
    const int64_t inputs = hdf5_array_row_values(images);
    dataset->types[split] = image_type_find(images, error);
    if (!dataset->types[split])
        return error->status;
    if (inputs == 0 || inputs > DATASET_INPUTS_MAX)
        return hdf5_array_unfit(images, error,
                                "images must have the shape (rows, inputs) or (rows, height, "
                                "width), up to 16,777,216 inputs");
    if (images->shape[0] == 0 || images->shape[0] > (hsize_t)ROWS_MAX)
        return hdf5_array_unfit(images, error, "has no rows, or too many");
    dataset->global_rows[split] = (int64_t)images->shape[0];
    return STATUS_DONE;
}

/* The test images must become inputs as those of the training set do. */
static enum status compare_images(struct dataset *dataset, const struct hdf5_array *train,
                                  const struct hdf5_array *test, struct error *error)
{
    const struct image_type *const *types = dataset->types;
    char found[HDF5_DESCRIPTION_SIZE], what[2 * HDF5_DESCRIPTION_SIZE];
    remark_layout(dataset, train, test);
    if (hdf5_array_row_values(test) == dataset->inputs &&
        types[DATASET_TRAIN]->divisor == types[DATASET_TEST]->divisor)
        return STATUS_DONE;
    hdf5_array_describe(train, found);
    snprintf(what, sizeof what, "it differs in type or size from /train/images, which is %s",
             found);
    return hdf5_array_unfit(test, error, what);
}

/* Checks images and targets of a split; *images keeps type and shape, and is closed again. */
static enum status check_split(struct dataset *dataset, enum dataset_split split,
                               struct hdf5_array *images, struct error *error)
{
    if (hdf5_array_open(dataset->file, dataset->path, images_name(split), images, error))
        return error->status;
    const enum status status = check_images(dataset, split, images, error);
    dataset_remark_packing(dataset, images);
    hdf5_array_close(images);
    return status ? status : dataset_targets_check(dataset, split, images, error);
}

enum status dataset_no_memory(const struct dataset *dataset, const char *rows, struct error *error)
{
    char what[64];
    snprintf(what, sizeof what, "%s: use more ranks", rows);
    return error_memory(error, dataset->path, what);
}

static bool has(const struct dataset *dataset, const char *name)
{
    return H5Lexists(dataset->file, name, H5P_DEFAULT) > 0;
}

/* Whether the test set is to be checked and read: it is wanted, or complete. A line says if it is
 * there, but cannot be evaluated. */
static bool takes_test_set(struct dataset *dataset, enum dataset_wanted_test wanted)
{
    struct dataset_remarks *remarks = &dataset->remarks;
    const char *const targets = dataset_targets_name(dataset, DATASET_TEST);
    if (wanted == DATASET_TEST_NEEDED || (wanted == DATASET_TEST_IF_ANY && has(dataset, "/test")))
        return true;
    if (!has(dataset, "/test") || !has(dataset, images_name(DATASET_TEST)))
        return false;
    if (has(dataset, targets))
        return true;
    error_set(&remarks->lines[remarks->count++], STATUS_DONE,
              "%s: has no %s: the test set is not evaluated", dataset->path, targets);
    return false;
}

/* Not collective. Checks all that can be checked before rows are read. */
static enum status check_arrays(struct dataset *dataset, const struct dataset_wants *wants,
                                struct error *error)
{
    struct hdf5_array images[DATASET_SPLITS];
    if (hdf5_text_read(dataset->file, dataset->path, HDF5_TEXT_RECIPE, &dataset->recipe, error) ||
        dataset_targets_choose(dataset, wants->targets, error) ||
        check_split(dataset, DATASET_TRAIN, &images[DATASET_TRAIN], error))
        return error->status;
    dataset->inputs = (int)hdf5_array_row_values(&images[DATASET_TRAIN]);
    dataset->pixels = dataset->types[DATASET_TRAIN]->pixels;
    if (!takes_test_set(dataset, wants->test))
        return STATUS_DONE;
    if (check_split(dataset, DATASET_TEST, &images[DATASET_TEST], error))
        return error->status;
    return compare_images(dataset, &images[DATASET_TRAIN], &images[DATASET_TEST], error);
}

/* Collective. Each rank opens the file by itself. */
static enum status open_file(struct dataset *dataset, const char *path,
                             const struct dataset_wants *wants, struct error *error)
{
    dataset->path = strdup(path);
    if (dataset->path)
        dataset->file = hdf5_file_open(path, error);
    else
        error_memory(error, path, "its name");
    enum status status = dataset->file < 0 ? error->status : STATUS_DONE;
    if (!status)
        status = check_arrays(dataset, wants, error);
    status = world_agree(dataset->world, status, error);
    if (status)
        return status;
    return world_agree(dataset->world, dataset_targets_count(dataset, error), error);
}

enum status dataset_open(struct dataset *dataset, const struct world *world, const char *path,
                         const struct dataset_wants *wants, struct error *error)
{
    *dataset = (struct dataset){.world = world, .file = -1};
    crash_guard_enter(path);
    const enum status status = open_file(dataset, path, wants, error);
    if (status)
        dataset_close(dataset);
    crash_guard_leave();
    return status;
}

void dataset_close(struct dataset *dataset)
{
    if (dataset->file >= 0)
        H5Fclose(dataset->file);
    dataset->file = -1;
    free(dataset->path);
    free(dataset->recipe);
    dataset->path = dataset->recipe = NULL;
}

struct dataset dataset_none(const struct world *world, int64_t rows)
{
    return (struct dataset){.world = world, .file = -1, .global_rows[DATASET_TRAIN] = rows};
}

bool dataset_is_there(const struct dataset *dataset)
{
    return dataset->path != NULL;
}

/* The rows of a split that this rank reads. */
struct reading {
    const struct dataset *dataset;
    enum dataset_split split;
    struct range hashed;
    struct samples *samples;
    uint8_t *pixels; /* the rows that are about to be made compact, or NULL */
    float *features; /* all rows, or NULL */
};

/* The bytes of a row's inputs as they are read. */
static size_t row_size(const struct dataset *dataset)
{
    return (size_t)dataset->inputs * (dataset->pixels ? sizeof(uint8_t) : sizeof(float));
}

/* Without an early end, so that compilers make vector instructions of it. */
static bool all_finite(const float *values, int64_t count)
{
    int others = 0;
    for (int64_t i = 0; i < count; ++i)
        others |= !isfinite(values[i]);
    return !others;
}

/* Scales and checks the features of some rows. */
static enum status settle_features(const struct reading *reading, struct range rows,
                                   float *features, struct error *error)
{
    const struct dataset *dataset = reading->dataset;
    const int64_t inputs = dataset->inputs, count = rows.end - rows.begin;
    image_type_scale(dataset->types[reading->split], features, count * inputs);
    for (int64_t row = 0; row < count; ++row)
        if (!all_finite(features + row * inputs, inputs))
            return error_set(error, STATUS_FAILED, "%s: %s: row %lld is not finite in float32",
                             dataset->path, images_name(reading->split),
                             (long long)(rows.begin + row));
    return STATUS_DONE;
}

/* A hash of a row: of its inputs, its number and what it is to be mapped to. */
static uint64_t hash_row(const struct samples *samples, int64_t row, const void *inputs,
                         size_t row_bytes)
{
    const int64_t at = row - samples->first_row;
    const uint64_t label = samples->labels ? (uint64_t)samples->labels[at] : 0;
    uint64_t hash = XXH3_64bits_withSeed(inputs, row_bytes, (uint64_t)row * 65536 + label);
    const size_t count = (size_t)samples->target_count;
    if (samples->targets)
        hash = XXH3_64bits_withSeed(samples->targets + (size_t)at * count,
                                    count * sizeof *samples->targets, hash);
    if (samples->weights)
        hash = XXH3_64bits_withSeed(&samples->weights[at], sizeof *samples->weights, hash);
    return hash;
}

/* Adds the hashes of some rows; their sum does not depend on their order. */
static void add_hashes(const struct reading *reading, struct range rows, const void *inputs)
{
    struct samples *samples = reading->samples;
    const size_t row_bytes = row_size(reading->dataset);
    const char *own = inputs;
    for (int64_t row = rows.begin; row < rows.end; ++row, own += row_bytes)
        if (row >= reading->hashed.begin && row < reading->hashed.end)
            samples->hash += hash_row(samples, row, own, row_bytes);
}

static enum status read_pixels(const struct reading *reading, const struct hdf5_array *array,
                               struct range rows, struct error *error)
{
    const int64_t count = rows.end - rows.begin;
    uint8_t *pixels = reading->pixels;
    if (hdf5_array_read_rows(array, 0, H5T_NATIVE_UINT8, rows.begin, count, pixels, error))
        return error->status;
    compact_append(&reading->samples->compact, pixels, count);
    add_hashes(reading, rows, pixels);
    return STATUS_DONE;
}

static enum status read_features(const struct reading *reading, const struct hdf5_array *array,
                                 struct range rows, struct error *error)
{
    const struct samples *samples = reading->samples;
    float *features = reading->features + (rows.begin - samples->first_row) * samples->inputs;
    if (hdf5_array_read_rows(array, 0, H5T_NATIVE_FLOAT, rows.begin, rows.end - rows.begin,
                             features, error) ||
        settle_features(reading, rows, features, error))
        return error->status;
    add_hashes(reading, rows, features);
    return STATUS_DONE;
}

/* Returns how many rows are read at a time: few enough for a second-level cache, but whole chunks,
 * so that none is inflated twice. */
static int64_t rows_at_once(const struct reading *reading, const struct hdf5_array *array)
{
    const int64_t bytes = 1 << 20, chunk = hdf5_array_chunk_rows(array);
    return (bytes / (int64_t)row_size(reading->dataset) / chunk + 1) * chunk;
}

/* Makes room for this rank's rows. The caller frees reading->pixels. */
static bool make_room(struct reading *reading, int64_t at_once)
{
    struct samples *samples = reading->samples;
    const int64_t most = at_once < samples->rows ? at_once : samples->rows;
    const size_t row_bytes = row_size(reading->dataset);
    if (reading->dataset->pixels) {
        reading->pixels = malloc((size_t)most * row_bytes + 1);
        return reading->pixels && compact_create(&samples->compact, samples->inputs, samples->rows);
    }
    samples->floats = reading->features = malloc((size_t)samples->rows * row_bytes + 1);
    return reading->features;
}

/* Reads the images some rows at a time, and does all that is to be done with a row while it is in
 * the cache. */
static enum status read_images(struct reading *reading, const struct hdf5_array *array,
                               struct error *error)
{
    struct samples *samples = reading->samples;
    const int64_t at_once = rows_at_once(reading, array), end = samples->first_row + samples->rows;
    enum status status = STATUS_DONE;
    if (!make_room(reading, at_once))
        status = dataset_no_memory(reading->dataset, array->name, error);
    for (int64_t row = samples->first_row; !status && row < end;) {
        const int64_t next = (row / at_once + 1) * at_once;
        const struct range rows = {row, next < end ? next : end};
        status = reading->features ? read_features(reading, array, rows, error)
                                   : read_pixels(reading, array, rows, error);
        row = rows.end;
    }
    free(reading->pixels);
    if (!status && !reading->features)
        compact_finish(&samples->compact);
    return status;
}

/* Reads and checks this rank's rows. Not collective. On failure the caller frees the samples. */
static enum status read_local(const struct dataset *dataset, enum dataset_split split,
                              struct range rows, struct range hashed, struct samples *samples,
                              struct error *error)
{
    struct reading reading = {dataset, split, hashed, samples, NULL, NULL};
    struct hdf5_array array;
    *samples = (struct samples){
        .inputs = dataset->inputs, .first_row = rows.begin, .rows = rows.end - rows.begin};
    if (dataset->global_rows[split] == 0)
        return STATUS_DONE;
    if (dataset_targets_read(dataset, split, samples, error) ||
        hdf5_array_open(dataset->file, dataset->path, images_name(split), &array, error))
        return error->status;
    const enum status status = read_images(&reading, &array, error);
    hdf5_array_close(&array);
    return status;
}

enum status dataset_read_hashed(const struct dataset *dataset, enum dataset_split split,
                                struct range rows, struct range hashed, struct samples *samples,
                                struct error *error)
{
    crash_guard_enter(dataset->path);
    const enum status local = read_local(dataset, split, rows, hashed, samples, error);
    crash_guard_leave();
    const enum status status = world_agree(dataset->world, local, error);
    if (status)
        dataset_free_samples(samples);
    return status;
}

enum status dataset_read(const struct dataset *dataset, enum dataset_split split, struct range rows,
                         struct samples *samples, struct error *error)
{
    return dataset_read_hashed(dataset, split, rows, (struct range){0}, samples, error);
}

void dataset_free_samples(struct samples *samples)
{
    /* The arrays are read-only for everybody else. */
    union {
        const void *read_only;
        void *owned;
    } floats = {samples->floats}, labels = {samples->labels}, targets = {samples->targets},
      origin = {samples->origin};
    compact_destroy(&samples->compact);
    free(floats.owned);
    free(labels.owned);
    free(targets.owned);
    free(origin.owned);
    samples_replace_weights(samples, NULL);
    *samples = (struct samples){0};
}
