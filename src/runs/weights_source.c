/* SPDX-License-Identifier: MIT */
#include "weights_source.h"

#include "checkpoint_store.h"
#include "files/hdf5_file.h"
#include "files/hdf5_text.h"
#include "files/path.h"
#include "ranks/collective.h"
#include "ranks/crash_guard.h"
#include "weights.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a source holds. Of a file, recipe and names are read only if they are wanted. */
struct contents {
    bool wants_recipe, wants_names;
    struct tensors tensors;
    double *theta;
    char *recipe;
    const char **names;
};

static void free_contents(struct contents *contents)
{
    free(contents->theta);
    free(contents->recipe);
    free(contents->names);
    *contents = (struct contents){0};
}

/* Reads the newest intact checkpoint of a run, and writes its path to path[PATH_MAX]. */
static enum status read_run(const struct world *world, const char *run_dir,
                            struct contents *contents, char *path, struct error *error)
{
    struct checkpoint checkpoint;
    struct error note;
    if (checkpoint_store_newest_any(run_dir, &checkpoint, error))
        return error->status;
    if (!checkpoint.theta)
        return error_set(error, STATUS_FAILED, "%s: is a folder, and holds no checkpoints of a run",
                         run_dir);
    checkpoint_store_path(run_dir, checkpoint.iteration, path, PATH_MAX);
    error_set(&note, STATUS_DONE, "the weights are those of %s", path);
    world_report(world, &note);
    contents->tensors = checkpoint.tensors;
    contents->theta = checkpoint.theta;
    contents->recipe = checkpoint.recipe;
    contents->names = checkpoint.names;
    return STATUS_DONE;
}

/* Returns the group to read if the user names none. */
static const char *find_group(hid_t file)
{
    const bool at_root =
        H5Lexists(file, "W1", H5P_DEFAULT) > 0 || H5Lexists(file, "theta", H5P_DEFAULT) > 0;
    return !at_root && H5Lexists(file, "parameters", H5P_DEFAULT) > 0 ? "/parameters" : "/";
}

static enum status read_file(const char *path, const char *group, const char *source,
                             struct contents *contents, struct error *error)
{
    const hid_t file =
        checkpoint_recognize(path) ? checkpoint_open(path, error) : hdf5_file_open(path, error);
    if (file < 0)
        return error->status;
    if (strcmp(group, "/") == 0)
        group = find_group(file);
    enum status status =
        weights_read_group(file, group, source, &contents->tensors, &contents->theta, error);
    if (!status && contents->wants_names)
        status =
            weights_read_names(file, group, source, &contents->tensors, &contents->names, error);
    if (!status && contents->wants_recipe)
        status = hdf5_text_read(file, path, HDF5_TEXT_RECIPE, &contents->recipe, error);
    H5Fclose(file);
    return status;
}

/* Reads what is wanted. The caller frees the contents, after a failure too. */
static enum status read_source(const struct world *world, const char *source,
                               struct contents *contents, struct error *error)
{
    char path[PATH_MAX];
    const char *group;
    if (!hdf5_file_split(source, path, sizeof path, &group))
        return error_set(error, STATUS_FAILED, "%s: is not FILE, FILE:/GROUP or a run directory",
                         source);
    crash_guard_enter(path);
    const enum status status = path_is_folder(source)
                                   ? read_run(world, source, contents, path, error)
                                   : read_file(path, group, source, contents, error);
    crash_guard_leave();
    return status;
}

enum status weights_source_find(const struct world *world, const char *source, char *path,
                                struct error *error)
{
    struct contents contents = {0};
    snprintf(path, PATH_MAX, "%s", source);
    if (!path_is_folder(source))
        return STATUS_DONE;
    const enum status status = read_run(world, source, &contents, path, error);
    free_contents(&contents);
    return status;
}

bool weights_source_began(const struct world *world, const char *file,
                          const struct run_options *recorded)
{
    struct contents contents = {0};
    struct error ignored;
    const bool are_those = read_source(world, file, &contents, &ignored) == STATUS_DONE &&
                           run_record_has_weights(recorded, &contents.tensors, contents.theta);
    free_contents(&contents);
    return are_those;
}

/* Collective. Copies the weights that rank 0 has read to all others. */
static enum status share(const struct world *world, const char *source, struct tensors *tensors,
                         double **theta, struct error *error)
{
    collective_broadcast(world, tensors, sizeof *tensors);
    if (world->rank != 0)
        *theta = malloc(tensors->parameters * sizeof **theta);
    if (world_agree_memory(world, *theta, source, "the weights", error))
        return error->status;
    collective_broadcast(world, *theta, tensors->parameters * sizeof **theta);
    return STATUS_DONE;
}

/* Gives the caller what is wanted; frees the rest. */
static void hand_over(struct contents *contents, double **theta, char **recipe, const char ***names)
{
    *theta = contents->theta;
    contents->theta = NULL;
    if (recipe) {
        *recipe = contents->recipe;
        contents->recipe = NULL;
    }
    if (names) {
        *names = contents->names;
        contents->names = NULL;
    }
    free_contents(contents);
}

enum status weights_source_load(const struct world *world, const char *source,
                                struct tensors *tensors, double **theta, char **recipe,
                                const char ***names, struct error *error)
{
    struct contents contents = {.wants_recipe = recipe != NULL, .wants_names = names != NULL};
    enum status status = STATUS_DONE;
    if (world->rank == 0)
        status = read_source(world, source, &contents, error);
    status = world_agree(world, status, error);
    if (!status)
        status = share(world, source, &contents.tensors, &contents.theta, error);
    if (status)
        free_contents(&contents);
    *tensors = contents.tensors;
    hand_over(&contents, theta, recipe, names);
    return status;
}

bool weights_source_run(const char *source, char *run_dir)
{
    snprintf(run_dir, PATH_MAX, "%s", source);
    if (path_is_folder(source))
        return true;
    path_to_folder(run_dir);
    const char *const slash = strrchr(run_dir, '/');
    if (strcmp(slash ? slash + 1 : run_dir, "checkpoints") != 0)
        return false;
    path_to_folder(run_dir);
    return true;
}
