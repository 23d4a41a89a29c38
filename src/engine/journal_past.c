/* SPDX-License-Identifier: MIT
 *
 * The journals that earlier starts have left. A file is read whole: it holds the evaluations of one
 * rank since a checkpoint. */
#include "journal.h"

#include "files/path.h"
#include "files/regular_file.h"
#include "journal_format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct journal_file {
    struct journal_name name;
    char *bytes; /* (size) */
    size_t size;
    size_t at; /* where the first record begins that is not asked for yet */
    uint64_t header_hash;
};

static enum status cannot_read(const char *path, struct error *error)
{
    return error_set(error, STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
}

/* Reads what there is, up to *size bytes, and sets *size. False, with errno set, on failure. */
static bool read_bytes(int descriptor, char *bytes, size_t *size)
{
    size_t done = 0;
    for (ssize_t count = 1; count != 0 && done < *size;) {
        count = read(descriptor, bytes + done, *size - done);
        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0)
            done += (size_t)count;
    }
    *size = done;
    return true;
}

static enum status read_descriptor(struct journal_file *file, int descriptor, const char *path,
                                   struct error *error)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0)
        return cannot_read(path, error);
    file->size = (size_t)info.st_size;
    /* malloc(0) may return NULL. */
    file->bytes = malloc(file->size + 1);
    if (!file->bytes)
        return error_memory(error, path, "its records");
    return read_bytes(descriptor, file->bytes, &file->size) ? STATUS_DONE
                                                            : cannot_read(path, error);
}

/* On failure the caller frees file->bytes, too. */
static enum status read_file(struct journal_file *file, const char *folder, struct error *error)
{
    char path[PATH_MAX];
    path_join(path, folder, file->name.text);
    const int descriptor = regular_file_open(path, error);
    if (descriptor < 0)
        return error->status;
    const enum status status = read_descriptor(file, descriptor, path, error);
    close(descriptor);
    return status;
}

/* Whether the file has just the header that this run gives to a file of that name. */
static bool read_header(struct journal_file *file, uint64_t run_hash, int width)
{
    const struct journal_header header =
        journal_header_make(run_hash, width, file->name.start, file->name.rank);
    if (file->size < sizeof header || memcmp(file->bytes, &header, sizeof header) != 0)
        return false;
    file->header_hash = header.hash;
    file->at = sizeof header;
    return true;
}

static struct journal_record record_at(const char *bytes)
{
    struct journal_record record;
    memcpy(&record, bytes, sizeof record);
    return record;
}

static int64_t last_iteration(const struct journal_file *file, int width)
{
    const size_t size = journal_record_size(width);
    int64_t last = -1;
    for (size_t at = file->at; file->size - at >= size; at += size) {
        const int64_t iteration = record_at(file->bytes + at).iteration;
        last = iteration > last ? iteration : last;
    }
    return last;
}

static bool keep(struct journal_past *past, const struct journal_file *file)
{
    struct journal_file *longer = realloc(past->files, (past->count + 1) * sizeof *longer);
    if (!longer)
        return false;
    past->files = longer;
    past->files[past->count++] = *file;
    const int64_t last = last_iteration(file, past->width);
    past->last = last > past->last ? last : past->last;
    return true;
}

static enum status add_file(struct journal_past *past, const char *folder,
                            const struct journal_name *name, uint64_t run_hash, struct error *error)
{
    struct journal_file file = {.name = *name};
    enum status status = read_file(&file, folder, error);
    if (!status && read_header(&file, run_hash, past->width)) {
        if (keep(past, &file))
            return STATUS_DONE;
        status = error_memory(error, folder, "its files");
    }
    free(file.bytes);
    return status;
}

static enum status read_folder(struct journal_past *past, DIR *directory, const char *folder,
                               uint64_t run_hash, struct error *error)
{
    struct journal_name name;
    while (journal_name_next(directory, &name))
        if (add_file(past, folder, &name, run_hash, error))
            return error->status;
    return errno == 0 ? STATUS_DONE : cannot_read(folder, error);
}

static int compare_names(const void *a, const void *b)
{
    const struct journal_name first = ((const struct journal_file *)a)->name;
    const struct journal_name second = ((const struct journal_file *)b)->name;
    const int starts = (first.start > second.start) - (first.start < second.start);
    return starts ? starts : (first.rank > second.rank) - (first.rank < second.rank);
}

enum status journal_past_read(struct journal_past *past, const char *folder, uint64_t run_hash,
                              int width, struct error *error)
{
    *past = (struct journal_past){.width = width, .last = -1};
    DIR *directory = opendir(folder);
    if (!directory)
        return errno == ENOENT ? STATUS_DONE : cannot_read(folder, error);
    const enum status status = read_folder(past, directory, folder, run_hash, error);
    closedir(directory);
    if (past->count > 0)
        qsort(past->files, past->count, sizeof *past->files, compare_names);
    return status;
}

void journal_past_destroy(struct journal_past *past)
{
    for (size_t i = 0; i < past->count; ++i)
        free(past->files[i].bytes);
    free(past->files);
    *past = (struct journal_past){.last = -1};
}

static bool is_intact(const char *bytes, int width, uint64_t header_hash, uint64_t theta_hash)
{
    const uint64_t right = journal_record_hash(bytes, width, header_hash, theta_hash);
    return memcmp(bytes + journal_record_size(width) - sizeof right, &right, sizeof right) == 0;
}

/* The next record of an iteration; NULL if the file has no more of them. */
static const char *next_record(struct journal_file *file, int width, int64_t iteration,
                               uint64_t theta_hash)
{
    const size_t size = journal_record_size(width);
    for (; file->size - file->at >= size; file->at += size) {
        const char *const bytes = file->bytes + file->at;
        const int64_t named = record_at(bytes).iteration;
        if (named > iteration)
            return NULL;
        if (named < iteration)
            continue;
        const bool intact = is_intact(bytes, width, file->header_hash, theta_hash);
        /* Nothing after a record that is damaged, or of another theta, can be relied on. */
        file->at = intact ? file->at + size : file->size;
        return intact ? bytes : NULL;
    }
    return NULL;
}

void journal_past_take(struct journal_past *past, int64_t iteration, uint64_t theta_hash,
                       void (*take)(void *context, const struct journal_record *record,
                                    const double *values),
                       void *context)
{
    for (size_t i = 0; i < past->count; ++i) {
        const char *bytes;
        while ((bytes = next_record(&past->files[i], past->width, iteration, theta_hash))) {
            const struct journal_record record = record_at(bytes);
            /* Header and records are multiples of 8 bytes, so the values are aligned. */
            take(context, &record, (const double *)(const void *)(bytes + sizeof record));
        }
    }
}

int journal_next_start(const char *folder)
{
    struct journal_name name;
    int next = 0;
    DIR *directory = opendir(folder);
    if (!directory)
        return 0;
    while (journal_name_next(directory, &name))
        next = name.start >= next ? name.start + 1 : next;
    closedir(directory);
    return next;
}

static enum status remove_files(DIR *directory, const char *folder, int start, struct error *error)
{
    struct journal_name name;
    while (journal_name_next(directory, &name))
        if (name.start < start && unlinkat(dirfd(directory), name.text, 0) != 0 && errno != ENOENT)
            return error_set(error, STATUS_FAILED, "%s/%s: cannot be removed: %s", folder,
                             name.text, strerror(errno));
    return errno == 0 ? STATUS_DONE : cannot_read(folder, error);
}

enum status journal_remove(const char *folder, int start, struct error *error)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return errno == ENOENT ? STATUS_DONE : cannot_read(folder, error);
    const enum status status = remove_files(directory, folder, start, error);
    closedir(directory);
    /* This fails where somebody has put something else there, which stays. */
    if (!status && start == INT_MAX)
        rmdir(folder);
    return status;
}
