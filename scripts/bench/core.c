/* SPDX-License-Identifier: MIT
 *
 * Times the compute core on one core, without reductions: each phase of an iteration, and an
 * evaluation of the training set. Prints "NAME MICROSECONDS" lines: medians over the repetitions.
 *     bench_core [FILE[:/GROUP] of the weights] [REPETITIONS] [STEP] [METHOD]
 * An empty FILE stands for initial weights. Without METHOD: numerical, then backprop. */
#include "core/gradient.h"
#include "core/sampler.h"
#include "files/dataset.h"
#include "files/shipped_data.h"
#include "files/weights_source.h"
#include "options/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 100, PHASES = 8, REPETITIONS_MAX = 100000 };

struct bench {
    struct network network;
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
    double lap = MPI_Wtime();
    sampler_slice(&bench->sampler, repetition + 1, bench->rows);
    note(bench, 0, "sampling", repetition, &lap);
    const struct batch_slice slice =
        batch_slice_whole(bench->rows, BATCH, bench->network.hidden + 1);
    gradient_sum_slice(&bench->gradient, bench->theta, &bench->samples, &slice, bench->sums);
    note(bench, 1, method, repetition, &lap);
    network_update(&bench->network, bench->theta, bench->sums, &bench->gradient.grid, BATCH, 0);
    note(bench, 2, "update", repetition, &lap);
    network_score(&bench->network, bench->theta, &bench->samples, bench->rows, BATCH,
                  &bench->loss_grid, &bench->gradient.pass);
    note(bench, 3, "loss after the update", repetition, &lap);
}

static void time_method(struct bench *bench, const struct gradient_method *method, double step,
                        int repetitions)
{
    bench->phases = 0;
    if (!gradient_create(&bench->gradient, method, &bench->network, step, BATCH))
        abort();
    for (int i = 0; i < repetitions; ++i)
        time_iteration(bench, method->name, i);
    print_medians(bench, repetitions);
    if (method == &gradient_numerical)
        for (int i = 0; i < 3; ++i) {
            const double start = MPI_Wtime();
            int64_t *all = malloc((size_t)bench->samples.rows * sizeof *all);
            for (int64_t row = 0; row < bench->samples.rows; ++row)
                all[row] = row;
            network_score(&bench->network, bench->theta, &bench->samples, all, bench->samples.rows,
                          &bench->loss_grid, &bench->gradient.pass);
            printf("%-28s %10.0f\n", "evaluation of 60,000 rows", 1e6 * (MPI_Wtime() - start));
            free(all);
        }
    gradient_destroy(&bench->gradient);
}

int main(int argc, char **argv)
{
    struct bench bench = {.network = {784, 50, 10}};
    struct dataset dataset;
    struct error error;
    char path[4096];
    struct world world = world_open(&argc, &argv);
    const int repetitions = argc > 2 ? atoi(argv[2]) : 1000;
    const double step = argc > 3 ? atof(argv[3]) : 1e-4;
    if (shipped_data_path(path, sizeof path, &error) ||
        dataset_open(&dataset, &world, path, &error) ||
        dataset_read(&dataset, DATASET_TRAIN, (struct sampler_range){0, 60000}, &bench.samples,
                     &error) ||
        (argc > 1 && *argv[1] &&
         weights_source_load(&world, argv[1], &bench.network, &bench.theta, &error))) {
        fprintf(stderr, "bench_core: %s\n", error.text);
        return EXIT_FAILURE;
    }
    const size_t parameters = network_parameter_count(&bench.network);
    if (!bench.theta) {
        bench.theta = malloc(parameters * sizeof *bench.theta);
        network_initialize(&bench.network, 0, 0.01, bench.theta);
    }
    bench.sums = malloc(parameters * sizeof *bench.sums);
    bench.loss_grid = exact_grid_make(60000, NETWORK_LOSS_RANGE);
    sampler_create(&bench.sampler, SAMPLER_REPLACEMENT, 0, 60000, BATCH, 1, 0, 1);
    const char *const only = argc > 4 ? argv[4] : NULL;
    if (!only || strcmp(only, "numerical") == 0)
        time_method(&bench, &gradient_numerical, step, repetitions);
    if (!only || strcmp(only, "backprop") == 0)
        time_method(&bench, &gradient_backprop, step, repetitions);
    world_close(&world);
    return EXIT_SUCCESS;
}
