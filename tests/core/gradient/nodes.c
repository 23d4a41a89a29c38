/* SPDX-License-Identifier: MIT
 *
 * Interpolation between nodes: of functions that are known, and of the quotients of a sample
 * against the oracle, just below and just above each switch from one number of nodes to the next,
 * on a grid so fine that a node too few shows. */
#include "core/numbers/nodes.h"

#include "core/gradient/radius.h"
#include "quad.h"
#include "test_problem.h"
#include "testing.h"

#include <math.h>
#include <stdlib.h>

enum { INPUTS = 5, HIDDEN = 9, CLASSES = 4 };

static double interpolate(const struct nodes *nodes, const double *at_node, double x,
                          double largest)
{
    double weights[NODES_MAX], value = at_node[0];
    nodes_weights(nodes, 1, &x, largest, 1, weights);
    for (int k = 1; k < nodes->count; ++k)
        value += weights[k - 1] * (at_node[k] - at_node[0]);
    return value;
}

/* n nodes are exact for even polynomials of degree 2 n - 2. */
static void test_polynomials_are_exact(void **state)
{
    (void)state;
    const double largest = 3;
    for (int count = NODES_MIN; count <= NODES_MAX; ++count) {
        const struct nodes nodes = nodes_make(count);
        double at_node[NODES_MAX] = {0};
        for (int k = 0; k < count; ++k) {
            assert_true(nodes.position[k] > 0 && nodes.position[k] < 1);
            at_node[k] = pow(nodes.position[k], 2 * count - 2);
        }
        for (int i = -10; i <= 10; ++i)
            assert_near(interpolate(&nodes, at_node, largest * i / 10, largest),
                        pow(i / 10.0, 2 * count - 2), 4e-15);
    }
}

/* 1 / (1 + x^2) has its poles at +-i. */
static void test_as_many_nodes_as_needed(void **state)
{
    (void)state;
    for (int n = 0; n < 50; ++n) {
        const double largest = 0.5 * pow(1.3, -n);
        const int count = nodes_needed(largest, 1);
        const struct nodes nodes = nodes_make(count);
        double at_node[NODES_MAX] = {0};
        assert_in_range(count, NODES_MIN, NODES_MAX);
        for (int k = 0; k < count; ++k) {
            const double x = largest * nodes.position[k];
            at_node[k] = 1 / (1 + x * x);
        }
        for (int i = 0; i <= 10; ++i) {
            const double x = largest * i / 10;
            assert_near(interpolate(&nodes, at_node, x, largest), 1 / (1 + x * x), 2e-15);
        }
    }
    assert_int_equal(nodes_needed(1e-300, 1), NODES_MIN);
    assert_int_equal(nodes_needed(0.9, 1), 0);
    assert_int_equal(nodes_needed(1, 1), 0);
    assert_int_equal(nodes_needed(1e300, 1), 0);
    assert_int_equal(nodes_needed((double)NAN, 1), 0);
    assert_int_equal(nodes_needed(1, 0), 0);
}

/* A problem whose W2 has exactly that weight_range. A hidden unit at one half, where a shift of its
 * input has the largest effect, reaches it. The inputs are floats up to 1, the first of them 1. */
static struct problem problem_of_range(double weight_range)
{
    struct problem p = test_problem(INPUTS, HIDDEN, CLASSES, false, 0.3);
    double *b1 = p.theta + (size_t)(INPUTS * HIDDEN), *w2 = b1 + HIDDEN;
    for (int i = 0; i < INPUTS; ++i) {
        p.floats[i] = i == 0 ? 1 : (float)(0.3 * i - 0.7);
        p.theta[i * HIDDEN] = 0;
    }
    b1[0] = 0;
    for (int n = 0; n < HIDDEN * CLASSES; ++n)
        w2[n] = fmax(-weight_range / 2, fmin(weight_range / 2, w2[n]));
    /* An unlikely label far from all other classes: the loss changes as fast as it can. */
    for (int k = 0; k < CLASSES; ++k)
        w2[k] = k == p.labels[0] ? weight_range / 2 : -weight_range / 2;
    w2[HIDDEN * CLASSES + p.labels[0]] = -3;
    return p;
}

/* The largest error of the first sample's quotients at that step. */
static double largest_error(const struct problem *p, double step)
{
    struct gradient gradient;
    int64_t *sums = malloc(p->parameters * sizeof *sums);
    double *exact = quad_gradient(p, step, 1, 1), error = 0;
    const struct share share = share_whole(p->rows, 1, p->model.parts);
    assert_true(gradient_create(&gradient, &gradient_numerical, &p->model, step, 1));
    gradient.grid = exact_grid_make(1, 16);
    gradient_sum_share(&gradient, p->theta, &p->samples, &share, sums);
    assert_int_equal(gradient.overflows, 0);
    for (size_t i = 0; i < p->parameters; ++i)
        error = fmax(error, fabs(exact_mean(&gradient.grid, sums[i], 1) - exact[i]));
    gradient_destroy(&gradient);
    free(exact);
    free(sums);
    return error;
}

/* Of quotients below 1 and about weight_range / 4; the grid's quantum is 2^-47, 7.1e-15. */
static void expect_exact(double step, double weight_range)
{
    struct problem p = problem_of_range(weight_range);
    const double error = largest_error(&p, step);
    if (!(error <= 5e-15 * (1 + weight_range / 4)))
        fail_msg("h = %.17g, R = %g: off by %.3g", step, weight_range, error);
    problem_free(&p);
}

/* The smallest step for which `needed` is above the number; 0 stands for more than all. */
static double find_switch(int count, double radius)
{
    double below = 1e-9, above = radius;
    for (int i = 0; i < 60; ++i) {
        const double middle = sqrt(below * above);
        const int needed = nodes_needed(middle, radius);
        if (needed > count || needed == 0)
            above = middle;
        else
            below = middle;
    }
    return above;
}

/* The radius in which the units of each layer of a problem, and its outputs, are analytic. */
static void find_radii(const struct problem *p, double *radii)
{
    struct arena arena = {0};
    struct radius_finder finder;
    radius_finder_create(&finder, &arena, &p->model.network);
    radius_find(&finder, p->theta, radii);
    radii[p->model.network.count - 1] = 2 * head_softmax.radius;
    arena_free(&arena);
}

static void test_both_sides_of_every_switch(void **state)
{
    (void)state;
    const double weight_ranges[] = {0.1, 1, 6, 20};
    for (size_t r = 0; r < sizeof weight_ranges / sizeof *weight_ranges; ++r)
        for (int count = NODES_MIN; count <= NODES_MAX; ++count) {
            double radii[2];
            struct problem p = problem_of_range(weight_ranges[r]);
            find_radii(&p, radii);
            problem_free(&p);
            for (int layer = 0; layer < 2; ++layer) {
                const double step = find_switch(count, radii[layer]);
                expect_exact(step * (1 - 1e-9), weight_ranges[r]);
                expect_exact(step * (1 + 1e-9), weight_ranges[r]);
            }
        }
}

/* Networks of several layers, with an input of 1 and no larger one: on both sides of each switch of
 * each layer. */
static void test_both_sides_of_every_switch_of_deep_networks(void **state)
{
    (void)state;
    enum { LAYERS = 4 };
    static const struct activation *const smooth[] = {&activation_sigmoid, &activation_tanh};
    const int widths[LAYERS + 1] = {INPUTS, 5, 4, 5, 3};
    const double deviations[] = {0.3, 2};
    double radii[LAYERS];
    for (int n = 0; n < 2; ++n)
        for (size_t d = 0; d < sizeof deviations / sizeof *deviations; ++d) {
            struct problem p = test_deep_problem(smooth[n], LAYERS, widths, false, deviations[d]);
            for (int i = 0; i < INPUTS; ++i)
                p.floats[i] = i == 0 ? 1 : (float)(0.3 * i - 0.7);
            find_radii(&p, radii);
            for (int layer = 0; layer < LAYERS; ++layer)
                for (int count = NODES_MIN; count <= NODES_MAX; ++count)
                    for (int above = 0; above < 2; ++above) {
                        const double factor = above ? 1 + 1e-9 : 1 - 1e-9;
                        const double step = factor * find_switch(count, radii[layer]);
                        const double error = largest_error(&p, step);
                        if (!(error <= 1e-13))
                            fail_msg("%s, %g, layer %d, h = %.17g: off by %.3g", smooth[n]->name,
                                     deviations[d], layer + 1, step, error);
                    }
            problem_free(&p);
        }
}

/* Where the series of small steps ends: h R / 4, and for the second layer h, is SMALL_X. */
static void test_both_sides_of_the_small_steps(void **state)
{
    (void)state;
    const double small_x = 2.4e-3, weight_ranges[] = {0.5, 4, 20};
    for (size_t r = 0; r < sizeof weight_ranges / sizeof *weight_ranges; ++r)
        for (int above = 0; above < 2; ++above) {
            const double factor = above ? 1 + 1e-9 : 1 - 1e-9;
            expect_exact(factor * small_x * 4 / weight_ranges[r], weight_ranges[r]);
            expect_exact(factor * small_x, weight_ranges[r]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_polynomials_are_exact),
        cmocka_unit_test(test_as_many_nodes_as_needed),
        cmocka_unit_test(test_both_sides_of_every_switch),
        cmocka_unit_test(test_both_sides_of_every_switch_of_deep_networks),
        cmocka_unit_test(test_both_sides_of_the_small_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
