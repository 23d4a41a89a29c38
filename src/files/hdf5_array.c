/* SPDX-License-Identifier: MIT */
#include "hdf5_array.h"

#include "hdf5_file.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 512 };

enum status hdf5_array_bad(const struct hdf5_array *array, struct error *error, const char *what)
{
    return error_set(error, STATUS_FAILED, "%s: %s %s", array->source, array->name, what);
}

enum status hdf5_array_unfit(const struct hdf5_array *array, struct error *error, const char *what)
{
    char found[HDF5_DESCRIPTION_SIZE];
    hdf5_array_describe(array, found);
    return error_set(error, STATUS_FAILED, "%s: %s is %s: %s", array->source, array->name, found,
                     what);
}

void hdf5_array_describe(const struct hdf5_array *array, char text[HDF5_DESCRIPTION_SIZE])
{
    size_t used = (size_t)snprintf(text, HDF5_DESCRIPTION_SIZE, "%s (", array->type);
    for (int d = 0; d < array->dimensions && used < HDF5_DESCRIPTION_SIZE; ++d)
        used += (size_t)snprintf(text + used, HDF5_DESCRIPTION_SIZE - used, "%s%llu",
                                 d > 0 ? ", " : "", (unsigned long long)array->shape[d]);
    if (used < HDF5_DESCRIPTION_SIZE)
        snprintf(text + used, HDF5_DESCRIPTION_SIZE - used, ")");
}

void hdf5_array_list_packing(const struct hdf5_array *array, char text[HDF5_DESCRIPTION_SIZE])
{
    static const char *const names[] = {"scale_factor", "add_offset", "_FillValue",
                                        "missing_value"};
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        if (H5Aexists(array->id, names[i]) > 0)
            used += (size_t)snprintf(text + used, HDF5_DESCRIPTION_SIZE - used, "%s%s",
                                     used > 0 ? ", " : "", names[i]);
}

/* Whether an enumeration is the type that h5py and PyTables use for booleans. */
static bool is_boolean(hid_t type)
{
    return H5Tget_nmembers(type) == 2 && H5Tget_member_index(type, "FALSE") >= 0 &&
           H5Tget_member_index(type, "TRUE") >= 0;
}

/* Names a type as NumPy does. */
static void name_type(hid_t type, char name[HDF5_TYPE_SIZE])
{
    const unsigned bits = 8 * (unsigned)H5Tget_size(type);
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        snprintf(name, HDF5_TYPE_SIZE, "%sint%u", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "",
                 bits);
        return;
    case H5T_FLOAT:
        snprintf(name, HDF5_TYPE_SIZE, "float%u", bits);
        return;
    case H5T_ENUM:
        snprintf(name, HDF5_TYPE_SIZE, is_boolean(type) ? "bool" : "an enumeration");
        return;
    case H5T_STRING:
        snprintf(name, HDF5_TYPE_SIZE, "text");
        return;
    case H5T_COMPOUND:
        snprintf(name, HDF5_TYPE_SIZE, "compound");
        return;
    default:
        snprintf(name, HDF5_TYPE_SIZE, "no numbers");
    }
}

/* Describes a soft or external link whose target cannot be opened. */
static void explain_link(hid_t location, const char *name, const H5L_info_t *info, char *what,
                         size_t size)
{
    char value[TEXT_SIZE] = "";
    const char *file, *object;
    unsigned flags;
    snprintf(what, size, "is a link that leads nowhere");
    if (info->u.val_size > sizeof value ||
        H5Lget_val(location, name, value, sizeof value, H5P_DEFAULT) < 0)
        return;
    if (info->type == H5L_TYPE_SOFT)
        snprintf(what, size, "is a link to %.*s, which is not there", TEXT_SIZE / 2, value);
    else if (H5Lunpack_elink_val(value, info->u.val_size, &flags, &file, &object) >= 0)
        snprintf(what, size,
                 "is a link to %.*s in the file %.*s, which cannot be opened or lacks it",
                 TEXT_SIZE / 4, object, TEXT_SIZE / 4, file);
}

/* What the root of a file holds, for users who looked for something else. */
struct listing {
    char *text;
    size_t size, used;
};

static herr_t list_member(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    struct listing *list = context;
    (void)group;
    (void)info;
    const bool fits = list->used + strlen(name) < list->size / 2;
    list->used += (size_t)snprintf(list->text + list->used, list->size - list->used, "%s%s",
                                   list->used > 0 ? ", " : "", fits ? name : "...");
    return fits ? 0 : 1;
}

/* Says that an object is missing, and which others there are. */
static void explain_missing(hid_t location, char *what, size_t size)
{
    char members[TEXT_SIZE / 2] = "";
    struct listing list = {members, sizeof members, 0};
    H5Literate(location, H5_INDEX_NAME, H5_ITER_INC, NULL, list_member, &list);
    if (members[0])
        snprintf(what, size, "is missing: there is only %s (data/README.md describes the format)",
                 members);
    else
        snprintf(what, size, "is missing (data/README.md describes the format)");
}

/* Describes why the object `name` cannot be opened: finds the first step of its path that leads
 * nowhere. If that is a link to another file, the line names the file. */
static void explain_absence(hid_t location, const char *name, char *what, size_t size)
{
    char path[TEXT_SIZE];
    H5L_info_t info;
    for (const char *end = name; *end;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        snprintf(path, sizeof path, "%.*s", (int)(end - name), name);
        if (H5Lget_info(location, path, &info, H5P_DEFAULT) < 0) {
            explain_missing(location, what, size);
            return;
        }
        if (info.type == H5L_TYPE_EXTERNAL ||
            (info.type == H5L_TYPE_SOFT && H5Oexists_by_name(location, path, H5P_DEFAULT) <= 0)) {
            explain_link(location, path, &info, what, size);
            return;
        }
    }
    const hid_t object = H5Oopen(location, name, H5P_DEFAULT);
    if (object < 0)
        snprintf(what, size, "cannot be opened: the file is damaged there");
    else if (H5Iget_type(object) == H5I_GROUP)
        snprintf(what, size, "is a group, not an array");
    else
        snprintf(what, size, "is no array, or one of a kind that HDF5 cannot open here");
    if (object >= 0)
        H5Oclose(object);
}

/* Describes a filter that the array needs and that is not available; false if there is none. */
static bool find_missing_filter(hid_t creation, char *what, size_t size)
{
    const int count = H5Pget_nfilters(creation);
    for (int i = 0; i < count; ++i) {
        char name[64] = "";
        unsigned flags, config;
        size_t values = 0;
        const H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL,
                                                   sizeof name, name, &config);
        if (filter < 0 || H5Zfilter_avail(filter) > 0)
            continue;
        snprintf(what, size,
                 "is compressed by the filter %s (number %d), which the HDF5 library does not have "
                 "here: write the file again with gzip, or set HDF5_PLUGIN_PATH",
                 name, (int)filter);
        return true;
    }
    return false;
}

/* Copies what HDF5 says about the deepest cause of its last failure. */
static herr_t copy_cause(unsigned depth, const H5E_error2_t *cause, void *what)
{
    if (depth == 0)
        snprintf(what, TEXT_SIZE, "cannot be read: HDF5 says: %.*s", TEXT_SIZE / 2, cause->desc);
    return 0;
}

/* Describes why an open array could not be read just now. Only a filter that does not get back what
 * was stored shows that the file is damaged. */
static void explain_failure(hid_t array, char what[TEXT_SIZE])
{
    static const char *const signs[] = {"inflate() failed", "Fletcher32", "szip", "checksum"};
    const size_t size = TEXT_SIZE;
    snprintf(what, size, "cannot be read");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, copy_cause, what);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; ++i)
        if (strstr(what, signs[i]))
            snprintf(what, size, "cannot be read: the file is damaged");
    const hid_t creation = H5Dget_create_plist(array);
    char file[TEXT_SIZE / 2] = "";
    off_t offset;
    hsize_t bytes;
    if (!find_missing_filter(creation, what, size) && H5Pget_external_count(creation) > 0 &&
        H5Pget_external(creation, 0, sizeof file - 1, file, &offset, &bytes) >= 0)
        snprintf(what, size, "cannot be read: its values are in another file, %s", file);
    H5Pclose(creation);
}

/* Whether the file can hold that much data: gzip compresses by at most 1032 : 1. A damaged header
 * may claim any size, and the memory for it would be allocated. */
static bool fits_file(hid_t array, double bytes)
{
    const double max_compression = 1032;
    hsize_t file_bytes = 0;
    const hid_t file = H5Iget_file_id(array);
    const bool fits =
        H5Fget_filesize(file, &file_bytes) >= 0 && bytes <= max_compression * (double)file_bytes;
    H5Fclose(file);
    return fits;
}

/* Sets the shape of an open array whose type is set. Returns what is wrong with it, or NULL. */
static const char *check_shape(struct hdf5_array *array)
{
    const hid_t space = H5Dget_space(array->id), creation = H5Dget_create_plist(array->id);
    const H5D_layout_t layout = H5Pget_layout(creation);
    const int external_files = layout == H5D_VIRTUAL ? 0 : H5Pget_external_count(creation);
    H5Pclose(creation);
    array->dimensions = H5Sget_simple_extent_ndims(space);
    double bytes = (double)array->width;
    const bool simple = array->dimensions >= 1 && array->dimensions <= HDF5_ARRAY_DIMENSIONS_MAX &&
                        H5Sget_simple_extent_dims(space, array->shape, NULL) >= 0;
    H5Sclose(space);
    if (!simple)
        return array->dimensions == 0 ? "is a single value, not an array" : "has no usable shape";
    /* HDF5 reads zeros from a virtual array where a file is missing. */
    if (layout == H5D_VIRTUAL)
        return "is virtual, a view of other arrays, which dtrain cannot read: copy the values "
               "into an array of their own";
    for (int d = 0; d < array->dimensions; ++d)
        bytes *= (double)array->shape[d];
    return external_files > 0 || fits_file(array->id, bytes)
               ? NULL
               : "claims more data than the file can hold";
}

enum status hdf5_array_open(hid_t location, const char *source, const char *name,
                            struct hdf5_array *array, struct error *error)
{
    char what[TEXT_SIZE];
    *array = (struct hdf5_array){.source = source, .name = name};
    const hid_t access = hdf5_file_link_access(H5P_DATASET_ACCESS);
    array->id = H5Dopen2(location, name, access);
    H5Pclose(access);
    if (array->id < 0) {
        explain_absence(location, name, what, sizeof what);
        return hdf5_array_bad(array, error, what);
    }
    const hid_t type = H5Dget_type(array->id);
    array->class = H5Tget_class(type);
    array->width = H5Tget_size(type);
    name_type(type, array->type);
    H5Tclose(type);
    const char *wrong = check_shape(array);
    if (!wrong)
        return STATUS_DONE;
    hdf5_array_close(array);
    return hdf5_array_bad(array, error, wrong);
}

void hdf5_array_close(struct hdf5_array *array)
{
    H5Dclose(array->id);
    array->id = -1;
}

enum status hdf5_array_read(const struct hdf5_array *array, hid_t type, hid_t memory,
                            hid_t selection, void *values, struct error *error)
{
    char what[TEXT_SIZE];
    if (H5Dread(array->id, type, memory, selection, H5P_DEFAULT, values) >= 0)
        return STATUS_DONE;
    explain_failure(array->id, what);
    return hdf5_array_bad(array, error, what);
}

/* The product of the extents from dimension `first` on. */
static int64_t count_values(const struct hdf5_array *array, int first)
{
    int64_t values = 1;
    for (int d = first; d < array->dimensions; ++d) {
        if (values > 0 && array->shape[d] > (hsize_t)(INT64_MAX / values))
            return INT64_MAX;
        values *= (int64_t)array->shape[d];
    }
    return values;
}

enum status hdf5_array_read_rows(const struct hdf5_array *array, int axis, hid_t type,
                                 int64_t begin, int64_t count, void *values, struct error *error)
{
    hsize_t start[HDF5_ARRAY_DIMENSIONS_MAX] = {0}, shape[HDF5_ARRAY_DIMENSIONS_MAX];
    memcpy(shape, array->shape, sizeof shape);
    start[axis] = (hsize_t)begin;
    shape[axis] = (hsize_t)count;
    const hid_t selection = H5Dget_space(array->id);
    const hid_t memory = H5Screate_simple(array->dimensions, shape, NULL);
    H5Sselect_hyperslab(selection, H5S_SELECT_SET, start, NULL, shape, NULL);
    const enum status status = hdf5_array_read(array, type, memory, selection, values, error);
    H5Sclose(memory);
    H5Sclose(selection);
    return status;
}

int64_t hdf5_array_chunk_rows(const struct hdf5_array *array)
{
    hsize_t chunk[HDF5_ARRAY_DIMENSIONS_MAX];
    const hid_t creation = H5Dget_create_plist(array->id);
    const bool chunked = H5Pget_layout(creation) == H5D_CHUNKED &&
                         H5Pget_chunk(creation, HDF5_ARRAY_DIMENSIONS_MAX, chunk) > 0;
    H5Pclose(creation);
    if (!chunked)
        return 1;
    return (int64_t)(chunk[0] < array->shape[0] ? chunk[0] : array->shape[0]);
}

int64_t hdf5_array_row_values(const struct hdf5_array *array)
{
    return array->dimensions > 1 ? count_values(array, 1) : 0;
}

int64_t hdf5_array_values(const struct hdf5_array *array)
{
    return count_values(array, 0);
}

bool hdf5_array_write(hid_t file, const char *name, hid_t stored, hid_t in_memory, int dimensions,
                      const hsize_t *shape, const void *values)
{
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(creation, false);
    const hid_t space = H5Screate_simple(dimensions, shape, NULL);
    const hid_t array = H5Dcreate2(file, name, stored, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    const bool written =
        array >= 0 && H5Dwrite(array, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    const bool closed = array >= 0 && H5Dclose(array) >= 0;
    H5Sclose(space);
    H5Pclose(creation);
    return written && closed;
}
