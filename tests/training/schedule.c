/* SPDX-License-Identifier: MIT */
#include "training/schedule.h"
#include "testing.h"

static void test_a_period_of_0_is_an_epoch(void **state)
{
    (void)state;
    const struct schedule schedule = schedule_make(600, 10000, 0, 50, 0);
    assert_int_equal(schedule.evaluation_period, 600);
    assert_int_equal(schedule.checkpoint_period, 50);
}

static void test_the_first_and_the_last_iteration_are_always_due(void **state)
{
    (void)state;
    const struct schedule schedule = schedule_make(600, 1000, 0, 0, 0);
    const int64_t due[] = {0, 600, 1000}, not_due[] = {1, 599, 601, 999};
    for (size_t i = 0; i < sizeof due / sizeof *due; ++i)
        assert_true(schedule_evaluates(&schedule, due[i]) && schedule_saves(&schedule, due[i]));
    for (size_t i = 0; i < sizeof not_due / sizeof *not_due; ++i)
        assert_false(schedule_evaluates(&schedule, not_due[i]) ||
                     schedule_saves(&schedule, not_due[i]));
}

/* The checkpoint exists. Its evaluation need not, if the run was stopped before that: then it is
 * written once more, as the evaluation may be the best. */
static void test_a_resumed_run_repeats_nothing(void **state)
{
    (void)state;
    struct schedule schedule = schedule_make(100, 1000, 0, 0, 0);
    schedule.resumed = true;
    schedule.first = 300;
    assert_true(schedule_evaluates(&schedule, 300) && schedule_saves(&schedule, 300));
    schedule.first_evaluated = true;
    assert_false(schedule_evaluates(&schedule, 300) || schedule_saves(&schedule, 300));
    schedule.first = 350;
    schedule.first_evaluated = false;
    assert_false(schedule_evaluates(&schedule, 350) || schedule_saves(&schedule, 350));
    assert_true(schedule_saves(&schedule, 400) && schedule_evaluates(&schedule, 400));
}

/* A run that ends where it is resumed writes the checkpoint of its end; and one that goes back to
 * its beginning may have lost that checkpoint. The score on the test set is taken once. */
static void test_a_run_can_end_where_it_is_resumed(void **state)
{
    (void)state;
    struct schedule schedule = schedule_make(100, 250, 0, 0, 0);
    schedule.resumed = true;
    schedule.first = 250;
    assert_true(schedule_saves(&schedule, 250) && schedule_tests(&schedule, 250));
    schedule.first_evaluated = schedule.first_tested = true;
    assert_true(schedule_saves(&schedule, 250));
    assert_false(schedule_evaluates(&schedule, 250) || schedule_tests(&schedule, 250));
    schedule.first = 0;
    assert_true(schedule_saves(&schedule, 0) && schedule_tests(&schedule, 250));
}

/* A run that stops needs a checkpoint of its own only where none is due. */
static void test_where_a_checkpoint_is_known_to_be(void **state)
{
    (void)state;
    struct schedule schedule = schedule_make(100, 1000, 0, 0, 0);
    assert_true(schedule_has_checkpoint(&schedule, 0));
    assert_true(schedule_has_checkpoint(&schedule, 200));
    assert_false(schedule_has_checkpoint(&schedule, 250));
    schedule.resumed = true;
    schedule.first = 250;
    assert_true(schedule_has_checkpoint(&schedule, 250));
}

/* Patience is in epochs, and ends a run at an evaluation. */
static void test_patience_ends_a_run(void **state)
{
    (void)state;
    struct schedule schedule = schedule_make(100, 1000, 50, 0, 2);
    const struct best best = {300, 0.9};
    assert_false(schedule_end_early(&schedule, 450, &best));
    assert_int_equal(schedule.last, 1000);
    assert_true(schedule_end_early(&schedule, 500, &best));
    assert_int_equal(schedule.last, 500);
    assert_true(schedule_saves(&schedule, 500));
    schedule = schedule_make(100, 1000, 50, 0, 0);
    assert_false(schedule_end_early(&schedule, 900, &best));
    assert_int_equal(schedule.last, 1000);
}

/* Where several epochs lie between two evaluations, one that is no better is not the end of two. */
static void test_patience_is_in_evaluations_where_these_are_rare(void **state)
{
    (void)state;
    struct schedule schedule = schedule_make(100, 10000, 1000, 0, 2);
    const struct best best = {3000, 0.9};
    schedule_end_early(&schedule, 4000, &best);
    assert_int_equal(schedule.last, 10000);
    schedule_end_early(&schedule, 5000, &best);
    assert_int_equal(schedule.last, 5000);
}

/* An evaluation that is as good as the best is no better one. */
static void test_the_best_is_the_first_of_the_best(void **state)
{
    (void)state;
    struct best best = best_none();
    assert_true(best_improve(&best, 0, -2.5));
    assert_true(best_improve(&best, 100, 0.5));
    assert_false(best_improve(&best, 200, 0.5));
    assert_false(best_improve(&best, 300, NAN));
    assert_int_equal(best.iteration, 100);
    assert_true(best_improve(&best, 400, 0.75));
    assert_int_equal(best.iteration, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_period_of_0_is_an_epoch),
        cmocka_unit_test(test_the_first_and_the_last_iteration_are_always_due),
        cmocka_unit_test(test_a_resumed_run_repeats_nothing),
        cmocka_unit_test(test_a_run_can_end_where_it_is_resumed),
        cmocka_unit_test(test_where_a_checkpoint_is_known_to_be),
        cmocka_unit_test(test_patience_ends_a_run),
        cmocka_unit_test(test_patience_is_in_evaluations_where_these_are_rare),
        cmocka_unit_test(test_the_best_is_the_first_of_the_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
