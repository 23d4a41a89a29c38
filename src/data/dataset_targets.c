/* SPDX-License-Identifier: MIT */
#include "dataset_targets.h"

#include "files/hdf5_file.h"
#include "label_array.h"
#include "ranks/collective.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *name_of(bool labelled, enum dataset_split split)
{
    if (labelled)
        return split == DATASET_TRAIN ? "/train/labels" : "/test/labels";
    return split == DATASET_TRAIN ? "/train/targets" : "/test/targets";
}

const char *dataset_targets_name(const struct dataset *dataset, enum dataset_split split)
{
    return name_of(dataset->labelled, split);
}

enum status dataset_targets_choose(struct dataset *dataset, enum dataset_wanted wanted,
                                   struct error *error)
{
    const bool labels = H5Lexists(dataset->file, name_of(true, DATASET_TRAIN), H5P_DEFAULT) > 0;
    const bool numbers = H5Lexists(dataset->file, name_of(false, DATASET_TRAIN), H5P_DEFAULT) > 0;
    dataset->labelled = wanted == DATASET_LABELS || (wanted == DATASET_ANY && !numbers);
    if (wanted == DATASET_ANY && labels && numbers)
        return error_set(error, STATUS_USAGE,
                         "%s: has labels and targets: say --loss softmax, for the labels, or "
                         "--loss squares, for the targets",
                         dataset->path);
    if (wanted == DATASET_LABELS && numbers && !labels)
        return error_set(
            error, STATUS_FAILED,
            "%s: has /train/targets, and no /train/labels, which --loss softmax and models of "
            "your own need",
            dataset->path);
    if (wanted == DATASET_NUMBERS && labels && !numbers)
        return error_set(error, STATUS_FAILED,
                         "%s: has /train/labels, and no /train/targets, which --loss squares needs",
                         dataset->path);
    return STATUS_DONE;
}

/* Numbers, M for each row: (N) or (N, M). */
static enum status check_numbers(struct dataset *dataset, enum dataset_split split,
                                 const struct hdf5_array *targets, const struct hdf5_array *images,
                                 struct error *error)
{
    const int64_t numbers = targets->dimensions == 1 ? 1 : hdf5_array_row_values(targets);
    char what[160];
    if (targets->class != H5T_FLOAT && targets->class != H5T_INTEGER)
        return hdf5_array_unfit(targets, error, "targets must be numbers, such as float64");
    if (targets->dimensions > 2 || numbers == 0 || numbers > DATASET_CLASSES_MAX ||
        targets->shape[0] != images->shape[0]) {
        snprintf(what, sizeof what,
                 "targets must have the shape (%llu) or (%llu, numbers), a row for each image, and "
                 "up to 65,536 numbers",
                 (unsigned long long)images->shape[0], (unsigned long long)images->shape[0]);
        return hdf5_array_unfit(targets, error, what);
    }
    if (split != DATASET_TRAIN && numbers != dataset->outputs) {
        snprintf(what, sizeof what, "a row of /train/targets has %d numbers, not %lld",
                 dataset->outputs, (long long)numbers);
        return hdf5_array_unfit(targets, error, what);
    }
    dataset->outputs = (int)numbers;
    return STATUS_DONE;
}

static enum status check_weights(struct dataset *dataset, const struct hdf5_array *images,
                                 struct error *error)
{
    struct hdf5_array weights;
    dataset->weighted = H5Lexists(dataset->file, "/train/weights", H5P_DEFAULT) > 0;
    if (!dataset->weighted)
        return STATUS_DONE;
    if (hdf5_array_open(dataset->file, dataset->path, "/train/weights", &weights, error))
        return error->status;
    enum status status = STATUS_DONE;
    if ((weights.class != H5T_FLOAT && weights.class != H5T_INTEGER) || weights.dimensions != 1 ||
        weights.shape[0] != images->shape[0])
        status =
            hdf5_array_unfit(&weights, error, "there must be one number for each training row");
    hdf5_array_close(&weights);
    return status;
}

enum status dataset_targets_check(struct dataset *dataset, enum dataset_split split,
                                  const struct hdf5_array *images, struct error *error)
{
    struct hdf5_array targets;
    const char *const name = dataset_targets_name(dataset, split);
    if (hdf5_array_open(dataset->file, dataset->path, name, &targets, error))
        return error->status;
    enum status status = dataset->labelled ? label_array_check(&targets, images, error)
                                           : check_numbers(dataset, split, &targets, images, error);
    dataset->target_axes[split] = dataset->labelled ? label_array_axis(&targets) : 0;
    dataset_remark_packing(dataset, &targets);
    hdf5_array_close(&targets);
    return status || split != DATASET_TRAIN ? status : check_weights(dataset, images, error);
}

/* Reads the labels or targets of some rows, converted to `type`. */
static enum status read_rows(const struct dataset *dataset, enum dataset_split split,
                             struct range rows, hid_t type, void *values, struct error *error)
{
    struct hdf5_array array;
    if (hdf5_array_open(dataset->file, dataset->path, dataset_targets_name(dataset, split), &array,
                        error))
        return error->status;
    const enum status status =
        hdf5_array_read_rows(&array, dataset->target_axes[split], type, rows.begin,
                             rows.end - rows.begin, values, error);
    hdf5_array_close(&array);
    return status;
}

/* Sets *largest to the largest label, at least 0, of this rank's share of a split's rows. */
static enum status largest_label(const struct dataset *dataset, enum dataset_split split,
                                 int *largest, struct error *error)
{
    const struct range rows =
        range_split(dataset->global_rows[split], dataset->world->rank, dataset->world->size);
    int32_t *labels = calloc((size_t)(rows.end - rows.begin + 1), sizeof *labels);
    if (!labels)
        return dataset_no_memory(dataset, dataset_targets_name(dataset, split), error);
    const enum status status = read_rows(dataset, split, rows, H5T_NATIVE_INT32, labels, error);
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
        if (dataset->global_rows[split] > 0)
            status = largest_label(dataset, split, &largest[split], error);
    if (world_agree(dataset->world, status, error))
        return error->status;
    for (enum dataset_split split = DATASET_TRAIN; split < DATASET_SPLITS; ++split) {
        largest[split] = collective_largest(dataset->world, largest[split]);
        if (largest[split] >= DATASET_CLASSES_MAX)
            return error_set(error, STATUS_FAILED,
                             "%s: %s must be from 0 to 65,535: there is the label %d",
                             dataset->path, dataset_targets_name(dataset, split), largest[split]);
        if (largest[split] >= dataset->outputs)
            dataset->outputs = largest[split] + 1;
    }
    if (dataset->outputs < 2)
        return error_set(error, STATUS_FAILED,
                         "%s: /train/labels must be of two classes at least: no label is above 0",
                         dataset->path);
    return STATUS_DONE;
}

enum status dataset_targets_count(struct dataset *dataset, struct error *error)
{
    double classes = 0;
    if (!dataset->labelled)
        return STATUS_DONE;
    if (H5Aexists(dataset->file, "n_classes") == 0)
        return count_classes(dataset, error);
    const bool is_number = hdf5_file_read_number(dataset->file, "n_classes", &classes);
    if (is_number && classes >= 2 && classes <= DATASET_CLASSES_MAX && classes == floor(classes)) {
        dataset->outputs = (int)classes;
        return STATUS_DONE;
    }
    char found[64] = "not one number";
    if (is_number)
        snprintf(found, sizeof found, "%.10g", classes);
    return error_set(error, STATUS_FAILED,
                     "%s: attribute n_classes is %s: it must be one whole number from 2 to 65,536",
                     dataset->path, found);
}

static enum status check_labels(const struct dataset *dataset, enum dataset_split split,
                                const struct samples *samples, struct error *error)
{
    for (int64_t row = 0; row < samples->rows; ++row)
        if (samples->labels[row] < 0 || samples->labels[row] >= dataset->outputs)
            return error_set(
                error, STATUS_FAILED, "%s: %s: row %lld has the label %d, not one of 0 to %d%s",
                dataset->path, dataset_targets_name(dataset, split),
                (long long)(samples->first_row + row), samples->labels[row], dataset->outputs - 1,
                samples->labels[row] == dataset->outputs
                    ? ": if labels count from 1 here, subtract 1 from all"
                    : ": classes are numbered from 0 on, and every row has one");
    return STATUS_DONE;
}

static enum status read_labels(const struct dataset *dataset, enum dataset_split split,
                               struct samples *samples, struct error *error)
{
    const struct range rows = {samples->first_row, samples->first_row + samples->rows};
    int32_t *labels = calloc((size_t)(samples->rows + 1), sizeof *labels);
    samples->labels = labels;
    if (!labels)
        return dataset_no_memory(dataset, dataset_targets_name(dataset, split), error);
    if (read_rows(dataset, split, rows, H5T_NATIVE_INT32, labels, error))
        return error->status;
    return check_labels(dataset, split, samples, error);
}

static enum status read_numbers(const struct dataset *dataset, enum dataset_split split,
                                struct samples *samples, struct error *error)
{
    const struct range rows = {samples->first_row, samples->first_row + samples->rows};
    const size_t count = (size_t)samples->rows * (size_t)dataset->outputs;
    double *numbers = malloc((count + 1) * sizeof *numbers);
    double *origin = malloc((size_t)dataset->outputs * sizeof *origin);
    samples->targets = numbers;
    samples->origin = origin;
    samples->target_count = dataset->outputs;
    if (!numbers || !origin)
        return dataset_no_memory(dataset, dataset_targets_name(dataset, split), error);
    if (read_rows(dataset, split, (struct range){0, 1}, H5T_NATIVE_DOUBLE, origin, error) ||
        read_rows(dataset, split, rows, H5T_NATIVE_DOUBLE, numbers, error))
        return error->status;
    for (size_t i = 0; i < count; ++i)
        if (!(fabs(numbers[i]) <= TARGET_MAX))
            return error_set(
                error, STATUS_FAILED, "%s: %s: row %lld has the target %g: %s", dataset->path,
                dataset_targets_name(dataset, split),
                (long long)(samples->first_row + (int64_t)i / dataset->outputs), numbers[i],
                isfinite(numbers[i]) ? "choose a larger unit" : "leave out rows without a number");
    return STATUS_DONE;
}

/* The weights of training rows, if there are any. */
static enum status read_weights(const struct dataset *dataset, struct samples *samples,
                                struct error *error)
{
    const char *const name = "/train/weights";
    struct hdf5_array array;
    double *weights = malloc((size_t)(samples->rows + 1) * sizeof *weights);
    if (!weights)
        return dataset_no_memory(dataset, name, error);
    samples_replace_weights(samples, weights);
    if (hdf5_array_open(dataset->file, dataset->path, name, &array, error))
        return error->status;
    const enum status status = hdf5_array_read_rows(
        &array, 0, H5T_NATIVE_DOUBLE, samples->first_row, samples->rows, weights, error);
    hdf5_array_close(&array);
    for (int64_t row = 0; !status && row < samples->rows; ++row)
        if (!(weights[row] >= 0 && weights[row] <= WEIGHT_MAX))
            return error_set(error, STATUS_FAILED,
                             "%s: %s: row %lld has the weight %g: weights are from 0 to %g",
                             dataset->path, name, (long long)(samples->first_row + row),
                             weights[row], WEIGHT_MAX);
    return status;
}

enum status dataset_targets_read(const struct dataset *dataset, enum dataset_split split,
                                 struct samples *samples, struct error *error)
{
    if (dataset->labelled ? read_labels(dataset, split, samples, error)
                          : read_numbers(dataset, split, samples, error))
        return error->status;
    return split == DATASET_TRAIN && dataset->weighted ? read_weights(dataset, samples, error)
                                                       : STATUS_DONE;
}
