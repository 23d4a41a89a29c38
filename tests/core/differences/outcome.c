/* SPDX-License-Identifier: MIT */
#include "core/differences/outcome.h"
#include "testing.h"

#include <string.h>

static void test_each_outcome_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (enum outcome a = OUTCOME_NONE; a < OUTCOMES; ++a)
        for (enum outcome b = OUTCOME_NONE; b < a; ++b)
            assert_string_not_equal(outcome_name(a), outcome_name(b));
    assert_string_equal(outcome_name(OUTCOME_FAILED), "failed");
    assert_string_equal(outcome_name(OUTCOME_NOT_FINITE), "not finite");
}

static void test_what_is_lost(void **state)
{
    (void)state;
    assert_false(outcome_is_lost(OUTCOME_NONE));
    assert_false(outcome_is_lost(OUTCOME_DONE));
    assert_true(outcome_is_lost(OUTCOME_FAILED));
    assert_true(outcome_is_lost(OUTCOME_NOT_FINITE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_outcome_has_a_name_of_its_own),
        cmocka_unit_test(test_what_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
