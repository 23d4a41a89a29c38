/* SPDX-License-Identifier: MIT
 *
 * Times the compute core on one core, without reductions: each phase of an iteration, and an
 * evaluation of the training set. Prints "NAME MICROSECONDS" lines: medians over the repetitions.
 *     bench_core [FILE[:/GROUP] of the weights] [REPETITIONS] [STEP] [METHOD]
 * An empty FILE stands for initial weights. Without METHOD: numerical, then backprop. */
#include "core/gradient/gradient.h"
#include "core/samples/sampler.h"
#include "core/update/optimizer.h"
#include "data/dataset.h"
#include "data/shipped_data.h"
#include "runs/weights_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 60000, BATCH = 100, PHASES = 4, REPETITIONS_MAX = 100000 };

struct bench {
    struct model model;
    double *theta;
    struct samples samples;
    struct sampler sampler;
    struct gradient gradient;
    struct exact_grid loss_grid;
    int64_t rows[BATCH], *sums;
    int phases;
    const char *names[PHASES];
    double *seconds[PHASES];
};

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static void print_medians(struct bench *bench, int repetitions)
{
    for (int phase = 0; phase < bench->phases; ++phase) {
        double *seconds = bench->seconds[phase];
        qsort(seconds, (size_t)repetitions, sizeof *seconds, compare_doubles);
        printf("%-28s %10.1f\n", bench->names[phase], 1e6 * seconds[repetitions / 2]);
    }
}

/* Stores the seconds since *lap as those of a phase, and sets *lap to now. */
static void note(struct bench *bench, int phase, const char *name, int repetition, double *lap)
{
    const double now = MPI_Wtime();
    if (phase >= bench->phases) {
        bench->names[phase] = name;
        bench->seconds[phase] = calloc(REPETITIONS_MAX, sizeof(double));
        bench->phases = phase + 1;
    }
    bench->seconds[phase][repetition] = now - *lap;
    *lap = MPI_Wtime();
}

/* A learning rate of 0 keeps the weights as they are and costs the same. */
static void time_iteration(struct bench *bench, const char *method, int repetition)
{
    const struct optimizer optimizer = {.rule = &optimizer_sgd};
    const struct optimizer_gradient mean = {bench->sums, &bench->gradient.grid, BATCH};
    struct model_pass *pass = &bench->gradient.pass;
    double lap = MPI_Wtime();
    struct model_score score = {0};
    const struct share share = sampler_share(&bench->sampler, repetition + 1, bench->rows);
    note(bench, 0, "sampling", repetition, &lap);
    gradient_sum_share(&bench->gradient, bench->theta, &bench->samples, &share, bench->sums);
    note(bench, 1, method, repetition, &lap);
    optimizer_step(&optimizer, bench->theta, &bench->model.tensors, &mean, repetition + 1);
    note(bench, 2, "update", repetition, &lap);
    for (int64_t done = 0; done < BATCH; done += pass->count) {
        model_pass_take(pass, &bench->samples, bench->rows + done, BATCH - done);
        model_score_add(&score, pass, bench->theta, &bench->loss_grid);
    }
    note(bench, 3, "loss after the update", repetition, &lap);
}

/* Evaluates the whole training set. */
static void time_evaluation(struct bench *bench)
{
    struct model_pass *pass = &bench->gradient.pass;
    struct model_score score = {0};
    const double start = MPI_Wtime();
    for (int64_t row = 0; row < bench->samples.rows; row += pass->count) {
        model_pass_take_from(pass, &bench->samples, row, bench->samples.rows - row);
        model_score_add(&score, pass, bench->theta, &bench->loss_grid);
    }
    printf("%-28s %10.0f\n", "evaluation of 60,000 rows", 1e6 * (MPI_Wtime() - start));
}

static void time_method(struct bench *bench, const struct gradient_method *method, double step,
                        int repetitions)
{
    bench->phases = 0;
    if (!gradient_create(&bench->gradient, method, &bench->model, step, BATCH))
        abort();
    for (int i = 0; i < repetitions; ++i)
        time_iteration(bench, method->name, i);
    print_medians(bench, repetitions);
    for (int i = 0; i < 3 && method == &gradient_numerical; ++i)
        time_evaluation(bench);
    gradient_destroy(&bench->gradient);
}

/* Reads the training set, and the weights if their source is given. */
static enum status open_bench(struct bench *bench, const struct world *world, const char *weights,
                              struct error *error)
{
    const int widths[] = {784, 50, 10};
    char path[4096];
    struct dataset dataset;
    struct tensors tensors = network_tensors(&activation_sigmoid, 2, widths);
    if (shipped_data_path(path, sizeof path, error) || dataset_open(&dataset, world, path, error) ||
        dataset_read(&dataset, DATASET_TRAIN, (struct range){0, ROWS}, &bench->samples, error) ||
        (*weights && weights_source_load(world, weights, &tensors, &bench->theta, error)))
        return error->status;
    if (!network_make_from_tensors(&bench->model, &tensors) || bench->model.inputs != widths[0])
        return error_set(error, STATUS_FAILED, "%s: is no network of 784 inputs", weights);
    return STATUS_DONE;
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    struct error error;
    struct world world = world_open(&argc, &argv);
    const int repetitions = argc > 2 ? atoi(argv[2]) : 1000;
    const double step = argc > 3 ? atof(argv[3]) : 1e-4;
    const char *const only = argc > 4 ? argv[4] : NULL;
    if (open_bench(&bench, &world, argc > 1 ? argv[1] : "", &error)) {
        fprintf(stderr, "bench_core: %s\n", error.text);
        world_close(&world);
        return EXIT_FAILURE;
    }
    const size_t parameters = bench.model.tensors.parameters;
    bench.sums = malloc(parameters * sizeof *bench.sums);
    if (!bench.theta) {
        bench.theta = malloc(parameters * sizeof *bench.theta);
        model_initialize(&bench.model, 0, (struct deviation){.number = 0.01}, bench.theta);
    }
    bench.loss_grid = exact_grid_make(ROWS, NETWORK_LOSS_RANGE);
    const struct holdout holdout = {0, ROWS, 0};
    sampler_create(&bench.sampler, SAMPLER_REPLACEMENT, &holdout, BATCH, share_groups(BATCH),
                   bench.model.parts, 0, 1);
    if (!only || strcmp(only, "numerical") == 0)
        time_method(&bench, &gradient_numerical, step, repetitions);
    if (!only || strcmp(only, "backprop") == 0)
        time_method(&bench, &gradient_backprop, step, repetitions);
    world_close(&world);
    return EXIT_SUCCESS;
}
