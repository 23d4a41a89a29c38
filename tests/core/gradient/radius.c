/* SPDX-License-Identifier: MIT
 *
 * The radii, against complex shifts that are passed on through the network itself. */
#include "core/gradient/radius.h"

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
    struct arena arena = {0};
    struct radius_finder finder;
    struct model_pass pass;
    double radius[LAYERS];
    radius_finder_create(&finder, &arena, &p.model.network);
    radius_find(&finder, p.theta, radius);
    pass_forward(&p, &pass);
    for (int layer = 0; layer < LAYERS - 1; ++layer)
        for (int unit = 0; unit < widths[layer + 1]; ++unit)
            for (int i = 0; i < ANGLES; ++i) {
                const double angle = 2 * 3.141592653589793 * i / ANGLES;
                const double complex eta = radius[layer] * (cos(angle) + I * sin(angle));
                assert_true(radius[layer] > 0);
                assert_true(moves_apart(&p, pass.results, layer, unit, eta) <=
                            2 * head_softmax.radius);
            }
    model_pass_destroy(&pass);
    arena_free(&arena);
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
    struct arena arena = {0};
    struct radius_finder finder;
    double radius[2];
    radius_finder_create(&finder, &arena, &p.model.network);
    for (double range = 0.5; range < 100; range *= 3) {
        p.theta[4] = range / 2;
        p.theta[5] = -range / 2;
        radius_find(&finder, p.theta, radius);
        const double exact = 2 * atan(4 * head_softmax.radius / range);
        assert_true(radius[0] <= exact && radius[0] >= 0.95 * exact);
    }
    arena_free(&arena);
    problem_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves_stay_within_the_bound),
        cmocka_unit_test(test_one_hidden_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
