/* SPDX-License-Identifier: MIT
 *
 * dtrain gradient: the gradient of a model that evaluates at one point, for an optimizer of the
 * user's own. */
#include "commands.h"
#include "files/atomic_file.h"
#include "files/hdf5_file.h"
#include "gradient_report.h"
#include "runs/gradient_file.h"
#include "runs/gradient_json.h"
#include "training/point_gradient.h"

#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

/* Checks that --output has a format, and can be written, before anything is evaluated. */
static enum status check_output(const struct job *job, struct error *error)
{
    const struct config *config = job->config;
    char weights[PATH_MAX];
    const char *inputs[] = {NULL, NULL, NULL}, *group;
    int count = 0;
    enum status status = STATUS_DONE;
    if (!config->output)
        return STATUS_DONE;
    if (!ends_with(config->output, ".h5") && !ends_with(config->output, ".json"))
        return error_set(error, STATUS_USAGE,
                         "--output: '%s' ends neither in .h5 nor in .json, and so has no format",
                         config->output);
    if (config->data)
        inputs[count++] = config->data;
    if (config->at && hdf5_file_split(config->at, weights, sizeof weights, &group))
        inputs[count++] = weights;
    if (job->world->rank == 0)
        status = atomic_file_check_output(config->output, config->force, inputs, error);
    return world_agree(job->world, status, error);
}

/* Writes --output, and prints what is to be seen. Rank 0 only. */
static enum status give(const struct config *config, const struct gradient_result *result,
                        struct error *error)
{
    if (config->json)
        gradient_json_print(stdout, result);
    else if (!config->output)
        gradient_report_print(result);
    if (!config->output)
        return STATUS_DONE;
    return ends_with(config->output, ".h5") ? gradient_file_write(config->output, result, error)
                                            : gradient_json_write(config->output, result, error);
}

/* The last line. Rank 0 only. */
static void tell_end(const struct point_gradient *gradient, const struct gradient_result *result)
{
    const struct config *config = &gradient->point->config;
    const struct evaluations_sum *sum = &gradient->evaluations.sum;
    char lost[32] = "none";
    struct error line;
    if (config->quiet)
        return;
    if (result->lost > 0)
        snprintf(lost, sizeof lost, "%zu", result->lost);
    error_set(&line, STATUS_DONE, "%zu evaluation%s in %.3g s, %s lost%s%s", sum->evaluated,
              sum->evaluated == 1 ? "" : "s", sum->wall / gradient->point->world->size, lost,
              config->output ? ": " : "", config->output ? config->output : "");
    world_report(gradient->point->world, &line);
}

/* Rank 0 gives the result; then the journal is no longer needed. Otherwise it is completed. */
static enum status finish(struct point_gradient *gradient, const struct gradient_result *result,
                          struct error *error)
{
    const struct world *world = gradient->point->world;
    struct error unkept;
    enum status status = STATUS_DONE;
    if (world->rank == 0)
        status = give(&gradient->point->config, result, error);
    status = world_agree(world, status, error);
    if (status) {
        if (point_gradient_put_off(gradient, &unkept))
            world_report(world, &unkept);
        return status;
    }
    if (world->rank == 0) {
        status = point_gradient_forget(gradient, error);
        tell_end(gradient, result);
    }
    return world_agree(world, status, error);
}

static enum status take(const struct evaluation_point *point, struct error *error)
{
    struct point_gradient gradient;
    struct gradient_result result = {0};
    enum status status = point_gradient_open(&gradient, point, error);
    if (!status)
        status = point_gradient_take(&gradient, &result, error);
    if (!status)
        status = finish(&gradient, &result, error);
    gradient_result_destroy(&result);
    point_gradient_close(&gradient);
    return status;
}

enum status gradient_command(const struct job *job, struct error *error)
{
    struct evaluation_point point;
    if (check_output(job, error))
        return error->status;
    enum status status = evaluation_point_open(&point, job, error);
    if (!status)
        status = take(&point, error);
    evaluation_point_close(&point);
    return status;
}
