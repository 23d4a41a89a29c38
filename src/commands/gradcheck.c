/* SPDX-License-Identifier: MIT
 *
 * dtrain gradcheck: computes the gradient of some rows by several methods and compares them. One
 * method alone, as a user's model has, is compared with itself at half the step. */
#include "commands.h"
#include "core/gradient.h"
#include "files/atomic_file.h"
#include "files/hdf5_file.h"
#include "files/weights.h"
#include "inputs.h"
#include "ranks/collective.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { METHODS_MAX = 3, STEPS_MAX = 16 };

struct check {
    const struct world *world;
    const struct config *config;
    struct dataset dataset;
    struct model model;
    double *theta;
    struct sampler_range rows; /* global */
    struct samples samples;    /* this rank's part of the rows */
    int methods;
    const struct gradient_method *method[METHODS_MAX];
    int variants;      /* the methods, or one method at two steps: see variant_of */
    double *gradients; /* (variants, P), at one step */
    int steps;
    double step[STEPS_MAX];
    double worst[STEPS_MAX][METHODS_MAX]; /* relative differences from the first variant */
};

/* What is compared: a method at a step, which is the given one or half of it. */
struct variant {
    const struct gradient_method *method;
    double step_factor;
    const char *title, *column;
};

static struct variant variant_of(const struct check *check, int which)
{
    const struct gradient_method *method = check->method[which < check->methods ? which : 0];
    if (which < check->methods)
        return (struct variant){method, 1, method->name, method->name};
    return (struct variant){method, 0.5, "half the step", "half step"};
}

static enum status parse_methods(struct check *check, struct error *error)
{
    char list[256];
    const char *const methods = check->config->methods;
    snprintf(list, sizeof list, "%s", methods ? methods : "numerical,literal,backprop");
    for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
        const struct gradient_method *method = gradient_method_find(name);
        if (!method || check->methods == METHODS_MAX)
            return error_set(error, STATUS_USAGE,
                             "--methods: '%s' is not a list of up to three of numerical, literal, "
                             "backprop",
                             methods);
        check->method[check->methods++] = method;
    }
    if (check->methods == 0)
        return error_set(error, STATUS_USAGE, "--methods: names no method");
    return STATUS_DONE;
}

/* Leaves out the methods that can do nothing with the model; the user must not have named them. */
static enum status restrict_methods(struct check *check, struct error *error)
{
    int suited = 0;
    for (int i = 0; i < check->methods; ++i) {
        if (gradient_method_suits(check->method[i], &check->model))
            check->method[suited++] = check->method[i];
        else if (check->config->methods)
            return error_set(error, STATUS_USAGE,
                             "--methods: the gradient%s is known by literal only, not by %s",
                             check->model.of_model, check->method[i]->name);
    }
    check->methods = suited;
    return STATUS_DONE;
}

static enum status parse_steps(struct check *check, struct error *error)
{
    const char *const text = check->config->steps;
    for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        char *end;
        const double step = strtod(at, &end);
        if (end == at || (*end != ',' && *end != '\0') || !(step >= 1e-12 && step <= 1e3) ||
            check->steps == STEPS_MAX)
            return error_set(error, STATUS_USAGE,
                             "--step: '%s' is not a list of up to %d numbers from 1e-12 to 1000",
                             text, STEPS_MAX);
        check->step[check->steps++] = step;
    }
    if (check->config->output && check->steps > 1)
        return error_set(error, STATUS_USAGE, "--output: takes the gradients of one --step");
    return STATUS_DONE;
}

static enum status parse_rows(struct check *check, struct error *error)
{
    long long begin, end;
    char rest;
    const char *text = check->config->row_range;
    const int64_t global_rows = check->dataset.global_rows[DATASET_TRAIN];
    if (sscanf(text, "%lld:%lld%c", &begin, &end, &rest) != 2 || begin < 0 || begin >= end ||
        end > global_rows || end - begin > GRADIENT_BATCH_MAX)
        return error_set(error, STATUS_USAGE,
                         "--rows: '%s' is not A:B with 0 <= A < B <= %lld and at most %d rows",
                         text, (long long)global_rows, GRADIENT_BATCH_MAX);
    check->rows = (struct sampler_range){begin, end};
    return STATUS_DONE;
}

/* Before the work, which takes long by the literal method. Collective. */
static enum status check_output(const struct check *check, struct error *error)
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

static enum status prepare_model(struct check *check, struct error *error)
{
    if (inputs_open_model(check->world, check->config, &check->dataset, &check->model,
                          &check->theta, error) ||
        restrict_methods(check, error))
        return error->status;
    enum status status = STATUS_DONE;
    check->variants = check->methods > 1 ? check->methods : 2;
    check->gradients =
        malloc((size_t)check->variants * check->model.tensors.parameters * sizeof(double));
    if (!check->gradients)
        status = error_set(error, STATUS_FAILED, "not enough memory for the gradients");
    return world_agree(check->world, status, error);
}

static enum status read_part(struct check *check, struct error *error)
{
    struct sampler_range part =
        sampler_split(check->rows.end - check->rows.begin, check->world->rank, check->world->size);
    part.begin += check->rows.begin;
    part.end += check->rows.begin;
    return dataset_read(&check->dataset, DATASET_TRAIN, part, &check->samples, error);
}

/* This rank's sums by one method: sums[P], and at the end how much is off the grid. */
static enum status sum_part(const struct check *check, struct gradient *gradient, int64_t *sums,
                            struct error *error)
{
    const int64_t count = check->samples.rows;
    int64_t *rows = malloc((size_t)(count + 1) * sizeof *rows);
    if (!rows)
        return error_set(error, STATUS_FAILED, "not enough memory for the rows");
    for (int64_t i = 0; i < count; ++i)
        rows[i] = check->samples.first_row + i;
    const struct batch_share share = batch_share_whole(rows, count, check->model.parts);
    gradient_sum_share(gradient, check->theta, &check->samples, &share, sums);
    free(rows);
    if (gradient->overflows == 0)
        return STATUS_DONE;
    char name[64];
    tensors_name_parameter(&check->model.tensors, gradient->first_overflow, name, sizeof name);
    return error_set(error, STATUS_DIVERGED,
                     "the gradient of %s at step %g is not finite or above %g%s", name,
                     gradient->step, GRADIENT_RANGE,
                     check->model.kind->derivative_known ? "" : ": try a larger --step");
}

/* The mean gradient by one method at one step, over all ranks. */
static enum status compute(const struct check *check, const struct gradient_method *method,
                           double step, double *mean, struct error *error)
{
    const int64_t terms = check->rows.end - check->rows.begin;
    struct gradient gradient = {0};
    enum status status = STATUS_DONE;
    int64_t *sums = malloc(check->model.tensors.parameters * sizeof *sums);
    if (!sums || !gradient_create(&gradient, method, &check->model, step, terms))
        status = error_set(error, STATUS_FAILED, "not enough memory for the gradient");
    else
        status = sum_part(check, &gradient, sums, error);
    status = world_agree(check->world, status, error);
    if (!status) {
        collective_sum(check->world, sums, check->model.tensors.parameters);
        for (size_t p = 0; p < check->model.tensors.parameters; ++p)
            mean[p] = exact_mean(&gradient.grid, sums[p], terms);
    }
    gradient_destroy(&gradient);
    free(sums);
    return status;
}

/* Prints how far one variant is from the first; returns the largest relative difference. */
static double print_comparison(const struct check *check, int which)
{
    const struct tensors *tensors = &check->model.tensors;
    const double *first = check->gradients;
    const double *other = first + (size_t)which * tensors->parameters;
    double worst = 0;
    printf("%s against %s\n  tensor  largest difference  relative   1 - cosine\n",
           variant_of(check, which).title, variant_of(check, 0).title);
    for (int i = 0; i < tensors->count; ++i) {
        const struct tensor *t = &tensors->list[i];
        const struct gradient_difference d =
            gradient_compare(first + t->offset, other + t->offset, tensor_size(t));
        printf("  %-6s  %18.2e  %8.1e  %11.1e\n", t->name, d.largest, d.relative, 1 - d.cosine);
        if (d.relative > worst)
            worst = d.relative;
    }
    return worst;
}

/* What the gradient by one method alone looks like. Entries of 0 tell where a step is too small to
 * change the loss at all. */
static void print_gradient(const struct check *check)
{
    double largest = 0;
    size_t zeros = 0;
    for (size_t p = 0; p < check->model.tensors.parameters; ++p) {
        largest = fmax(largest, fabs(check->gradients[p]));
        zeros += check->gradients[p] == 0;
    }
    printf("  %s: the largest entry is %.3g, and %zu of %zu are 0\n", check->method[0]->name,
           largest, zeros, check->model.tensors.parameters);
}

/* What the numbers below can be expected to be, where the methods are right. */
static void print_step(const struct check *check, double step)
{
    printf("rows %lld to %lld, %zu parameters%s, step %g\n", (long long)check->rows.begin,
           (long long)check->rows.end - 1, check->model.tensors.parameters, check->model.of_model,
           step);
    /* The difference of two losses of about 2 is off by an ulp, and divided by 2h. */
    if (check->methods > 1)
        printf("  rounding costs literal about %.0e; difference and derivative part by about step "
               "squared, %.0e of it\n",
               DBL_EPSILON / step, step * step);
    else
        printf("  rounding costs literal about %.0e for a loss of 2; a smooth loss changes little "
               "from a step to half of it\n",
               DBL_EPSILON / step);
}

/* The verdict on a comparison of two methods. */
static enum status judge(const struct check *check, int which, int at, struct error *error)
{
    const double tolerance = check->config->tolerance, worst = check->worst[at][which];
    const bool passed = worst <= tolerance;
    printf("  %s: relative difference %.1e, tolerance %.1e\n", passed ? "good" : "TOO LARGE", worst,
           tolerance);
    if (passed)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "gradcheck: %s and %s differ by %.1e at step %g, more than --tolerance %g",
                     check->method[which]->name, check->method[0]->name, worst, check->step[at],
                     tolerance);
}

/* The comparisons at one step, on rank 0. Returns STATUS_FAILED where methods differ by more than
 * the tolerance. What half the step changes is for the user to judge. */
static enum status print_comparisons(struct check *check, int at, struct error *error)
{
    enum status status = STATUS_DONE;
    print_step(check, check->step[at]);
    if (check->methods == 1)
        print_gradient(check);
    for (int which = 1; which < check->variants; ++which) {
        check->worst[at][which] = print_comparison(check, which);
        if (check->methods > 1 && judge(check, which, at, error))
            status = STATUS_FAILED;
    }
    return status;
}

/* Several steps side by side. */
static void print_sweep(const struct check *check)
{
    printf("relative difference from %s\n      step", check->method[0]->name);
    for (int which = 1; which < check->variants; ++which)
        printf("  %10s", variant_of(check, which).column);
    for (int at = 0; at < check->steps; ++at) {
        printf("\n%10g", check->step[at]);
        for (int which = 1; which < check->variants; ++which)
            printf("  %10.1e", check->worst[at][which]);
    }
    putchar('\n');
}

static enum status write_output(const struct check *check, struct error *error)
{
    const char *path = check->config->output;
    char temporary[PATH_MAX];
    if (atomic_file_begin(path, temporary, error))
        return error->status;
    const hid_t file = H5Fcreate(temporary, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    bool written = file >= 0;
    for (int which = 0; which < check->methods && written; ++which) {
        char group[32];
        snprintf(group, sizeof group, "/%s", check->method[which]->name);
        written =
            weights_write_group(file, group, &check->model.tensors,
                                check->gradients + (size_t)which * check->model.tensors.parameters);
    }
    if (file >= 0)
        written = H5Fclose(file) >= 0 && written;
    if (written)
        return atomic_file_commit(path, error);
    atomic_file_abandon(path);
    return error_set(error, STATUS_FAILED, "--output %s: cannot be written", path);
}

/* All variants at one step. The verdict is about all ranks' rows: it goes out from rank 0 as it
 * is, without a rank's name in the line. */
static enum status check_step(struct check *check, int at, struct error *error)
{
    for (int which = 0; which < check->variants; ++which) {
        const struct variant variant = variant_of(check, which);
        if (compute(check, variant.method, variant.step_factor * check->step[at],
                    check->gradients + (size_t)which * check->model.tensors.parameters, error))
            return error->status;
    }
    enum status status = STATUS_DONE;
    if (check->world->rank == 0) {
        if (check->config->output)
            status = write_output(check, error);
        if (!status)
            status = print_comparisons(check, at, error);
        fflush(stdout);
    }
    collective_broadcast(check->world, &status, sizeof status);
    collective_broadcast(check->world, error, sizeof *error);
    return status;
}

static enum status run_check(struct check *check, struct error *error)
{
    if (parse_rows(check, error) || check_output(check, error) || prepare_model(check, error) ||
        read_part(check, error))
        return error->status;
    /* A step that fails does not keep the others from being seen. */
    struct error last = {STATUS_DONE, ""};
    for (int at = 0; at < check->steps; ++at)
        if (check_step(check, at, &last))
            *error = last;
    if (check->steps > 1 && check->world->rank == 0)
        print_sweep(check);
    return error->status;
}

enum status gradcheck_command(const struct world *world, const struct config *config,
                              struct error *error)
{
    char path[PATH_MAX];
    struct check check = {.world = world, .config = config};
    if (parse_methods(&check, error) || parse_steps(&check, error) ||
        inputs_open_data(world, config, path, &check.dataset, error))
        return error->status;
    const enum status status = run_check(&check, error);
    dataset_free_samples(&check.samples);
    dataset_close(&check.dataset);
    free(check.gradients);
    free(check.theta);
    return status;
}
