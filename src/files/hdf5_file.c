/* SPDX-License-Identifier: MIT */
#include "hdf5_file.h"

#include "atomic_file.h"
#include "file_kind.h"
#include "regular_file.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The beginning of an HDF5 file, after any user block: the superblock. */
enum { SUPERBLOCK_MAX = 64, SUPERBLOCK_VERSION = 8, SUPERBLOCK_NEWEST = 3 };

/* The step by which HDF5 enlarges a file in memory. */
enum { CORE_INCREMENT = 1 << 16 };

void hdf5_file_silence(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

bool hdf5_file_split(const char *source, char *path, size_t size, const char **name)
{
    const char *colon = NULL;
    /* A folder's name may end in a colon. */
    if (access(source, F_OK) != 0)
        for (const char *at = strstr(source, ":/"); at; at = strstr(at + 1, ":/"))
            colon = at;
    *name = colon ? colon + 1 : "/";
    const size_t length = colon ? (size_t)(colon - source) : strlen(source);
    if (length == 0 || length >= size)
        return false;
    memcpy(path, source, length);
    path[length] = '\0';
    return true;
}

/* Reads the superblock, which is at 0, 512, 1024, 2048, ...; false if there is none. */
static bool read_superblock(int descriptor, uint8_t block[SUPERBLOCK_MAX])
{
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    for (off_t at = 0;; at = at > 0 ? 2 * at : 512) {
        memset(block, 0, SUPERBLOCK_MAX);
        if (pread(descriptor, block, SUPERBLOCK_MAX, at) <= 0)
            return false;
        if (memcmp(block, signature, sizeof signature - 1) == 0)
            return true;
    }
}

/* The length that a superblock gives for its file; 0 if its addresses do not have 8 bytes. */
static int64_t recorded_length(const uint8_t *block)
{
    static const struct {
        int address_bytes, end; /* where these are in a superblock of each version */
    } layouts[SUPERBLOCK_NEWEST + 1] = {{13, 40}, {13, 44}, {9, 28}, {9, 28}};
    const int version = block[SUPERBLOCK_VERSION];
    uint64_t length = 0;
    for (int i = 7; i >= 0; --i)
        length = length << 8 | block[layouts[version].end + i];
    return block[layouts[version].address_bytes] == 8 && length <= INT64_MAX ? (int64_t)length : 0;
}

/* Whether a program that writes the file has not closed it. */
static bool is_open_for_writing(const uint8_t *block)
{
    enum { FLAGS = 11, WRITE = 1, WRITE_BESIDE_READERS = 4 };
    return block[SUPERBLOCK_VERSION] == 3 && (block[FLAGS] & (WRITE | WRITE_BESIDE_READERS)) != 0;
}

static enum status refuse_superblock(const char *path, const uint8_t *block, int64_t length,
                                     struct error *error)
{
    unsigned major, minor, release;
    H5get_libversion(&major, &minor, &release);
    if (block[SUPERBLOCK_VERSION] > SUPERBLOCK_NEWEST)
        return error_set(error, STATUS_FAILED,
                         "%s: is of a newer HDF5 than %u.%u.%u, or is damaged: write it again with "
                         "libver='v110'",
                         path, major, minor, release);
    if (!is_open_for_writing(block) && length < recorded_length(block))
        return error_set(error, STATUS_FAILED,
                         "%s: is cut off: it has %lld bytes, and %lld when it was written: copy or "
                         "write it again",
                         path, (long long)length, (long long)recorded_length(block));
    if (is_open_for_writing(block))
        return error_set(error, STATUS_FAILED,
                         "%s: was not closed by the program that wrote it: it is still at work, or "
                         "was killed, and then h5clear -s %s makes the file readable",
                         path, path);
    return error_set(error, STATUS_FAILED,
                     "%s: cannot be opened by HDF5 %u.%u.%u: it is damaged, or of a newer version",
                     path, major, minor, release);
}

/* Fills *error with the reason why HDF5 could not open a file, and returns STATUS_FAILED. */
static enum status refuse(const char *path, struct error *error)
{
    uint8_t block[SUPERBLOCK_MAX];
    const int descriptor = regular_file_open(path, error);
    if (descriptor < 0)
        return error->status;
    const bool found = read_superblock(descriptor, block);
    const int64_t length = lseek(descriptor, 0, SEEK_END);
    close(descriptor);
    return found ? refuse_superblock(path, block, length, error)
                 : file_kind_refuse(path, "an HDF5 file", error);
}

/* Access by this process alone, without MPI, even if HDF5 is a parallel one. */
static hid_t access_without_locks(void)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    return access;
}

hid_t hdf5_file_open(const char *path, struct error *error)
{
    if (regular_file_check(path, error))
        return -1;
    const hid_t access = access_without_locks();
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (file < 0)
        refuse(path, error);
    return file;
}

hid_t hdf5_file_link_access(hid_t class)
{
    const hid_t list = H5Pcreate(class), access = access_without_locks();
    H5Pset_elink_fapl(list, access);
    H5Pclose(access);
    return list;
}

/* HDF5 would hold what it cannot write, as on a full disk, and crash at the end of the process,
 * when it tries again. In memory that cannot happen. */
hid_t hdf5_file_create(void)
{
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_obj_track_times(creation, false);
    H5Pset_fapl_core(access, CORE_INCREMENT, false);
    /* The core driver needs a name, but creates no file on disk. */
    const hid_t file = H5Fcreate("memory", H5F_ACC_TRUNC, creation, access);
    H5Pclose(access);
    H5Pclose(creation);
    return file;
}

void *hdf5_file_image(hid_t file, size_t before, size_t *size)
{
    if (H5Fflush(file, H5F_SCOPE_GLOBAL) < 0)
        return NULL;
    const ssize_t bytes = H5Fget_file_image(file, NULL, 0);
    char *const image = bytes > 0 ? malloc(before + (size_t)bytes) : NULL;
    if (image && H5Fget_file_image(file, image + before, (size_t)bytes) == bytes) {
        *size = before + (size_t)bytes;
        return image;
    }
    free(image);
    return NULL;
}

static bool write_new(const char *path, const void *bytes, size_t size)
{
    struct error ignored;
    const int descriptor = atomic_file_open(path, O_WRONLY | O_CREAT | O_EXCL, &ignored);
    const bool written = descriptor >= 0 && atomic_file_append(descriptor, bytes, size);
    return descriptor >= 0 && close(descriptor) == 0 && written;
}

bool hdf5_file_finish(hid_t file, bool written, const char *path)
{
    size_t size = 0;
    void *const image = written ? hdf5_file_image(file, 0, &size) : NULL;
    const bool complete = H5Fclose(file) >= 0 && image && write_new(path, image, size);
    free(image);
    return complete;
}

/* Opens an attribute, and its type. Negative unless it has `count` elements of that class. */
static hid_t open_attribute(hid_t location, const char *name, size_t count, H5T_class_t class,
                            hid_t *type)
{
    if (H5Aexists(location, name) <= 0)
        return -1;
    const hid_t attribute = H5Aopen(location, name, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    const hid_t space = H5Aget_space(attribute);
    const bool has_count = H5Sget_simple_extent_npoints(space) == (hssize_t)count;
    H5Sclose(space);
    *type = H5Aget_type(attribute);
    if (has_count && H5Tget_class(*type) == class)
        return attribute;
    H5Tclose(*type);
    H5Aclose(attribute);
    return -1;
}

static bool read_number(hid_t file, const char *name, H5T_class_t class, hid_t type, void *value)
{
    hid_t own_type;
    const hid_t attribute = open_attribute(file, name, 1, class, &own_type);
    if (attribute < 0)
        return false;
    const bool read = H5Aread(attribute, type, value) >= 0;
    H5Tclose(own_type);
    H5Aclose(attribute);
    return read;
}

bool hdf5_file_read_integer(hid_t file, const char *name, hid_t type, void *value)
{
    return read_number(file, name, H5T_INTEGER, type, value);
}

bool hdf5_file_read_real(hid_t file, const char *name, double *value)
{
    return read_number(file, name, H5T_FLOAT, H5T_NATIVE_DOUBLE, value);
}

bool hdf5_file_read_number(hid_t file, const char *name, double *value)
{
    return read_number(file, name, H5T_INTEGER, H5T_NATIVE_DOUBLE, value) ||
           hdf5_file_read_real(file, name, value);
}

/* HDF5 allocates a string of variable length. */
static char *read_variable(hid_t attribute, hid_t type)
{
    char *own = NULL;
    if (H5Aread(attribute, type, &own) < 0)
        return NULL;
    char *text = strdup(own ? own : "");
    H5free_memory(own);
    return text;
}

static char *read_fixed(hid_t attribute, hid_t type)
{
    char *text = calloc(H5Tget_size(type) + 1, 1);
    if (text && H5Aread(attribute, type, text) < 0) {
        free(text);
        text = NULL;
    }
    return text;
}

char *hdf5_file_read_text(hid_t location, const char *name)
{
    hid_t type;
    const hid_t attribute = open_attribute(location, name, 1, H5T_STRING, &type);
    if (attribute < 0)
        return NULL;
    char *text =
        H5Tis_variable_str(type) > 0 ? read_variable(attribute, type) : read_fixed(attribute, type);
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

bool hdf5_file_write_number(hid_t location, const char *name, hid_t type, hid_t memory_type,
                            const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(location, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool written = attribute >= 0 && H5Awrite(attribute, memory_type, value) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return written;
}

bool hdf5_file_write_text(hid_t location, const char *name, H5T_cset_t encoding, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, encoding);
    const bool written = hdf5_file_write_number(location, name, type, type, text);
    H5Tclose(type);
    return written;
}

/* Where the texts themselves begin in a block, after the pointers to them. */
static char *texts_of(const char **block, size_t count)
{
    return (char *)(block + count);
}

/* A block of texts (count, size), all of whose bytes are 0. NULL where memory is short. */
static const char **new_texts(size_t count, size_t size)
{
    const char **block = calloc(count, sizeof *block + size);
    for (size_t i = 0; block && i < count; ++i)
        block[i] = texts_of(block, count) + i * size;
    return block;
}

/* HDF5 keeps no zero at the end of a string that fills its place. */
static const char **read_fixed_texts(hid_t attribute, hid_t type, size_t count)
{
    const size_t size = H5Tget_size(type) + 1;
    const hid_t ended = H5Tcopy(type);
    const char **texts = new_texts(count, size);
    H5Tset_size(ended, size);
    H5Tset_strpad(ended, H5T_STR_NULLTERM);
    const bool read = texts && H5Aread(attribute, ended, texts_of(texts, count)) >= 0;
    H5Tclose(ended);
    if (read)
        return texts;
    free(texts);
    return NULL;
}

static size_t longest_of(const char *const *texts, size_t count)
{
    /* HDF5 has no strings of fixed length 0. */
    size_t longest = 1;
    for (size_t i = 0; i < count; ++i)
        if (texts[i] && strlen(texts[i]) > longest)
            longest = strlen(texts[i]);
    return longest;
}

/* Copies texts to `to` (count, size); NULL stands for an empty one. */
static void copy_texts(char *to, size_t size, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (texts[i])
            memcpy(to + i * size, texts[i], strlen(texts[i]));
}

/* HDF5 allocates strings of variable length. */
static const char **read_variable_texts(hid_t attribute, hid_t type, size_t count)
{
    char **own = calloc(count, sizeof *own);
    const char **texts = NULL;
    if (own && H5Aread(attribute, type, own) >= 0) {
        const char *const *const read = (const char *const *)own;
        const size_t size = longest_of(read, count) + 1;
        texts = new_texts(count, size);
        if (texts)
            copy_texts(texts_of(texts, count), size, read, count);
        for (size_t i = 0; i < count; ++i)
            H5free_memory(own[i]);
    }
    free(own);
    return texts;
}

const char **hdf5_file_read_texts(hid_t location, const char *name, size_t count)
{
    hid_t type;
    const hid_t attribute = open_attribute(location, name, count, H5T_STRING, &type);
    if (attribute < 0)
        return NULL;
    const char **texts = H5Tis_variable_str(type) > 0 ? read_variable_texts(attribute, type, count)
                                                      : read_fixed_texts(attribute, type, count);
    H5Tclose(type);
    H5Aclose(attribute);
    return texts;
}

size_t hdf5_file_texts_bytes(const char *const *texts, size_t count)
{
    return count * longest_of(texts, count);
}

bool hdf5_file_write_texts(hid_t location, const char *name, const char *const *texts, size_t count)
{
    const size_t size = longest_of(texts, count);
    const hsize_t shape[1] = {count};
    char *all = calloc(count, size);
    if (!all)
        return false;
    copy_texts(all, size, texts, count);
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, shape, NULL);
    H5Tset_size(type, size);
    H5Tset_cset(type, H5T_CSET_UTF8);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    const hid_t attribute = H5Acreate2(location, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool written = attribute >= 0 && H5Awrite(attribute, type, all) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    free(all);
    return written;
}

hid_t hdf5_file_create_group(hid_t file, const char *name)
{
    const hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(creation, false);
    const hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Pclose(creation);
    return group;
}
