/* SPDX-License-Identifier: MIT
 *
 * Times the compute core on one core, without reductions and files: each step of an iteration, and
 * an evaluation of the training set. Prints "NAME MICROSECONDS" lines, of the processor's time:
 * medians over the iterations of a training, which takes all options of dtrain that shape one.
 *     bench_core [OPTION...]      bench_core --hidden 512,256 --activation relu --init-std he
 *                                            --batch-size 256 --gradient backprop --iterations 50
 */
#include "core/gradient/gradient.h"
#include "options/config.h"
#include "training/assemble.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EVALUATIONS = 3 };

/* What the steps of an iteration work on, and hand to the next one. */
struct bench {
    struct trainer *trainer;
    int64_t iteration;
    struct share share;
    int64_t *sums; /* (P) */
};

static void sample(struct bench *bench)
{
    bench->share = loader_next(&bench->trainer->loader, bench->iteration);
}

static void sum_gradient(struct bench *bench)
{
    struct trainer *trainer = bench->trainer;
    gradient_sum_share(&trainer->gradient, trainer->theta, &trainer->loader.train, &bench->share,
                       bench->sums);
}

static void update(struct bench *bench)
{
    struct trainer *trainer = bench->trainer;
    const struct optimizer_gradient gradient = {.sums = bench->sums,
                                                .grid = &trainer->gradient.grid,
                                                .samples = trainer->config->batch_size};
    optimizer_step(&trainer->optimizer, trainer->theta, &trainer->model.tensors,
                   optimizer_everything(&trainer->model.tensors), &gradient, bench->iteration);
}

static void measure_loss(struct bench *bench)
{
    struct trainer *trainer = bench->trainer;
    batch_loss_measure(&trainer->batch_loss, bench->iteration, &trainer->gradient.pass,
                       trainer->theta, &trainer->loader.train, bench->share.rows,
                       trainer->config->batch_size);
}

static void evaluate(struct bench *bench)
{
    struct trainer *trainer = bench->trainer;
    const struct samples *samples = &trainer->loader.train;
    const struct exact_grids grid = exact_grids_make(samples->rows, trainer->model.loss_range, 1);
    struct model_pass *pass = &trainer->gradient.pass;
    struct model_score score = {0};
    for (int64_t row = 0; row < samples->rows; row += pass->count) {
        model_pass_take_from(pass, samples, row, samples->rows - row);
        model_score_add(&score, pass, trainer->theta, &grid);
    }
}

static const struct step {
    const char *name;
    void (*work)(struct bench *bench);
} steps[] = {{"sampling", sample},
             {"gradient", sum_gradient},
             {"update", update},
             {"loss after the update", measure_loss}};

enum { STEPS = sizeof steps / sizeof *steps };

/* Seconds of the processor that this process has used. */
static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static void print_median(const char *name, double *seconds, int64_t count)
{
    qsort(seconds, (size_t)count, sizeof *seconds, compare_doubles);
    printf("%-28s %10.1f\n", name, 1e6 * seconds[count / 2]);
}

/* Stores the seconds of step p of each iteration i as seconds[p * iterations + i], and after those
 * of all steps the seconds of the whole iteration. False if the training diverges. */
static bool time_iterations(struct bench *bench, int64_t iterations, double *seconds)
{
    for (int64_t i = 0; i < iterations; ++i) {
        bench->iteration = i + 1;
        double lap = processor_seconds();
        const double start = lap;
        for (int p = 0; p < STEPS; ++p) {
            steps[p].work(bench);
            const double now = processor_seconds();
            seconds[p * iterations + i] = now - lap;
            lap = now;
        }
        seconds[STEPS * iterations + i] = lap - start;
        if (bench->trainer->gradient.overflows > 0)
            return false;
    }
    return true;
}

static void time_evaluations(struct bench *bench)
{
    double seconds[EVALUATIONS];
    for (int i = 0; i < EVALUATIONS; ++i) {
        const double start = processor_seconds();
        evaluate(bench);
        seconds[i] = processor_seconds() - start;
    }
    print_median("evaluation of all rows", seconds, EVALUATIONS);
}

static enum status time_training(struct trainer *trainer, struct error *error)
{
    const int64_t iterations = trainer->schedule.last;
    double *seconds = calloc((size_t)(STEPS + 1) * (size_t)(iterations + 1), sizeof *seconds);
    int64_t *sums = malloc(trainer->model.tensors.parameters * sizeof *sums);
    struct bench bench = {.trainer = trainer, .sums = sums};
    enum status status = STATUS_DONE;
    if (!seconds || !sums)
        status = error_memory(error, NULL, "the times");
    else if (!time_iterations(&bench, iterations, seconds))
        status = error_set(error, STATUS_DIVERGED, "diverges: give a smaller --learning-rate");
    for (int p = 0; p <= STEPS && !status && iterations > 0; ++p)
        print_median(p < STEPS ? steps[p].name : "iteration", seconds + p * iterations, iterations);
    if (!status)
        time_evaluations(&bench);
    free(seconds);
    free(sums);
    return status;
}

int main(int argc, char **argv)
{
    struct config config;
    struct error error;
    enum status status = config_parse(argc, argv, &config, &error);
    config.dry_run = true; /* so that nothing is written */
    struct world world = world_open(&argc, &argv);
    const struct job job = {&world, &config, NULL};
    if (!status && (config.command != COMMAND_TRAIN || config.help || world.size > 1))
        status = error_set(&error, STATUS_USAGE, "takes the options of dtrain train, and one rank");
    if (!status)
        status = trainer_open_and(&job, time_training, &error);
    if (status && world.rank == 0)
        fprintf(stderr, "bench_core: %s\n", error.text);
    world_close(&world);
    return status;
}
