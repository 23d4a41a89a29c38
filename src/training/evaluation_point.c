/* SPDX-License-Identifier: MIT */
#include "evaluation_point.h"

#include "assemble_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many numbers a text consists of, separated by commas; 0 if it is anything else, such as the
 * name of a file. The first `most` of them are written to numbers. */
static size_t read_numbers(const char *text, double *numbers, size_t most)
{
    size_t count = 0;
    for (;;) {
        char *end;
        const double number = strtod(text, &end);
        if (end == text || (*end != ',' && *end != '\0'))
            return 0;
        if (count < most)
            numbers[count] = number;
        ++count;
        if (*end == '\0')
            return count;
        text = end + 1;
    }
}

/* Makes the model, and takes the weights that --at names, or the model's own beginning. */
static enum status assemble(struct evaluation_point *point, const struct job *job,
                            struct error *error)
{
    struct config config = point->config;
    struct job assembled = *job;
    if (config.at && read_numbers(config.at, NULL, 0) == 0)
        config.weights = config.at;
    assembled.config = &config;
    if (assemble_model(&assembled, &point->dataset, &point->model, &point->theta, error))
        return error->status;
    if (point->model.kind->evaluates)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE,
                     "gradient: the model %s gives its losses by loss(): gradient is for models "
                     "with evaluate(), and gradcheck compares the gradients of others",
                     point->model.description);
}

/* Takes the numbers of --at, if it gives any. */
static enum status take_numbers(struct evaluation_point *point, struct error *error)
{
    const size_t parameters = point->model.tensors.parameters;
    const char *const at = point->config.at;
    const size_t count = at ? read_numbers(at, point->theta, parameters) : 0;
    if (count == 0)
        return STATUS_DONE;
    if (count != parameters)
        return error_set(error, STATUS_USAGE,
                         "--at: gives %zu number%s, and the model %s has %zu parameter%s", count,
                         count == 1 ? "" : "s", point->model.description, parameters,
                         parameters == 1 ? "" : "s");
    for (size_t p = 0; p < parameters; ++p)
        if (!isfinite(point->theta[p]))
            return error_set(error, STATUS_USAGE,
                             "--at: gives parameter %s a number that is not "
                             "finite",
                             point->model.user.parameters->names[p]);
    return assemble_check_bounds(point->world, "--at", &point->model, point->theta, error);
}

/* Finds the rows, and refuses options without effect. */
static enum status find_rows(struct evaluation_point *point, struct error *error)
{
    struct config *config = &point->config;
    const int64_t all = point->dataset.global_rows[DATASET_TRAIN];
    const bool has_data = dataset_is_there(&point->dataset);
    if (config_drop_unused(config, has_data ? "replicates" : "rows",
                           has_data ? "data" : "a model without data", error))
        return error->status;
    point->rows = config->row_range;
    if (!has_data || point->rows.end == 0)
        point->rows = (struct range){0, all};
    if (point->rows.end <= all)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE,
                     "--rows: '%lld:%lld' is not A:B with 0 <= A < B <= %lld, the training rows",
                     (long long)point->rows.begin, (long long)point->rows.end, (long long)all);
}

enum status evaluation_point_open(struct evaluation_point *point, const struct job *job,
                                  struct error *error)
{
    *point = (struct evaluation_point){
        .world = job->world, .config = *job->config, .dataset = dataset_none(job->world, 0)};
    if (!assemble_has_user_model(job))
        return error_set(error, STATUS_USAGE,
                         "gradient is for models with evaluate(): name one with --model or "
                         "--model-command; gradcheck compares the gradients of networks");
    if (assemble_data(job, &point->dataset, error) || assemble(point, job, error) ||
        take_numbers(point, error))
        return error->status;
    return find_rows(point, error);
}

void evaluation_point_close(struct evaluation_point *point)
{
    dataset_close(&point->dataset);
    free(point->theta);
    *point = (struct evaluation_point){0};
}
