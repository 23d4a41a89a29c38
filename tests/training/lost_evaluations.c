/* SPDX-License-Identifier: MIT */
#include "training/lost_evaluations.h"

#include "full_table.h"
#include "testing.h"

#include <stdio.h>
#include <string.h>

static const struct world world = {.size = 1};
static struct config config;
static struct trainer trainer;

/* The lines that were told, one after the other. The test is linked with --wrap=world_report. */
static char told[4096];
void __wrap_world_report(const struct world *of, const struct error *error);

void __wrap_world_report(const struct world *of, const struct error *error)
{
    const size_t length = strlen(told);
    assert_ptr_equal(of, &world);
    snprintf(told + length, sizeof told - length, "%s\n", error->text);
}

static int begin(void **state)
{
    (void)state;
    config = (struct config){.max_failures = 0.1};
    full_table_create(&trainer, &world, &config);
    told[0] = '\0';
    return 0;
}

static int end(void **state)
{
    (void)state;
    full_table_destroy(&trainer);
    return 0;
}

static void expect(enum failure_policy policy, enum status status, const char *line)
{
    struct error error = {STATUS_DONE, ""};
    trainer.by_evaluations.policy = policy;
    assert_int_equal(lost_evaluations_check(&trainer, &error), status);
    assert_string_equal(error.text, line);
}

static void test_what_was_not_needed_is_not_lost(void **state)
{
    (void)state;
    for (enum failure_policy policy = FAILURE_STOP; policy <= FAILURE_SKIP; ++policy)
        expect(policy, STATUS_DONE, "");
}

static void test_stop_names_the_first_that_was_lost(void **state)
{
    (void)state;
    full_table_lose(&trainer, 5, OUTCOME_FAILED, 3);
    config.max_failures = 1;
    expect(FAILURE_STOP, STATUS_EVALUATIONS_FAILED,
           "iteration 7: 1 of 10 evaluations of the model pond failed, the first at outlet - h, "
           "replicate 0 (reported by the model, tried 3 times): --on-failure one-sided or "
           "skip goes on without such losses, also with --resume");
    full_table_lose(&trainer, 1, OUTCOME_NOT_FINITE, 1);
    full_table_lose(&trainer, 11, OUTCOME_FAILED, 1);
    expect(FAILURE_STOP, STATUS_EVALUATIONS_FAILED,
           "iteration 7: 3 of 10 evaluations of the model pond failed, the first at replicate 1 "
           "(its result is not finite, tried 1 time): --on-failure one-sided or "
           "skip goes on without such losses, also with --resume");
}

/* One in ten is not more than the share; two are. */
static void test_a_share_may_fail(void **state)
{
    (void)state;
    full_table_lose(&trainer, 9, OUTCOME_FAILED, 1);
    expect(FAILURE_SKIP, STATUS_DONE, "");
    expect(FAILURE_ONE_SIDED, STATUS_DONE, "");
    full_table_lose(&trainer, 3, OUTCOME_FAILED, 2);
    for (enum failure_policy policy = FAILURE_ONE_SIDED; policy <= FAILURE_SKIP; ++policy)
        expect(policy, STATUS_EVALUATIONS_FAILED,
               "iteration 7: 2 of 10 evaluations of the model pond failed, more than "
               "--max-failures 0.1; the first at inflow - h, replicate 0 (reported by "
               "the model, tried 2 times)");
    config.max_failures = 0;
    expect(FAILURE_SKIP, STATUS_EVALUATIONS_FAILED,
           "iteration 7: 2 of 10 evaluations of the model pond failed, more than "
           "--max-failures 0; the first at inflow - h, replicate 0 (reported by "
           "the model, tried 2 times)");
    for (size_t number = 0; number < TABLE_NEEDED; ++number)
        full_table_lose(&trainer, number, OUTCOME_FAILED, 1);
    config.max_failures = 1;
    expect(FAILURE_SKIP, STATUS_DONE, "");
}

/* What was lost in the run itself, too, is not held against its repetition. */
static void test_a_repetition_loses_what_the_run_has_lost(void **state)
{
    (void)state;
    config.repeated_run = "flu";
    for (size_t number = 0; number < 5; ++number)
        full_table_lose(&trainer, number, OUTCOME_FAILED, 1);
    expect(FAILURE_SKIP, STATUS_DONE, "");
    expect(
        FAILURE_STOP, STATUS_FAILED,
        "flu: cannot be repeated: in iteration 7 an evaluation of the model pond failed, and not "
        "before: at replicate 0 (reported by the model, tried 1 time)");
}

/* Each once, and not those that are fixed anyway. */
static void test_parameters_without_a_difference_are_named_once(void **state)
{
    (void)state;
    struct differences *differences = &trainer.by_evaluations.differences;
    lost_evaluations_name_idle(&trainer);
    assert_string_equal(told, "");
    differences->rows[1] = 0;
    differences->without = 1;
    lost_evaluations_name_idle(&trainer);
    lost_evaluations_name_idle(&trainer);
    assert_string_equal(told,
                        "iteration 7: outlet keeps its value, as all differences lack a loss\n");
    differences->rows[0] = 0;
    differences->without = 2;
    told[0] = '\0';
    trainer.by_evaluations.evaluations.iteration = 9;
    lost_evaluations_name_idle(&trainer);
    assert_string_equal(told,
                        "iteration 9: inflow keeps its value, as all differences lack a loss\n");
}

static void test_a_line_names_all_of_an_iteration(void **state)
{
    (void)state;
    struct differences *differences = &trainer.by_evaluations.differences;
    differences->rows[0] = differences->rows[1] = 0;
    differences->without = 2;
    lost_evaluations_name_idle(&trainer);
    assert_string_equal(
        told, "iteration 7: inflow and 1 more keep their values, as all differences lack a loss\n");
}

/* No loss is missing where there was nothing to evaluate. */
static void test_a_step_without_room_is_no_missing_loss(void **state)
{
    (void)state;
    struct differences *differences = &trainer.by_evaluations.differences;
    trainer.by_evaluations.evaluations.table.side_count = 2; /* those of inflow */
    differences->rows[1] = 0;
    differences->without = 1;
    lost_evaluations_name_idle(&trainer);
    assert_string_equal(
        told, "iteration 7: outlet keeps its value, as h does not fit within the bounds, or is "
              "lost in rounding: give another step in describe(), or another --step\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_not_needed_is_not_lost, begin, end),
        cmocka_unit_test_setup_teardown(test_stop_names_the_first_that_was_lost, begin, end),
        cmocka_unit_test_setup_teardown(test_a_share_may_fail, begin, end),
        cmocka_unit_test_setup_teardown(test_a_repetition_loses_what_the_run_has_lost, begin, end),
        cmocka_unit_test_setup_teardown(test_a_line_names_all_of_an_iteration, begin, end),
        cmocka_unit_test_setup_teardown(test_a_step_without_room_is_no_missing_loss, begin, end),
        cmocka_unit_test_setup_teardown(test_parameters_without_a_difference_are_named_once, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
