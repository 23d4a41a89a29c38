/* SPDX-License-Identifier: MIT */
#include "core/model/comparison.h"
#include "testing.h"

static void test_units_count_the_doubles_in_between(void **state)
{
    (void)state;
    assert_int_equal(comparison_units(1, 1), 0);
    assert_int_equal(comparison_units(1, nextafter(1, 2)), 1);
    assert_int_equal(comparison_units(nextafter(1, 0), nextafter(1, 2)), 2);
    assert_int_equal(comparison_units(-1, nextafter(-1, 0)), 1);
    assert_int_equal(comparison_units(0.0, -0.0), 1);
    assert_int_equal(comparison_units(0x1p-1074, -0x1p-1074), 3);
}

static void test_the_first_and_the_farthest_are_found(void **state)
{
    (void)state;
    const double a[] = {1, 2, 3, 4, 5}, b[] = {1, nextafter(2, 3), 3, 4.5, 5};
    struct tensors tensors = {0};
    char text[512];
    tensors_add(&tensors, "W1", 2, 2);
    tensors_add(&tensors, "b1", 1, 0);
    const struct comparison comparison = comparison_make(a, b, 5);
    assert_int_equal(comparison.different, 2);
    assert_int_equal(comparison.first, 1);
    assert_int_equal(comparison.farthest, 3);
    comparison_describe(&comparison, &tensors, a, b, text, sizeof text);
    assert_string_equal(text,
                        "W1[0,1] is 2 and 2.0000000000000004, 1 unit in the last place apart; "
                        "2 of 5 parameters differ, W1[1,1] the most: 4 and 4.5");
    assert_int_equal(comparison_make(a, a, 5).different, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_count_the_doubles_in_between),
        cmocka_unit_test(test_the_first_and_the_farthest_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
