/* SPDX-License-Identifier: MIT */
#include "kept_values.h"

#include "core/differences/outcome.h"
#include "core/differences/table.h"
#include "core/model/tensors.h"
#include "files/atomic_file.h"
#include "files/hdf5_array.h"
#include "files/hdf5_file.h"
#include "files/path.h"
#include "outcome_names.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER        "values"
#define OUTCOME_ARRAY "/outcomes"

/* An array of the file, and where it is in memory. */
struct column {
    const char *name;
    hid_t stored, in_memory; /* types */
    void *at;
    hsize_t shape[2];
    H5T_class_t class;
    int dimensions;
};
enum { COLUMNS = 7 };

static void list_columns(const struct kept_values *kept, struct column columns[COLUMNS])
{
    const hsize_t count = kept->count;
    const hid_t real = H5T_IEEE_F64LE, in_memory = H5T_NATIVE_DOUBLE;
    const struct column all[COLUMNS] = {
        {"/theta", real, in_memory, kept->theta, {kept->parameters}, H5T_FLOAT, 1},
        {"/values", real, in_memory, kept->values, {count, kept->width}, H5T_FLOAT, 2},
        {OUTCOME_ARRAY, H5T_STD_U8LE, H5T_NATIVE_UINT8, kept->outcomes, {count}, H5T_INTEGER, 1},
        {"/attempts", H5T_STD_U8LE, H5T_NATIVE_UINT8, kept->attempts, {count}, H5T_INTEGER, 1},
        {"/rows", H5T_STD_I64LE, H5T_NATIVE_INT64, kept->rows, {count}, H5T_INTEGER, 1},
        {"/parameters", H5T_STD_I32LE, H5T_NATIVE_INT32, kept->moved, {count}, H5T_INTEGER, 1},
        {"/sides", H5T_STD_I8LE, H5T_NATIVE_INT8, kept->sides, {count}, H5T_INTEGER, 1},
    };
    memcpy(columns, all, sizeof all);
}

bool kept_values_create(struct kept_values *kept, size_t parameters, size_t count, size_t width)
{
    const size_t some = count > 0 ? count : 1; /* calloc may return NULL for nothing */
    *kept = (struct kept_values){.parameters = parameters, .count = count, .width = width};
    kept->theta = calloc(parameters, sizeof *kept->theta);
    kept->values = calloc(some, width * sizeof *kept->values);
    kept->outcomes = calloc(some, sizeof *kept->outcomes);
    kept->attempts = calloc(some, sizeof *kept->attempts);
    kept->rows = calloc(some, sizeof *kept->rows);
    kept->moved = calloc(some, sizeof *kept->moved);
    kept->sides = calloc(some, sizeof *kept->sides);
    if (kept->theta && kept->values && kept->outcomes && kept->attempts && kept->rows &&
        kept->moved && kept->sides)
        return true;
    kept_values_destroy(kept);
    return false;
}

void kept_values_destroy(struct kept_values *kept)
{
    free(kept->theta);
    free(kept->values);
    free(kept->outcomes);
    free(kept->attempts);
    free(kept->rows);
    free(kept->moved);
    free(kept->sides);
    *kept = (struct kept_values){0};
}

double kept_values_bytes(size_t parameters, size_t count, size_t width)
{
    /* As in struct kept_values. */
    const size_t each = width * sizeof(double) + 2 * sizeof(uint8_t) + sizeof(int64_t) +
                        sizeof(int32_t) + sizeof(int8_t);
    const double besides = 8192; /* generously: what HDF5 writes of seven small arrays */
    return besides + (double)(parameters * sizeof(double)) + (double)count * (double)each;
}

void kept_values_path(const char *run_dir, int64_t iteration, char *path, size_t size)
{
    iteration_files_path(run_dir, FOLDER, iteration, path, size);
}

static bool write_column(hid_t file, const struct column *column)
{
    return hdf5_array_write(file, column->name, column->stored, column->in_memory,
                            column->dimensions, column->shape, column->at);
}

static bool write_file(const char *path, const struct kept_values *kept)
{
    struct column columns[COLUMNS];
    const hid_t file = hdf5_file_create();
    if (file < 0)
        return false;
    bool written =
        hdf5_file_write_number(file, "iteration", H5T_STD_I64LE, H5T_NATIVE_INT64,
                               &kept->iteration) &&
        hdf5_file_write_number(file, "before", H5T_STD_I64LE, H5T_NATIVE_INT64, &kept->before);
    list_columns(kept, columns);
    for (int i = 0; i < COLUMNS && written; ++i)
        written = write_column(file, columns + i);
    written = written && outcome_names_write(file, OUTCOME_ARRAY);
    return hdf5_file_finish(file, written, path);
}

static enum status make_folder(const char *run_dir, struct error *error)
{
    char folder[PATH_MAX];
    path_join(folder, run_dir, FOLDER);
    if (mkdir(folder, 0777) == 0 || errno == EEXIST)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "%s: cannot be created: %s", folder, strerror(errno));
}

enum status kept_values_write(const char *run_dir, const struct kept_values *kept,
                              struct error *error)
{
    char path[PATH_MAX], temporary[PATH_MAX];
    kept_values_path(run_dir, kept->iteration, path, sizeof path);
    if (make_folder(run_dir, error) || atomic_file_begin(path, temporary, error))
        return error->status;
    if (write_file(temporary, kept))
        return atomic_file_commit(path, error);
    atomic_file_abandon(path);
    return error_set(error, STATUS_FAILED,
                     "%s: cannot be written: is the folder there, writable and not full?", path);
}

/* Finds the sizes of the table, and makes room for it. */
static enum status find_sizes(hid_t file, const char *path, struct kept_values *kept,
                              struct error *error)
{
    struct hdf5_array theta, values;
    if (hdf5_array_open(file, path, "/theta", &theta, error))
        return error->status;
    hdf5_array_close(&theta);
    if (hdf5_array_open(file, path, "/values", &values, error))
        return error->status;
    hdf5_array_close(&values);
    if (theta.dimensions != 1 || theta.shape[0] < 1 || theta.shape[0] > TENSORS_PARAMETERS_MAX)
        return hdf5_array_unfit(&theta, error, "it is no list of parameters");
    if (values.dimensions != 2 || values.shape[1] < 1 || values.shape[1] > TABLE_MAX ||
        values.shape[0] > TABLE_MAX / values.shape[1])
        return hdf5_array_unfit(&values, error, "it is no table of values");
    return kept_values_create(kept, theta.shape[0], values.shape[0], values.shape[1])
               ? STATUS_DONE
               : error_memory(error, path, "the table");
}

/* Reads an array, which must have the shape that it was written with. */
static enum status read_column(hid_t file, const char *path, const struct column *column,
                               struct error *error)
{
    struct hdf5_array array;
    if (hdf5_array_open(file, path, column->name, &array, error))
        return error->status;
    bool fits = array.class == column->class && array.dimensions == column->dimensions;
    for (int d = 0; fits && d < column->dimensions; ++d)
        fits = array.shape[d] == column->shape[d];
    const enum status status =
        fits ? hdf5_array_read(&array, column->in_memory, H5S_ALL, H5S_ALL, column->at, error)
             : hdf5_array_unfit(&array, error, "it does not fit /theta and /values");
    hdf5_array_close(&array);
    return status;
}

static enum status check_outcomes(const char *path, const struct kept_values *kept,
                                  struct error *error)
{
    for (size_t number = 0; number < kept->count; ++number)
        if (kept->outcomes[number] >= OUTCOMES)
            return error_set(error, STATUS_FAILED,
                             "%s: " OUTCOME_ARRAY " has %d for evaluation %zu, which dtrain does "
                             "not know",
                             path, kept->outcomes[number], number);
    return STATUS_DONE;
}

static enum status read_contents(hid_t file, const char *path, struct kept_values *kept,
                                 struct error *error)
{
    struct column columns[COLUMNS];
    int64_t iteration, before;
    if (!hdf5_file_read_integer(file, "iteration", H5T_NATIVE_INT64, &iteration) ||
        !hdf5_file_read_integer(file, "before", H5T_NATIVE_INT64, &before))
        return error_set(error, STATUS_FAILED,
                         "%s: is no kept table: it lacks the attributes iteration and before",
                         path);
    if (find_sizes(file, path, kept, error))
        return error->status;
    kept->iteration = iteration;
    kept->before = before;
    list_columns(kept, columns);
    for (int i = 0; i < COLUMNS; ++i)
        if (read_column(file, path, columns + i, error))
            return error->status;
    return check_outcomes(path, kept, error);
}

enum status kept_values_read(const char *run_dir, int64_t iteration, struct kept_values *kept,
                             struct error *error)
{
    char path[PATH_MAX];
    *kept = (struct kept_values){0};
    kept_values_path(run_dir, iteration, path, sizeof path);
    const hid_t file = hdf5_file_open(path, error);
    if (file < 0)
        return error->status;
    enum status status = read_contents(file, path, kept, error);
    H5Fclose(file);
    if (!status && (kept->iteration != iteration || iteration < 1))
        status = error_set(error, STATUS_FAILED, "%s: is of iteration %lld", path,
                           (long long)kept->iteration);
    if (status)
        kept_values_destroy(kept);
    return status;
}

enum status kept_values_list(const char *run_dir, struct iteration_list *list, struct error *error)
{
    if (iteration_files_list(run_dir, FOLDER, list))
        return STATUS_DONE;
    if (errno == ENOMEM)
        return error_memory(error, run_dir, "the list of its kept tables");
    return error_set(error, STATUS_FAILED, "%s/" FOLDER ": cannot be read: %s", run_dir,
                     strerror(errno));
}

enum status kept_values_remove_after(const char *run_dir, int64_t iteration, struct error *error)
{
    struct iteration_list list;
    if (kept_values_list(run_dir, &list, error))
        return error->status;
    enum status status = STATUS_DONE;
    for (size_t i = 0; !status && i < list.count && list.iterations[i] > iteration; ++i) {
        char path[PATH_MAX];
        kept_values_path(run_dir, list.iterations[i], path, sizeof path);
        if (unlink(path) != 0)
            status =
                error_set(error, STATUS_FAILED, "%s: cannot be removed: %s", path, strerror(errno));
    }
    free(list.iterations);
    return status;
}
