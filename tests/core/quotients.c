/* SPDX-License-Identifier: MIT
 *
 * The quotients of one sample against the oracle, just below and just above each switch of
 * order, on a grid so fine that a series which stops too early shows. */
#include "core/quotients.h"

#include "problem.h"
#include "quad.h"
#include "testing.h"

#include <stdlib.h>

enum { INPUTS = 5, HIDDEN = 9, CLASSES = 4 };

/* A problem whose W2 has exactly that weight_range. A hidden unit at one half, where a shift of its
 * input has the largest effect, reaches it. The inputs are floats up to 1, the first of them 1. */
static struct problem problem_of_range(double weight_range)
{
    struct problem p = problem_make(INPUTS, HIDDEN, CLASSES, false, 0.3);
    double *b1 = p.theta + INPUTS * HIDDEN, *w2 = b1 + HIDDEN;
    for (int i = 0; i < INPUTS; ++i) {
        p.floats[i] = i == 0 ? 1 : (float)(0.3 * i - 0.7);
        p.theta[i * HIDDEN] = 0;
    }
    b1[0] = 0;
    for (int n = 0; n < HIDDEN * CLASSES; ++n)
        w2[n] = fmax(-weight_range / 2, fmin(weight_range / 2, w2[n]));
    /* An unlikely label far from all other classes: X comes near its bound. */
    for (int k = 0; k < CLASSES; ++k)
        w2[k] = k == p.labels[0] ? weight_range / 2 : -weight_range / 2;
    w2[HIDDEN * CLASSES + p.labels[0]] = -3;
    return p;
}

static void compare(const struct quotients *q, const double *exact, size_t stride, int count,
                    double *largest_error)
{
    for (int j = 0; j < count; ++j) {
        const double error =
            fabs((double)q->rounded[j] * q->grid.quantum - exact[(size_t)j * stride]);
        *largest_error = fmax(*largest_error, error);
    }
}

/* The largest error of the sample's quotients at the step; checks the orders too. */
static double largest_error(const struct problem *p, double step, enum series_order input,
                            enum series_order output)
{
    struct quotients q;
    struct model_pass pass;
    double *exact = quad_gradient(p, step, 1, 1), error = 0;
    assert_true(quotients_create(&q, &p->model.network, step, exact_grid_make(1, 4)));
    assert_true(model_pass_create(&pass, &p->model));
    sample_decode(&pass.sample, &p->samples, p->rows[0]);
    model_forward(&pass, p->theta);
    quotients_set_weights(&q, p->theta + p->model.network.layers[1].offset);
    assert_int_equal(series_order(step, q.weight_range), input);
    quotients_set_sample(&q, pass.results, 0, HIDDEN + 1, input);
    for (int i = 0; i <= INPUTS; ++i) {
        const double x = i < INPUTS ? (double)p->floats[i] : 1;
        const struct input_shift shift = quotients_shift(step * x);
        assert_false(exact_overflowed(&q.grid, quotients_of_inputs(&q, input, 1, &shift)));
        compare(&q, exact + i * HIDDEN, 1, HIDDEN, &error);
    }
    quotients_set_outputs(&q);
    assert_int_equal(q.output_order, output);
    for (int k = 0; k < CLASSES; ++k) {
        assert_false(exact_overflowed(&q.grid, quotients_of_class(&q, k)));
        compare(&q, exact + (INPUTS + 1) * HIDDEN + k, CLASSES, HIDDEN + 1, &error);
    }
    model_pass_destroy(&pass);
    quotients_destroy(&q);
    free(exact);
    return error;
}

static void test_both_sides_of_every_switch(void **state)
{
    (void)state;
    const struct {
        double step, weight_range;
        enum series_order below, above, output_below, output_above;
        double step_factor; /* 1: the step passes the switch; 0: the weight_range does */
    } switches[] = {
        {2.0e-4, 1.0, SERIES_3, SERIES_5, SERIES_5, SERIES_5, 1},
        {1.0e-4, 6.0, SERIES_3, SERIES_5, SERIES_3, SERIES_3, 0},
        {2.0e-2, 0.3, SERIES_5, SERIES_9, SERIES_9, SERIES_9, 1},
        {1.0e-2, 1.2, SERIES_5, SERIES_9, SERIES_9, SERIES_9, 0},
        {1.0, 0.1, SERIES_9, SERIES_EXACT, SERIES_EXACT, SERIES_EXACT, 1},
        {0.1, 3.48, SERIES_9, SERIES_EXACT, SERIES_EXACT, SERIES_EXACT, 0},
        {1.5e-4, 1.0, SERIES_3, SERIES_3, SERIES_3, SERIES_5, 1},
        {3.0e-3, 0.5, SERIES_5, SERIES_5, SERIES_5, SERIES_9, 1},
        {8.7e-2, 0.5, SERIES_9, SERIES_9, SERIES_9, SERIES_EXACT, 1},
    };
    for (size_t i = 0; i < sizeof switches / sizeof *switches; ++i)
        for (int above = 0; above < 2; ++above) {
            const double factor = above ? 1 + 1e-9 : 1 - 1e-9;
            const double step = switches[i].step * (switches[i].step_factor > 0 ? factor : 1);
            const double weight_range =
                switches[i].weight_range * (switches[i].step_factor > 0 ? 1 : factor);
            struct problem p = problem_of_range(weight_range);
            const double error =
                largest_error(&p, step, above ? switches[i].above : switches[i].below,
                              above ? switches[i].output_above : switches[i].output_below);
            /* Quotients are below 2; the grid's quantum is 2^-49, 1.8e-15. */
            if (!(error <= 4e-15))
                fail_msg("switch %zu, %s: off by %.3g", i, above ? "above" : "below", error);
            problem_free(&p);
        }
}

static void test_the_shift_of_an_input(void **state)
{
    (void)state;
    const double etas[] = {1e-6, 1e-4, 0.01, 0.5, 1, -1e-4, -0.7};
    for (size_t i = 0; i < sizeof etas / sizeof *etas; ++i) {
        const struct input_shift shift = quotients_shift(etas[i]);
        const long double half = sinhl((long double)etas[i] / 2);
        assert_near(shift.sinh, (double)sinhl((long double)etas[i]), 1e-15 * fabs(shift.sinh));
        assert_near(shift.cosh_minus_1x2, (double)(4 * half * half), 1e-15 * shift.cosh_minus_1x2);
    }
    assert_true(quotients_shift(0).sinh == 0 && quotients_shift(0).cosh_minus_1x2 == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_sides_of_every_switch),
        cmocka_unit_test(test_the_shift_of_an_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
