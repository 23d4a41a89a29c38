/* SPDX-License-Identifier: MIT */
#include "checkpoint.h"

#include "atomic_file.h"
#include "hdf5_file.h"
#include "regular_file.h"
#include "weights.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* HDF5 looks for its signature at 0, 512, 1024, ...; the bytes before it are free for other uses.
 */
enum { USER_BLOCK = 512 };
/* How a checkpoint begins, before its version. */
#define MARK "dtrain checkpoint "
/* Larger files are taken for damage: 16 GiB is far more than any network has. */
#define BYTES_MAX ((size_t)1 << 34)
/* The step by which HDF5 enlarges a file in memory. */
enum { CORE_INCREMENT = 1 << 16 };

/* A file in memory: the user block, and the HDF5 file behind it. */
struct image {
    unsigned char *bytes;
    size_t size;
};

static void fill_user_block(const struct image *image, unsigned char block[USER_BLOCK])
{
    const XXH128_hash_t digest = XXH3_128bits(image->bytes + USER_BLOCK, image->size - USER_BLOCK);
    memset(block, 0, USER_BLOCK);
    snprintf((char *)block, USER_BLOCK, MARK "1 bytes=%020zu xxh3=%016" PRIx64 "%016" PRIx64 "\n",
             image->size, (uint64_t)digest.high64, (uint64_t)digest.low64);
}

static bool write_attribute(hid_t file, const char *name, hid_t type, hid_t memory_type,
                            const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool written = attribute >= 0 && H5Awrite(attribute, memory_type, value) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return written;
}

static bool write_text_attribute(hid_t file, const char *name, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    const bool written = write_attribute(file, name, type, type, text);
    H5Tclose(type);
    return written;
}

/* Writes the settings that shape the run. */
static bool write_settings(hid_t file, const struct settings *settings)
{
    for (int i = 0; i < settings->count; ++i) {
        const struct setting *setting = settings->list + i;
        if (setting->shapes_run && !write_text_attribute(file, setting->name, setting->value))
            return false;
    }
    return true;
}

static bool write_contents(hid_t file, const struct settings *settings,
                           const struct checkpoint *checkpoint)
{
    return write_settings(file, settings) &&
           write_attribute(file, "iteration", H5T_STD_I64LE, H5T_NATIVE_INT64,
                           &checkpoint->iteration) &&
           write_attribute(file, "fingerprint", H5T_STD_U64LE, H5T_NATIVE_UINT64,
                           &checkpoint->fingerprint) &&
           weights_write_group(file, "/parameters", &checkpoint->tensors, checkpoint->theta);
}

/* Copies an open file of the core driver behind a user block. False where memory is short. */
static bool copy_image(hid_t file, struct image *image)
{
    if (H5Fflush(file, H5F_SCOPE_GLOBAL) < 0)
        return false;
    const ssize_t size = H5Fget_file_image(file, NULL, 0);
    if (size <= 0)
        return false;
    image->size = (size_t)size + USER_BLOCK;
    image->bytes = malloc(image->size);
    return image->bytes && H5Fget_file_image(file, image->bytes + USER_BLOCK, (size_t)size) == size;
}

static bool make_image(const struct settings *settings, const struct checkpoint *checkpoint,
                       struct image *image)
{
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_obj_track_times(creation, false);
    H5Pset_fapl_core(access, CORE_INCREMENT, false);
    /* The name is that of a file in memory. */
    const hid_t file = H5Fcreate("checkpoint", H5F_ACC_TRUNC, creation, access);
    H5Pclose(access);
    H5Pclose(creation);
    if (file < 0)
        return false;
    const bool made = write_contents(file, settings, checkpoint) && copy_image(file, image);
    H5Fclose(file);
    if (made)
        fill_user_block(image, image->bytes);
    return made;
}

enum status checkpoint_write(const char *path, const struct settings *settings,
                             const struct checkpoint *checkpoint, struct error *error)
{
    struct image image = {0};
    enum status status;
    if (make_image(settings, checkpoint, &image))
        status = atomic_file_write(path, image.bytes, image.size, error);
    else
        status = error_set(error, STATUS_FAILED, "%s: cannot be made: not enough memory?", path);
    free(image.bytes);
    return status;
}

static enum status damaged(struct error *error, const char *path, const char *what)
{
    return error_set(error, STATUS_FAILED, "%s: is damaged: %s", path, what);
}

static bool read_whole(int descriptor, struct image *image)
{
    size_t done = 0;
    while (done < image->size) {
        const ssize_t count = read(descriptor, image->bytes + done, image->size - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static enum status read_image(const char *path, struct image *image, struct error *error)
{
    struct stat info;
    enum status status = STATUS_DONE;
    const int descriptor = regular_file_open(path, error);
    if (descriptor < 0)
        return error->status;
    if (fstat(descriptor, &info) != 0)
        status = error_set(error, STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
    else if (info.st_size <= USER_BLOCK || (size_t)info.st_size > BYTES_MAX)
        status = damaged(error, path, "it has a length that no checkpoint has");
    if (!status) {
        image->size = (size_t)info.st_size;
        image->bytes = malloc(image->size);
        if (!image->bytes || !read_whole(descriptor, image))
            status = error_set(error, STATUS_FAILED, "%s: cannot be read", path);
    }
    close(descriptor);
    return status;
}

static enum status check_image(const char *path, const struct image *image, struct error *error)
{
    unsigned char expected[USER_BLOCK];
    fill_user_block(image, expected);
    return memcmp(image->bytes, expected, USER_BLOCK) == 0
               ? STATUS_DONE
               : damaged(error, path, "its bytes are not those that were written");
}

static hid_t open_image(const struct image *image)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, CORE_INCREMENT, false);
    H5Pset_file_image(access, image->bytes + USER_BLOCK, image->size - USER_BLOCK);
    const hid_t file = H5Fopen("checkpoint", H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}

static enum status compare_setting(hid_t file, const char *path, const struct setting *setting,
                                   struct error *error)
{
    enum status status = STATUS_DONE;
    char *recorded = hdf5_file_text(file, setting->name);
    if (!recorded || strcmp(recorded, setting->value) != 0)
        status = error_set(
            error, STATUS_USAGE,
            "--%s: is '%s', but %s was made with '%s': give that, or choose another --run-dir",
            setting->name, setting->value, path, recorded ? recorded : "");
    free(recorded);
    return status;
}

/* Whether the run that a checkpoint belongs to is the one that goes on. */
static enum status compare_run(hid_t file, const char *path, const struct settings *settings,
                               uint64_t fingerprint, const struct checkpoint *checkpoint,
                               struct error *error)
{
    for (int i = 0; i < settings->count; ++i) {
        const struct setting *setting = settings->list + i;
        /* Where --weights decided, older checkpoints have the default instead. */
        if (setting->shapes_run && !setting->replaced &&
            compare_setting(file, path, setting, error))
            return error->status;
    }
    if (checkpoint->fingerprint == fingerprint)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE,
                     "--data: holds other images or labels than those that %s was made with", path);
}

static enum status read_contents(hid_t file, const char *path, const struct settings *settings,
                                 uint64_t fingerprint, struct checkpoint *checkpoint,
                                 struct error *error)
{
    if (!hdf5_file_integer(file, "iteration", H5T_NATIVE_INT64, &checkpoint->iteration) ||
        !hdf5_file_integer(file, "fingerprint", H5T_NATIVE_UINT64, &checkpoint->fingerprint))
        return damaged(error, path, "it names no iteration or dataset");
    if (settings && compare_run(file, path, settings, fingerprint, checkpoint, error))
        return error->status;
    return weights_read_group(file, "/parameters", path, &checkpoint->tensors, &checkpoint->theta,
                              error);
}

bool checkpoint_is(const char *path)
{
    char begin[sizeof MARK - 1];
    struct error error;
    const int descriptor = regular_file_open(path, &error);
    if (descriptor < 0)
        return false;
    const bool is = read(descriptor, begin, sizeof begin) == (ssize_t)sizeof begin &&
                    memcmp(begin, MARK, sizeof begin) == 0;
    close(descriptor);
    return is;
}

hid_t checkpoint_open(const char *path, struct error *error)
{
    struct image image = {0};
    hid_t file = -1;
    if (read_image(path, &image, error) == STATUS_DONE &&
        check_image(path, &image, error) == STATUS_DONE) {
        file = open_image(&image);
        if (file < 0)
            damaged(error, path, "it is no HDF5 file");
    }
    free(image.bytes);
    return file;
}

enum status checkpoint_read(const char *path, const struct settings *settings, uint64_t fingerprint,
                            struct checkpoint *checkpoint, struct error *error)
{
    *checkpoint = (struct checkpoint){.iteration = -1};
    const hid_t file = checkpoint_open(path, error);
    if (file < 0)
        return error->status;
    const enum status status = read_contents(file, path, settings, fingerprint, checkpoint, error);
    H5Fclose(file);
    if (status) {
        free(checkpoint->theta);
        checkpoint->theta = NULL;
    }
    return status;
}
