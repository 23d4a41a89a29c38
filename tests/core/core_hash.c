/* SPDX-License-Identifier: MIT
 *
 * Prints a hash of everything the compute core computes: initial weights, batches, forward passes,
 * gradients by each method, updates. Built for several instruction sets and levels of
 * optimization; all must print the same (instruction_sets.sh). */
#include "core/gradient.h"
#include "core/optimizer.h"
#include "core/rng.h"
#include "core/sampler.h"
#include "problem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

static void add(XXH3_state_t *hash, const void *values, size_t bytes)
{
    XXH3_64bits_update(hash, values, bytes);
}

static void add_forward(XXH3_state_t *hash, const struct problem *p)
{
    struct model_pass pass;
    if (!model_pass_create(&pass, &p->model))
        abort();
    model_pass_take(&pass, &p->samples, p->rows, PROBLEM_ROWS);
    model_forward(&pass, p->theta);
    for (int i = 0; i < PROBLEM_ROWS; ++i) {
        const struct network_sample results = network_sample(pass.results, i);
        const double loss = model_loss(&pass, i);
        add(hash, results.y, (size_t)p->model.classes * sizeof *results.y);
        add(hash, results.one_minus_z, (size_t)p->model.hidden * sizeof *results.one_minus_z);
        add(hash, &loss, sizeof loss);
    }
    model_pass_destroy(&pass);
}

/* A step of training by the method; theta is put back. */
static void add_step(XXH3_state_t *hash, const struct problem *p,
                     const struct gradient_method *method, double step)
{
    struct gradient gradient;
    const size_t bytes = p->parameters * sizeof(double);
    int64_t *sums = malloc(p->parameters * sizeof *sums);
    double *theta = malloc(bytes);
    if (!sums || !theta || !gradient_create(&gradient, method, &p->model, step, PROBLEM_ROWS))
        abort();
    const struct batch_share share = batch_share_whole(p->rows, PROBLEM_ROWS, p->model.parts);
    gradient_sum_share(&gradient, p->theta, &p->samples, &share, sums);
    for (size_t i = 0; i < p->parameters; ++i)
        theta[i] = p->theta[i];
    const struct optimizer_gradient mean = {sums, &gradient.grid, PROBLEM_ROWS};
    optimizer_step(&optimizer_sgd, theta, p->parameters, &mean, 0.1);
    add(hash, sums, p->parameters * sizeof *sums);
    add(hash, theta, bytes);
    gradient_destroy(&gradient);
    free(theta);
    free(sums);
}

static void add_problem(XXH3_state_t *hash, int inputs, int hidden, int classes, double deviation)
{
    const double steps[] = {1e-6, 1e-4, 1e-2, 0.5, 1000};
    for (int pixels = 0; pixels < 2; ++pixels) {
        struct problem p = problem_make(inputs, hidden, classes, pixels, deviation);
        add_forward(hash, &p);
        add_step(hash, &p, &gradient_backprop, 1);
        if (p.parameters < 500)
            add_step(hash, &p, &gradient_literal, 1e-4);
        for (size_t s = 0; s < sizeof steps / sizeof *steps; ++s)
            add_step(hash, &p, &gradient_numerical, steps[s]);
        problem_free(&p);
    }
}

static void add_batches(XXH3_state_t *hash)
{
    int64_t rows[100];
    for (int mode = SAMPLER_REPLACEMENT; mode <= SAMPLER_EPOCH; ++mode) {
        struct sampler sampler;
        if (!sampler_create(&sampler, (enum sampler_mode)mode, 5, 60001, 100, 1, 0, 1))
            abort();
        for (int64_t iteration = 1; iteration < 20; ++iteration) {
            sampler_share(&sampler, iteration, rows);
            add(hash, rows, sizeof rows);
        }
        sampler_destroy(&sampler);
    }
}

int main(void)
{
    XXH3_state_t *hash = XXH3_createState();
    if (!hash)
        return EXIT_FAILURE;
    XXH3_64bits_reset(hash);
    add_batches(hash);
    /* Widths around those of vector registers, and weights from initial to saturated. */
    for (int hidden = 1; hidden <= 17; ++hidden)
        add_problem(hash, 9, hidden, 2 + hidden % 5, hidden % 3 ? 0.3 : 3);
    add_problem(hash, 64, 50, 10, 0.01);
    add_problem(hash, 3, 70, 33, 2);
    printf("%016" PRIx64 "\n", (uint64_t)XXH3_64bits_digest(hash));
    XXH3_freeState(hash);
    return EXIT_SUCCESS;
}
