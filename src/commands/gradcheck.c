/* SPDX-License-Identifier: MIT
 *
 * dtrain gradcheck: computes the gradient of some rows by several methods and compares them. */
#include "commands.h"
#include "core/gradient/gradient.h"
#include "core/gradient/kinks.h"
#include "data/dataset.h"
#include "files/atomic_file.h"
#include "files/hdf5_file.h"
#include "gradcheck_report.h"
#include "ranks/beat.h"
#include "ranks/collective.h"
#include "runs/weights.h"
#include "training/assemble_model.h"
#include "training/divergence.h"
#include "training/score.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

_Static_assert((int)GRADCHECK_VARIANTS_MAX >= (int)CONFIG_WORDS_MAX,
               "each of --methods is a variant");

struct gradcheck {
    const struct job *job;
    const struct world *world;
    const struct config *config;
    struct dataset dataset;
    struct model model;
    double *theta;          /* (P) */
    struct samples samples; /* the rows that this rank needs */
    int64_t *rows;          /* their numbers */
    int method_count;
    const struct gradient_method *methods[CONFIG_WORDS_MAX];
    double *gradients; /* (variants, P): the mean gradients at the current step */
    double *scratch;   /* (2, P) */
    int64_t *kinks;    /* (P, then all hidden units); or NULL */
    struct gradcheck_result results[CONFIG_REALS_MAX]; /* one for each step */
};

/* The method of a variant, and the factor of its step. One method alone is compared with itself at
 * half the step. */
struct variant {
    const struct gradient_method *method;
    double step_factor;
};

static struct variant variant_of(const struct gradcheck *check, int which)
{
    return which < check->method_count ? (struct variant){check->methods[which], 1}
                                       : (struct variant){check->methods[0], 0.5};
}

/* Whether a variant and variant 0 may differ at a kink, though both are right: one is a difference
 * and the other the derivative, or a difference at another step. */
static bool parts_at_kinks(const struct gradcheck *check, int which)
{
    const struct variant first = variant_of(check, 0), other = variant_of(check, which);
    const bool derivative = other.method == &gradient_backprop;
    return derivative != (first.method == &gradient_backprop) ||
           (!derivative && other.step_factor != first.step_factor);
}

static int64_t count_rows(const struct gradcheck *check)
{
    return check->config->row_range.end - check->config->row_range.begin;
}

static enum status check_rows(const struct gradcheck *check, struct error *error)
{
    const struct range rows = check->config->row_range;
    const int64_t global_rows = check->dataset.global_rows[DATASET_TRAIN];
    if (rows.end <= global_rows && count_rows(check) <= GRADIENT_BATCH_MAX)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE,
                     "--rows: '%lld:%lld' is not A:B with 0 <= A < B <= %lld and at most %d rows",
                     (long long)rows.begin, (long long)rows.end, (long long)global_rows,
                     GRADIENT_BATCH_MAX);
}

/* Checks that --output can be written before the work begins, which takes long by the literal
 * method. Collective. */
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

/* Takes --methods, each of which must suit the model, or else all methods that do. */
static enum status choose_methods(struct gradcheck *check, struct error *error)
{
    static const char *const all[] = {"numerical", "literal", "backprop"};
    const struct config_words *named = &check->config->methods;
    const int count = named->count > 0 ? named->count : (int)(sizeof all / sizeof *all);
    for (int i = 0; i < count; ++i) {
        const struct gradient_method *method =
            gradient_method_find(named->count > 0 ? named->values[i] : all[i]);
        if (gradient_method_suits(method, &check->model))
            check->methods[check->method_count++] = method;
        else if (named->count > 0)
            return error_set(error, STATUS_USAGE,
                             "--methods: the gradient%s is known by literal only, not by %s",
                             check->model.of_model, method->name);
    }
    return STATUS_DONE;
}

/* Makes room for all that is as long as theta. */
static bool allocate(struct gradcheck *check, int variants)
{
    const size_t parameters = check->model.tensors.parameters, units = kinks_units(&check->model);
    bool parts = false;
    for (int which = 1; which < variants; ++which)
        parts = parts_at_kinks(check, which) || parts;
    check->gradients = malloc((size_t)variants * parameters * sizeof *check->gradients);
    check->scratch = malloc(2 * parameters * sizeof *check->scratch);
    if (units > 0 && parts)
        check->kinks = malloc((parameters + units) * sizeof *check->kinks);
    return check->gradients && check->scratch && (check->kinks || units == 0 || !parts);
}

/* Prepares the report of each step. */
static void prepare_results(struct gradcheck *check, int variants)
{
    struct gradcheck_result result = {
        .model = &check->model,
        .rows = check->config->row_range,
        .tolerance = check->config->tolerance,
        .one_method = check->method_count == 1,
        .count = variants,
        .kinks = check->kinks,
        .scratch = check->scratch,
    };
    for (int which = 0; which < variants; ++which) {
        const char *const name = variant_of(check, which).method->name;
        const bool is_half = which == check->method_count;
        result.variants[which] = (struct gradcheck_variant){
            .title = is_half ? "half the step" : name,
            .column = is_half ? "half step" : name,
            .gradient = check->gradients + (size_t)which * check->model.tensors.parameters,
            .parts_at_kinks = parts_at_kinks(check, which),
        };
        result.differences[which] = (double)NAN;
    }
    for (int at = 0; at < check->config->steps.count; ++at) {
        check->results[at] = result;
        check->results[at].step = check->config->steps.values[at];
    }
}

/* Opens the model. Collective. */
static enum status open_model(struct gradcheck *check, struct error *error)
{
    if (assemble_model(check->job, &check->dataset, &check->model, &check->theta, error))
        return error->status;
    if (!check->model.kind->evaluates)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE,
                     "gradcheck: the model %s gives its losses by evaluate(): gradcheck is for "
                     "networks and for models with loss()",
                     check->model.description);
}

/* Makes room for the model's gradients. Collective. */
static enum status prepare_gradients(struct gradcheck *check, struct error *error)
{
    if (choose_methods(check, error))
        return error->status;
    const int variants = check->method_count > 1 ? check->method_count : 2;
    const bool allocated = allocate(check, variants);
    if (allocated)
        prepare_results(check, variants);
    return world_agree_memory(check->world, allocated, NULL, "the gradients", error);
}

/* Positions among the rows, as numbers of the dataset. */
static struct range rows_at(const struct gradcheck *check, struct range positions)
{
    const int64_t first = check->config->row_range.begin;
    return (struct range){first + positions.begin, first + positions.end};
}

/* This rank's share of the rows by a method. */
static struct share share_of(const struct gradcheck *check, const struct gradient_method *method)
{
    const int64_t count = count_rows(check);
    struct share share = share_of_rank(count, gradient_groups(method, count), check->model.parts,
                                       check->world->rank, check->world->size);
    if (check->rows)
        share.rows = check->rows + (rows_at(check, share_positions(&share)).begin - *check->rows);
    return share;
}

/* Reads the rows of this rank's shares by any method, and lists them. Collective. */
static enum status read_rows(struct gradcheck *check, struct error *error)
{
    const struct world *world = check->world;
    const struct share share = share_of(check, &gradient_numerical);
    const struct range rows = rows_at(check, share_reach(&share, world->rank, world->size));
    check->rows = malloc((size_t)(rows.end - rows.begin + 1) * sizeof *check->rows);
    for (int64_t row = rows.begin; check->rows && row < rows.end; ++row)
        check->rows[row - rows.begin] = row;
    if (world_agree_memory(world, check->rows, NULL, "the rows", error))
        return error->status;
    if (dataset_read(&check->dataset, DATASET_TRAIN, rows, &check->samples, error))
        return error->status;
    assemble_limits(world, &check->samples, &check->model);
    return STATUS_DONE;
}

/* Sums the quotients of this rank's share: sums[P]. */
static enum status sum_share(const struct gradcheck *check, struct gradient *gradient,
                             int64_t *sums, struct error *error)
{
    const struct share share = share_of(check, gradient->method);
    gradient_sum_share(gradient, check->theta, &check->samples, &share, sums);
    return score_check_arithmetic(&check->model, error);
}

/* Names the first parameter of this rank's share whose sum does not fit the grid, if there is one.
 */
static enum status name_overflow(const struct gradcheck *check, struct gradient *gradient,
                                 int64_t *sums, struct error *error)
{
    char name[64], loss[DIVERGENCE_LOSS_SIZE];
    if (gradient->overflows == 0)
        return STATUS_DONE;
    const struct share share = share_of(check, gradient->method);
    gradient_find_overflow(gradient, check->theta, &check->samples, &share, sums);
    if (divergence_describe_loss(gradient, loss))
        return error_set(error, STATUS_DIVERGED, "%s", loss);
    tensors_name_parameter(&check->model.tensors, gradient->first_overflow, name, sizeof name);
    return error_set(error, STATUS_DIVERGED,
                     "the gradient of %s at step %g is not finite or above %.3g%s", name,
                     gradient->step, gradient->grid.range,
                     check->model.kind->blames_step ? ": try a larger --step" : "");
}

/* Sums the quotients of the rows of all ranks, on the finest grid that they fit. Collective. */
static enum status sum_rows(const struct gradcheck *check, struct gradient *gradient, int64_t *sums,
                            struct error *error)
{
    for (int grid = 0; grid < gradient_grids(gradient); ++grid) {
        gradient_choose_grid(gradient, grid);
        if (world_agree(check->world, sum_share(check, gradient, sums, error), error))
            return error->status;
        int64_t overflows = gradient->overflows;
        collective_sum(check->world, &overflows, 1);
        if (overflows == 0) {
            collective_sum(check->world, sums, check->model.tensors.parameters);
            return STATUS_DONE;
        }
    }
    return world_agree(check->world, name_overflow(check, gradient, sums, error), error);
}

/* Computes a variant's mean gradient over the rows of all ranks. Collective. */
static enum status compute_gradient(const struct gradcheck *check, int which, double step,
                                    struct error *error)
{
    const struct variant variant = variant_of(check, which);
    const size_t parameters = check->model.tensors.parameters;
    const int64_t terms = count_rows(check);
    double *mean = check->gradients + (size_t)which * parameters;
    struct gradient gradient = {0};
    int64_t *sums = malloc(parameters * sizeof *sums);
    const bool created = sums && gradient_create(&gradient, variant.method, &check->model,
                                                 variant.step_factor * step, terms);
    enum status status = world_agree_memory(check->world, created, NULL, "the gradient", error);
    if (!status)
        status = sum_rows(check, &gradient, sums, error);
    for (size_t p = 0; created && !status && p < parameters; ++p)
        mean[p] = exact_mean(&gradient.grid, sums[p], terms);
    gradient_destroy(&gradient);
    free(sums);
    return status;
}

/* Counts the rows of all ranks that meet a kink. Collective. */
static enum status count_kinks(const struct gradcheck *check, double step, struct error *error)
{
    if (!check->kinks)
        return STATUS_DONE;
    const struct range own =
        rows_at(check, range_split(count_rows(check), check->world->rank, check->world->size));
    const bool counted =
        kinks_count(&check->model, check->theta, &check->samples, own, step, check->kinks);
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
    const char *names[CONFIG_WORDS_MAX];
    for (int which = 0; which < check->method_count; ++which)
        names[which] = check->methods[which]->name;
    return weights_write_file(check->config->output, check->method_count, names,
                              &check->model.tensors, check->gradients, error);
}

/* Computes and compares all variants at a step. Collective. The verdict is on the rows of all
 * ranks, so its line is broadcast as it is: world_agree would add "(rank 0 on ...)". */
static enum status check_step(struct gradcheck *check, struct gradcheck_result *result,
                              struct error *error)
{
    for (int which = 0; which < result->count; ++which)
        if (compute_gradient(check, which, result->step, error))
            return error->status;
    enum status status = count_kinks(check, result->step, error);
    if (status)
        return status;
    if (check->world->rank == 0) {
        if (check->config->output)
            status = write_output(check, error);
        if (!status)
            status = gradcheck_report_step(result, error);
        fflush(stdout);
    }
    collective_broadcast(check->world, &status, sizeof status);
    collective_broadcast(check->world, error, sizeof *error);
    return status;
}

/* Checks every step, also after one that failed; returns the last failure. Collective. */
static enum status check_steps(struct gradcheck *check, struct error *error)
{
    const int steps = check->config->steps.count;
    struct error last = {STATUS_DONE, ""};
    beat_enter(PHASE_COMPUTE);
    for (int at = 0; at < steps; ++at)
        if (check_step(check, &check->results[at], &last))
            *error = last;
    if (steps > 1 && check->world->rank == 0)
        gradcheck_report_steps(check->results, steps);
    return error->status;
}

enum status gradcheck_command(const struct job *job, struct error *error)
{
    struct gradcheck check = {.job = job, .world = job->world, .config = job->config};
    if (assemble_data(job, &check.dataset, error))
        return error->status;
    enum status status = check_output(&check, error);
    /* A model without data has no rows: what it is comes first. */
    if (!status)
        status = open_model(&check, error);
    if (!status)
        status = check_rows(&check, error);
    if (!status)
        status = prepare_gradients(&check, error);
    if (!status)
        status = read_rows(&check, error);
    if (!status)
        status = check_steps(&check, error);
    dataset_free_samples(&check.samples);
    dataset_close(&check.dataset);
    free(check.rows);
    free(check.gradients);
    free(check.scratch);
    free(check.kinks);
    free(check.theta);
    return status;
}
