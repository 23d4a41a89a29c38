/* SPDX-License-Identifier: MIT */
#include "core/update/bounded_update.h"
#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 5, BLOCK = (1 + OPTIMIZER_STATES_MAX) * PARAMETERS, STEPS = 20, ROWS = 4 };

static const char *const names[] = {"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"};
enum { NAMES = sizeof names / sizeof *names };

static struct parameters describe(const struct dtrain_parameter list[PARAMETERS])
{
    struct parameters parameters;
    char fault[PARAMETERS_FAULT_SIZE];
    assert_true(parameters_create(&parameters, list, PARAMETERS, 1e-4, fault));
    return parameters;
}

static struct optimizer make_optimizer(const char *name)
{
    const struct optimizer_rule *rule = optimizer_find(name);
    return (struct optimizer){.rule = rule,
                              .learning_rate = 0.1,
                              .momentum = 0.9,
                              .beta1 = 0.9,
                              .beta2 = 0.999,
                              .decay = 0.99,
                              .epsilon = rule->epsilon,
                              .weight_decay = 0.5};
}

static void begin_block(double block[BLOCK])
{
    memset(block, 0, BLOCK * sizeof *block);
    for (int p = 0; p < PARAMETERS; ++p)
        block[p] = p - 1.7;
}

/* The gradient of a step, which differs by parameter: a whole number of sixteenths, so that exact
 * sums hold it, too. */
static void fill_gradient(double gradient[PARAMETERS], int step)
{
    for (int p = 0; p < PARAMETERS; ++p)
        gradient[p] = (p - 1) * (step % 3 - 0.75) / 4;
}

/* A step in which parameter `without` has no row (-1: all have some). */
static void take_step(const struct optimizer *optimizer, const struct parameters *parameters,
                      double block[BLOCK], int step, int without)
{
    double gradient[PARAMETERS], before[BLOCK];
    int64_t rows[PARAMETERS];
    fill_gradient(gradient, step);
    for (int p = 0; p < PARAMETERS; ++p)
        rows[p] = p == without ? 0 : ROWS;
    bounded_update(optimizer, parameters, block, before, gradient, rows, step);
}

/* The step of networks, from exact sums. No parameter decays, as none is a weight. */
static void take_step_of_sums(const struct optimizer *optimizer, double block[BLOCK], int step)
{
    const struct exact_grid grid = exact_grid_make(ROWS, 128);
    struct tensors tensors = {0};
    double gradient[PARAMETERS];
    int64_t sums[PARAMETERS];
    uint64_t overflow = 0;
    fill_gradient(gradient, step);
    for (int p = 0; p < PARAMETERS; ++p)
        sums[p] = exact_round(&grid, ROWS * gradient[p], &overflow);
    tensors_add(&tensors, "theta", PARAMETERS, 0);
    const struct optimizer_gradient means = {.sums = sums, .grid = &grid, .samples = ROWS};
    optimizer_step(optimizer, block, &tensors, optimizer_everything(&tensors), &means, step);
}

static void test_without_units_and_bounds_it_is_the_step_of_networks(void **state)
{
    (void)state;
    struct parameters parameters;
    char fault[PARAMETERS_FAULT_SIZE];
    assert_true(parameters_create(&parameters, NULL, PARAMETERS, 1e-4, fault));
    for (int n = 0; n < NAMES; ++n) {
        const struct optimizer optimizer = make_optimizer(names[n]);
        double bounded[BLOCK], plain[BLOCK];
        begin_block(bounded);
        begin_block(plain);
        for (int step = 1; step <= STEPS; ++step) {
            take_step(&optimizer, &parameters, bounded, step, -1);
            take_step_of_sums(&optimizer, plain, step);
            assert_memory_equal(bounded, plain, sizeof plain);
        }
    }
    parameters_destroy(&parameters);
}

/* With theta = s u, dl/du is s dl/dtheta. The scales are powers of two, so that the bits are the
 * same. */
static void test_an_optimizer_works_in_units_of_the_scale(void **state)
{
    (void)state;
    static const double scales[PARAMETERS] = {1, 4, 0.125, 1024, 0x1p-20};
    struct dtrain_parameter list[PARAMETERS] = {{0}};
    for (int p = 0; p < PARAMETERS; ++p)
        list[p].scale = scales[p];
    struct parameters parameters = describe(list);
    for (int n = 0; n < NAMES; ++n) {
        const struct optimizer optimizer = make_optimizer(names[n]);
        struct tensors tensors = {0};
        double block[BLOCK], units[BLOCK], gradient[PARAMETERS];
        tensors_add(&tensors, "theta", PARAMETERS, 0);
        begin_block(block);
        begin_block(units);
        for (int p = 0; p < PARAMETERS; ++p)
            units[p] /= scales[p];
        for (int step = 1; step <= STEPS; ++step) {
            take_step(&optimizer, &parameters, block, step, -1);
            fill_gradient(gradient, step);
            for (int p = 0; p < PARAMETERS; ++p)
                gradient[p] *= scales[p];
            optimizer_step(&optimizer, units, &tensors, optimizer_everything(&tensors),
                           &(struct optimizer_gradient){.means = gradient}, step);
        }
        for (int p = 0; p < PARAMETERS; ++p)
            assert_near(block[p], units[p] * scales[p], 0);
        /* The state vectors stay in these units. */
        assert_memory_equal(block + PARAMETERS, units + PARAMETERS,
                            (BLOCK - PARAMETERS) * sizeof *block);
    }
    parameters_destroy(&parameters);
}

/* x / 3 * 3 is not x for many x. */
static void test_what_does_not_move_keeps_its_bits(void **state)
{
    (void)state;
    struct dtrain_parameter list[PARAMETERS] = {{0}};
    for (int p = 0; p < PARAMETERS; ++p)
        list[p].scale = 3;
    struct parameters parameters = describe(list);
    struct optimizer optimizer = make_optimizer("adam");
    const int64_t rows[PARAMETERS] = {ROWS, ROWS, ROWS, ROWS, ROWS};
    int changed = 0;
    optimizer.learning_rate = 0.001;
    for (int i = 1; i <= 200; ++i) {
        const double theta[PARAMETERS] = {1.0 / i, -1.0 / i, i * 0.1, -0.0, 0x1p-1074};
        double gradient[PARAMETERS] = {0}, block[BLOCK] = {0}, before[BLOCK];
        memcpy(block, theta, sizeof theta);
        bounded_update(&optimizer, &parameters, block, before, gradient, rows, 1);
        assert_memory_equal(block, theta, sizeof theta);
        for (int p = 0; p < PARAMETERS; ++p)
            changed += theta[p] / 3 * 3 != theta[p];
    }
    assert_true(changed > 10);
    parameters_destroy(&parameters);
}

/* Without a row, a mean of 0 is no gradient: not even momentum moves the parameter. */
static void test_a_parameter_without_rows_stays_with_its_state(void **state)
{
    (void)state;
    const struct dtrain_parameter list[PARAMETERS] = {{.scale = 3}, {.scale = 3}, {.scale = 3}};
    struct parameters parameters = describe(list);
    for (int n = 0; n < NAMES; ++n)
        for (int without = 0; without < PARAMETERS; ++without) {
            const struct optimizer optimizer = make_optimizer(names[n]);
            const size_t size = optimizer_block_size(optimizer.rule, PARAMETERS);
            double block[BLOCK], all[BLOCK], start[BLOCK];
            begin_block(block);
            take_step(&optimizer, &parameters, block, 1, -1);
            memcpy(start, block, sizeof block);
            memcpy(all, block, sizeof block);
            take_step(&optimizer, &parameters, block, 2, without);
            take_step(&optimizer, &parameters, all, 2, -1);
            for (size_t at = 0; at < size; ++at) {
                const bool stays = (int)(at % PARAMETERS) == without;
                assert_memory_equal(&block[at], stays ? &start[at] : &all[at], sizeof *block);
            }
        }
    parameters_destroy(&parameters);
}

/* The state vectors are those of the step as it was: only theta is moved back. */
static void test_what_leaves_the_bounds_is_moved_back(void **state)
{
    (void)state;
    const struct dtrain_parameter list[PARAMETERS] = {
        {.initial = -1.7, .lower = -1.75, .upper = -1.69},
        {.initial = -0.7, .lower = -0.71, .upper = -0.69, .scale = 3},
        {.initial = 0.3, .lower = 0.25, .upper = 0.31},
        {.initial = 1.3, .lower = 1.25, .upper = (double)INFINITY},
        {.initial = 2.3, .lower = 2.3, .upper = 2.3},
    };
    struct parameters bounded = describe(list), free_ones;
    struct dtrain_parameter without[PARAMETERS] = {{0}};
    without[1].scale = 3;
    free_ones = describe(without);
    const struct optimizer optimizer = make_optimizer("momentum");
    double block[BLOCK], unbounded[BLOCK];
    begin_block(block);
    block[4] = 2.3;
    memcpy(unbounded, block, sizeof block);
    /* Downhill is up where the gradient is negative: g = (p - 1) / 16. */
    take_step(&optimizer, &bounded, block, 1, -1);
    take_step(&optimizer, &free_ones, unbounded, 1, -1);
    for (int p = 0; p < PARAMETERS; ++p)
        assert_near(block[p], fmin(fmax(unbounded[p], bounded.lower[p]), bounded.upper[p]), 0);
    assert_memory_equal(block + PARAMETERS, unbounded + PARAMETERS, PARAMETERS * sizeof *block);
    assert_true(unbounded[4] != block[4]);
    for (int step = 2; step < 200; ++step)
        take_step(&optimizer, &bounded, block, step, -1);
    for (int p = 0; p < PARAMETERS; ++p)
        assert_true(block[p] >= bounded.lower[p] && block[p] <= bounded.upper[p]);
    parameters_destroy(&bounded);
    parameters_destroy(&free_ones);
}

/* The search for such numbers finds them: a bound would hide them. */
static void test_what_is_not_finite_is_not_moved_to_a_bound(void **state)
{
    (void)state;
    struct dtrain_parameter list[PARAMETERS] = {{0}};
    for (int p = 0; p < PARAMETERS; ++p)
        list[p] = (struct dtrain_parameter){.lower = -10, .upper = 10};
    struct parameters parameters = describe(list);
    const struct optimizer optimizer = make_optimizer("sgd");
    const int64_t rows[PARAMETERS] = {ROWS, ROWS, ROWS, ROWS, ROWS};
    double gradient[PARAMETERS] = {(double)NAN, -(double)INFINITY}, block[BLOCK], before[BLOCK];
    begin_block(block);
    bounded_update(&optimizer, &parameters, block, before, gradient, rows, 1);
    assert_true(isnan(block[0]));
    assert_true(isinf(block[1]));
    assert_near(block[2], 2 - 1.7, 0);
    parameters_destroy(&parameters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_units_and_bounds_it_is_the_step_of_networks),
        cmocka_unit_test(test_an_optimizer_works_in_units_of_the_scale),
        cmocka_unit_test(test_what_does_not_move_keeps_its_bits),
        cmocka_unit_test(test_a_parameter_without_rows_stays_with_its_state),
        cmocka_unit_test(test_what_leaves_the_bounds_is_moved_back),
        cmocka_unit_test(test_what_is_not_finite_is_not_moved_to_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
