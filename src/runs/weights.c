/* SPDX-License-Identifier: MIT */
#include "weights.h"

#include "core/model/network.h"
#include "files/atomic_file.h"
#include "files/hdf5_array.h"
#include "files/hdf5_file.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The attribute of a group that names the activation. */
#define ACTIVATION "activation"

/* The attribute that names the loss. */
#define LOSS "loss"

/* The attribute of theta that names the parameters. */
#define NAMES "names"

/* Opens a tensor: a matrix (2 dimensions) or a vector (1) of floats, no longer than `longest`. */
static enum status open_tensor(hid_t group, const char *source, const char *name, int dimensions,
                               hsize_t longest, struct hdf5_array *tensor, struct error *error)
{
    if (hdf5_array_open(group, source, name, tensor, error))
        return error->status;
    bool usable = tensor->class == H5T_FLOAT && tensor->dimensions == dimensions;
    for (int d = 0; usable && d < dimensions; ++d)
        usable = tensor->shape[d] > 0 && tensor->shape[d] <= longest;
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
    if (open_tensor(group, source, "theta", 1, TENSORS_PARAMETERS_MAX, &theta, error))
        return error->status;
    hdf5_array_close(&theta);
    tensors_add(tensors, "theta", (int)theta.shape[0], 0);
    return STATUS_DONE;
}

static const void *find_activation(const char *name)
{
    return activation_find(name);
}

static const void *find_head(const char *name)
{
    return head_find(name);
}

/* An attribute of a group that names something. */
struct naming {
    const char *attribute, *known;
    const void *usual; /* what is meant where there is no such attribute */
    const void *(*find)(const char *name);
};
static const struct naming activations = {ACTIVATION, "sigmoid, tanh and relu", &activation_sigmoid,
                                          find_activation};
static const struct naming losses = {LOSS, "softmax and squares", &head_softmax, find_head};

/* Returns what the group names, or the usual; NULL, and fills *error, if that is not known. */
static const void *find_what_is_named(hid_t group, const char *source, const struct naming *naming,
                                      struct error *error)
{
    if (H5Aexists(group, naming->attribute) <= 0)
        return naming->usual;
    char *name = hdf5_file_read_text(group, naming->attribute);
    const void *found = name ? naming->find(name) : NULL;
    if (!found)
        error_set(error, STATUS_FAILED, "%s: has the %s '%.40s': dtrain knows %s", source,
                  naming->attribute, name ? name : "(no text)", naming->known);
    free(name);
    return found;
}

/* Reads the shape of layer i's matrix, 0 the first, which must have widths[i] rows if i > 0. Sets
 * widths[i] and widths[i + 1] to its rows and columns. */
static enum status find_layer(hid_t group, const char *source, int i, int *widths,
                              struct error *error)
{
    char name[TENSOR_NAME_SIZE];
    struct hdf5_array tensor;
    snprintf(name, sizeof name, "W%d", i + 1);
    if (open_tensor(group, source, name, 2, WEIGHTS_EXTENT_MAX, &tensor, error))
        return error->status;
    hdf5_array_close(&tensor);
    const int rows = (int)tensor.shape[0], columns = (int)tensor.shape[1];
    if (i > 0 && rows != widths[i])
        return error_set(error, STATUS_FAILED, "%s: W%d (%d, %d) and W%d (%d, %d) do not fit",
                         source, i, widths[i - 1], widths[i], i + 1, rows, columns);
    widths[i] = rows;
    widths[i + 1] = columns;
    return STATUS_DONE;
}

/* Whether the group has the matrix of layer i, 0 the first. */
static bool has_layer(hid_t group, int i)
{
    char name[TENSOR_NAME_SIZE];
    snprintf(name, sizeof name, "W%d", i + 1);
    return H5Lexists(group, name, H5P_DEFAULT) > 0;
}

/* Describes the tensors of a network: the shapes of its matrices, as many as there are, give the
 * widths of its layers. */
static enum status find_layers(hid_t group, const char *source, struct tensors *tensors,
                               struct error *error)
{
    const struct activation *activation = find_what_is_named(group, source, &activations, error);
    const struct head *head = activation ? find_what_is_named(group, source, &losses, error) : NULL;
    int widths[NETWORK_LAYERS_MAX + 1] = {0}, layers = 0;
    if (!head)
        return error->status;
    for (; layers < 2 || has_layer(group, layers); ++layers) {
        if (layers == NETWORK_LAYERS_MAX)
            return error_set(error, STATUS_FAILED, "%s: has more than %d layers", source, layers);
        if (find_layer(group, source, layers, widths, error))
            return error->status;
    }
    if (head->predicts_classes && widths[layers] < 2)
        return error_set(error, STATUS_FAILED, "%s: W%d (%d, %d) leads to fewer than 2 classes",
                         source, layers, widths[layers - 1], widths[layers]);
    *tensors = network_tensors(activation, head, layers, widths);
    if (tensors->parameters > TENSORS_PARAMETERS_MAX)
        return error_set(error, STATUS_FAILED, "%s: has more than %zu parameters", source,
                         TENSORS_PARAMETERS_MAX);
    return STATUS_DONE;
}

/* Refuses a vector of another length than the matrices give it: of biases, which have to fit the
 * matrix of the same number, or of an optimizer's numbers, one for each parameter. */
static enum status refuse_shape(const struct hdf5_array *tensor, struct error *error)
{
    char what[64] = "is not as long as all parameters";
    if (tensor->name[0] == 'b')
        snprintf(what, sizeof what, "does not fit W%s", tensor->name + 1);
    return hdf5_array_bad(tensor, error, what);
}

static enum status read_tensor(hid_t group, const char *source, const struct tensor *expected,
                               double *values, struct error *error)
{
    struct hdf5_array tensor;
    const int dimensions = expected->columns ? 2 : 1;
    if (open_tensor(group, source, expected->name, dimensions, TENSORS_PARAMETERS_MAX, &tensor,
                    error))
        return error->status;
    const int rows = (int)tensor.shape[0], columns = (int)tensor.shape[1];
    enum status status;
    if (rows == expected->rows && columns == expected->columns)
        status = hdf5_array_read(&tensor, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, values, error);
    else
        status = refuse_shape(&tensor, error);
    hdf5_array_close(&tensor);
    if (status)
        return status;
    for (size_t i = 0; i < tensor_size(expected); ++i)
        if (!isfinite(values[i]))
            return error_set(error, STATUS_FAILED, "%s: %s holds a number that is not finite",
                             source, expected->name);
    return STATUS_DONE;
}

static enum status read_tensors(hid_t group, const char *source, const struct tensors *tensors,
                                double *values, struct error *error)
{
    enum status status = STATUS_DONE;
    for (int i = 0; i < tensors->count && !status; ++i)
        status =
            read_tensor(group, source, &tensors->list[i], values + tensors->list[i].offset, error);
    return status;
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
        return error_memory(error, source, "the weights");
    return read_tensors(group, source, tensors, *theta, error);
}

/* Returns a negative id, and fills *error, if there is no such group. */
static hid_t open_group(hid_t file, const char *name, const char *source, struct error *error)
{
    const hid_t access = hdf5_file_link_access(H5P_GROUP_ACCESS);
    const hid_t group = H5Gopen2(file, name, access);
    H5Pclose(access);
    if (group < 0)
        error_set(error, STATUS_FAILED, "%s: has no group %s", source, name);
    return group;
}

enum status weights_read_group(hid_t file, const char *group_name, const char *source,
                               struct tensors *tensors, double **theta, struct error *error)
{
    const hid_t group = open_group(file, group_name, source, error);
    if (group < 0)
        return error->status;
    const enum status status = read_group(group, source, tensors, theta, error);
    H5Gclose(group);
    return status;
}

enum status weights_read_tensors(hid_t file, const char *group_name, const char *source,
                                 const struct tensors *tensors, double *values, struct error *error)
{
    const hid_t group = open_group(file, group_name, source, error);
    if (group < 0)
        return error->status;
    const enum status status = read_tensors(group, source, tensors, values, error);
    H5Gclose(group);
    return status;
}

static enum status read_names(hid_t group, const char *source, size_t count, const char ***names,
                              struct error *error)
{
    struct hdf5_array theta;
    if (H5Lexists(group, "theta", H5P_DEFAULT) <= 0)
        return STATUS_DONE;
    if (hdf5_array_open(group, source, "theta", &theta, error))
        return error->status;
    const bool is_named = H5Aexists(theta.id, NAMES) > 0;
    if (is_named)
        *names = hdf5_file_read_texts(theta.id, NAMES, count);
    hdf5_array_close(&theta);
    if (!is_named || *names)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: the attribute " NAMES " of theta is no list of %zu texts", source, count);
}

enum status weights_read_names(hid_t file, const char *group_name, const char *source,
                               const struct tensors *tensors, const char ***names,
                               struct error *error)
{
    *names = NULL;
    const hid_t group = open_group(file, group_name, source, error);
    if (group < 0)
        return error->status;
    const enum status status = read_names(group, source, tensors->parameters, names, error);
    H5Gclose(group);
    return status;
}

enum status weights_compare_names(const char *source, const char *const *names,
                                  const char *const *expected, size_t count, struct error *error)
{
    for (size_t p = 0; names && expected && p < count; ++p)
        if (strcmp(names[p], expected[p]) != 0)
            return error_set(error, STATUS_USAGE,
                             "%s: parameter %zu is called '%s' there, but '%s' in this model: give "
                             "the model that it was made with",
                             source, p, names[p], expected[p]);
    return STATUS_DONE;
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

/* Names the activation, unless it is the sigmoid, and the loss, unless it is that of softmax; a
 * model has neither. */
static bool write_names(hid_t group, const struct tensors *tensors)
{
    return (activation_goes_unnamed(tensors->activation) ||
            hdf5_file_write_text(group, ACTIVATION, H5T_CSET_ASCII, tensors->activation)) &&
           (head_goes_unnamed(tensors->loss) ||
            hdf5_file_write_text(group, LOSS, H5T_CSET_ASCII, tensors->loss));
}

bool weights_write_group(hid_t file, const char *group_name, const struct tensors *tensors,
                         const double *theta)
{
    const hid_t group = hdf5_file_create_group(file, group_name);
    if (group < 0)
        return false;
    bool written = write_names(group, tensors);
    for (int i = 0; i < tensors->count && written; ++i)
        written = write_tensor(group, &tensors->list[i], theta + tensors->list[i].offset);
    return H5Gclose(group) >= 0 && written;
}

bool weights_write_names(hid_t file, const char *group_name, const char *const *names,
                         const struct tensors *tensors)
{
    if (hdf5_file_texts_bytes(names, tensors->parameters) > WEIGHTS_NAMES_MAX)
        return true;
    const hid_t group = H5Gopen2(file, group_name, H5P_DEFAULT);
    const hid_t theta = group < 0 ? -1 : H5Dopen2(group, "theta", H5P_DEFAULT);
    bool written = theta >= 0 && hdf5_file_write_texts(theta, NAMES, names, tensors->parameters);
    if (theta >= 0)
        written = H5Dclose(theta) >= 0 && written;
    if (group >= 0)
        written = H5Gclose(group) >= 0 && written;
    return written;
}

/* Writes all groups into a new file. */
static bool write_groups(const char *path, int groups, const char *const *names,
                         const struct tensors *tensors, const double *theta)
{
    const hid_t file = hdf5_file_create();
    if (file < 0)
        return false;
    bool written = true;
    for (int i = 0; i < groups && written; ++i)
        written =
            weights_write_group(file, names[i], tensors, theta + (size_t)i * tensors->parameters);
    return hdf5_file_finish(file, written, path);
}

enum status weights_write_file(const char *path, int groups, const char *const *names,
                               const struct tensors *tensors, const double *theta,
                               struct error *error)
{
    char temporary[PATH_MAX];
    if (atomic_file_begin(path, temporary, error))
        return error->status;
    if (write_groups(temporary, groups, names, tensors, theta))
        return atomic_file_commit(path, error);
    atomic_file_abandon(path);
    return error_set(error, STATUS_FAILED, "%s: cannot be written", path);
}
