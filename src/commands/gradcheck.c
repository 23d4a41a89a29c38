/* SPDX-License-Identifier: MIT
 *
 * dtrain gradcheck: computes the gradient of some rows by several methods and compares them. */
#include "gradcheck.h"

#include "commands.h"
#include "files/atomic_file.h"
#include "files/hdf5_file.h"
#include "inputs.h"
#include "ranks/beat.h"
#include "ranks/collective.h"
#include "runs/weights.h"
#include "training/score.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

struct gradcheck_variant gradcheck_variant(const struct gradcheck *check, int which)
{
    if (which == check->method_count)
        return (struct gradcheck_variant){check->methods[0], 0.5, "half the step", "half step"};
    const struct gradient_method *method = check->methods[which];
    return (struct gradcheck_variant){method, 1, method->name, method->name};
}

bool gradcheck_parts_at_kinks(const struct gradcheck *check, int which)
{
    const struct gradcheck_variant first = gradcheck_variant(check, 0),
                                   other = gradcheck_variant(check, which);
    const bool derivative = other.method == &gradient_backprop;
    return derivative != (first.method == &gradient_backprop) ||
           (!derivative && other.step_factor != first.step_factor);
}

double *gradcheck_gradient(const struct gradcheck *check, int which)
{
    return check->gradients + (size_t)which * check->model.tensors.parameters;
}

/* Refuses an --output that cannot be written before the work begins, which takes long by the
 * literal method. Collective. */
static enum status check_output(const struct gradcheck *check, struct error *error)
{
    const struct config *config = check->config;
    char weights[PATH_MAX];
    const char *inputs[] = {check->dataset.path, NULL, NULL}, *group;
    enum status status = STATUS_DONE;
    if (config->weights && hdf5_file_split(config->weights, weights, sizeof weights, &group))
        inputs[1] = weights;
    if (config->output && check->world->rank == 0)
        status = atomic_file_check_output(config->output, config->force, inputs, error);
    return world_agree(check->world, status, error);
}

/* Makes room for all that is as long as theta. */
static bool allocate(struct gradcheck *check)
{
    const size_t parameters = check->model.tensors.parameters, units = kinks_units(&check->model);
    bool parts = false;
    for (int which = 1; which < check->variant_count; ++which)
        parts = gradcheck_parts_at_kinks(check, which) || parts;
    check->gradients = malloc((size_t)check->variant_count * parameters * sizeof *check->gradients);
    check->scratch = malloc(2 * parameters * sizeof *check->scratch);
    if (units > 0 && parts)
        check->kinks = malloc((parameters + units) * sizeof *check->kinks);
    return check->gradients && check->scratch && (check->kinks || units == 0 || !parts);
}

/* Opens the model and makes room for its gradients. Collective. */
static enum status prepare_model(struct gradcheck *check, struct error *error)
{
    if (inputs_open_model(check->world, check->config, &check->dataset, &check->model,
                          &check->theta, error) ||
        gradcheck_restrict_methods(check, error))
        return error->status;
    check->variant_count = check->method_count > 1 ? check->method_count : 2;
    return world_agree_memory(check->world, allocate(check), NULL, "the gradients", error);
}

/* Reads this rank's share of the rows. Collective. */
static enum status read_share(struct gradcheck *check, struct error *error)
{
    struct range share =
        range_split(check->rows.end - check->rows.begin, check->world->rank, check->world->size);
    share.begin += check->rows.begin;
    share.end += check->rows.begin;
    return dataset_read(&check->dataset, DATASET_TRAIN, share, &check->samples, error);
}

/* Sums the quotients of this rank's rows: sums[P]. Fails where a quotient overflows the grid. */
static enum status sum_share(const struct gradcheck *check, struct gradient *gradient,
                             int64_t *sums, struct error *error)
{
    const int64_t count = check->samples.rows;
    int64_t *rows = malloc((size_t)(count + 1) * sizeof *rows);
    if (!rows)
        return error_memory(error, NULL, "the rows");
    for (int64_t i = 0; i < count; ++i)
        rows[i] = check->samples.first_row + i;
    const struct share share = share_whole(rows, count, check->model.parts);
    gradient_sum_share(gradient, check->theta, &check->samples, &share, sums);
    free(rows);
    if (score_check_arithmetic(&check->model, error))
        return error->status;
    if (gradient->overflows == 0)
        return STATUS_DONE;
    char name[64];
    tensors_name_parameter(&check->model.tensors, gradient->first_overflow, name, sizeof name);
    return error_set(error, STATUS_DIVERGED,
                     "the gradient of %s at step %g is not finite or above %g%s", name,
                     gradient->step, GRADIENT_RANGE,
                     check->model.kind->derivative_known ? "" : ": try a larger --step");
}

/* Computes a variant's mean gradient over the rows of all ranks. Collective. */
static enum status compute_gradient(const struct gradcheck *check, int which, double step,
                                    struct error *error)
{
    const struct gradcheck_variant variant = gradcheck_variant(check, which);
    const size_t parameters = check->model.tensors.parameters;
    const int64_t terms = check->rows.end - check->rows.begin;
    double *mean = gradcheck_gradient(check, which);
    struct gradient gradient = {0};
    enum status status = STATUS_DONE;
    int64_t *sums = malloc(parameters * sizeof *sums);
    if (!sums || !gradient_create(&gradient, variant.method, &check->model,
                                  variant.step_factor * step, terms))
        status = error_memory(error, NULL, "the gradient");
    else
        status = sum_share(check, &gradient, sums, error);
    status = world_agree(check->world, status, error);
    if (!status) {
        collective_sum(check->world, sums, parameters);
        for (size_t p = 0; p < parameters; ++p)
            mean[p] = exact_mean(&gradient.grid, sums[p], terms);
    }
    gradient_destroy(&gradient);
    free(sums);
    return status;
}

/* Counts the rows of all ranks that meet a kink. Collective. */
static enum status count_kinks(const struct gradcheck *check, double step, struct error *error)
{
    if (!check->kinks)
        return STATUS_DONE;
    const bool counted =
        kinks_count(&check->model, check->theta, &check->samples, step, check->kinks);
    const enum status status =
        world_agree_memory(check->world, counted, NULL, "the search for kinks", error);
    if (!status)
        collective_sum(check->world, check->kinks,
                       check->model.tensors.parameters + kinks_units(&check->model));
    return status;
}

/* Writes the gradient by each method to --output, as a group of that name. */
static enum status write_output(const struct gradcheck *check, struct error *error)
{
    const char *names[GRADCHECK_METHODS_MAX];
    for (int which = 0; which < check->method_count; ++which)
        names[which] = check->methods[which]->name;
    return weights_write_file(check->config->output, check->method_count, names,
                              &check->model.tensors, check->gradients, error);
}

/* Computes and compares all variants at steps[at]. Collective. The verdict is on the rows of all
 * ranks, so its line is broadcast as it is: world_agree would add "(rank 0 on ...)". */
static enum status check_step(struct gradcheck *check, int at, struct error *error)
{
    for (int which = 0; which < check->variant_count; ++which)
        if (compute_gradient(check, which, check->steps[at], error))
            return error->status;
    enum status status = count_kinks(check, check->steps[at], error);
    if (status)
        return status;
    if (check->world->rank == 0) {
        if (check->config->output)
            status = write_output(check, error);
        if (!status)
            status = gradcheck_report_step(check, at, error);
        fflush(stdout);
    }
    collective_broadcast(check->world, &status, sizeof status);
    collective_broadcast(check->world, error, sizeof *error);
    return status;
}

/* Checks every step, also after one that failed; returns the last failure. Collective. */
static enum status check_steps(struct gradcheck *check, struct error *error)
{
    struct error last = {STATUS_DONE, ""};
    beat_enter(PHASE_COMPUTE);
    for (int at = 0; at < check->step_count; ++at) {
        for (int which = 0; which < check->variant_count; ++which)
            check->differences[at][which] = (double)NAN;
        if (check_step(check, at, &last))
            *error = last;
    }
    if (check->step_count > 1 && check->world->rank == 0)
        gradcheck_report_steps(check);
    return error->status;
}

enum status gradcheck_command(const struct world *world, const struct config *config,
                              struct error *error)
{
    char path[PATH_MAX];
    struct gradcheck check = {.world = world, .config = config};
    if (gradcheck_parse(&check, error) ||
        inputs_open_data(world, config, path, &check.dataset, error))
        return error->status;
    enum status status = gradcheck_parse_rows(&check, error);
    if (!status)
        status = check_output(&check, error);
    if (!status)
        status = prepare_model(&check, error);
    if (!status)
        status = read_share(&check, error);
    if (!status)
        status = check_steps(&check, error);
    dataset_free_samples(&check.samples);
    dataset_close(&check.dataset);
    free(check.gradients);
    free(check.scratch);
    free(check.kinks);
    free(check.theta);
    return status;
}
