/* SPDX-License-Identifier: MIT */
#include "core/model/activation.h"
#include "testing.h"

#include <complex.h>
#include <float.h>
#include <math.h>

enum { UNITS = 9 };

/* Pre-activations around zero, and far into saturation on both sides. */
static const double a[UNITS] = {0, 0.3, -0.3, 5, -5, 40, -40, 700, -720};

static long double sigmoid(long double x)
{
    return 1 / (1 + expl(-x));
}

/* The tolerance is relative, unless the exact value is below the smallest normal number. */
static void assert_close(double value, long double exact, double tolerance)
{
    if (fabsl(exact) > (long double)DBL_MIN)
        assert_near(value / (double)exact, 1, tolerance);
    else
        assert_near(value, (double)exact, DBL_MIN);
}

/* What is known of the units above before a shift. */
struct known {
    double z[UNITS], below[UNITS], above[UNITS], slope[UNITS];
    struct activation_units units;
};

static void find_out(const struct activation *act, struct known *known)
{
    known->units = (struct activation_units){a, known->z, known->below, known->above, known->slope};
    act->value(UNITS, a, known->z, known->below, known->above);
    act->derivative(UNITS, &known->units, known->slope);
}

static void test_values_and_derivatives(void **state)
{
    (void)state;
    struct known s, t, r;
    find_out(&activation_sigmoid, &s);
    find_out(&activation_tanh, &t);
    find_out(&activation_relu, &r);
    for (int j = 0; j < UNITS; ++j) {
        const long double x = (long double)a[j];
        assert_close(s.z[j], sigmoid(x), 4e-16);
        assert_close(s.below[j], sigmoid(x), 4e-16);
        assert_close(s.above[j], sigmoid(-x), 4e-16);
        assert_close(s.slope[j], sigmoid(x) * sigmoid(-x), 1e-15);
        assert_close(t.z[j], tanhl(x), 6e-16);
        assert_close(t.below[j], 2 * sigmoid(2 * x), 4e-16);
        assert_close(t.above[j], 2 * sigmoid(-2 * x), 4e-16);
        assert_close(t.slope[j], 4 * sigmoid(2 * x) * sigmoid(-2 * x), 1e-15);
        assert_near(r.z[j], fmax(0, a[j]), 0);
        assert_near(r.slope[j], a[j] > 0, 0);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_ptr_equal(activation_find("sigmoid"), &activation_sigmoid);
    assert_ptr_equal(activation_find("tanh"), &activation_tanh);
    assert_ptr_equal(activation_find("relu"), &activation_relu);
    assert_null(activation_find("Relu"));
}

/* sinh(eta / 2) / (2 cosh((x + eta) / 2) cosh(x / 2)), which is sigmoid(x + eta) - sigmoid(x). */
static long double exact_sigmoid_shift(long double x, long double eta)
{
    return sinhl(eta / 2) / (2 * coshl(x / 2)) / coshl((x + eta) / 2);
}

static long double exact_tanh_shift(long double x, long double eta)
{
    return 2 * exact_sigmoid_shift(2 * x, 2 * eta);
}

static long double exact_relu_shift(long double x, long double eta)
{
    return x > 0 ? fmaxl(eta, -x) : fmaxl(x + eta, 0);
}

/* |eta| goes from where a subtraction would leave no digit to where exp overflows, and to both
 * sides of where the series of small shifts ends. */
static void test_shifts(void **state)
{
    (void)state;
    static const struct {
        const struct activation *act;
        long double (*exact)(long double x, long double eta);
    } cases[] = {{&activation_sigmoid, exact_sigmoid_shift},
                 {&activation_tanh, exact_tanh_shift},
                 {&activation_relu, exact_relu_shift}};
    const double etas[] = {1e-9, 1e-4, 4.88e-4, 4.89e-4, 9.76e-4, 9.77e-4, 0.3, 0.5,
                           3,    60,   352,     356,     705,     712,     1400};
    double raised[UNITS], lowered[UNITS], each[UNITS], moved[UNITS];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c)
        for (size_t e = 0; e < sizeof etas / sizeof *etas; ++e) {
            struct known known;
            find_out(cases[c].act, &known);
            cases[c].act->shift(UNITS, &known.units, etas[e], raised, lowered);
            for (int j = 0; j < UNITS; ++j)
                each[j] = j % 2 ? etas[e] : -etas[e];
            cases[c].act->shift_each(UNITS, &known.units, each, moved);
            for (int j = 0; j < UNITS; ++j) {
                const long double x = (long double)a[j], eta = (long double)etas[e];
                assert_close(raised[j], cases[c].exact(x, eta), 3e-15);
                assert_close(lowered[j], cases[c].exact(x, -eta), 3e-15);
                assert_close(moved[j], cases[c].exact(x, (long double)each[j]), 3e-15);
            }
        }
}

/* The steepest slope, and bounds on circles of the complex plane, against a grid of units. */
static void test_bounds(void **state)
{
    (void)state;
    static const struct activation *const smooth[] = {&activation_sigmoid, &activation_tanh};
    for (int n = 0; n < 2; ++n)
        for (double radius = 0.05; radius < 1.5; radius += 0.1) {
            const double rate = n + 1, bound = smooth[n]->bound(radius);
            double largest = 0;
            for (int i = 0; i < 200 * 64; ++i) {
                const double x = rate * 0.02 * (i / 64 - 100),
                             angle = 3.141592653589793 / 32 * (i % 64);
                const double complex eta = rate * radius * (cos(angle) + I * sin(angle));
                largest = fmax(largest, rate * cabs(1 / (1 + cexp(-x - eta)) - 1 / (1 + exp(-x))));
            }
            assert_true(bound >= radius * smooth[n]->steepest);
            assert_true(largest <= bound);
            assert_true(rate * radius > 2.5 || bound <= 1.1 * largest);
            assert_true(smooth[n]->bound(2 * radius) >= 2 * bound);
        }
    assert_true(isinf(activation_sigmoid.bound(3.2)) && isinf(activation_tanh.bound(1.6)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_and_derivatives),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_shifts),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
