/* SPDX-License-Identifier: MIT */
#include "checkpoint_store.h"

#include "files/path.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "checkpoints"

void checkpoint_store_path(const char *run_dir, int64_t iteration, char *path, size_t size)
{
    iteration_files_path(run_dir, FOLDER, iteration, path, size);
}

void checkpoint_store_best_path(const char *run_dir, char *path, size_t size)
{
    snprintf(path, size, "%s/" FOLDER "/best.h5", run_dir);
}

static bool list_checkpoints(const char *run_dir, struct iteration_list *list)
{
    return iteration_files_list(run_dir, FOLDER, list);
}

enum status checkpoint_store_list(const char *run_dir, struct iteration_list *list,
                                  struct error *error)
{
    if (list_checkpoints(run_dir, list))
        return STATUS_DONE;
    if (errno == ENOMEM)
        return error_memory(error, run_dir, "the list of its checkpoints");
    return error_set(error, STATUS_FAILED, "%s/" FOLDER ": cannot be read: %s", run_dir,
                     strerror(errno));
}

bool checkpoint_store_has_any(const char *run_dir)
{
    char folder[PATH_MAX];
    struct iteration_list list;
    const bool listed = list_checkpoints(run_dir, &list), any = list.count > 0;
    free(list.iterations);
    path_join(folder, run_dir, FOLDER);
    return listed ? any : access(folder, F_OK) == 0;
}

/* Removes the checkpoints before `newest` that the schedule does not keep. A file that cannot be
 * removed does no harm. */
static void remove_old(const char *run_dir, const struct checkpoint_schedule *schedule,
                       int64_t newest)
{
    struct iteration_list list;
    int64_t kept = 0;
    if (!list_checkpoints(run_dir, &list))
        return;
    for (size_t i = 0; i < list.count; ++i) {
        char path[PATH_MAX];
        const int64_t iteration = list.iterations[i];
        const bool on_schedule = iteration % schedule->period == 0 || iteration == schedule->last;
        if (iteration > newest)
            continue;
        kept += on_schedule;
        if (iteration == newest || (on_schedule && kept <= schedule->keep))
            continue;
        checkpoint_store_path(run_dir, iteration, path, sizeof path);
        unlink(path);
    }
    free(list.iterations);
}

/* The best one comes second: if the run is killed in between, the best of the checkpoint before is
 * still there. */
enum status checkpoint_store_add(const char *run_dir, const struct settings *settings,
                                 const struct checkpoint_schedule *schedule,
                                 const struct checkpoint *checkpoint, const struct checkpoint *best,
                                 struct error *error)
{
    char path[PATH_MAX];
    checkpoint_store_path(run_dir, checkpoint->iteration, path, sizeof path);
    if (checkpoint_write(path, settings, checkpoint, error))
        return error->status;
    checkpoint_store_best_path(run_dir, path, sizeof path);
    if (best && checkpoint_write(path, settings, best, error))
        return error->status;
    remove_old(run_dir, schedule, checkpoint->iteration);
    return STATUS_DONE;
}

enum status checkpoint_store_remove_after(const char *run_dir, int64_t iteration, int64_t last,
                                          struct error *error)
{
    struct iteration_list list;
    if (checkpoint_store_list(run_dir, &list, error))
        return error->status;
    enum status status = STATUS_DONE;
    for (size_t i = 0; !status && i < list.count && list.iterations[i] > iteration; ++i) {
        char path[PATH_MAX];
        checkpoint_store_path(run_dir, list.iterations[i], path, sizeof path);
        if (list.iterations[i] <= last && unlink(path) != 0)
            status =
                error_set(error, STATUS_FAILED, "%s: cannot be removed: %s", path, strerror(errno));
    }
    free(list.iterations);
    return status;
}

/* If settings is NULL, the checkpoint may be of any run. */
static enum status read_one(const char *path, const struct settings *settings, uint64_t fingerprint,
                            struct checkpoint *checkpoint, struct error *error)
{
    return settings ? checkpoint_read(path, settings, fingerprint, checkpoint, error)
                    : checkpoint_read_any(path, checkpoint, error);
}

static enum status read_newest(const char *run_dir, const struct settings *settings,
                               uint64_t fingerprint, int64_t last, struct checkpoint *checkpoint,
                               struct error *error)
{
    struct iteration_list list;
    *checkpoint = checkpoint_none();
    if (checkpoint_store_list(run_dir, &list, error))
        return error->status;
    enum status status = STATUS_DONE;
    size_t skipped = 0;
    for (size_t i = 0; i < list.count; ++i) {
        char path[PATH_MAX];
        if (list.iterations[i] > last)
            continue;
        checkpoint_store_path(run_dir, list.iterations[i], path, sizeof path);
        status = read_one(path, settings, fingerprint, checkpoint, error);
        if (status != STATUS_FAILED)
            break;
        fprintf(stderr, "dtrain: %s; skipped\n", error->text);
        ++skipped;
    }
    free(list.iterations);
    if (skipped > 0 && status == STATUS_FAILED)
        status =
            error_set(error, STATUS_FAILED, "%s: none of its checkpoints is intact%s", run_dir,
                      settings ? ", and nothing was changed: bring one back, or begin again in "
                                 "another --run-dir"
                               : "");
    return status;
}

enum status checkpoint_store_newest(const char *run_dir, const struct settings *settings,
                                    uint64_t fingerprint, int64_t last,
                                    struct checkpoint *checkpoint, struct error *error)
{
    return read_newest(run_dir, settings, fingerprint, last, checkpoint, error);
}

enum status checkpoint_store_newest_any(const char *run_dir, struct checkpoint *checkpoint,
                                        struct error *error)
{
    return read_newest(run_dir, NULL, 0, INT64_MAX, checkpoint, error);
}
