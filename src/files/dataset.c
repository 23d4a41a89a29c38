/* SPDX-License-Identifier: MIT */
#include "dataset.h"

#include "chunk_reader.h"
#include "crash_guard.h"
#include "hdf5_array.h"
#include "hdf5_file.h"
#include "ranks/collective.h"
#include "regular_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

/* A file that claims more is taken to be damaged; nothing is allocated for it. */
#define INPUTS_MAX  (1 << 24)
#define CLASSES_MAX 65536
#define ROWS_MAX    (INT64_C(1) << 40)

const char *dataset_split_name(enum dataset_split split)
{
    return split == DATASET_TRAIN ? "train" : "test";
}

static enum status bad(const struct dataset *dataset, struct error *error, const char *object,
                       const char *what)
{
    return error_set(error, STATUS_FAILED, "%s: %s %s", dataset->path, object, what);
}

static void object_name(char *name, size_t size, enum dataset_split split, const char *leaf)
{
    snprintf(name, size, "/%s/%s", dataset_split_name(split), leaf);
}

/* Fills *array with type and shape of an array of a split, and closes it again. */
static enum status inspect(const struct dataset *dataset, const char *name,
                           struct hdf5_array *array, struct error *error)
{
    const enum status status = hdf5_array_open(dataset->file, dataset->path, name, array, error);
    if (!status)
        hdf5_array_close(array);
    return status;
}

static enum status check_images(struct dataset *dataset, enum dataset_split split,
                                struct error *error)
{
    char name[32];
    struct hdf5_array array;
    object_name(name, sizeof name, split, "images");
    if (inspect(dataset, name, &array, error))
        return error->status;
    const int64_t inputs = hdf5_array_row_values(&array);
    if (!array.is_uint8 && !(array.class == H5T_FLOAT && array.width == sizeof(float)))
        return bad(dataset, error, name, "must be uint8 or float32");
    if (inputs == 0 || inputs > INPUTS_MAX)
        return bad(dataset, error, name,
                   "must have the shape (rows, inputs) or (rows, height, "
                   "width), up to 16,777,216 inputs");
    if (array.shape[0] == 0 || array.shape[0] > (hsize_t)ROWS_MAX)
        return bad(dataset, error, name, "has no rows, or too many");
    if (split == DATASET_TRAIN) {
        dataset->inputs = (int)inputs;
        dataset->pixels = array.is_uint8;
    } else if (dataset->inputs != inputs || dataset->pixels != array.is_uint8) {
        return bad(dataset, error, name, "differs in type or size from /train/images");
    }
    dataset->global_rows[split] = (int64_t)array.shape[0];
    return STATUS_DONE;
}

static enum status check_labels(const struct dataset *dataset, enum dataset_split split,
                                struct error *error)
{
    char name[32];
    struct hdf5_array array;
    object_name(name, sizeof name, split, "labels");
    if (inspect(dataset, name, &array, error))
        return error->status;
    if (array.class != H5T_INTEGER)
        return bad(dataset, error, name, "must be integers");
    if (array.dimensions != 1 || (int64_t)array.shape[0] != dataset->global_rows[split])
        return bad(dataset, error, name, "must be one for each image");
    return STATUS_DONE;
}

/* Reads `count` rows of an array, from row `begin` on. Not collective. */
static enum status read_rows(const struct dataset *dataset, const char *name, int64_t begin,
                             int64_t count, hid_t type, void *values, struct error *error)
{
    const size_t piece = (size_t)1 << 30;
    struct hdf5_array array;
    enum status status = hdf5_array_open(dataset->file, dataset->path, name, &array, error);
    if (status)
        return status;
    status = hdf5_array_read_rows(&array, type, begin, count, piece, values, error);
    hdf5_array_close(&array);
    return status;
}

static enum status read_labels(const struct dataset *dataset, enum dataset_split split,
                               struct sampler_range rows, int32_t *labels, struct error *error)
{
    char name[32];
    object_name(name, sizeof name, split, "labels");
    return read_rows(dataset, name, rows.begin, rows.end - rows.begin, H5T_NATIVE_INT32, labels,
                     error);
}

/* Sets *largest to the largest label, at least 0, of this rank's share of a split's rows. */
static enum status largest_label(const struct dataset *dataset, enum dataset_split split,
                                 int *largest, struct error *error)
{
    const struct sampler_range rows =
        sampler_split(dataset->global_rows[split], dataset->world->rank, dataset->world->size);
    int32_t *labels = malloc((size_t)(rows.end - rows.begin + 1) * sizeof *labels);
    if (!labels)
        return bad(dataset, error, "labels", "do not fit into memory");
    const enum status status = read_labels(dataset, split, rows, labels, error);
    for (int64_t i = 0; status == STATUS_DONE && i < rows.end - rows.begin; ++i)
        *largest = labels[i] > *largest ? labels[i] : *largest;
    free(labels);
    return status;
}

/* Collective. Counts the classes of a file that lacks n_classes: the largest label + 1. */
static enum status count_classes(struct dataset *dataset, struct error *error)
{
    int largest[DATASET_SPLITS] = {0};
    enum status status = STATUS_DONE;
    for (enum dataset_split split = DATASET_TRAIN; !status && split < DATASET_SPLITS; ++split)
        status = largest_label(dataset, split, &largest[split], error);
    if (world_agree(dataset->world, status, error))
        return error->status;
    for (enum dataset_split split = DATASET_TRAIN; split < DATASET_SPLITS; ++split) {
        char name[32];
        largest[split] = collective_largest(dataset->world, largest[split]);
        object_name(name, sizeof name, split, "labels");
        if (largest[split] >= CLASSES_MAX)
            return bad(dataset, error, name, "must be from 0 to 65,535");
        if (largest[split] >= dataset->classes)
            dataset->classes = largest[split] + 1;
    }
    if (dataset->classes < 2)
        return bad(dataset, error, "/train/labels",
                   "must be of two classes at least: no label is above 0");
    return STATUS_DONE;
}

/* Collective. */
static enum status find_classes(struct dataset *dataset, struct error *error)
{
    int64_t classes;
    if (H5Aexists(dataset->file, "n_classes") == 0)
        return count_classes(dataset, error);
    if (!hdf5_file_read_integer(dataset->file, "n_classes", H5T_NATIVE_INT64, &classes) ||
        classes < 2 || classes > CLASSES_MAX)
        return bad(dataset, error, "attribute n_classes", "must be one integer from 2 to 65,536");
    dataset->classes = (int)classes;
    return STATUS_DONE;
}

/* Collective. Each rank first checks on its own that it can open the file: if one rank cannot see
 * it, the others would wait for ever in MPI's collective open. */
static enum status open_file(struct dataset *dataset, struct error *error)
{
    enum status status = regular_file_check(dataset->path, error);
    if (world_agree(dataset->world, status, error))
        return error->status;

    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_mpio(access, dataset->world->comm, MPI_INFO_NULL);
    dataset->file = H5Fopen(dataset->path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (dataset->file < 0)
        status = error_set(error, STATUS_FAILED, "%s: is not an HDF5 file, or is damaged",
                           dataset->path);
    return world_agree(dataset->world, status, error);
}

/* Collective. Checks all that can be checked before this rank's rows are read. */
static enum status check_contents(struct dataset *dataset, struct error *error)
{
    enum status status = STATUS_DONE;
    for (enum dataset_split split = DATASET_TRAIN; !status && split < DATASET_SPLITS; ++split) {
        status = check_images(dataset, split, error);
        if (!status)
            status = check_labels(dataset, split, error);
    }
    status = world_agree(dataset->world, status, error);
    if (status)
        return status;
    return world_agree(dataset->world, find_classes(dataset, error), error);
}

enum status dataset_open(struct dataset *dataset, const struct world *world, const char *path,
                         struct error *error)
{
    *dataset = (struct dataset){.world = world, .path = path, .file = -1};
    crash_guard_enter(path);
    enum status status = open_file(dataset, error);
    if (!status)
        status = check_contents(dataset, error);
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
}

static enum status check_values(const struct dataset *dataset, enum dataset_split split,
                                const struct samples *samples, struct error *error)
{
    const char *const split_name = dataset_split_name(split);
    for (int64_t row = 0; row < samples->rows; ++row)
        if (samples->labels[row] < 0 || samples->labels[row] >= dataset->classes)
            return error_set(error, STATUS_FAILED,
                             "%s: /%s/labels: row %lld has the label %d, not one of 0 to %d",
                             dataset->path, split_name, (long long)(samples->first_row + row),
                             samples->labels[row], dataset->classes - 1);
    if (!samples->floats)
        return STATUS_DONE;
    for (int64_t i = 0; i < samples->rows * samples->inputs; ++i)
        if (!isfinite(samples->floats[i]))
            return error_set(error, STATUS_FAILED, "%s: /%s/images: row %lld is not finite",
                             dataset->path, split_name,
                             (long long)(samples->first_row + i / samples->inputs));
    return STATUS_DONE;
}

/* Reads rows of pixels: faster than HDF5 where that is possible. */
static enum status read_pixels(const struct dataset *dataset, const struct hdf5_array *array,
                               int64_t begin, int64_t count, uint8_t *pixels, struct error *error)
{
    if (chunk_reader_read(array, begin, count, pixels))
        return STATUS_DONE;
    return read_rows(dataset, array->name, begin, count, H5T_NATIVE_UINT8, pixels, error);
}

/* Reads an open array of pixels some rows at a time, as they are kept in compact form. */
static enum status compact_pixels(const struct dataset *dataset, const struct hdf5_array *array,
                                  struct sampler_range rows, struct compact *compact,
                                  struct error *error)
{
    const int64_t bytes = 4 << 20, chunk = chunk_reader_rows(array);
    const int64_t at_once = (bytes / dataset->inputs / chunk + 1) * chunk;
    uint8_t *pixels = malloc((size_t)at_once * (size_t)dataset->inputs);
    enum status status = STATUS_DONE;
    if (!pixels || !compact_create(compact, dataset->inputs, rows.end - rows.begin))
        status = bad(dataset, error, array->name, "do not fit into memory: use more ranks");
    for (int64_t row = rows.begin; !status && row < rows.end;) {
        const int64_t next = (row / at_once + 1) * at_once;
        const int64_t count = (next < rows.end ? next : rows.end) - row;
        status = read_pixels(dataset, array, row, count, pixels, error);
        if (!status)
            compact_append(compact, pixels, count);
        row += count;
    }
    free(pixels);
    if (!status)
        compact_finish(compact);
    return status;
}

static enum status read_compact(const struct dataset *dataset, const char *name,
                                struct sampler_range rows, struct compact *compact,
                                struct error *error)
{
    struct hdf5_array array;
    if (hdf5_array_open(dataset->file, dataset->path, name, &array, error))
        return error->status;
    const enum status status = compact_pixels(dataset, &array, rows, compact, error);
    hdf5_array_close(&array);
    return status;
}

static enum status read_features(const struct dataset *dataset, const char *name,
                                 struct sampler_range rows, struct samples *samples,
                                 struct error *error)
{
    float *floats = malloc(((size_t)samples->rows * (size_t)dataset->inputs + 1) * sizeof *floats);
    samples->floats = floats;
    if (!floats)
        return bad(dataset, error, name, "do not fit into memory: use more ranks");
    return read_rows(dataset, name, rows.begin, samples->rows, H5T_NATIVE_FLOAT, floats, error);
}

/* Reads and checks this rank's rows. Not collective. On failure the caller frees the samples. */
static enum status read_local(const struct dataset *dataset, enum dataset_split split,
                              struct sampler_range rows, struct samples *samples,
                              struct error *error)
{
    char name[32];
    const size_t count = (size_t)(rows.end - rows.begin);
    int32_t *labels = malloc((count + 1) * sizeof *labels);
    *samples = (struct samples){
        .inputs = dataset->inputs,
        .first_row = rows.begin,
        .rows = rows.end - rows.begin,
        .labels = labels,
    };
    object_name(name, sizeof name, split, "images");
    if (!labels)
        return bad(dataset, error, name, "do not fit into memory: use more ranks");
    enum status status = dataset->pixels
                             ? read_compact(dataset, name, rows, &samples->compact, error)
                             : read_features(dataset, name, rows, samples, error);
    if (!status)
        status = read_labels(dataset, split, rows, labels, error);
    return status ? status : check_values(dataset, split, samples, error);
}

enum status dataset_read(const struct dataset *dataset, enum dataset_split split,
                         struct sampler_range rows, struct samples *samples, struct error *error)
{
    crash_guard_enter(dataset->path);
    const enum status local = read_local(dataset, split, rows, samples, error);
    crash_guard_leave();
    const enum status status = world_agree(dataset->world, local, error);
    if (status)
        dataset_free_samples(samples);
    return status;
}

void dataset_free_samples(struct samples *samples)
{
    /* The arrays are read-only for everybody else. */
    union {
        const void *read_only;
        void *owned;
    } floats = {samples->floats}, labels = {samples->labels};
    compact_destroy(&samples->compact);
    free(floats.owned);
    free(labels.owned);
    *samples = (struct samples){0};
}

/* A hash of one row, seeded with its number and its label. */
static uint64_t hash_row(const struct sample *sample)
{
    uint8_t room[COMPACT_INPUTS_MAX];
    const size_t inputs = (size_t)sample->inputs;
    const uint64_t seed = (uint64_t)sample->row * 65536 + (uint64_t)sample->label;
    if (sample->floats)
        return XXH3_64bits_withSeed(sample->floats, inputs * sizeof *sample->floats, seed);
    return XXH3_64bits_withSeed(sample_pixels(sample, room), inputs, seed);
}

uint64_t dataset_fingerprint(const struct world *world, const struct samples *samples,
                             struct sampler_range rows)
{
    uint64_t sum = 0;
    /* A sum of one hash for each row does not depend on their order. */
    for (int64_t row = rows.begin; row < rows.end; ++row) {
        const struct sample sample = samples_row(samples, row);
        sum += hash_row(&sample);
    }
    return collective_sum_hash(world, sum);
}
