/* SPDX-License-Identifier: MIT */
#include "core/optimizer.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 5, SAMPLES = 4 };

/* An optimizer with two state vectors: one counts the steps, the other keeps the parameters from
 * before the last step. */
static void remember(double *block, size_t parameters, const struct optimizer_gradient *gradient,
                     double learning_rate)
{
    (void)gradient;
    for (size_t p = 0; p < parameters; ++p) {
        block[parameters + p] += 1;
        block[2 * parameters + p] = block[p];
        block[p] -= learning_rate;
    }
}

static const char *const names[] = {"steps", "before"};
static const struct optimizer remembering = {"remembering", 2, names, remember};

static double *make_theta(void)
{
    double *theta = malloc(PARAMETERS * sizeof *theta);
    for (int p = 0; p < PARAMETERS; ++p)
        theta[p] = p - 0.25;
    return theta;
}

static void test_sgd_goes_down_the_mean_gradient(void **state)
{
    (void)state;
    const struct exact_grid grid = exact_grid_make(SAMPLES, 128);
    double *theta = make_theta();
    int64_t sums[PARAMETERS] = {0};
    uint64_t off = 0;
    sums[3] = exact_round(&grid, 2.0, &off);
    sums[4] = exact_round(&grid, -1.0, &off);
    const struct optimizer_gradient gradient = {sums, &grid, SAMPLES};
    optimizer_step(&optimizer_sgd, theta, PARAMETERS, &gradient, 0.5);
    for (int p = 0; p < 3; ++p)
        assert_near(theta[p], p - 0.25, 0);
    assert_near(theta[3], 2.75 - 0.5 * 2.0 / SAMPLES, 0);
    assert_near(theta[4], 3.75 + 0.5 * 1.0 / SAMPLES, 0);
    free(theta);
}

/* Checkpoints of sgd hold theta alone. */
static void test_sgd_remembers_nothing(void **state)
{
    (void)state;
    assert_string_equal(optimizer_sgd.name, "sgd");
    assert_int_equal(optimizer_sgd.states, 0);
    assert_int_equal(optimizer_block_size(&optimizer_sgd, PARAMETERS), PARAMETERS);
}

static void test_state_vectors_stand_behind_theta(void **state)
{
    (void)state;
    const struct exact_grid grid = exact_grid_make(SAMPLES, 128);
    const int64_t sums[PARAMETERS] = {0};
    const struct optimizer_gradient gradient = {sums, &grid, SAMPLES};
    assert_int_equal(optimizer_block_size(&remembering, PARAMETERS), 3 * PARAMETERS);
    double *block = optimizer_block_from(&remembering, make_theta(), PARAMETERS);
    assert_non_null(block);
    for (int p = 0; p < 3 * PARAMETERS; ++p)
        assert_near(block[p], p < PARAMETERS ? p - 0.25 : 0, 0);
    for (int step = 0; step < 2; ++step)
        optimizer_step(&remembering, block, PARAMETERS, &gradient, 1);
    for (int p = 0; p < PARAMETERS; ++p) {
        assert_near(block[p], p - 2.25, 0);
        assert_near(block[PARAMETERS + p], 2, 0);
        assert_near(block[2 * PARAMETERS + p], p - 1.25, 0);
    }
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sgd_goes_down_the_mean_gradient),
        cmocka_unit_test(test_sgd_remembers_nothing),
        cmocka_unit_test(test_state_vectors_stand_behind_theta),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
