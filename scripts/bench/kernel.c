/* SPDX-License-Identifier: MIT
 *
 * Times the kernel of the numerical method: the quotients of one pixel level for 50 hidden units,
 * at h = 1e-4. Prints nanoseconds and cycles for each central difference, that is, for two shifted
 * sigmoids, two perturbed softmax sums, a logarithm and the rounding to the grid. */
#include "core/quotients.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LEVELS = 64, ROUNDS = 300, REPETITIONS = 51, ADDITIONS = 1000000 };

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

/* Seconds of a cycle: additions that wait for each other take one each. */
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

int main(void)
{
    const struct network network = {.inputs = 784, .hidden = 50, .classes = 10};
    struct network_pass pass;
    struct quotients q;
    double *theta = malloc(network_parameter_count(&network) * sizeof *theta);
    double seconds[REPETITIONS];
    if (!theta || !network_pass_create(&pass, &network) ||
        !quotients_create(&q, &network, 1e-4, exact_grid_make(100, 128)))
        return EXIT_FAILURE;
    network_initialize(&network, 1, 0.5, theta);
    for (int j = 0; j < network.hidden; ++j)
        pass.z[j] = pass.one_minus_z[j] = 0.5;
    for (int k = 0; k < network.classes; ++k)
        pass.y[k] = 0.1;
    quotients_set_weights(&q, &network, theta + 785 * 50);
    quotients_set_sample(&q, &pass, 0, network.hidden, DEGREE_3);
    struct input_shift shifts[LEVELS];
    for (int level = 0; level < LEVELS; ++level)
        shifts[level] = quotients_shift(1e-4 * (level + 1) / 255.0);
    for (int r = 0; r < REPETITIONS; ++r) {
        const double start = now();
        for (int round = 0; round < ROUNDS; ++round)
            for (int level = 0; level < LEVELS; level += QUOTIENTS_INPUTS)
                quotients_of_inputs(&q, DEGREE_3, QUOTIENTS_INPUTS, shifts + level);
        seconds[r] = (now() - start) / (ROUNDS * LEVELS * network.hidden);
    }
    qsort(seconds, REPETITIONS, sizeof *seconds, compare_doubles);
    const double median = seconds[REPETITIONS / 2];
    printf("%.2f ns and %.2f cycles of %.2f GHz for each central difference\n", 1e9 * median,
           median / cycle(), 1e-9 / cycle());
    return EXIT_SUCCESS;
}
