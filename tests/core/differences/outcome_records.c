/* SPDX-License-Identifier: MIT */
#include "core/differences/outcome_records.h"

#include "testing.h"

static struct outcome_record list[] = {{3, 0, OUTCOME_FAILED, 1, true},
                                       {3, 17, OUTCOME_TIMED_OUT, 2, true},
                                       {5, 4, OUTCOME_CRASHED, 2, false},
                                       {5, 9, OUTCOME_NONSENSE, 1, true}};
static const struct outcome_records records = {list, sizeof list / sizeof *list};

static void test_each_is_found_by_iteration_and_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < records.count; ++i)
        assert_ptr_equal(outcome_records_find(&records, list[i].iteration, list[i].number),
                         &list[i]);
    assert_null(outcome_records_find(&records, 3, 4));
    assert_null(outcome_records_find(&records, 4, 4));
    assert_null(outcome_records_find(&records, 5, 10));
    assert_null(outcome_records_find(&records, 2, 0));
    const struct outcome_records none = {0};
    assert_null(outcome_records_find(&none, 3, 0));
}

static void test_where_those_of_an_iteration_begin(void **state)
{
    (void)state;
    const size_t begins[] = {0, 0, 0, 0, 2, 2, 4};
    for (int64_t iteration = 0; iteration < 7; ++iteration)
        assert_int_equal(outcome_records_begin(&records, iteration), begins[iteration]);
}

/* A failure that the model reports would come again, and a hit that was made good is no loss. */
static void test_facts_are_losses_by_the_clock_or_the_machine(void **state)
{
    (void)state;
    const bool facts[] = {false, true, false, true};
    for (size_t i = 0; i < records.count; ++i)
        assert_int_equal(outcome_record_is_fact(&list[i]), facts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_found_by_iteration_and_number),
        cmocka_unit_test(test_where_those_of_an_iteration_begin),
        cmocka_unit_test(test_facts_are_losses_by_the_clock_or_the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
