/* SPDX-License-Identifier: MIT */
#include "core/activation.h"
#include "testing.h"

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

static void test_value_and_derivative(void **state)
{
    (void)state;
    const struct activation *act = &activation_sigmoid;
    double z[UNITS], complement[UNITS], slope[UNITS];
    assert_string_equal(act->name, "sigmoid");
    act->value(UNITS, a, z, complement);
    act->derivative(UNITS, z, complement, slope);
    for (int j = 0; j < UNITS; ++j) {
        const long double x = (long double)a[j];
        assert_close(z[j], sigmoid(x), 4e-16);
        assert_close(complement[j], sigmoid(-x), 4e-16);
        assert_close(slope[j], sigmoid(x) * sigmoid(-x), 1e-15);
    }
}

/* |eta| goes from where a subtraction would leave no digit to where exp overflows. */
static void test_shift(void **state)
{
    (void)state;
    const struct activation *act = &activation_sigmoid;
    const double etas[] = {1e-9, 1e-4, 0.5, 3, 60, 705, 712, 1400};
    double z[UNITS], complement[UNITS], slope[UNITS], raised[UNITS], lowered[UNITS];
    act->value(UNITS, a, z, complement);
    act->derivative(UNITS, z, complement, slope);
    const struct activation_units units = {a, z, complement, slope};
    for (size_t e = 0; e < sizeof etas / sizeof *etas; ++e) {
        const long double eta = (long double)etas[e];
        act->shift(UNITS, &units, etas[e], raised, lowered);
        for (int j = 0; j < UNITS; ++j) {
            const long double x = (long double)a[j];
            /* sinh(eta/2) / (2 cosh((x + eta)/2) cosh(x/2)) */
            const long double half = sinhl(eta / 2) / (2 * coshl(x / 2));
            assert_close(raised[j], half / coshl((x + eta) / 2), 2e-15);
            assert_close(lowered[j], -half / coshl((x - eta) / 2), 2e-15);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_and_derivative),
        cmocka_unit_test(test_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
