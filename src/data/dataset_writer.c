/* SPDX-License-Identifier: MIT */
#include "dataset_writer.h"

#include "files/atomic_file.h"
#include "files/hdf5_file.h"

#include <hdf5.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

/* To read one row, a rank unpacks a whole chunk: 784 kB of images of 28 x 28. */
#define CHUNK_ROWS 1000
#define GZIP_LEVEL 9

static bool write_text(hid_t file, const char *name, const char *text)
{
    return !text || hdf5_file_write_text(file, name, H5T_CSET_UTF8, text);
}

/* A file that is being written. */
struct writer {
    const struct dataset_listener *listener;
    int64_t done, total; /* bytes of images and labels */
};

static hid_t create_array(hid_t group, const char *name, int dimensions, const hsize_t *shape)
{
    hsize_t chunk[3];
    memcpy(chunk, shape, (size_t)dimensions * sizeof *chunk);
    chunk[0] = shape[0] < CHUNK_ROWS ? shape[0] : CHUNK_ROWS;
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(dimensions, shape, NULL);
    const bool prepared = H5Pset_obj_track_times(creation, false) >= 0 &&
                          H5Pset_chunk(creation, dimensions, chunk) >= 0 &&
                          H5Pset_deflate(creation, GZIP_LEVEL) >= 0 &&
                          H5Pset_fletcher32(creation) >= 0;
    const hid_t array =
        prepared ? H5Dcreate2(group, name, H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT)
                 : -1;
    H5Sclose(space);
    H5Pclose(creation);
    return array;
}

/* Writes the rows first .. first + block[0] - 1 of an array of that shape. */
static bool write_rows(hid_t array, int dimensions, const hsize_t *shape, hsize_t first,
                       const hsize_t *block, const uint8_t *bytes)
{
    const hsize_t start[3] = {first};
    const hid_t memory = H5Screate_simple(dimensions, block, NULL);
    const hid_t space = H5Screate_simple(dimensions, shape, NULL);
    const bool written =
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, block, NULL) >= 0 &&
        H5Dwrite(array, H5T_NATIVE_UINT8, memory, space, H5P_DEFAULT, bytes) >= 0;
    H5Sclose(space);
    H5Sclose(memory);
    return written;
}

/* Writes an array of bytes chunk by chunk; its first dimension is that of the rows. */
static bool write_array(struct writer *writer, hid_t group, const char *name, int dimensions,
                        const hsize_t *shape, const uint8_t *bytes)
{
    const hid_t array = create_array(group, name, dimensions, shape);
    bool written = array >= 0;
    for (hsize_t first = 0; written && first < shape[0]; first += CHUNK_ROWS) {
        hsize_t block[3], count = 1;
        memcpy(block, shape, (size_t)dimensions * sizeof *block);
        block[0] = shape[0] - first < CHUNK_ROWS ? shape[0] - first : CHUNK_ROWS;
        for (int d = 0; d < dimensions; ++d)
            count *= block[d];
        written = write_rows(array, dimensions, shape, first, block, bytes);
        bytes += count;
        writer->done += (int64_t)count;
        if (written && writer->listener)
            writer->listener->written(writer->listener->context, writer->done, writer->total);
    }
    if (array >= 0)
        written = H5Dclose(array) >= 0 && written;
    return written;
}

static int64_t split_bytes(const struct split_content *split)
{
    return split->rows * ((int64_t)split->height * split->width + 1);
}

static bool write_split(struct writer *writer, hid_t file, const char *name,
                        const struct split_content *split)
{
    const hsize_t shape[3] = {(hsize_t)split->rows, (hsize_t)split->height, (hsize_t)split->width};
    const hid_t group = hdf5_file_create_group(file, name);
    if (group < 0)
        return false;
    const bool written = write_array(writer, group, "images", 3, shape, split->images) &&
                         write_array(writer, group, "labels", 1, shape, split->labels);
    return H5Gclose(group) >= 0 && written;
}

static bool write_file(const char *path, const struct dataset_description *description,
                       const struct split_content *train, const struct split_content *test,
                       const struct dataset_listener *listener)
{
    struct writer writer = {listener, 0, split_bytes(train) + split_bytes(test)};
    const hid_t file = hdf5_file_create();
    if (file < 0)
        return false;
    const bool written = write_text(file, "name", description->name) &&
                         write_text(file, "source", description->source) &&
                         write_text(file, "license", description->license) &&
                         hdf5_file_write_number(file, "n_classes", H5T_STD_I32LE, H5T_NATIVE_INT,
                                                &description->classes) &&
                         write_split(&writer, file, "train", train) &&
                         write_split(&writer, file, "test", test);
    return hdf5_file_finish(file, written, path);
}

enum status dataset_write(const char *path, const struct dataset_description *description,
                          const struct split_content *train, const struct split_content *test,
                          const struct dataset_listener *listener, struct error *error)
{
    char temporary[PATH_MAX];
    if (atomic_file_begin(path, temporary, error))
        return error->status;
    if (write_file(temporary, description, train, test, listener))
        return atomic_file_commit(path, error);
    atomic_file_abandon(path);
    return error_set(error, STATUS_FAILED,
                     "%s: cannot be written: is the folder there, writable and not full?", path);
}
