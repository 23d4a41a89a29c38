/* SPDX-License-Identifier: MIT */
#include "weights.h"

#include "core/network.h"
#include "hdf5_array.h"
#include "hdf5_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A file that claims more is taken to be damaged; nothing is allocated for it. */
#define EXTENT_MAX (1 << 24)

/* Opens a tensor: a matrix (2 dimensions) or a vector (1) of floats. */
static enum status open_tensor(hid_t group, const char *source, const char *name, int dimensions,
                               struct hdf5_array *tensor, struct error *error)
{
    if (hdf5_array_open(group, source, name, tensor, error))
        return error->status;
    bool usable = tensor->class == H5T_FLOAT && tensor->dimensions == dimensions;
    for (int d = 0; usable && d < dimensions; ++d)
        usable = tensor->shape[d] > 0 && tensor->shape[d] <= EXTENT_MAX;
    if (usable)
        return STATUS_DONE;
    hdf5_array_close(tensor);
    return hdf5_array_bad(tensor, error,
                          dimensions == 2 ? "is no matrix of floats" : "is no vector of floats");
}

/* Describes the parameters of a user's model, of which a file tells only the number. */
static enum status find_theta(hid_t group, const char *source, struct tensors *tensors,
                              struct error *error)
{
    struct hdf5_array theta;
    if (open_tensor(group, source, "theta", 1, &theta, error))
        return error->status;
    hdf5_array_close(&theta);
    tensors_add(tensors, "theta", (int)theta.shape[0], 0);
    return STATUS_DONE;
}

/* Describes the tensors of a network; the shapes of its matrices give the widths of its layers. */
static enum status find_layers(hid_t group, const char *source, struct tensors *tensors,
                               struct error *error)
{
    enum { LAYERS = 2 };
    int widths[LAYERS + 1] = {0}, rows[LAYERS];
    for (int i = 0; i < LAYERS; ++i) {
        char name[TENSOR_NAME_SIZE];
        struct hdf5_array tensor;
        snprintf(name, sizeof name, "W%d", i + 1);
        if (open_tensor(group, source, name, 2, &tensor, error))
            return error->status;
        hdf5_array_close(&tensor);
        rows[i] = (int)tensor.shape[0];
        widths[i + 1] = (int)tensor.shape[1];
    }
    widths[0] = rows[0];
    for (int i = 1; i < LAYERS; ++i)
        if (widths[i] != rows[i] || widths[LAYERS] < 2)
            return error_set(error, STATUS_FAILED, "%s: W%d (%d, %d) and W%d (%d, %d) do not fit",
                             source, i, rows[i - 1], widths[i], i + 1, rows[i], widths[i + 1]);
    *tensors = network_tensors(&activation_sigmoid, LAYERS, widths);
    if (tensors->parameters > TENSORS_PARAMETERS_MAX)
        return error_set(error, STATUS_FAILED, "%s: W1 and W2 are too large", source);
    return STATUS_DONE;
}

static enum status read_tensor(hid_t group, const char *source, const struct tensor *expected,
                               double *values, struct error *error)
{
    struct hdf5_array tensor;
    const int dimensions = expected->columns ? 2 : 1;
    if (open_tensor(group, source, expected->name, dimensions, &tensor, error))
        return error->status;
    const int rows = (int)tensor.shape[0], columns = (int)tensor.shape[1];
    enum status status;
    if (rows == expected->rows && columns == expected->columns)
        status = hdf5_array_read(&tensor, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, values, error);
    else
        status = hdf5_array_bad(&tensor, error, "does not fit W1 and W2");
    hdf5_array_close(&tensor);
    if (status)
        return status;
    for (size_t i = 0; i < tensor_size(expected); ++i)
        if (!isfinite(values[i]))
            return error_set(error, STATUS_FAILED, "%s: %s holds a number that is not finite",
                             source, expected->name);
    return STATUS_DONE;
}

static enum status read_group(hid_t group, const char *source, struct tensors *tensors,
                              double **theta, struct error *error)
{
    *tensors = (struct tensors){0};
    enum status status = H5Lexists(group, "theta", H5P_DEFAULT) > 0
                             ? find_theta(group, source, tensors, error)
                             : find_layers(group, source, tensors, error);
    if (status)
        return status;
    *theta = malloc(tensors->parameters * sizeof **theta);
    if (!*theta)
        return error_set(error, STATUS_FAILED, "%s: does not fit into memory", source);
    for (int i = 0; i < tensors->count && !status; ++i)
        status =
            read_tensor(group, source, &tensors->list[i], *theta + tensors->list[i].offset, error);
    return status;
}

enum status weights_read_group(hid_t file, const char *group_name, const char *source,
                               struct tensors *tensors, double **theta, struct error *error)
{
    const hid_t group = H5Gopen2(file, group_name, H5P_DEFAULT);
    if (group < 0)
        return error_set(error, STATUS_FAILED, "%s: has no group %s", source, group_name);
    const enum status status = read_group(group, source, tensors, theta, error);
    H5Gclose(group);
    return status;
}

static bool write_tensor(hid_t group, const struct tensor *tensor, const double *values)
{
    const hsize_t shape[2] = {(hsize_t)tensor->rows, (hsize_t)tensor->columns};
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(creation, false);
    const hid_t space = H5Screate_simple(tensor->columns ? 2 : 1, shape, NULL);
    const hid_t dataset =
        H5Dcreate2(group, tensor->name, H5T_IEEE_F64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    const bool written = dataset >= 0 && H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL,
                                                  H5P_DEFAULT, values) >= 0;
    const bool closed = dataset >= 0 && H5Dclose(dataset) >= 0;
    H5Sclose(space);
    H5Pclose(creation);
    return written && closed;
}

bool weights_write_group(hid_t file, const char *group_name, const struct tensors *tensors,
                         const double *theta)
{
    const hid_t group = hdf5_file_create_group(file, group_name);
    if (group < 0)
        return false;
    bool written = true;
    for (int i = 0; i < tensors->count && written; ++i)
        written = write_tensor(group, &tensors->list[i], theta + tensors->list[i].offset);
    return H5Gclose(group) >= 0 && written;
}
