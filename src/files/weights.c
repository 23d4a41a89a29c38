/* SPDX-License-Identifier: MIT */
#include "weights.h"

#include "hdf5_array.h"

#include <math.h>
#include <stdlib.h>

/* Larger claims are taken for damage: nothing is allocated for them. */
#define EXTENT_MAX (1 << 24)

/* Opens a tensor, a matrix or a vector of floats. */
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

/* The parameters of a model, of which the file knows no more than how many they are. */
static enum status read_model_shape(hid_t group, const char *source, struct network *network,
                                    struct error *error)
{
    struct hdf5_array theta;
    if (open_tensor(group, source, "theta", 1, &theta, error))
        return error->status;
    hdf5_array_close(&theta);
    *network = (struct network){.model_parameters = (size_t)theta.shape[0]};
    return STATUS_DONE;
}

static enum status read_shape(hid_t group, const char *source, struct network *network,
                              struct error *error)
{
    const char *const names[] = {"W1", "W2"};
    int rows[2], columns[2];
    if (H5Lexists(group, "theta", H5P_DEFAULT) > 0)
        return read_model_shape(group, source, network, error);
    for (int i = 0; i < 2; ++i) {
        struct hdf5_array tensor;
        if (open_tensor(group, source, names[i], 2, &tensor, error))
            return error->status;
        hdf5_array_close(&tensor);
        rows[i] = (int)tensor.shape[0];
        columns[i] = (int)tensor.shape[1];
    }
    if (columns[0] != rows[1] || columns[1] < 2)
        return error_set(error, STATUS_FAILED, "%s: W1 (%d, %d) and W2 (%d, %d) do not fit", source,
                         rows[0], columns[0], rows[1], columns[1]);
    *network = (struct network){.inputs = rows[0], .hidden = columns[0], .classes = columns[1]};
    if (network_parameter_count(network) > NETWORK_PARAMETERS_MAX)
        return error_set(error, STATUS_FAILED, "%s: W1 and W2 are too large", source);
    return STATUS_DONE;
}

static enum status read_tensor(hid_t group, const char *source,
                               const struct network_tensor *expected, double *values,
                               struct error *error)
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
    const int count = rows * (columns ? columns : 1);
    for (int i = 0; i < count; ++i)
        if (!isfinite(values[i]))
            return error_set(error, STATUS_FAILED, "%s: %s holds a number that is not finite",
                             source, expected->name);
    return STATUS_DONE;
}

static enum status read_group(hid_t group, const char *source, struct network *network,
                              double **theta, struct error *error)
{
    struct network_tensor tensors[NETWORK_TENSORS];
    enum status status = read_shape(group, source, network, error);
    if (status)
        return status;
    *theta = malloc(network_parameter_count(network) * sizeof **theta);
    if (!*theta)
        return error_set(error, STATUS_FAILED, "%s: does not fit into memory", source);
    const int count = network_tensors(network, tensors);
    for (int i = 0; i < count && !status; ++i)
        status = read_tensor(group, source, &tensors[i], *theta + tensors[i].offset, error);
    return status;
}

enum status weights_read_group(hid_t file, const char *group_name, const char *source,
                               struct network *network, double **theta, struct error *error)
{
    const hid_t group = H5Gopen2(file, group_name, H5P_DEFAULT);
    if (group < 0)
        return error_set(error, STATUS_FAILED, "%s: has no group %s", source, group_name);
    const enum status status = read_group(group, source, network, theta, error);
    H5Gclose(group);
    return status;
}

static bool write_tensor(hid_t group, const struct network_tensor *tensor, const double *values)
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

bool weights_write_group(hid_t file, const char *group_name, const struct network *network,
                         const double *theta)
{
    struct network_tensor tensors[NETWORK_TENSORS];
    const int count = network_tensors(network, tensors);
    const hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(creation, false);
    const hid_t group = H5Gcreate2(file, group_name, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Pclose(creation);
    if (group < 0)
        return false;
    bool written = true;
    for (int i = 0; i < count && written; ++i)
        written = write_tensor(group, &tensors[i], theta + tensors[i].offset);
    return H5Gclose(group) >= 0 && written;
}
