/* SPDX-License-Identifier: MIT */
#include "kept_table.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* Which evaluation it is, as the file says it. */
struct description {
    int64_t row;
    int32_t moved;
    int8_t side;
};

static struct description describe(const struct evaluations *evaluations, size_t number)
{
    const struct evaluation what = table_evaluation(&evaluations->table, number);
    const struct batch *batch = evaluations_batch(evaluations, &what);
    const bool is_side = what.kind == EVALUATION_SIDE;
    return (struct description){batch->numbered[what.row], is_side ? (int32_t)what.parameter : -1,
                                (int8_t)what.side};
}

/* Copies an evaluation, and its result, into the file's arrays. */
static void keep(const struct evaluations *evaluations, size_t number, struct kept_values *kept)
{
    const struct result *result = &evaluations->results[number];
    const struct description is = describe(evaluations, number);
    const double *const given = evaluations->values + number * kept->width;
    double *const values = kept->values + number * kept->width;
    for (size_t i = 0; i < kept->width; ++i)
        values[i] = result->outcome == OUTCOME_DONE ? given[i] : (double)NAN;
    kept->outcomes[number] = (uint8_t)result->outcome;
    kept->attempts[number] = (uint8_t)result->attempts;
    kept->rows[number] = is.row;
    kept->moved[number] = is.moved;
    kept->sides[number] = is.side;
}

/* Rank 0 only. */
static enum status write_file(const struct trainer *trainer, struct error *error)
{
    const struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    const size_t parameters = trainer->model.tensors.parameters;
    struct kept_values kept;
    if (!kept_values_create(&kept, parameters, evaluations->table.count,
                            (size_t)evaluations->width))
        return error_memory(error, NULL, "the table that is to be kept");
    kept.iteration = evaluations->iteration;
    kept.before = evaluations->table.before;
    memcpy(kept.theta, trainer->theta, parameters * sizeof *kept.theta);
    for (size_t number = 0; number < kept.count; ++number)
        keep(evaluations, number, &kept);
    const enum status status = kept_values_write(trainer->recorder.directory, &kept, error);
    kept_values_destroy(&kept);
    return status;
}

enum status kept_table_write(const struct trainer *trainer, struct error *error)
{
    enum status status = STATUS_DONE;
    if (!trainer->config->keep_values)
        return STATUS_DONE;
    if (trainer->world->rank == 0)
        status = write_file(trainer, error);
    return world_agree(trainer->world, status, error);
}

enum status kept_table_check(const struct trainer *trainer, const char *run_dir,
                             const struct kept_values *kept, struct error *error)
{
    const struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    const struct table *table = &evaluations->table;
    char path[PATH_MAX], name[PARAMETERS_NAME_MAX + 64];
    kept_values_path(run_dir, kept->iteration, path, sizeof path);
    if (kept->count != table->count || kept->width != (size_t)evaluations->width ||
        kept->before != table->before)
        return error_set(error, STATUS_FAILED,
                         "%s: has %zu evaluations of %zu numbers, of which %lld are of the batch "
                         "before, but repeating the run gives %zu, %d and %lld",
                         path, kept->count, kept->width, (long long)kept->before, table->count,
                         evaluations->width, (long long)table->before);
    for (size_t number = 0; number < kept->count; ++number) {
        const struct description is = describe(evaluations, number);
        evaluations_name(evaluations, number, name, sizeof name);
        if (kept->rows[number] != is.row || kept->moved[number] != is.moved ||
            kept->sides[number] != is.side)
            return error_set(error, STATUS_FAILED,
                             "%s: evaluation %zu is not the one that repeating the run gives, %s",
                             path, number, name);
    }
    return STATUS_DONE;
}
