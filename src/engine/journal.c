/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include "common/clock.h"
#include "common/named.h"
#include "files/atomic_file.h"
#include "files/durable.h"
#include "files/path.h"
#include "journal_format.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What one write() takes at the most. */
enum { BUFFER_BYTES = 64 * 1024 };

/* Iterations of fewer seconds are evaluated again. */
static const double short_iteration_seconds = 10;

/* A write takes about 5 us: half a percent of such an evaluation. Records of shorter ones wait for
 * others, no longer than a kill may cost. */
static const double slow_evaluation_seconds = 1e-3, gathering_seconds = 0.05;

/* A sync takes milliseconds on a disk. A power cut costs what was done since. */
static const double sync_seconds = 1;

enum journal_mode journal_mode_find(const char *name)
{
    static const struct row {
        const char *name;
        enum journal_mode mode;
    } modes[] = {
        {.name = "auto", .mode = JOURNAL_AUTO},
        {.name = "on", .mode = JOURNAL_ON},
        {.name = "off", .mode = JOURNAL_OFF},
    };
    const struct row *row = FIND_NAMED(modes, name);
    return row->mode;
}

static size_t buffer_size(const struct journal *journal)
{
    const size_t record = journal_record_size(journal->width);
    return record > BUFFER_BYTES ? record : BUFFER_BYTES;
}

/* All ranks do this at the same time; one of them makes the folder. False, with errno set, if this
 * rank cannot write there. */
static bool make_folder(const char *folder)
{
    char inside[PATH_MAX];
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return false;
    /* A file of that name has nothing inside. */
    path_join(inside, folder, ".");
    return access(inside, W_OK | X_OK) == 0;
}

enum status journal_open(struct journal *journal, enum journal_mode mode, const char *folder,
                         int start, int rank, uint64_t run_hash, int width, struct error *error)
{
    *journal = (struct journal){.mode = mode,
                                .start = start,
                                .rank = rank,
                                .run_hash = run_hash,
                                .width = width,
                                .descriptor = -1};
    if (mode == JOURNAL_OFF)
        return STATUS_DONE;
    if (!make_folder(folder))
        return error_set(error, STATUS_FAILED,
                         "%s: cannot be written to: %s: make it a folder that every rank can write "
                         "to, or give --journal off",
                         folder, strerror(errno));
    path_join(journal->path, folder, journal_name_make(start, rank).text);
    journal->header_hash = journal_header_make(run_hash, width, start, rank).hash;
    journal->flushed = clock_seconds();
    journal->buffer = malloc(buffer_size(journal));
    return journal->buffer ? STATUS_DONE : error_memory(error, journal->path, "its records");
}

void journal_close(struct journal *journal)
{
    if (!journal->buffer)
        return;
    free(journal->buffer);
    if (journal->descriptor >= 0)
        close(journal->descriptor);
    *journal = (struct journal){0};
}

/* Remembers a failure, and what errno says of it. */
static void fail(struct journal *journal)
{
    error_set(&journal->failure, STATUS_FAILED, "%s: cannot be written: %s", journal->path,
              strerror(errno));
}

static bool sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    memcpy(folder, path, sizeof folder);
    path_to_folder(folder);
    return durable_sync_folder(folder);
}

/* Creates the file, with its header. */
static void create(struct journal *journal)
{
    const struct journal_header header =
        journal_header_make(journal->run_hash, journal->width, journal->start, journal->rank);
    journal->descriptor =
        atomic_file_open(journal->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, &journal->failure);
    if (journal->descriptor < 0)
        return;
    if (!atomic_file_append(journal->descriptor, &header, sizeof header) ||
        !sync_folder_of(journal->path))
        fail(journal);
}

static void sync_records(struct journal *journal)
{
    if (journal->descriptor < 0 || journal->failure.status)
        return;
    if (!durable_sync(journal->descriptor))
        fail(journal);
    journal->synced = clock_seconds();
}

/* After a failure nothing is written: what follows half a record could not be read. */
static void write_records(struct journal *journal)
{
    if (journal->used > 0 && !journal->failure.status && journal->descriptor < 0)
        create(journal);
    if (journal->used > 0 && !journal->failure.status &&
        !atomic_file_append(journal->descriptor, journal->buffer, journal->used))
        fail(journal);
    journal->used = 0;
    journal->flushed = clock_seconds();
}

static double mean_seconds(const struct journal *journal)
{
    return journal->added > 0 ? journal->seconds / (double)journal->added : 0;
}

/* Whether the iteration at work is to be found in the file. */
static bool is_kept(const struct journal *journal)
{
    return journal->mode == JOURNAL_ON ||
           mean_seconds(journal) * (double)journal->evaluations >= short_iteration_seconds;
}

/* Empties the buffer. */
static void settle(struct journal *journal)
{
    if (is_kept(journal))
        write_records(journal);
    journal->used = 0;
}

void journal_begin(struct journal *journal, int64_t iteration, uint64_t theta_hash,
                   size_t evaluations)
{
    if (!journal->buffer)
        return;
    settle(journal);
    journal->iteration = iteration;
    journal->theta_hash = theta_hash;
    journal->evaluations = evaluations;
    journal->added = 0;
    journal->seconds = 0;
}

/* An evaluation that is lost has no values, and NaN stands for them. */
static void copy_values(char *to, int width, enum outcome outcome, const double *values)
{
    const double none = (double)NAN;
    for (int i = 0; i < width; ++i)
        memcpy(to + (size_t)i * sizeof none, outcome == OUTCOME_DONE ? &values[i] : &none,
               sizeof none);
}

static void append(struct journal *journal, const struct journal_record *record,
                   const double *values)
{
    const size_t size = journal_record_size(journal->width);
    char *const bytes = journal->buffer + journal->used;
    struct journal_record own = *record;
    own.iteration = journal->iteration;
    memcpy(bytes, &own, sizeof own);
    copy_values(bytes + sizeof own, journal->width, (enum outcome)record->outcome, values);
    const uint64_t hash =
        journal_record_hash(bytes, journal->width, journal->header_hash, journal->theta_hash);
    memcpy(bytes + size - sizeof hash, &hash, sizeof hash);
    journal->used += size;
}

static bool is_due(const struct journal *journal)
{
    return is_kept(journal) && (mean_seconds(journal) >= slow_evaluation_seconds ||
                                clock_seconds() >= journal->flushed + gathering_seconds);
}

void journal_add(struct journal *journal, const struct journal_record *record, const double *values)
{
    if (!journal->buffer)
        return;
    ++journal->added;
    journal->seconds += record->seconds;
    if (journal->used + journal_record_size(journal->width) > buffer_size(journal))
        settle(journal);
    append(journal, record, values);
    if (!is_due(journal))
        return;
    write_records(journal);
    if (journal->flushed >= journal->synced + sync_seconds)
        sync_records(journal);
}

enum status journal_flush(struct journal *journal, struct error *error)
{
    if (!journal->buffer)
        return STATUS_DONE;
    write_records(journal);
    sync_records(journal);
    if (journal->failure.status)
        *error = journal->failure;
    return journal->failure.status;
}

void journal_forget(struct journal *journal)
{
    int result = 0;
    if (!journal->buffer)
        return;
    journal->used = 0;
    if (journal->descriptor < 0)
        return;
    do
        result = ftruncate(journal->descriptor, sizeof(struct journal_header));
    while (result != 0 && errno == EINTR);
    if (result != 0)
        fail(journal);
}
