/* SPDX-License-Identifier: MIT */
#include "gradient_file.h"

#include "common/version.h"
#include "files/atomic_file.h"
#include "files/hdf5_array.h"
#include "files/hdf5_file.h"
#include "outcome_names.h"
#include "weights.h"

#include <limits.h>

#define OUTCOME_ARRAY "/outcomes"

/* An array of the file, and where it is in memory. */
struct column {
    const char *name;
    int dimensions;
    hsize_t shape[3];
    hid_t stored, in_memory; /* types */
    const void *at;
};

static bool write_arrays(hid_t file, const struct gradient_result *result)
{
    const struct parameters *parameters = result->parameters;
    const hsize_t p = parameters->count, e = result->count;
    const hsize_t b = (hsize_t)result->rows, w = result->width;
    const hid_t real = H5T_IEEE_F64LE, in_memory = H5T_NATIVE_DOUBLE;
    const struct column columns[] = {
        {"/theta", 1, {p}, real, in_memory, result->theta},
        {"/gradient", 1, {p}, real, in_memory, result->gradient},
        {"/rows", 1, {p}, H5T_STD_I64LE, H5T_NATIVE_INT64, result->differences},
        {"/steps", 1, {p}, real, in_memory, parameters->step},
        {"/value", 0, {0}, real, in_memory, &result->value},
        {"/values", 2, {b, w}, real, in_memory, result->values},
        {"/jacobian", 3, {b, w, p}, real, in_memory, result->jacobian},
        {OUTCOME_ARRAY, 1, {e}, H5T_STD_U8LE, H5T_NATIVE_UINT8, result->outcomes},
        {"/seconds", 1, {e}, real, in_memory, result->seconds},
        {"/numbered", 1, {e}, H5T_STD_I64LE, H5T_NATIVE_INT64, result->numbered},
        {"/moved", 1, {e}, H5T_STD_I32LE, H5T_NATIVE_INT32, result->moved},
        {"/sides", 1, {e}, H5T_STD_I8LE, H5T_NATIVE_INT8, result->sides},
    };
    bool written = true;
    for (size_t i = 0; i < sizeof columns / sizeof *columns && written; ++i)
        written = hdf5_array_write(file, columns[i].name, columns[i].stored, columns[i].in_memory,
                                   columns[i].dimensions, columns[i].shape, columns[i].at);
    return written;
}

static bool write_names(hid_t file, const struct parameters *parameters)
{
    struct tensors tensors = {0};
    tensors_add(&tensors, "theta", (int)parameters->count, 0);
    return !parameters->named || weights_write_names(file, "/", parameters->names, &tensors);
}

static bool write_file(const char *path, const struct gradient_result *result)
{
    const uint64_t described = parameters_hash(result->parameters);
    const hid_t file = hdf5_file_create();
    if (file < 0)
        return false;
    const bool written =
        hdf5_file_write_text(file, "model", H5T_CSET_UTF8, result->model) &&
        hdf5_file_write_text(file, "version", H5T_CSET_ASCII, version_number()) &&
        hdf5_file_write_number(file, "described", H5T_STD_U64LE, H5T_NATIVE_UINT64, &described) &&
        write_arrays(file, result) && write_names(file, result->parameters) &&
        outcome_names_write(file, OUTCOME_ARRAY);
    return hdf5_file_finish(file, written, path);
}

enum status gradient_file_write(const char *path, const struct gradient_result *result,
                                struct error *error)
{
    char temporary[PATH_MAX];
    if (atomic_file_begin(path, temporary, error))
        return error->status;
    if (write_file(temporary, result))
        return atomic_file_commit(path, error);
    atomic_file_abandon(path);
    return error_set(error, STATUS_FAILED,
                     "%s: cannot be written: is the folder there, writable and not full?", path);
}
