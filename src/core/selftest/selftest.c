/* SPDX-License-Identifier: MIT */
#include "selftest.h"

#include "core/numbers/elementary.h"
#include "core/numbers/rng.h"
#include "core/samples/sampler.h"
#include "core/update/learning_rate.h"
#include "core/update/optimizer.h"
#include "problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct selftest_expected selftest_expected[SELFTEST_PARTS] = {
    [SELFTEST_FUNCTIONS] = {.name = "elementary functions",
                            .digest = "9a458802f02e50a802e1513dd98a7f40"},
    [SELFTEST_BATCHES] = {.name = "batches", .digest = "92f1f973f4d752ff3bd644fc293da8e2"},
    [SELFTEST_FORWARD] = {.name = "forward passes", .digest = "b1aae2572d48893df0f814b6df1ae3db"},
    [SELFTEST_BACKPROP] = {.name = "backprop", .digest = "704b59c81d3dfdb5a0433dc0be26cac5"},
    [SELFTEST_LITERAL] = {.name = "literal", .digest = "d1f5af7ff0edbcc899901944f05e6541"},
    [SELFTEST_NUMERICAL] = {.name = "numerical", .digest = "bead183b02421a7f31ab964a64a416b6"},
    [SELFTEST_SGD] = {.name = "sgd", .digest = "5bed104eb4bd40c95e078251d1c847f2"},
    [SELFTEST_MOMENTUM] = {.name = "momentum", .digest = "2ba6c367ced60ca1b1ee8f66deed8dd3"},
    [SELFTEST_NESTEROV] = {.name = "nesterov", .digest = "0081f86cf65b30e4f92ef573e631b01a"},
    [SELFTEST_ADAGRAD] = {.name = "adagrad", .digest = "302094a9d076a48f24b111640993ce51"},
    [SELFTEST_RMSPROP] = {.name = "rmsprop", .digest = "8d00192c7747bc12d64e53b926675637"},
    [SELFTEST_ADAM] = {.name = "adam", .digest = "dbc4dd5099993a31a05f63162a62ba02"},
    [SELFTEST_SQUARES] = {.name = "squares", .digest = "3e6a8f264c296d5b482ea9795a92ef0b"},
    [SELFTEST_RATES] = {.name = "learning rates", .digest = "516c1dae7b82d2be9668c9dd844f24f2"},
};

/* Every number goes to the digest of all and to that of its part; those of networks that predict
 * numbers have one part in common. */
struct results {
    struct digest_stream *all, *parts[SELFTEST_PARTS];
    bool of_squares;
};

static struct digest_stream *part_of(const struct results *results, enum selftest_part part)
{
    return results->parts[results->of_squares ? SELFTEST_SQUARES : part];
}

static void add_doubles(struct results *results, enum selftest_part part, const double *values,
                        size_t count)
{
    digest_add_doubles(results->all, values, count);
    digest_add_doubles(part_of(results, part), values, count);
}

static void add_integers(struct results *results, enum selftest_part part, const int64_t *values,
                         size_t count)
{
    digest_add_integers(results->all, values, count);
    digest_add_integers(part_of(results, part), values, count);
}

/* From the least subnormal number to the largest argument with a finite result, four numbers to a
 * power of two; so a machine that takes subnormal numbers for 0 is noticed, too. */
static void add_functions(struct results *results)
{
    const uint64_t step = UINT64_C(1) << 50, end = elementary_bits(709);
    for (uint64_t bits = 1; bits < end; bits += step) {
        const double x = elementary_from_bits(bits);
        const struct elementary_sigmoid sigmoid = elementary_sigmoid(-x);
        const double values[] = {elementary_exp(x),    elementary_exp(-x), elementary_expm1(x),
                                 elementary_expm1(-x), elementary_log(x),  elementary_log1p(x),
                                 sigmoid.value,        sigmoid.complement};
        add_doubles(results, SELFTEST_FUNCTIONS, values, sizeof values / sizeof *values);
    }
}

static bool add_batches(struct results *results)
{
    int64_t rows[100];
    for (int mode = SAMPLER_REPLACEMENT; mode <= SAMPLER_EPOCH; ++mode) {
        struct sampler sampler;
        if (!sampler_create(&sampler, (enum sampler_mode)mode, &(struct holdout){5, 60001, 0}, 100,
                            1, 1, 0, 1))
            return false;
        for (int64_t iteration = 1; iteration < 20; ++iteration) {
            sampler_share(&sampler, iteration, rows);
            add_integers(results, SELFTEST_BATCHES, rows, sizeof rows / sizeof *rows);
        }
        sampler_destroy(&sampler);
    }
    return true;
}

static void add_units(struct results *results, const struct network_pass *pass, int i)
{
    for (int n = 0; n < pass->hidden_layers; ++n) {
        const struct activation_units units = network_units(pass, n, i, 0);
        const size_t count = (size_t)pass->hidden[n].count;
        add_doubles(results, SELFTEST_FORWARD, units.z, count);
        add_doubles(results, SELFTEST_FORWARD, units.above, count);
    }
}

static bool add_forward(struct results *results, const struct problem *p)
{
    struct model_pass pass;
    if (!model_pass_create(&pass, &p->model))
        return false;
    model_pass_take(&pass, &p->samples, p->rows, PROBLEM_ROWS);
    model_forward(&pass, p->theta);
    for (int i = 0; i < PROBLEM_ROWS; ++i) {
        const struct network_sample sample = network_sample(pass.results, i);
        const double loss = model_loss(&pass, i);
        add_doubles(results, SELFTEST_FORWARD, sample.y, (size_t)p->model.outputs);
        add_units(results, pass.results, i);
        add_doubles(results, SELFTEST_FORWARD, &loss, 1);
    }
    model_pass_destroy(&pass);
    return true;
}

/* Adds the sums of the gradient, and theta after a step of sgd with them. */
static void add_sums_and_step(struct results *results, enum selftest_part part,
                              const struct problem *p, struct gradient *gradient, int64_t *sums,
                              double *theta)
{
    const struct share share = share_whole(p->rows, PROBLEM_ROWS, p->model.parts);
    const struct optimizer optimizer = {.rule = &optimizer_sgd, .learning_rate = 0.1};
    const struct optimizer_gradient mean = {
        .sums = sums, .grid = &gradient->grid, .samples = PROBLEM_ROWS};
    gradient_sum_share(gradient, p->theta, &p->samples, &share, sums);
    memcpy(theta, p->theta, p->parameters * sizeof *theta);
    optimizer_step(&optimizer, theta, &p->model.tensors, optimizer_everything(&p->model.tensors),
                   &mean, 1);
    add_integers(results, part, sums, p->parameters);
    add_doubles(results, SELFTEST_SGD, theta, p->parameters);
}

/* The part for a gradient method has the method's name. */
static bool add_step(struct results *results, const struct problem *p, enum selftest_part part,
                     double step)
{
    const struct gradient_method *method = gradient_method_find(selftest_expected[part].name);
    struct gradient gradient;
    int64_t *sums = malloc(p->parameters * sizeof *sums);
    double *theta = malloc(p->parameters * sizeof *theta);
    const bool created =
        sums && theta && gradient_create(&gradient, method, &p->model, step, PROBLEM_ROWS);
    if (created) {
        add_sums_and_step(results, part, p, &gradient, sums, theta);
        gradient_destroy(&gradient);
    }
    free(theta);
    free(sums);
    return created;
}

/* A batch of several groups, from the rows of the problem over and over. */
static bool add_groups(struct results *results, const struct problem *p, enum selftest_part part)
{
    enum { BATCH = 100 };
    int64_t rows[BATCH];
    struct gradient gradient;
    int64_t *sums = malloc(p->parameters * sizeof *sums);
    const bool created =
        sums && gradient_create(&gradient, gradient_method_find(selftest_expected[part].name),
                                &p->model, 1e-4, BATCH);
    for (int64_t i = 0; i < BATCH; ++i)
        rows[i] = p->rows[i * i % PROBLEM_ROWS];
    if (created) {
        const struct share share = share_whole(rows, BATCH, p->model.parts);
        gradient_sum_share(&gradient, p->theta, &p->samples, &share, sums);
        add_integers(results, part, sums, p->parameters);
        gradient_destroy(&gradient);
    }
    free(sums);
    return created;
}

static bool add_problem(struct results *results, const struct problem *p)
{
    const double steps[] = {1e-6, 1e-4, 1e-2, 0.5, 1000};
    bool added = add_forward(results, p) && add_step(results, p, SELFTEST_BACKPROP, 1) &&
                 add_groups(results, p, SELFTEST_BACKPROP) &&
                 add_groups(results, p, SELFTEST_NUMERICAL);
    if (p->parameters < 500)
        added = added && add_step(results, p, SELFTEST_LITERAL, 1e-4);
    for (size_t s = 0; added && s < sizeof steps / sizeof *steps; ++s)
        added = add_step(results, p, SELFTEST_NUMERICAL, steps[s]);
    return added;
}

/* Some steps of an optimizer, whose name its part has. */
static bool add_steps(struct results *results, const struct problem *p, const int64_t *sums,
                      const struct exact_grid *grid, enum selftest_part part)
{
    const struct optimizer_gradient mean = {.sums = sums, .grid = grid, .samples = PROBLEM_ROWS};
    const struct optimizer optimizer = {
        .rule = optimizer_find(selftest_expected[part].name),
        .learning_rate = 0.1,
        .momentum = 0.9,
        .beta1 = 0.9,
        .beta2 = 0.999,
        .decay = 0.99,
        .epsilon = 1e-8,
        .weight_decay = 0.01,
    };
    const size_t size = optimizer_block_size(optimizer.rule, p->parameters);
    double *block = calloc(size, sizeof *block);
    if (!block)
        return false;
    memcpy(block, p->theta, p->parameters * sizeof *block);
    for (int64_t step = 1; step <= 5; ++step)
        optimizer_step(&optimizer, block, &p->model.tensors,
                       optimizer_everything(&p->model.tensors), &mean, step);
    add_doubles(results, part, block, size);
    free(block);
    return true;
}

/* All optimizers get the same gradient. */
static bool add_optimizers(struct results *results)
{
    const struct exact_grid grid = exact_grid_make(PROBLEM_ROWS, GRADIENT_RANGE);
    const int widths[] = {7, 5, 3};
    struct problem p;
    bool added = problem_make(&p, &activation_sigmoid, &head_softmax, 2, widths, false, 0.5);
    int64_t *sums = malloc(p.parameters * sizeof *sums);
    for (size_t i = 0; added && sums && i < p.parameters; ++i) {
        uint64_t off = 0;
        sums[i] = exact_round(&grid, rng_normal(14, RNG_PARAMETERS, (int64_t)i), &off);
    }
    for (int part = SELFTEST_SGD; added && part <= SELFTEST_ADAM; ++part)
        added = sums && add_steps(results, &p, sums, &grid, (enum selftest_part)part);
    free(sums);
    problem_free(&p);
    return added;
}

/* With pixels, and with floats. */
static bool add_problems(struct results *results, const struct activation *activation,
                         const struct head *head, int layers, const int *widths, double deviation)
{
    bool added = true;
    for (int pixels = 0; added && pixels < 2; ++pixels) {
        struct problem p;
        added = problem_make(&p, activation, head, layers, widths, pixels, deviation) &&
                add_problem(results, &p);
        problem_free(&p);
    }
    return added;
}

static bool add_two_layers(struct results *results, int inputs, int hidden, int classes,
                           double deviation)
{
    const int widths[] = {inputs, hidden, classes};
    return add_problems(results, &activation_sigmoid, &head_softmax, 2, widths, deviation);
}

/* Widths around those of vectors and of the blocks of matrix products. */
static bool add_deep_networks(struct results *results, const struct head *head)
{
    static const struct activation *const activations[] = {&activation_sigmoid, &activation_tanh,
                                                           &activation_relu};
    const int widths[] = {7, 9, 13, 20, 5, 3};
    const double deviations[] = {0.3, 1};
    bool added = true;
    for (size_t a = 0; a < sizeof activations / sizeof *activations; ++a)
        for (size_t d = 0; added && d < sizeof deviations / sizeof *deviations; ++d)
            added = add_problems(results, activations[a], head, 5, widths, deviations[d]);
    return added;
}

static bool add_squares(struct results *results)
{
    const int widths[] = {9, 17, 4};
    results->of_squares = true;
    const bool added = add_problems(results, &activation_sigmoid, &head_squares, 2, widths, 0.3) &&
                       add_deep_networks(results, &head_squares);
    results->of_squares = false;
    return added;
}

static bool add_rates(struct results *results)
{
    static const char *const names[] = {"constant", "step", "cosine", "linear"};
    for (size_t n = 0; n < sizeof names / sizeof *names; ++n) {
        const struct learning_rate rate = {.rule = learning_rate_find(names[n]),
                                           .base = 0.1,
                                           .factor = 0.3,
                                           .period = 70,
                                           .warmup = 9};
        for (int64_t iteration = 1; iteration <= 300; ++iteration) {
            const double value = learning_rate_at(&rate, iteration);
            add_doubles(results, SELFTEST_RATES, &value, 1);
        }
    }
    return true;
}

static bool add_all(struct results *results)
{
    add_functions(results);
    bool added = add_batches(results);
    /* Widths around those of vector registers, and weights from initial to saturated. */
    for (int hidden = 1; added && hidden <= 17; ++hidden)
        added = add_two_layers(results, 9, hidden, 2 + hidden % 5, hidden % 3 ? 0.3 : 3);
    return added && add_two_layers(results, 64, 50, 10, 0.01) &&
           add_two_layers(results, 3, 70, 33, 2) && add_deep_networks(results, &head_softmax) &&
           add_optimizers(results) && add_squares(results) && add_rates(results);
}

static bool begin(struct results *results)
{
    bool began = (results->all = digest_begin()) != NULL;
    for (int part = 0; part < SELFTEST_PARTS; ++part)
        began = (results->parts[part] = digest_begin()) && began;
    return began;
}

static struct digest end(struct digest_stream *stream)
{
    return stream ? digest_end(stream) : (struct digest){0};
}

bool selftest_run(struct selftest *selftest)
{
    struct results results = {0};
    const bool added = begin(&results) && add_all(&results);
    selftest->all = end(results.all);
    for (int part = 0; part < SELFTEST_PARTS; ++part)
        selftest->parts[part] = end(results.parts[part]);
    return added;
}

static bool differs(struct digest digest, const char *expected)
{
    char text[DIGEST_TEXT_SIZE];
    digest_format(digest, text);
    return strcmp(text, expected) != 0;
}

bool selftest_part_differs(const struct selftest *selftest, enum selftest_part part)
{
    return differs(selftest->parts[part], selftest_expected[part].digest);
}

bool selftest_passed(const struct selftest *selftest)
{
    return !differs(selftest->all, SELFTEST_DIGEST);
}

void selftest_list_differences(const struct selftest *selftest, char text[SELFTEST_TEXT_SIZE])
{
    const char *names[SELFTEST_PARTS] = {0};
    int count = 0, used = 0;
    text[0] = '\0';
    for (int part = 0; part < SELFTEST_PARTS; ++part)
        if (selftest_part_differs(selftest, (enum selftest_part)part))
            names[count++] = selftest_expected[part].name;
    for (int i = 0; i < count; ++i)
        used += snprintf(text + used, SELFTEST_TEXT_SIZE - (size_t)used, "%s%s",
                         i == 0           ? ""
                         : i == count - 1 ? " and "
                                          : ", ",
                         names[i]);
}
