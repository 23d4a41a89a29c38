/* SPDX-License-Identifier: MIT */
#include "core/update/optimizer.h"
#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WEIGHTS = 6, PARAMETERS = WEIGHTS + 2, SAMPLES = 4, STEPS = 30 };

static const char *const names[] = {"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"};
enum { NAMES = sizeof names / sizeof *names };

static struct tensors make_tensors(void)
{
    struct tensors tensors = {0};
    tensors_add(&tensors, "W1", 3, 2);
    tensors_add(&tensors, "b1", 2, 0);
    return tensors;
}

static double *make_theta(void)
{
    double *theta = malloc(PARAMETERS * sizeof *theta);
    for (int p = 0; p < PARAMETERS; ++p)
        theta[p] = p - 2.25;
    return theta;
}

/* The gradient of a step: a different one for each parameter, and 0 for the first. */
static double gradient_of(int p, int step)
{
    return p * (step % 3 - 0.75) / 8;
}

static struct optimizer make_optimizer(const char *name)
{
    const struct optimizer_rule *rule = optimizer_find(name);
    assert_non_null(rule);
    return (struct optimizer){.rule = rule,
                              .learning_rate = 0.1,
                              .momentum = 0.9,
                              .beta1 = 0.9,
                              .beta2 = 0.999,
                              .decay = 0.99,
                              .epsilon = rule->epsilon};
}

/* The block after some steps, each in two parts: the parameters from `cut` on, and those before. */
static double *take_steps_in_parts(const struct optimizer *optimizer, int steps, int cut)
{
    const struct exact_grid grid = exact_grid_make(SAMPLES, 128);
    const struct tensors tensors = make_tensors();
    double *block = optimizer_block_from(optimizer->rule, make_theta(), PARAMETERS);
    for (int step = 1; step <= steps; ++step) {
        int64_t sums[PARAMETERS];
        uint64_t overflow = 0;
        for (int p = 0; p < PARAMETERS; ++p)
            sums[p] = exact_round(&grid, SAMPLES * gradient_of(p, step), &overflow);
        const struct optimizer_gradient gradient = {
            .sums = sums, .grid = &grid, .samples = SAMPLES};
        const struct range before = {0, cut}, behind = {cut, PARAMETERS};
        optimizer_step(optimizer, block, &tensors, behind, &gradient, step);
        optimizer_step(optimizer, block, &tensors, before, &gradient, step);
    }
    return block;
}

/* In one part. */
static double *take_steps(const struct optimizer *optimizer, int steps)
{
    return take_steps_in_parts(optimizer, steps, PARAMETERS);
}

/* One parameter by the formulas of optimizer.h, in long double. */
static double expected(const struct optimizer *o, int p, double weight_decay)
{
    const char *name = o->rule->name;
    long double theta = p - 2.25L, first = 0, second = 0;
    for (int step = 1; step <= STEPS; ++step) {
        const long double g = (long double)gradient_of(p, step) + (long double)weight_decay * theta;
        long double move = g;
        if (strcmp(name, "momentum") == 0 || strcmp(name, "nesterov") == 0) {
            first = (long double)o->momentum * first + g;
            move = name[0] == 'm' ? first : g + (long double)o->momentum * first;
        } else if (strcmp(name, "adagrad") == 0) {
            first += g * g;
            move = g / (sqrtl(first) + (long double)o->epsilon);
        } else if (strcmp(name, "rmsprop") == 0) {
            first = (long double)o->decay * first + (1 - (long double)o->decay) * g * g;
            move = g / (sqrtl(first) + (long double)o->epsilon);
        } else if (strcmp(name, "adam") == 0) {
            first = (long double)o->beta1 * first + (1 - (long double)o->beta1) * g;
            second = (long double)o->beta2 * second + (1 - (long double)o->beta2) * g * g;
            move =
                first / (1 - powl((long double)o->beta1, step)) /
                (sqrtl(second / (1 - powl((long double)o->beta2, step))) + (long double)o->epsilon);
        }
        theta -= (long double)o->learning_rate * move;
    }
    return (double)theta;
}

static void test_rules_follow_their_formulas(void **state)
{
    (void)state;
    for (int n = 0; n < NAMES; ++n)
        for (int decays = 0; decays < 2; ++decays) {
            struct optimizer optimizer = make_optimizer(names[n]);
            optimizer.weight_decay = decays ? 0.03 : 0;
            double *block = take_steps(&optimizer, STEPS);
            for (int p = 0; p < PARAMETERS; ++p) {
                /* Biases do not decay. */
                const double decay = p < WEIGHTS ? optimizer.weight_decay : 0;
                assert_near(block[p], expected(&optimizer, p, decay), 1e-13);
            }
            free(block);
        }
}

/* The state of a run is its block and the number of its steps: nothing else is remembered. */
static void test_rules_have_no_memory_but_the_block(void **state)
{
    (void)state;
    for (int n = 0; n < NAMES; ++n) {
        const struct optimizer optimizer = make_optimizer(names[n]);
        double *first = take_steps(&optimizer, STEPS), *second = take_steps(&optimizer, STEPS);
        const size_t size = optimizer_block_size(optimizer.rule, PARAMETERS);
        assert_memory_equal(first, second, size * sizeof *first);
        free(first);
        free(second);
    }
}

/* The first gradient is always 0, and so is what it is divided by. Every other parameter moves as
 * if there were no such quotient. */
static void test_without_epsilon_a_quotient_by_0_is_0(void **state)
{
    (void)state;
    for (int n = 0; n < NAMES; ++n) {
        struct optimizer optimizer = make_optimizer(names[n]);
        optimizer.epsilon = 0;
        double *block = take_steps(&optimizer, STEPS);
        assert_near(block[0], -2.25, 0);
        for (int p = 1; p < PARAMETERS; ++p)
            assert_near(block[p], expected(&optimizer, p, 0), 1e-13);
        free(block);
    }
}

/* adam's mean outlives its squares where beta2 is 0: not 0 / 0, but a number by 0. */
static void test_a_number_by_0_is_0(void **state)
{
    const struct exact_grid grid = exact_grid_make(1, 128);
    const struct tensors tensors = make_tensors();
    struct optimizer optimizer = make_optimizer("adam");
    double *block = optimizer_block_from(optimizer.rule, make_theta(), PARAMETERS), before;
    int64_t sums[PARAMETERS] = {1000};
    const struct optimizer_gradient gradient = {.sums = sums, .grid = &grid, .samples = 1};
    (void)state;
    optimizer.beta2 = optimizer.epsilon = 0;
    optimizer_step(&optimizer, block, &tensors, optimizer_everything(&tensors), &gradient, 1);
    before = block[0];
    sums[0] = 0;
    optimizer_step(&optimizer, block, &tensors, optimizer_everything(&tensors), &gradient, 2);
    assert_true(block[PARAMETERS] > 0);
    assert_near(block[0], before, 0);
    free(block);
}

static void test_ranges_together_make_a_step(void **state)
{
    (void)state;
    for (int i = 0; i < NAMES; ++i) {
        struct optimizer optimizer = make_optimizer(names[i]);
        optimizer.weight_decay = 0.25;
        const size_t size = optimizer_block_size(optimizer.rule, PARAMETERS);
        double *whole = take_steps(&optimizer, STEPS);
        for (int cut = 0; cut < PARAMETERS; ++cut) {
            double *parts = take_steps_in_parts(&optimizer, STEPS, cut);
            assert_memory_equal(parts, whole, size * sizeof *whole);
            free(parts);
        }
        free(whole);
    }
}

/* A gradient that is a mean already makes the same step as its exact sums, in whatever parts. */
static void test_means_make_the_step_of_their_sums(void **state)
{
    (void)state;
    const struct tensors tensors = make_tensors();
    for (int i = 0; i < NAMES; ++i) {
        struct optimizer optimizer = make_optimizer(names[i]);
        optimizer.weight_decay = 0.25;
        double *block = optimizer_block_from(optimizer.rule, make_theta(), PARAMETERS);
        double *expected_block = take_steps(&optimizer, STEPS);
        for (int step = 1; step <= STEPS; ++step) {
            double means[PARAMETERS];
            for (int p = 0; p < PARAMETERS; ++p)
                means[p] = gradient_of(p, step);
            const struct optimizer_gradient gradient = {.means = means};
            const struct range before = {0, step % PARAMETERS};
            const struct range behind = {before.end, PARAMETERS};
            optimizer_step(&optimizer, block, &tensors, behind, &gradient, step);
            optimizer_step(&optimizer, block, &tensors, before, &gradient, step);
        }
        const size_t size = optimizer_block_size(optimizer.rule, PARAMETERS);
        assert_memory_equal(block, expected_block, size * sizeof *block);
        free(block);
        free(expected_block);
    }
}

static void test_table(void **state)
{
    (void)state;
    const struct tensors tensors = make_tensors();
    const struct optimizer_rule *adam = optimizer_find("adam");
    assert_null(optimizer_find("Adam"));
    assert_ptr_equal(optimizer_find("sgd"), &optimizer_sgd);
    assert_int_equal(optimizer_block_size(&optimizer_sgd, PARAMETERS), PARAMETERS);
    assert_int_equal(optimizer_block_size(adam, PARAMETERS), 3 * PARAMETERS);
    const struct tensors block = optimizer_block_tensors(adam, &tensors);
    assert_int_equal(block.count, 4);
    assert_int_equal(block.parameters, 3 * PARAMETERS);
    assert_string_equal(block.list[2].name, "exp_avg");
    assert_string_equal(block.list[3].name, "exp_avg_sq");
    assert_int_equal(block.list[3].offset, 2 * PARAMETERS);
    assert_true(optimizer_uses(adam, "beta1") && optimizer_uses(adam, "epsilon"));
    assert_false(optimizer_uses(adam, "beta") || optimizer_uses(adam, "decay"));
    assert_false(optimizer_uses(&optimizer_sgd, "momentum"));
}

static void test_state_vectors_begin_as_zeros(void **state)
{
    (void)state;
    double *block = optimizer_block_from(optimizer_find("adam"), make_theta(), PARAMETERS);
    for (int p = 0; p < 3 * PARAMETERS; ++p)
        assert_near(block[p], p < PARAMETERS ? p - 2.25 : 0, 0);
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_follow_their_formulas),
        cmocka_unit_test(test_rules_have_no_memory_but_the_block),
        cmocka_unit_test(test_without_epsilon_a_quotient_by_0_is_0),
        cmocka_unit_test(test_a_number_by_0_is_0),
        cmocka_unit_test(test_ranges_together_make_a_step),
        cmocka_unit_test(test_means_make_the_step_of_their_sums),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_state_vectors_begin_as_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
