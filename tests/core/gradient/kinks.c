/* SPDX-License-Identifier: MIT
 *
 * The parameters whose steps meet a kink, against the signs of all units after each step. */
#include "core/gradient/kinks.h"
#include "test_problem.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

static const int widths[] = {6, 5, 4, 3, 3};
enum { LAYERS = 4, UNITS = 5 + 4 + 3 };

/* The units' signs in a sample, UNITS of them. */
static void find_signs(const struct model_pass *pass, int *signs)
{
    for (int n = 0, u = 0; n < LAYERS - 1; ++n)
        for (int j = 0; j < widths[n + 1]; ++j, ++u) {
            const double a = *network_units(pass->results, n, 0, j).a;
            signs[u] = (a > 0) - (a < 0);
        }
}

static bool meets_kink(struct model_pass *pass, const double *theta, const int *before)
{
    int signs[UNITS];
    model_forward(pass, theta);
    find_signs(pass, signs);
    for (int u = 0; u < UNITS; ++u)
        if (signs[u] != before[u])
            return true;
    return false;
}

/* The same counts for all parameters by two forward passes each, for units that are not at 0. */
static void count_by_steps(const struct problem *p, double step, int64_t *counts)
{
    struct model_pass pass;
    assert_true(model_pass_create(&pass, &p->model));
    double *theta = malloc(p->parameters * sizeof *theta);
    memcpy(theta, p->theta, p->parameters * sizeof *theta);
    for (int row = 0; row < PROBLEM_ROWS; ++row) {
        int before[UNITS];
        model_pass_take_from(&pass, &p->samples, p->rows[row], 1);
        model_forward(&pass, theta);
        find_signs(&pass, before);
        for (size_t q = 0; q < p->parameters; ++q) {
            theta[q] = p->theta[q] + step;
            bool met = meets_kink(&pass, theta, before);
            theta[q] = p->theta[q] - step;
            met = meets_kink(&pass, theta, before) || met;
            theta[q] = p->theta[q];
            counts[q] += met;
        }
    }
    free(theta);
    model_pass_destroy(&pass);
}

static struct range all_rows(const struct problem *p)
{
    return (struct range){p->samples.first_row, p->samples.first_row + p->samples.rows};
}

static void test_steps_that_meet_a_kink(void **state)
{
    (void)state;
    const double steps[] = {1e-4, 0.01, 0.05, 0.2};
    struct problem p = test_deep_problem(&activation_relu, LAYERS, widths, false, 0.7);
    int64_t *counts = malloc((p.parameters + UNITS) * sizeof *counts);
    int met = 0;
    assert_int_equal(kinks_units(&p.model), UNITS);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; ++i) {
        int64_t *expected = calloc(p.parameters, sizeof *expected);
        count_by_steps(&p, steps[i], expected);
        assert_true(kinks_count(&p.model, p.theta, &p.samples, all_rows(&p), steps[i], counts));
        for (size_t q = 0; q < p.parameters; ++q) {
            met += counts[q] > 0;
            assert_int_equal(counts[q], expected[q]);
        }
        free(expected);
    }
    assert_in_range(met, p.parameters / 4, 4 * p.parameters - 1);
    free(counts);
    problem_free(&p);
}

/* Biases of 0 and blank rows: each unit is at its kink, and only a bias moves one. */
static void test_blank_rows(void **state)
{
    (void)state;
    struct problem p = test_deep_problem(&activation_relu, LAYERS, widths, false, 0.7);
    int64_t *counts = malloc((p.parameters + UNITS) * sizeof *counts);
    for (int n = 0; n < LAYERS; ++n)
        memset(p.theta + p.model.tensors.list[2 * n + 1].offset, 0,
               (size_t)widths[n + 1] * sizeof *p.theta);
    memset(p.floats, 0, (size_t)(PROBLEM_ROWS * widths[0]) * sizeof *p.floats);
    assert_true(kinks_count(&p.model, p.theta, &p.samples, all_rows(&p), 1e-4, counts));
    for (int i = 0; i < p.model.tensors.count; ++i) {
        const struct tensor *t = &p.model.tensors.list[i];
        const bool is_bias = t->columns == 0, is_last = i == p.model.tensors.count - 1;
        for (size_t q = 0; q < tensor_size(t); ++q)
            assert_int_equal(counts[t->offset + q], is_bias && !is_last ? PROBLEM_ROWS : 0);
    }
    for (int u = 0; u < UNITS; ++u)
        assert_int_equal(counts[p.parameters + (size_t)u], PROBLEM_ROWS);
    free(counts);
    problem_free(&p);
}

/* What is said to meet no kink: there the difference is the derivative, and elsewhere it is not. */
static void test_difference_and_derivative_part_at_kinks_only(void **state)
{
    (void)state;
    const double step = 0.01;
    struct problem p = test_deep_problem(&activation_relu, LAYERS, widths, false, 0.7);
    int64_t *counts = malloc((p.parameters + UNITS) * sizeof *counts);
    double *difference = problem_gradient(&p, &gradient_numerical, step, PROBLEM_ROWS);
    double *derivative = problem_gradient(&p, &gradient_backprop, step, PROBLEM_ROWS);
    double farthest = 0;
    assert_true(kinks_count(&p.model, p.theta, &p.samples, all_rows(&p), step, counts));
    for (size_t q = 0; q < p.parameters; ++q)
        if (counts[q] == 0)
            assert_near(difference[q], derivative[q], step * step);
        else
            farthest = fmax(farthest, fabs(difference[q] - derivative[q]));
    assert_true(farthest > 5 * step * step);
    free(difference);
    free(derivative);
    free(counts);
    problem_free(&p);
}

static void test_smooth_units_have_none(void **state)
{
    (void)state;
    struct problem p = test_deep_problem(&activation_tanh, LAYERS, widths, false, 0.7);
    assert_int_equal(kinks_units(&p.model), 0);
    problem_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_that_meet_a_kink),
        cmocka_unit_test(test_blank_rows),
        cmocka_unit_test(test_difference_and_derivative_part_at_kinks_only),
        cmocka_unit_test(test_smooth_units_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
