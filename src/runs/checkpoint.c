/* SPDX-License-Identifier: MIT */
#include "checkpoint.h"

#include "common/named.h"
#include "common/xxh3.h"
#include "core/gradient/gradient.h"
#include "files/atomic_file.h"
#include "files/hdf5_file.h"
#include "files/hdf5_text.h"
#include "files/regular_file.h"
#include "weights.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* HDF5 looks for its signature at byte 0, 512, 1024, ... and ignores the bytes before it. */
enum { USER_BLOCK = 512 };
/* The beginning of a checkpoint, followed by the version of the format. */
#define MARK "dtrain checkpoint "
/* A larger file is taken to be damaged: 16 GiB is far more than any model needs. */
#define BYTES_MAX ((size_t)1 << 34)
/* The step by which HDF5 would enlarge a file in memory. */
enum { CORE_INCREMENT = 1 << 16 };

/* The group of the weights. */
#define PARAMETERS "/parameters"

/* A file in memory: the user block, followed by the HDF5 file. */
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

static bool is_recorded(const struct setting *setting)
{
    const bool is_usual = setting->unrecorded && strcmp(setting->value, setting->unrecorded) == 0;
    return setting->shapes_run && !is_usual;
}

static bool write_settings(hid_t file, const struct settings *settings)
{
    for (int i = 0; i < settings->count; ++i) {
        const struct setting *setting = settings->list + i;
        if (is_recorded(setting) &&
            !hdf5_file_write_text(file, setting->name, H5T_CSET_ASCII, setting_to_record(setting)))
            return false;
    }
    return true;
}

/* The state vectors of the optimizer alone, as tensors. */
static struct tensors state_tensors(const struct checkpoint *checkpoint)
{
    struct tensors state = {0};
    optimizer_add_states(checkpoint->optimizer, checkpoint->tensors.parameters, &state);
    return state;
}

static bool write_state(hid_t file, const struct checkpoint *checkpoint)
{
    const struct tensors state = state_tensors(checkpoint);
    return state.count == 0 ||
           weights_write_group(file, "/optimizer", &state,
                               checkpoint->theta + checkpoint->tensors.parameters);
}

static bool write_best(hid_t file, const struct best *best)
{
    return best->iteration < 0 || (hdf5_file_write_number(file, "best_iteration", H5T_STD_I64LE,
                                                          H5T_NATIVE_INT64, &best->iteration) &&
                                   hdf5_file_write_number(file, "best_score", H5T_IEEE_F64LE,
                                                          H5T_NATIVE_DOUBLE, &best->score));
}

static bool write_gradient_norm(hid_t file, double norm)
{
    return isnan(norm) ||
           hdf5_file_write_number(file, "gradient_norm", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &norm);
}

/* The first version whose runs by that gradient method have the bits of this one's. */
static const char *bits_since(const char *method, const struct tensors *tensors)
{
    const bool is_network = tensors->activation[0] != '\0';
    return gradient_bits_since(method, is_network);
}

static bool write_arithmetic(hid_t file, const struct settings *settings,
                             const struct tensors *tensors)
{
    const struct setting *method =
        find_named(settings->list, (size_t)settings->count, sizeof *settings->list, "gradient");
    return hdf5_file_write_text(file, "arithmetic", H5T_CSET_ASCII,
                                bits_since(method->value, tensors));
}

/* Checkpoints of networks do without it. */
static bool write_described(hid_t file, uint64_t described)
{
    return described == 0 ||
           hdf5_file_write_number(file, "described", H5T_STD_U64LE, H5T_NATIVE_UINT64, &described);
}

static bool write_parameters(hid_t file, const struct checkpoint *checkpoint)
{
    const struct tensors *tensors = &checkpoint->tensors;
    return weights_write_group(file, PARAMETERS, tensors, checkpoint->theta) &&
           (!checkpoint->names ||
            weights_write_names(file, PARAMETERS, checkpoint->names, tensors));
}

static bool write_contents(hid_t file, const struct settings *settings,
                           const struct checkpoint *checkpoint)
{
    return write_settings(file, settings) &&
           write_arithmetic(file, settings, &checkpoint->tensors) &&
           hdf5_file_write_number(file, "iteration", H5T_STD_I64LE, H5T_NATIVE_INT64,
                                  &checkpoint->iteration) &&
           hdf5_file_write_number(file, "fingerprint", H5T_STD_U64LE, H5T_NATIVE_UINT64,
                                  &checkpoint->fingerprint) &&
           write_best(file, &checkpoint->best) &&
           write_gradient_norm(file, checkpoint->gradient_norm) &&
           write_described(file, checkpoint->described) && write_parameters(file, checkpoint) &&
           write_state(file, checkpoint) &&
           (!checkpoint->recipe || hdf5_text_write(file, HDF5_TEXT_RECIPE, checkpoint->recipe));
}

static bool make_image(const struct settings *settings, const struct checkpoint *checkpoint,
                       struct image *image)
{
    const hid_t file = hdf5_file_create();
    if (file < 0)
        return false;
    if (write_contents(file, settings, checkpoint))
        image->bytes = hdf5_file_image(file, USER_BLOCK, &image->size);
    H5Fclose(file);
    if (image->bytes)
        fill_user_block(image, image->bytes);
    return image->bytes != NULL;
}

enum status checkpoint_write(const char *path, const struct settings *settings,
                             const struct checkpoint *checkpoint, struct error *error)
{
    struct image image = {0};
    enum status status;
    if (make_image(settings, checkpoint, &image))
        status = atomic_file_write(path, image.bytes, image.size, error);
    else
        status = error_memory(error, path, "the checkpoint");
    free(image.bytes);
    return status;
}

static enum status damaged(const char *path, struct error *error, const char *what)
{
    return error_set(error, STATUS_FAILED, "%s: is damaged: %s", path, what);
}

static bool read_bytes(int descriptor, struct image *image)
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
        status = damaged(path, error, "it has a length that no checkpoint has");
    if (!status) {
        image->size = (size_t)info.st_size;
        image->bytes = malloc(image->size);
        if (!image->bytes)
            status = error_memory(error, path, "the checkpoint");
        else if (!read_bytes(descriptor, image))
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
               : damaged(path, error, "its bytes are not those that were written");
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

/* What a user who resumes can do about a different value. One who repeats a run cannot give any. */
static const char *advice(const struct settings *settings)
{
    return settings->repeats_run ? "" : ": give that, or choose another --run-dir";
}

static enum status compare_setting(hid_t file, const char *path, const struct settings *settings,
                                   const struct setting *setting, struct error *error)
{
    enum status status = STATUS_DONE;
    char *text = hdf5_file_read_text(file, setting->name);
    const char *recorded = text ? text : setting->unrecorded;
    const char *number = setting->stands_for;
    const bool may_change =
        recorded && setting->undecided && strcmp(recorded, setting->undecided) == 0;
    if (!may_change && (!recorded || strcmp(recorded, setting_to_record(setting)) != 0))
        status = error_set(error, STATUS_USAGE, "--%s: is '%s'%s%s, but %s was made with '%s'%s",
                           setting->name, setting->value, number ? ", which stands for " : "",
                           number ? number : "", path, recorded ? recorded : "", advice(settings));
    free(text);
    return status;
}

static enum status refuse_arithmetic(const char *path, const struct settings *settings,
                                     const char *since, struct error *error)
{
    char advice[PATH_MAX + 128] = "verify the run with its own version (run.json)";
    if (!settings->repeats_run)
        snprintf(advice, sizeof advice,
                 "going on would give the bits of neither: finish the run with its own version "
                 "(run.json), or start a new one with --weights %s",
                 path);
    return error_set(error, STATUS_USAGE,
                     "%s: was made by a dtrain that rounds the sums of gradients otherwise than "
                     "%s: %s",
                     path, since, advice);
}

/* Refuses the checkpoint of a run that would have other bits by now. Version 0.1.0 recorded no
 * arithmetic. */
static enum status compare_arithmetic(hid_t file, const char *path, const struct settings *settings,
                                      const struct tensors *tensors, struct error *error)
{
    char *method = hdf5_file_read_text(file, "gradient");
    char *recorded = hdf5_file_read_text(file, "arithmetic");
    const char *since = method ? bits_since(method, tensors) : NULL;
    enum status status = STATUS_DONE;
    if (since && (!recorded || strcmp(recorded, since) != 0))
        status = refuse_arithmetic(path, settings, since, error);
    free(recorded);
    free(method);
    return status;
}

/* Refuses the checkpoint of a run with other settings or another dataset. */
static enum status compare_run(hid_t file, const char *path, const struct settings *settings,
                               uint64_t fingerprint, const struct checkpoint *checkpoint,
                               struct error *error)
{
    /* First the data, as words of settings stand for numbers that depend on it. */
    if (checkpoint->fingerprint != fingerprint)
        return error_set(error, STATUS_USAGE,
                         "--data: holds other images, labels or targets, or another recipe, than "
                         "those that %s was made with",
                         path);
    for (int i = 0; i < settings->count; ++i) {
        const struct setting *setting = settings->list + i;
        /* Older checkpoints hold the default of a setting that --weights decided. */
        if (setting->shapes_run && !setting->replaced &&
            compare_setting(file, path, settings, setting, error))
            return error->status;
    }
    return STATUS_DONE;
}

/* The optimizer whose name is recorded; sgd if none is. */
static enum status find_optimizer(hid_t file, const char *path, struct checkpoint *checkpoint,
                                  struct error *error)
{
    char *name = hdf5_file_read_text(file, "optimizer");
    checkpoint->optimizer = name ? optimizer_find(name) : &optimizer_sgd;
    free(name);
    return checkpoint->optimizer ? STATUS_DONE
                                 : damaged(path, error, "it names an optimizer that is unknown");
}

/* Makes room behind the parameters, and reads the state vectors of the optimizer into it. */
static enum status read_state(hid_t file, const char *path, struct checkpoint *checkpoint,
                              struct error *error)
{
    const size_t parameters = checkpoint->tensors.parameters;
    if (find_optimizer(file, path, checkpoint, error))
        return error->status;
    const struct tensors state = state_tensors(checkpoint);
    double *block = optimizer_block_from(checkpoint->optimizer, checkpoint->theta, parameters);
    if (!block)
        return error_memory(error, path, "the state of the optimizer");
    checkpoint->theta = block;
    return state.count == 0
               ? STATUS_DONE
               : weights_read_tensors(file, "/optimizer", path, &state, block + parameters, error);
}

/* With settings, compares what the checkpoint was made with; NULL: it may be of any run. */
static enum status read_contents(hid_t file, const char *path, const struct settings *settings,
                                 uint64_t fingerprint, struct checkpoint *checkpoint,
                                 struct error *error)
{
    if (!hdf5_file_read_integer(file, "iteration", H5T_NATIVE_INT64, &checkpoint->iteration) ||
        !hdf5_file_read_integer(file, "fingerprint", H5T_NATIVE_UINT64, &checkpoint->fingerprint))
        return damaged(path, error, "it names no iteration or dataset");
    if (!hdf5_file_read_integer(file, "best_iteration", H5T_NATIVE_INT64,
                                &checkpoint->best.iteration) ||
        !hdf5_file_read_real(file, "best_score", &checkpoint->best.score))
        checkpoint->best = best_none();
    if (!hdf5_file_read_real(file, "gradient_norm", &checkpoint->gradient_norm))
        checkpoint->gradient_norm = (double)NAN;
    if (!hdf5_file_read_integer(file, "described", H5T_NATIVE_UINT64, &checkpoint->described))
        checkpoint->described = 0;
    if (weights_read_group(file, PARAMETERS, path, &checkpoint->tensors, &checkpoint->theta,
                           error) ||
        weights_read_names(file, PARAMETERS, path, &checkpoint->tensors, &checkpoint->names, error))
        return error->status;
    if (settings && (compare_arithmetic(file, path, settings, &checkpoint->tensors, error) ||
                     compare_run(file, path, settings, fingerprint, checkpoint, error)))
        return error->status;
    if (read_state(file, path, checkpoint, error))
        return error->status;
    return hdf5_text_read(file, path, HDF5_TEXT_RECIPE, &checkpoint->recipe, error);
}

bool checkpoint_recognize(const char *path)
{
    char begin[sizeof MARK - 1];
    struct error error;
    const int descriptor = regular_file_open(path, &error);
    if (descriptor < 0)
        return false;
    const bool is_checkpoint = read(descriptor, begin, sizeof begin) == (ssize_t)sizeof begin &&
                               memcmp(begin, MARK, sizeof begin) == 0;
    close(descriptor);
    return is_checkpoint;
}

hid_t checkpoint_open(const char *path, struct error *error)
{
    struct image image = {0};
    hid_t file = -1;
    if (read_image(path, &image, error) == STATUS_DONE &&
        check_image(path, &image, error) == STATUS_DONE) {
        file = open_image(&image);
        if (file < 0)
            damaged(path, error, "it is no HDF5 file");
    }
    free(image.bytes);
    return file;
}

static enum status read_checkpoint(const char *path, const struct settings *settings,
                                   uint64_t fingerprint, struct checkpoint *checkpoint,
                                   struct error *error)
{
    *checkpoint = checkpoint_none();
    const hid_t file = checkpoint_open(path, error);
    if (file < 0)
        return error->status;
    const enum status status = read_contents(file, path, settings, fingerprint, checkpoint, error);
    H5Fclose(file);
    if (status)
        checkpoint_free(checkpoint);
    return status;
}

void checkpoint_free(struct checkpoint *checkpoint)
{
    free(checkpoint->theta);
    free(checkpoint->recipe);
    free(checkpoint->names);
    *checkpoint = checkpoint_none();
}

enum status checkpoint_read(const char *path, const struct settings *settings, uint64_t fingerprint,
                            struct checkpoint *checkpoint, struct error *error)
{
    return read_checkpoint(path, settings, fingerprint, checkpoint, error);
}

enum status checkpoint_read_any(const char *path, struct checkpoint *checkpoint,
                                struct error *error)
{
    return read_checkpoint(path, NULL, 0, checkpoint, error);
}
