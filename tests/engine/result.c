/* SPDX-License-Identifier: MIT */
#include "engine/result.h"

#include "testing.h"

static void check_word(struct result result)
{
    const struct result back = result_from_word(result_to_word(&result));
    assert_int_equal(back.outcome, result.outcome);
    assert_int_equal(back.hit, result.hit);
    assert_int_equal(back.attempts, result.attempts);
    assert_int_equal(back.rank, result.rank);
    assert_near(back.seconds, result.seconds, 0);
}

static void test_a_word_holds_all_that_can_be(void **state)
{
    (void)state;
    for (enum outcome outcome = OUTCOME_NONE; outcome < OUTCOMES; ++outcome)
        for (enum outcome hit = OUTCOME_NONE; hit < OUTCOMES; ++hit) {
            check_word((struct result){outcome, hit, 1, 0, 0.25F});
            check_word((struct result){outcome, hit, RESULT_ATTEMPTS_MAX, RESULT_RANK_MAX, 1e30F});
        }
    check_word((struct result){OUTCOME_DONE, OUTCOME_NONE, 0, RESULT_RANK_MAX, 0});
    check_word((struct result){OUTCOME_DONE, OUTCOME_NONE, RESULT_ATTEMPTS_MAX, 0, 0});
}

/* Ranks that have not evaluated it add nothing to a sum of words. */
static void test_no_result_is_the_word_0(void **state)
{
    (void)state;
    const struct result none = {0};
    assert_int_equal(result_to_word(&none), 0);
    assert_int_equal(result_from_word(0).outcome, OUTCOME_NONE);
}

static void expect(struct result result, enum outcome outcome, enum outcome hit, int attempts)
{
    assert_int_equal(result.outcome, outcome);
    assert_int_equal(result.hit, hit);
    assert_int_equal(result.attempts, attempts);
}

static void test_without_a_record_it_is_what_has_happened(void **state)
{
    (void)state;
    const struct attempts attempts = {OUTCOME_DONE, OUTCOME_CRASHED, 3, 1};
    expect(result_make(&attempts, NULL, false), OUTCOME_DONE, OUTCOME_CRASHED, 3);
}

/* It is told as it was when it was hit for the first time. */
static void test_what_ends_as_on_record_is_told_as_on_record(void **state)
{
    (void)state;
    const struct outcome_record hit = {7, 5, OUTCOME_TIMED_OUT, 2, false};
    const struct attempts now = {OUTCOME_DONE, OUTCOME_NONE, 1, 0};
    const struct attempts hit_again = {OUTCOME_DONE, OUTCOME_CRASHED, 2, 1};
    for (int repeats = 0; repeats < 2; ++repeats) {
        expect(result_make(&now, &hit, repeats), OUTCOME_DONE, OUTCOME_TIMED_OUT, 2);
        expect(result_make(&hit_again, &hit, repeats), OUTCOME_DONE, OUTCOME_TIMED_OUT, 2);
    }
    const struct outcome_record failed = {7, 5, OUTCOME_FAILED, 4, true};
    const struct attempts fails = {OUTCOME_FAILED, OUTCOME_NONE, 3, 0};
    expect(result_make(&fails, &failed, false), OUTCOME_FAILED, OUTCOME_NONE, 4);
}

static void test_what_ends_otherwise_is_told_anew(void **state)
{
    (void)state;
    const struct outcome_record hit = {7, 5, OUTCOME_TIMED_OUT, 2, false};
    const struct outcome_record lost = {7, 5, OUTCOME_TIMED_OUT, 2, true};
    const struct attempts crash = {OUTCOME_CRASHED, OUTCOME_CRASHED, 1, 1};
    const struct attempts done = {OUTCOME_DONE, OUTCOME_NONE, 1, 0};
    expect(result_make(&crash, &hit, false), OUTCOME_CRASHED, OUTCOME_CRASHED, 1);
    expect(result_make(&done, &lost, false), OUTCOME_DONE, OUTCOME_NONE, 1);
}

/* What hits a repetition is no difference from the run, unless it is lost. */
static void test_a_repetition_leaves_new_hits_out(void **state)
{
    (void)state;
    const struct attempts hit = {OUTCOME_DONE, OUTCOME_CRASHED, 3, 2};
    const struct attempts failed = {OUTCOME_FAILED, OUTCOME_TIMED_OUT, 3, 1};
    const struct attempts lost = {OUTCOME_CRASHED, OUTCOME_CRASHED, 2, 2};
    expect(result_make(&hit, NULL, true), OUTCOME_DONE, OUTCOME_NONE, 1);
    expect(result_make(&failed, NULL, true), OUTCOME_FAILED, OUTCOME_NONE, 2);
    expect(result_make(&lost, NULL, true), OUTCOME_CRASHED, OUTCOME_CRASHED, 2);
}

static void test_a_recorded_loss_is_of_no_rank(void **state)
{
    (void)state;
    const struct outcome_record record = {7, 5, OUTCOME_NONSENSE, 2, true};
    const struct result result = result_recorded(&record);
    expect(result, OUTCOME_NONSENSE, OUTCOME_NONSENSE, 2);
    assert_int_equal(result.rank, -1);
    assert_true(isnan(result.seconds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_word_holds_all_that_can_be),
        cmocka_unit_test(test_no_result_is_the_word_0),
        cmocka_unit_test(test_without_a_record_it_is_what_has_happened),
        cmocka_unit_test(test_what_ends_as_on_record_is_told_as_on_record),
        cmocka_unit_test(test_what_ends_otherwise_is_told_anew),
        cmocka_unit_test(test_a_repetition_leaves_new_hits_out),
        cmocka_unit_test(test_a_recorded_loss_is_of_no_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
