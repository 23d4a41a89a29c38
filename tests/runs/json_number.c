/* SPDX-License-Identifier: MIT */
#include "runs/json_number.h"
#include "testing.h"

#include <string.h>

static const double odd[] = {(double)NAN, (double)-NAN, (double)INFINITY, (double)-INFINITY};
enum { ODD = sizeof odd / sizeof *odd };

static void test_what_is_not_finite_is_null(void **state)
{
    (void)state;
    for (int i = 0; i < ODD; ++i) {
        json_t *value = json_number_new(odd[i]);
        assert_true(json_is_null(value));
        assert_string_equal(json_number(odd[i]).text, "null");
        assert_string_equal(json_number_of_seconds(odd[i]).text, "null");
        json_decref(value);
    }
}

static void test_numbers_are_read_back_to_the_bit(void **state)
{
    const double numbers[] = {0,
                              -0.0,
                              0.1,
                              -2.5e-7,
                              1,
                              DBL_MAX,
                              -DBL_MAX,
                              DBL_TRUE_MIN,
                              77553084598475456,
                              -1e16,
                              99999999999999984,
                              1e17};
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        json_t *text = json_loads(json_number(numbers[i]).text, JSON_DECODE_ANY, NULL);
        json_t *value = json_number_new(numbers[i]);
        const double read = json_real_value(text), made = json_real_value(value);
        assert_true(json_is_real(text) && json_is_real(value));
        assert_memory_equal(&read, &numbers[i], sizeof read);
        assert_memory_equal(&made, &numbers[i], sizeof made);
        json_decref(text);
        json_decref(value);
    }
}

static void test_seconds_have_six_digits(void **state)
{
    (void)state;
    assert_string_equal(json_number_of_seconds(1.5).text, "1.500000");
    assert_int_equal(strlen(json_number_of_seconds(-DBL_MAX).text), 1 + 309 + 7);
}

static void test_rounded_numbers_have_four_digits(void **state)
{
    (void)state;
    const double numbers[] = {0, 0.36, 2.34567e-7, 12, 123456, 1e300};
    const char *const texts[] = {"0", "0.36", "2.346e-07", "12", "1.235e+05", "1e+300"};
    for (int i = 0; i < 6; ++i) {
        json_t *read = json_loads(json_number_rounded(numbers[i]).text, JSON_DECODE_ANY, NULL);
        assert_string_equal(json_number_rounded(numbers[i]).text, texts[i]);
        assert_true(json_is_number(read));
        json_decref(read);
    }
    assert_string_equal(json_number_rounded((double)NAN).text, "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_finite_is_null),
        cmocka_unit_test(test_numbers_are_read_back_to_the_bit),
        cmocka_unit_test(test_seconds_have_six_digits),
        cmocka_unit_test(test_rounded_numbers_have_four_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
