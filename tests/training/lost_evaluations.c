/* SPDX-License-Identifier: MIT */
#include "training/lost_evaluations.h"

#include "full_table.h"
#include "ranks_in_turn.h"
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

/* What the ranks say. The reason of a loss is known to the rank that evaluated it only. */
static struct {
    int ranks, knowing;
    const char *reason;
    size_t number;
    enum status status[RANKS_MAX];
    struct error error[RANKS_MAX];
} said;

static int begin(void **state)
{
    (void)state;
    config = (struct config){.max_failures = 0.1};
    full_table_create(&trainer, &world, &config);
    memset(&said, 0, sizeof said);
    told[0] = '\0';
    return 0;
}

static int end(void **state)
{
    (void)state;
    full_table_destroy(&trainer);
    return 0;
}

static void check(const struct world *of, void *context)
{
    struct evaluations *evaluations = &trainer.by_evaluations.evaluations;
    struct error *const error = &said.error[of->rank];
    (void)context;
    *error = (struct error){STATUS_DONE, ""};
    evaluations->world = of;
    evaluations->lost_number = said.number;
    snprintf(evaluations->lost_reason, sizeof evaluations->lost_reason, "%s",
             said.reason && said.knowing == of->rank ? said.reason : "of another");
    if (!said.reason)
        evaluations->lost_reason[0] = '\0';
    said.status[of->rank] = lost_evaluations_check(&trainer, error);
    evaluations->world = &world;
}

static void expect(enum failure_policy policy, enum status status, const char *line)
{
    const int ranks = said.ranks > 0 ? said.ranks : 1;
    trainer.by_evaluations.policy = policy;
    ranks_in_turn(ranks, check, NULL);
    for (int rank = 0; rank < ranks; ++rank) {
        assert_int_equal(said.status[rank], status);
        assert_string_equal(said.error[rank].text, line);
    }
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
    expect(FAILURE_STOP, STATUS_FAILED,
           "flu: could not be repeated: in iteration 7 an evaluation of the model pond failed, and "
           "not "
           "before: at replicate 0 (reported by the model, tried 1 time)");
}

static void test_each_cause_has_its_words(void **state)
{
    (void)state;
    static const struct {
        enum outcome outcome;
        const char *words;
    } cases[] = {
        {OUTCOME_TIMED_OUT, "it took longer than --evaluation-timeout"},
        {OUTCOME_CRASHED, "its process ended"},
        {OUTCOME_NONSENSE, "its process gave an answer that is none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char line[512];
        full_table_lose(&trainer, 5, cases[i].outcome, 2);
        snprintf(line, sizeof line,
                 "iteration 7: 1 of 10 evaluations of the model pond failed, the first at outlet - "
                 "h, replicate 0 (%s, tried 2 times): --on-failure one-sided or skip goes on "
                 "without such losses, also with --resume",
                 cases[i].words);
        expect(FAILURE_STOP, STATUS_EVALUATIONS_FAILED, line);
    }
}

/* The line is the same on all ranks, in the words of the simulation, whose rank knows them. */
static void test_the_reason_comes_from_the_rank_that_has_it(void **state)
{
    (void)state;
    full_table_lose(&trainer, 5, OUTCOME_FAILED, 2);
    full_table_lose(&trainer, 8, OUTCOME_CRASHED, 1);
    trainer.by_evaluations.evaluations.results[5].rank = said.knowing = 2;
    said.ranks = 3;
    said.number = 5;
    said.reason = "the pond is dry on day 3:\n-0.2 m";
    expect(FAILURE_STOP, STATUS_EVALUATIONS_FAILED,
           "iteration 7: 2 of 10 evaluations of the model pond failed, the first at outlet - h, "
           "replicate 0 (the pond is dry on day 3:\\x0a-0.2 m; tried 2 times): --on-failure "
           "one-sided or skip goes on without such losses, also with --resume");
    /* That rank knows why another evaluation was lost, which came before by the clock. */
    said.number = 8;
    const char *const unknown =
        "iteration 7: 2 of 10 evaluations of the model pond failed, the first at outlet - h, "
        "replicate 0 (reported by the model, tried 2 times): --on-failure one-sided or skip goes "
        "on without such losses, also with --resume";
    expect(FAILURE_STOP, STATUS_EVALUATIONS_FAILED, unknown);
    /* An earlier start has lost it. */
    said.number = 5;
    trainer.by_evaluations.evaluations.results[5].rank = -1;
    expect(FAILURE_STOP, STATUS_EVALUATIONS_FAILED, unknown);
}

static void test_a_long_reason_leaves_room_for_the_line(void **state)
{
    (void)state;
    char reason[PROTOCOL_TEXT_SIZE];
    memset(reason, 'x', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    full_table_lose(&trainer, 5, OUTCOME_FAILED, 2);
    said.ranks = 1;
    said.number = 5;
    said.reason = reason;
    trainer.by_evaluations.policy = FAILURE_STOP;
    ranks_in_turn(1, check, NULL);
    assert_non_null(strstr(said.error[0].text, "xxx"));
    assert_true(strlen(said.error[0].text) < ERROR_LINE_MAX);
    assert_non_null(strstr(said.error[0].text, "; tried 2 times): --on-failure one-sided"));
}

/* What the clock has taken, and not in the run, is no difference; what is on record is none at all.
 */
static void test_a_repetition_is_told_what_the_clock_has_taken(void **state)
{
    (void)state;
    config.repeated_run = "flu";
    full_table_lose(&trainer, 3, OUTCOME_FAILED, 1);
    full_table_lose(&trainer, 5, OUTCOME_CRASHED, 1);
    trainer.by_evaluations.evaluations.results[5].rank = -1;
    expect(FAILURE_SKIP, STATUS_DONE, "");
    full_table_lose(&trainer, 7, OUTCOME_TIMED_OUT, 1);
    expect(FAILURE_SKIP, STATUS_FAILED,
           "flu: could not be repeated: in iteration 7 an evaluation of the model pond failed, and "
           "not before: at inflow - h, replicate 1 (it took longer than --evaluation-timeout, "
           "tried 1 time)");
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
        cmocka_unit_test_setup_teardown(test_each_cause_has_its_words, begin, end),
        cmocka_unit_test_setup_teardown(test_the_reason_comes_from_the_rank_that_has_it, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_long_reason_leaves_room_for_the_line, begin, end),
        cmocka_unit_test_setup_teardown(test_a_repetition_is_told_what_the_clock_has_taken, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_line_names_all_of_an_iteration, begin, end),
        cmocka_unit_test_setup_teardown(test_a_step_without_room_is_no_missing_loss, begin, end),
        cmocka_unit_test_setup_teardown(test_parameters_without_a_difference_are_named_once, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
