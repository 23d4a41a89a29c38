/* SPDX-License-Identifier: MIT */
#include "common/arithmetic.h"
#include "testing.h"

#include <fenv.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static void assert_refused(const char *what)
{
    struct error error;
    assert_int_equal(arithmetic_check("--model m.so", &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "--model m.so has changed"));
    assert_non_null(strstr(error.text, what));
}

static void test_arithmetic_is_sound_at_first(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(arithmetic_check("nobody", &error), STATUS_DONE);
}

static void test_other_ways_of_rounding_are_refused(void **state)
{
    (void)state;
    const int ways[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int i = 0; i < 3; ++i) {
        fesetround(ways[i]);
        assert_refused("rounded to nearest");
        fesetround(FE_TONEAREST);
    }
    test_arithmetic_is_sound_at_first(state);
}

/* What a library that was linked with -ffast-math sets. */
static void test_lost_subnormal_numbers_are_refused(void **state)
{
    (void)state;
#if defined(__x86_64__)
    const unsigned before = _mm_getcsr(), flush_to_zero = 0x8000, denormals_are_zero = 0x40;
    _mm_setcsr(before | flush_to_zero);
    assert_refused("become 0");
    _mm_setcsr(before | denormals_are_zero);
    assert_refused("taken for 0");
    _mm_setcsr(before);
    test_arithmetic_is_sound_at_first(state);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arithmetic_is_sound_at_first),
        cmocka_unit_test(test_other_ways_of_rounding_are_refused),
        cmocka_unit_test(test_lost_subnormal_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
