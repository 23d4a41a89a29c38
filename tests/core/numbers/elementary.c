/* SPDX-License-Identifier: MIT */
#include "core/numbers/elementary.h"
#include "testing.h"

typedef double function(double);
typedef long double exact_function(long double);

static double own_exp(double x)
{
    return elementary_exp(x);
}

static double own_expm1(double x)
{
    return elementary_expm1(x);
}

static double own_log(double x)
{
    return elementary_log(x);
}

static double own_log1p(double x)
{
    return elementary_log1p(x);
}

/* The distance from the exact value, in units of its last place. */
static double error_in_ulp(double value, long double exact)
{
    const double rounded = fabs((double)exact);
    const double ulp = nextafter(rounded, INFINITY) - rounded;
    return (double)fabsl((long double)value - exact) / ulp;
}

static double largest_error(function *own, exact_function *exact, double begin, double end)
{
    enum { POINTS = 200000 };
    double largest = 0;
    for (int i = 0; i < POINTS; ++i) {
        const double x = begin + (end - begin) * i / POINTS;
        const double error = error_in_ulp(own(x), exact((long double)x));
        if (!(error <= largest))
            largest = error;
    }
    return largest;
}

static void test_exp_is_within_an_ulp(void **state)
{
    (void)state;
    assert_near(largest_error(own_exp, expl, -1, 1), 0, 1.0);
    assert_near(largest_error(own_exp, expl, -707, 709), 0, 1.0);
}

static void test_expm1_is_within_two_ulp(void **state)
{
    (void)state;
    assert_near(largest_error(own_expm1, expm1l, -0.3, 0.3), 0, 1.0);
    assert_near(largest_error(own_expm1, expm1l, 1e-9, 2e-9), 0, 1.0);
    assert_near(largest_error(own_expm1, expm1l, -39, 30), 0, 2.0);
}

static void test_log_is_within_an_ulp_and_a_half(void **state)
{
    (void)state;
    assert_near(largest_error(own_log, logl, 0.5, 2), 0, 1.5);
    assert_near(largest_error(own_log, logl, 1e-300, 1e300), 0, 1.5);
    assert_near(largest_error(own_log, logl, 1e-7, 1), 0, 1.5);
}

static void test_log1p_is_within_two_ulp(void **state)
{
    (void)state;
    assert_near(largest_error(own_log1p, log1pl, 0, 1e-8), 0, 1.5);
    assert_near(largest_error(own_log1p, log1pl, 0, 1), 0, 2.0);
    assert_near(largest_error(own_log1p, log1pl, 1, 1e6), 0, 2.0);
}

static void test_limits(void **state)
{
    (void)state;
    assert_true(elementary_exp(-709) == 0);
    assert_true(elementary_exp(0) == 1);
    assert_true(isinf(elementary_exp(710)));
    assert_true(isnan(elementary_exp((double)NAN)));
    assert_true(elementary_expm1(-1000) == -1);
    assert_true(elementary_expm1(0) == 0);
    assert_true(isinf(elementary_expm1(710)));
    assert_true(isnan(elementary_expm1((double)NAN)));
    assert_true(elementary_log(1) == 0);
    assert_true(isnan(elementary_log(0)));
    assert_true(isnan(elementary_log(-1)));
    assert_true(isnan(elementary_log((double)INFINITY)));
    assert_true(isnan(elementary_log((double)NAN)));
    assert_true(elementary_log1p(0) == 0);
    assert_true(elementary_log1p(1e-300) == 1e-300);
    assert_true(isnan(elementary_log1p((double)NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp_is_within_an_ulp),
        cmocka_unit_test(test_expm1_is_within_two_ulp),
        cmocka_unit_test(test_log_is_within_an_ulp_and_a_half),
        cmocka_unit_test(test_log1p_is_within_two_ulp),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
