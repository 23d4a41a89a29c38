/* SPDX-License-Identifier: MIT */
#include "label_array.h"

#include "dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ONE_HOT_MAX = DATASET_CLASSES_MAX, WHAT_SIZE = 256 };

int label_array_axis(const struct hdf5_array *labels)
{
    return labels->dimensions == 2 && labels->shape[0] == 1 ? 1 : 0;
}

static bool are_numbers(const struct hdf5_array *labels)
{
    return labels->class == H5T_INTEGER || labels->class == H5T_FLOAT ||
           strcmp(labels->type, "bool") == 0;
}

/* Reads the numbers of one image from a matrix whose dimension `axis` is that of the images. */
static bool read_first(const struct hdf5_array *labels, int axis, double *numbers)
{
    hsize_t start[2] = {0, 0}, count[2] = {labels->shape[0], labels->shape[1]};
    struct error error;
    count[axis] = 1;
    const hid_t selection = H5Dget_space(labels->id), memory = H5Screate_simple(2, count, NULL);
    H5Sselect_hyperslab(selection, H5S_SELECT_SET, start, NULL, count, NULL);
    const bool read = hdf5_array_read(labels, H5T_NATIVE_DOUBLE, memory, selection, numbers,
                                      &error) == STATUS_DONE;
    H5Sclose(memory);
    H5Sclose(selection);
    return read;
}

/* Whether the labels of the first image are a 1 among zeros. */
static bool looks_one_hot(const struct hdf5_array *labels, int axis)
{
    const size_t classes = (size_t)labels->shape[1 - axis];
    /* Booleans are an enumeration, which HDF5 does not convert. */
    if (labels->class == H5T_ENUM)
        return true;
    double *numbers = calloc(classes, sizeof *numbers), sum = 0;
    bool plain = numbers && read_first(labels, axis, numbers);
    for (size_t i = 0; plain && i < classes; ++i) {
        plain = numbers[i] == 0 || numbers[i] == 1;
        sum += numbers[i];
    }
    free(numbers);
    return plain && sum == 1;
}

/* Refuses labels of several numbers for each of the images along the dimension `axis`. */
static enum status refuse_matrix(const struct hdf5_array *labels, int axis, struct error *error)
{
    const hsize_t numbers = labels->shape[1 - axis];
    char what[WHAT_SIZE];
    if (numbers <= ONE_HOT_MAX && are_numbers(labels) && looks_one_hot(labels, axis))
        snprintf(what, sizeof what,
                 "labels look one-hot: store argmax, the number of the class of each image");
    else
        snprintf(what, sizeof what,
                 "there must be one label for each image: which of these %llu numbers is it?",
                 (unsigned long long)numbers);
    return hdf5_array_unfit(labels, error, what);
}

/* Whether there are as many labels as an image has numbers in its last dimension, as MATLAB, Julia,
 * R and Fortran store images: last dimension first. */
static bool are_images_reversed(const struct hdf5_array *labels, const struct hdf5_array *images)
{
    const hsize_t last = images->shape[images->dimensions - 1];
    return images->dimensions > 1 && last != images->shape[0] &&
           (labels->shape[0] == last || labels->shape[labels->dimensions - 1] == last);
}

static enum status refuse_shape(const struct hdf5_array *labels, const struct hdf5_array *images,
                                struct error *error)
{
    const hsize_t rows = images->shape[0];
    char found[HDF5_DESCRIPTION_SIZE], what[HDF5_DESCRIPTION_SIZE + WHAT_SIZE];
    hdf5_array_describe(images, found);
    if (labels->dimensions == 2 && (labels->shape[0] == rows || labels->shape[1] == rows))
        return refuse_matrix(labels, labels->shape[0] == rows ? 0 : 1, error);
    if (are_images_reversed(labels, images))
        snprintf(what, sizeof what,
                 "the dimensions of %s, which is %s, are reversed: the rows must come first, as in "
                 "(rows, height, width)",
                 images->name, found);
    else
        snprintf(what, sizeof what, "there must be one label for each of the %llu images of %s, %s",
                 (unsigned long long)rows, images->name, found);
    return hdf5_array_unfit(labels, error, what);
}

static enum status refuse_type(const struct hdf5_array *labels, struct error *error)
{
    const char *what = "labels must be whole numbers from 0 on: number the classes";
    if (are_numbers(labels))
        what = "labels must be integers: convert them, for example by astype('uint8') in NumPy";
    if (labels->class == H5T_ENUM && !are_numbers(labels))
        what = "labels must be integers: store the numbers behind the names";
    return hdf5_array_unfit(labels, error, what);
}

enum status label_array_check(const struct hdf5_array *labels, const struct hdf5_array *images,
                              struct error *error)
{
    const hsize_t rows = images->shape[0];
    const bool fits = labels->dimensions <= 2 && labels->shape[label_array_axis(labels)] == rows &&
                      hdf5_array_values(labels) == (int64_t)rows;
    if (!fits)
        return refuse_shape(labels, images, error);
    return labels->class == H5T_INTEGER ? STATUS_DONE : refuse_type(labels, error);
}
