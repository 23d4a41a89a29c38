/* SPDX-License-Identifier: MIT
 *
 * The radii, against complex shifts that are passed on through the network itself. */
#include "core/gradient/radius.h"

#include "core/gradient/linear_slopes.h"
#include "test_problem.h"
#include "testing.h"

#include <complex.h>
#include <math.h>
#include <string.h>

enum { LAYERS = 4, UNITS_MAX = 16, ANGLES = 24 };
static const int widths[LAYERS + 1] = {5, 9, 6, 7, 4};

/* How far two logits of the first sample move apart when a unit is shifted. */
static double moves_apart(const struct problem *p, const struct network_pass *pass, int layer,
                          int unit, double complex eta)
{
    const struct network *network = &p->model.network;
    double complex shift[UNITS_MAX] = {0}, move[UNITS_MAX];
    double apart = 0;
    shift[unit] = eta;
    for (int n = layer; n < LAYERS - 1; ++n) {
        const double *a = network_units(pass, n, 0, 0).a;
        const struct network_layer *above = &network->layers[n + 1];
        for (int j = 0; j < above->inputs; ++j)
            move[j] = network->activation == &activation_tanh
                          ? ctanh(a[j] + shift[j]) - tanh(a[j])
                          : 1 / (1 + cexp(-a[j] - shift[j])) - 1 / (1 + exp(-a[j]));
        for (int k = 0; k < above->outputs; ++k) {
            shift[k] = 0;
            for (int j = 0; j < above->inputs; ++j)
                shift[k] += move[j] * p->theta[network_row(above, j) + (size_t)k];
        }
    }
    for (int k = 0; k < widths[LAYERS]; ++k)
        for (int m = 0; m < k; ++m)
            apart = fmax(apart, cabs(shift[k] - shift[m]));
    return apart;
}

static void pass_forward(const struct problem *p, struct model_pass *pass)
{
    assert_true(model_pass_create(pass, &p->model));
    model_pass_take(pass, &p->samples, p->rows, 1);
    model_forward(pass, p->theta);
}

static void expect_moves_within_bound(const struct activation *activation, double deviation)
{
    struct problem p = test_deep_problem(activation, LAYERS, widths, false, deviation);
    struct radius_finder finder;
    struct model_pass pass;
    double radius[LAYERS];
    assert_true(radius_finder_create(&finder, &p.model.network));
    radius_find(&finder, p.theta, radius);
    pass_forward(&p, &pass);
    for (int layer = 0; layer < LAYERS - 1; ++layer)
        for (int unit = 0; unit < widths[layer + 1]; ++unit)
            for (int i = 0; i < ANGLES; ++i) {
                const double angle = 2 * 3.141592653589793 * i / ANGLES;
                const double complex eta = radius[layer] * (cos(angle) + I * sin(angle));
                assert_true(radius[layer] > 0);
                assert_true(moves_apart(&p, pass.results, layer, unit, eta) <= 2 * RADIUS_ARGUMENT);
            }
    model_pass_destroy(&pass);
    radius_finder_destroy(&finder);
    problem_free(&p);
}

static void test_moves_stay_within_the_bound(void **state)
{
    (void)state;
    const double deviations[] = {0.01, 0.3, 1, 4};
    for (size_t d = 0; d < sizeof deviations / sizeof *deviations; ++d) {
        expect_moves_within_bound(&activation_sigmoid, deviations[d]);
        expect_moves_within_bound(&activation_tanh, deviations[d]);
    }
}

/* One hidden layer: the range of logits moves by R (tan(r / 2) / 2) for the worst unit. */
static void test_one_hidden_layer(void **state)
{
    (void)state;
    struct problem p = test_problem(3, 1, 2, false, 0);
    struct radius_finder finder;
    double radius[2];
    assert_true(radius_finder_create(&finder, &p.model.network));
    for (double range = 0.5; range < 100; range *= 3) {
        p.theta[4] = range / 2;
        p.theta[5] = -range / 2;
        radius_find(&finder, p.theta, radius);
        const double exact = 2 * atan(4 * RADIUS_ARGUMENT / range);
        assert_true(radius[0] <= exact && radius[0] >= 0.95 * exact);
        assert_near(radius[1], 2 * RADIUS_ARGUMENT, 0);
    }
    radius_finder_destroy(&finder);
    problem_free(&p);
}

/* The slopes of linear pieces, against the logits of a network with a bias that is a bit larger. */
static void test_slopes_of_linear_pieces(void **state)
{
    (void)state;
    struct problem p = test_deep_problem(&activation_relu, LAYERS, widths, false, 0.7);
    struct linear_slopes slopes;
    struct model_pass pass;
    double radius[LAYERS];
    const double bit = 0x1p-20;
    assert_true(linear_slopes_create(&slopes, &p.model.network));
    pass_forward(&p, &pass);
    linear_slopes_find_radius(&slopes, p.theta, pass.results, 0, radius);
    for (int layer = 0; layer < LAYERS - 2; ++layer) {
        const struct network_layer *of = &p.model.network.layers[layer];
        double range = 0;
        for (int j = 0; j < of->outputs; ++j) {
            /* A unit that is off has slopes all the same: those with which it would be on. */
            double *bias = p.theta + network_row(of, of->inputs) + j, saved = *bias;
            const double on = fmax(0, -network_units(pass.results, layer, 0, j).a[0]);
            double smallest = INFINITY, largest = -INFINITY, base[UNITS_MAX];
            *bias = saved + on;
            model_forward(&pass, p.theta);
            memcpy(base, network_sample(pass.results, 0).logits,
                   (size_t)widths[LAYERS] * sizeof *base);
            *bias = saved + on + bit;
            model_forward(&pass, p.theta);
            for (int k = 0; k < widths[LAYERS]; ++k) {
                const double slope = (network_sample(pass.results, 0).logits[k] - base[k]) / bit;
                smallest = fmin(smallest, slope);
                largest = fmax(largest, slope);
            }
            range = fmax(range, largest - smallest);
            *bias = saved;
            model_forward(&pass, p.theta);
        }
        assert_near(radius[layer] * range / 2 / RADIUS_ARGUMENT, 1, 1e-8);
    }
    model_pass_destroy(&pass);
    linear_slopes_destroy(&slopes);
    problem_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves_stay_within_the_bound),
        cmocka_unit_test(test_one_hidden_layer),
        cmocka_unit_test(test_slopes_of_linear_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
