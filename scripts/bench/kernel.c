/* SPDX-License-Identifier: MIT
 *
 * Times the kernel of the numerical method: the quotients of one pixel level for 50 hidden units,
 * at h = 1e-4. Prints nanoseconds and cycles for each central difference, that is, for two shifted
 * sigmoids, two perturbed softmax sums, a logarithm and the rounding to the grid. */
#include "core/model.h"
#include "core/quotients.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { HIDDEN = 50, LEVELS = 64, ROUNDS = 300, REPETITIONS = 51, ADDITIONS = 1000000 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* Returns the seconds of one cycle: a chain of additions takes a cycle for each. */
static double cycle(void)
{
    double best = 1;
    for (int r = 0; r < REPETITIONS; ++r) {
        unsigned long sum = 0;
        const double start = now();
        for (int i = 0; i < ADDITIONS / 10; ++i)
            __asm__ volatile("add $1, %0\n add $1, %0\n add $1, %0\n add $1, %0\n add $1, %0\n"
                             "add $1, %0\n add $1, %0\n add $1, %0\n add $1, %0\n add $1, %0\n"
                             : "+r"(sum));
        const double seconds = (now() - start) / ADDITIONS;
        best = seconds < best ? seconds : best;
    }
    return best;
}

/* Prepares one sample: all hidden units at one half, all classes equally likely. */
static bool prepare(struct quotients *q)
{
    const int widths[] = {784, HIDDEN, 10};
    static struct model model;
    static struct model_pass pass;
    if (!network_make(&model, widths) || !model_pass_create(&pass, &model) ||
        !quotients_create(q, &model.network, 1e-4, exact_grid_make(100, 128)))
        return false;
    double *theta = malloc(model.tensors.parameters * sizeof *theta);
    if (!theta)
        return false;
    struct network_pass *results = pass.results;
    model_initialize(&model, 1, 0.5, theta);
    for (int j = 0; j < HIDDEN; ++j)
        results->z[j] = results->one_minus_z[j] = 0.5;
    for (int k = 0; k < model.classes; ++k)
        results->y[k] = 0.1;
    quotients_set_weights(q, theta + model.network.layers[1].offset);
    quotients_set_sample(q, results, 0, HIDDEN, SERIES_3);
    free(theta);
    return true;
}

int main(void)
{
    struct quotients q;
    struct input_shift shifts[LEVELS];
    double seconds[REPETITIONS];
    if (!prepare(&q))
        return EXIT_FAILURE;
    for (int level = 0; level < LEVELS; ++level)
        shifts[level] = quotients_shift(1e-4 * (level + 1) / 255.0);
    for (int r = 0; r < REPETITIONS; ++r) {
        const double start = now();
        for (int round = 0; round < ROUNDS; ++round)
            for (int level = 0; level < LEVELS; level += QUOTIENTS_INPUTS)
                quotients_of_inputs(&q, SERIES_3, QUOTIENTS_INPUTS, shifts + level);
        seconds[r] = (now() - start) / (ROUNDS * LEVELS * HIDDEN);
    }
    qsort(seconds, REPETITIONS, sizeof *seconds, compare_doubles);
    const double median = seconds[REPETITIONS / 2];
    printf("%.2f ns and %.2f cycles of %.2f GHz for each central difference\n", 1e9 * median,
           median / cycle(), 1e-9 / cycle());
    return EXIT_SUCCESS;
}
