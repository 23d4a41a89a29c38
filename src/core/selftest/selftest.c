/* SPDX-License-Identifier: MIT */
#include "selftest.h"

#include "core/numbers/elementary.h"
#include "core/numbers/rng.h"
#include "core/samples/sampler.h"
#include "core/update/optimizer.h"
#include "problem.h"

#include <stdlib.h>

/* From the least subnormal number to the largest argument with a finite result, four numbers to a
 * power of two; so subnormal numbers that are taken for 0 are noticed too. */
static void add_functions(struct digest_stream *results)
{
    const uint64_t step = UINT64_C(1) << 50, end = elementary_bits(709);
    for (uint64_t bits = 1; bits < end; bits += step) {
        const double x = elementary_from_bits(bits);
        const struct elementary_sigmoid sigmoid = elementary_sigmoid(-x);
        const double values[] = {elementary_exp(x),    elementary_exp(-x), elementary_expm1(x),
                                 elementary_expm1(-x), elementary_log(x),  elementary_log1p(x),
                                 sigmoid.value,        sigmoid.complement};
        digest_add_doubles(results, values, sizeof values / sizeof *values);
    }
}

static bool add_batches(struct digest_stream *results)
{
    int64_t rows[100];
    for (int mode = SAMPLER_REPLACEMENT; mode <= SAMPLER_EPOCH; ++mode) {
        struct sampler sampler;
        if (!sampler_create(&sampler, (enum sampler_mode)mode, &(struct holdout){5, 60001, 0}, 100,
                            1, 0, 1))
            return false;
        for (int64_t iteration = 1; iteration < 20; ++iteration) {
            sampler_share(&sampler, iteration, rows);
            digest_add_integers(results, rows, sizeof rows / sizeof *rows);
        }
        sampler_destroy(&sampler);
    }
    return true;
}

static void add_units(struct digest_stream *results, const struct network_pass *pass, int i)
{
    for (int n = 0; n < pass->hidden_layers; ++n) {
        const struct activation_units units = network_units(pass, n, i, 0);
        const size_t count = (size_t)pass->hidden[n].count;
        digest_add_doubles(results, units.z, count);
        digest_add_doubles(results, units.above, count);
    }
}

static bool add_forward(struct digest_stream *results, const struct problem *p)
{
    struct model_pass pass;
    if (!model_pass_create(&pass, &p->model))
        return false;
    model_pass_take(&pass, &p->samples, p->rows, PROBLEM_ROWS);
    model_forward(&pass, p->theta);
    for (int i = 0; i < PROBLEM_ROWS; ++i) {
        const struct network_sample sample = network_sample(pass.results, i);
        const double loss = model_loss(&pass, i);
        digest_add_doubles(results, sample.y, (size_t)p->model.classes);
        add_units(results, pass.results, i);
        digest_add_doubles(results, &loss, 1);
    }
    model_pass_destroy(&pass);
    return true;
}

/* The sums of the gradient, and theta after a step with them. */
static void add_sums_and_step(struct digest_stream *results, const struct problem *p,
                              struct gradient *gradient, int64_t *sums, double *theta)
{
    const struct share share = share_whole(p->rows, PROBLEM_ROWS, p->model.parts);
    const struct optimizer optimizer = {.rule = &optimizer_sgd, .learning_rate = 0.1};
    const struct optimizer_gradient mean = {sums, &gradient->grid, PROBLEM_ROWS};
    gradient_sum_share(gradient, p->theta, &p->samples, &share, sums);
    memcpy(theta, p->theta, p->parameters * sizeof *theta);
    optimizer_step(&optimizer, theta, &p->model.tensors, &mean, 1);
    digest_add_integers(results, sums, p->parameters);
    digest_add_doubles(results, theta, p->parameters);
}

static bool add_step(struct digest_stream *results, const struct problem *p,
                     const struct gradient_method *method, double step)
{
    struct gradient gradient;
    int64_t *sums = malloc(p->parameters * sizeof *sums);
    double *theta = malloc(p->parameters * sizeof *theta);
    const bool created =
        sums && theta && gradient_create(&gradient, method, &p->model, step, PROBLEM_ROWS);
    if (created) {
        add_sums_and_step(results, p, &gradient, sums, theta);
        gradient_destroy(&gradient);
    }
    free(theta);
    free(sums);
    return created;
}

static bool add_problem(struct digest_stream *results, const struct problem *p)
{
    const double steps[] = {1e-6, 1e-4, 1e-2, 0.5, 1000};
    bool added = add_forward(results, p) && add_step(results, p, &gradient_backprop, 1);
    if (p->parameters < 500)
        added = added && add_step(results, p, &gradient_literal, 1e-4);
    for (size_t s = 0; added && s < sizeof steps / sizeof *steps; ++s)
        added = add_step(results, p, &gradient_numerical, steps[s]);
    return added;
}

/* Some steps of each optimizer, with one gradient. */
static bool add_steps(struct digest_stream *results, const struct problem *p, const int64_t *sums,
                      const struct exact_grid *grid, const char *name)
{
    const struct optimizer_gradient mean = {sums, grid, PROBLEM_ROWS};
    const struct optimizer optimizer = {
        optimizer_find(name), 0.1, 0.9, 0.9, 0.999, 0.99, 1e-8, 0.01};
    const size_t size = optimizer_block_size(optimizer.rule, p->parameters);
    double *block = calloc(size, sizeof *block);
    if (!block)
        return false;
    memcpy(block, p->theta, p->parameters * sizeof *block);
    for (int64_t step = 1; step <= 5; ++step)
        optimizer_step(&optimizer, block, &p->model.tensors, &mean, step);
    digest_add_doubles(results, block, size);
    free(block);
    return true;
}

static bool add_optimizers(struct digest_stream *results)
{
    static const char *const names[] = {"sgd",     "momentum", "nesterov",
                                        "adagrad", "rmsprop",  "adam"};
    const struct exact_grid grid = exact_grid_make(PROBLEM_ROWS, GRADIENT_RANGE);
    const int widths[] = {7, 5, 3};
    struct problem p;
    bool added = problem_make(&p, &activation_sigmoid, 2, widths, false, 0.5);
    int64_t *sums = malloc(p.parameters * sizeof *sums);
    for (size_t i = 0; added && sums && i < p.parameters; ++i) {
        uint64_t off = 0;
        sums[i] = exact_round(&grid, rng_normal(14, RNG_PARAMETERS, (int64_t)i), &off);
    }
    for (size_t n = 0; added && n < sizeof names / sizeof *names; ++n)
        added = sums && add_steps(results, &p, sums, &grid, names[n]);
    free(sums);
    problem_free(&p);
    return added;
}

/* With pixels, and with floats. */
static bool add_problems(struct digest_stream *results, const struct activation *activation,
                         int layers, const int *widths, double deviation)
{
    bool added = true;
    for (int pixels = 0; added && pixels < 2; ++pixels) {
        struct problem p;
        added = problem_make(&p, activation, layers, widths, pixels, deviation) &&
                add_problem(results, &p);
        problem_free(&p);
    }
    return added;
}

static bool add_two_layers(struct digest_stream *results, int inputs, int hidden, int classes,
                           double deviation)
{
    const int widths[] = {inputs, hidden, classes};
    return add_problems(results, &activation_sigmoid, 2, widths, deviation);
}

/* Widths around those of vectors and of the blocks of matrix products. */
static bool add_deep_networks(struct digest_stream *results)
{
    static const struct activation *const activations[] = {&activation_sigmoid, &activation_tanh,
                                                           &activation_relu};
    const int widths[] = {7, 9, 13, 20, 5, 3};
    const double deviations[] = {0.3, 1};
    bool added = true;
    for (size_t a = 0; a < sizeof activations / sizeof *activations; ++a)
        for (size_t d = 0; added && d < sizeof deviations / sizeof *deviations; ++d)
            added = add_problems(results, activations[a], 5, widths, deviations[d]);
    return added;
}

bool selftest_run(struct digest *digest)
{
    struct digest_stream *results = digest_begin();
    if (!results)
        return false;
    add_functions(results);
    bool added = add_batches(results);
    /* Widths around those of vector registers, and weights from initial to saturated. */
    for (int hidden = 1; added && hidden <= 17; ++hidden)
        added = add_two_layers(results, 9, hidden, 2 + hidden % 5, hidden % 3 ? 0.3 : 3);
    added = added && add_two_layers(results, 64, 50, 10, 0.01) &&
            add_two_layers(results, 3, 70, 33, 2) && add_deep_networks(results) &&
            add_optimizers(results);
    *digest = digest_end(results);
    return added;
}
