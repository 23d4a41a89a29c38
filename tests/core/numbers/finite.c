/* SPDX-License-Identifier: MIT */
#include "core/numbers/finite.h"
#include "testing.h"

#include <float.h>

enum { COUNT = 5 };

static void test_finds_the_first_of_each_kind(void **state)
{
    const double odd[] = {(double)NAN, (double)-NAN, (double)INFINITY, (double)-INFINITY};
    (void)state;
    for (size_t kind = 0; kind < sizeof odd / sizeof *odd; ++kind)
        for (size_t at = 0; at < COUNT; ++at) {
            double x[COUNT] = {0, -DBL_MAX, DBL_MAX, DBL_TRUE_MIN, 1};
            x[at] = x[COUNT - 1] = odd[kind];
            assert_int_equal(finite_count(x, COUNT), at);
        }
}

static void test_all_finite(void **state)
{
    const double x[COUNT] = {0, -DBL_MAX, DBL_MAX, DBL_TRUE_MIN, -0.0};
    (void)state;
    assert_int_equal(finite_count(x, COUNT), COUNT);
    assert_int_equal(finite_count(x, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_the_first_of_each_kind),
        cmocka_unit_test(test_all_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
