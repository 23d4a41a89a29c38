/* SPDX-License-Identifier: MIT */
#include "dtrain/weights.h"

#include "dtrain/crash_guard.h"
#include "dtrain/hdf5_file.h"

#include <stdlib.h>
#include <string.h>

/* Larger claims are taken for damage: nothing is allocated for them. */
#define EXTENT_MAX (1 << 24)

/* Opens a tensor and its shape: columns is 0 for a vector. Negative where it is not usable. */
static hid_t open_tensor(hid_t group, const char *name, int dimensions, int *rows, int *columns)
{
    hsize_t shape[2] = {0, 0};
    const hid_t tensor = H5Dopen2(group, name, H5P_DEFAULT);
    if (tensor < 0)
        return -1;
    const hid_t space = H5Dget_space(tensor), type = H5Dget_type(tensor);
    const bool usable = H5Sget_simple_extent_ndims(space) == dimensions &&
                        H5Sget_simple_extent_dims(space, shape, NULL) >= 0 && shape[0] > 0 &&
                        shape[0] <= EXTENT_MAX && (dimensions == 1 || shape[1] > 0) &&
                        shape[1] <= EXTENT_MAX && H5Tget_class(type) == H5T_FLOAT;
    H5Tclose(type);
    H5Sclose(space);
    if (!usable) {
        H5Dclose(tensor);
        return -1;
    }
    *rows = (int)shape[0];
    *columns = (int)shape[1];
    return tensor;
}

/* The parameters of a model, of which the file knows no more than how many they are. */
static enum status read_model_shape(hid_t group, const char *source, struct network *network,
                                    struct error *error)
{
    int rows, columns;
    const hid_t tensor = open_tensor(group, "theta", 1, &rows, &columns);
    if (tensor < 0)
        return error_set(error, STATUS_FAILED, "%s: theta is no vector of floats", source);
    H5Dclose(tensor);
    *network = (struct network){.model_parameters = (size_t)rows};
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
        const hid_t tensor = open_tensor(group, names[i], 2, &rows[i], &columns[i]);
        if (tensor < 0)
            return error_set(error, STATUS_FAILED, "%s: %s is not there or is no matrix of floats",
                             source, names[i]);
        H5Dclose(tensor);
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
    int rows = 0, columns = 0;
    const hid_t tensor =
        open_tensor(group, expected->name, expected->columns ? 2 : 1, &rows, &columns);
    const bool fits = tensor >= 0 && rows == expected->rows && columns == expected->columns;
    const bool read =
        fits && H5Dread(tensor, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    if (tensor >= 0)
        H5Dclose(tensor);
    if (!read)
        return error_set(error, STATUS_FAILED,
                         "%s: %s is not there, does not fit W1 and W2, or "
                         "cannot be read",
                         source, expected->name);
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

static enum status read_source(const struct world *world, const char *source,
                               struct network *network, double **theta, struct error *error)
{
    char path[4096];
    const char *group_name;
    if (!hdf5_file_split(source, path, sizeof path, &group_name))
        return error_set(error, STATUS_FAILED, "%s: is not FILE or FILE:/GROUP", source);
    enum status status;
    crash_guard_enter(world, path);
    const hid_t file = hdf5_file_open(path);
    if (file >= 0) {
        status = weights_read_group(file, group_name, source, network, theta, error);
        H5Fclose(file);
    } else {
        status = error_set(error, STATUS_FAILED, "%s: cannot be opened as an HDF5 file", path);
    }
    crash_guard_leave();
    return status;
}

enum status weights_load(const struct world *world, const char *source, struct network *network,
                         double **theta, struct error *error)
{
    *theta = NULL;
    enum status status = STATUS_DONE;
    if (world->rank == 0)
        status = read_source(world, source, network, theta, error);
    status = world_agree(world, status, error);
    if (status == STATUS_DONE) {
        MPI_Bcast(network, (int)sizeof *network, MPI_BYTE, 0, world->comm);
        if (world->rank != 0)
            *theta = malloc(network_parameter_count(network) * sizeof **theta);
        if (!*theta)
            status = error_set(error, STATUS_FAILED, "%s: does not fit into memory", source);
        status = world_agree(world, status, error);
    }
    if (status) {
        free(*theta);
        *theta = NULL;
        return status;
    }
    MPI_Bcast(*theta, (int)network_parameter_count(network), MPI_DOUBLE, 0, world->comm);
    return STATUS_DONE;
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
