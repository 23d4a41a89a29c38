/* SPDX-License-Identifier: MIT */
#include "training/evaluation_records.h"

#include "folder.h"
#include "full_table.h"
#include "testing.h"

#include <string.h>

static const struct world world = {.size = 1};
static const struct config config;
static struct trainer trainer;

/* With the files of a run that keeps failures. */
static int begin(void **state)
{
    struct error error;
    (void)state;
    full_table_create(&trainer, &world, &config);
    recorder_open_verification(&trainer.recorder, &world, &config, &trainer.model, 0);
    return system("rm -f *.jsonl") ||
           metrics_open(&trainer.recorder.metrics, ".", true, &error) != STATUS_DONE;
}

static int end(void **state)
{
    (void)state;
    recorder_close(&trainer.recorder);
    full_table_destroy(&trainer);
    return 0;
}

static void test_lost_ones_are_lines_in_the_order_of_the_table(void **state)
{
    (void)state;
    char text[1024];
    struct error error;
    assert_int_equal(evaluation_records_lost(&trainer), 0);
    full_table_lose(&trainer, 8, OUTCOME_NOT_FINITE, 2);
    full_table_lose(&trainer, 3, OUTCOME_FAILED, 1);
    full_table_lose(&trainer, 1, OUTCOME_FAILED, 1);
    /* Done in the end, whatever it took; or evaluated by an earlier start. */
    full_table_lose(&trainer, 4, OUTCOME_DONE, 3);
    trainer.by_evaluations.evaluations.results[8].rank = -1;
    assert_int_equal(evaluation_records_lost(&trainer), 3);
    assert_int_equal(metrics_sync(&trainer.recorder.metrics, &error), STATUS_DONE);
    text[folder_read("failures.jsonl", text, sizeof text - 1)] = '\0';
    assert_string_equal(
        text, "{\"iteration\":7,\"evaluation\":1,\"row\":1,\"cause\":\"failed\",\"attempts\":1,"
              "\"lost\":true}\n"
              "{\"iteration\":7,\"evaluation\":3,\"parameter\":\"inflow\",\"side\":\"-\",\"row\":0,"
              "\"cause\":\"failed\",\"attempts\":1,\"lost\":true}\n"
              "{\"iteration\":7,\"evaluation\":8,\"parameter\":\"outlet\",\"side\":\"+\",\"row\":1,"
              "\"cause\":\"not finite\",\"attempts\":2,\"lost\":true}\n");
}

/* What the machine has hit is on record, too, and is not lost if it was done in the end. */
static void test_hits_are_lines_that_count_no_loss(void **state)
{
    (void)state;
    char text[1024];
    struct error error;
    struct result *results = trainer.by_evaluations.evaluations.results;
    full_table_lose(&trainer, 1, OUTCOME_DONE, 2);
    results[1].hit = OUTCOME_TIMED_OUT;
    full_table_lose(&trainer, 3, OUTCOME_CRASHED, 3);
    results[3].hit = OUTCOME_CRASHED;
    full_table_lose(&trainer, 8, OUTCOME_FAILED, 2);
    results[8].hit = OUTCOME_NONSENSE;
    assert_int_equal(evaluation_records_lost(&trainer), 2);
    assert_int_equal(metrics_sync(&trainer.recorder.metrics, &error), STATUS_DONE);
    text[folder_read("failures.jsonl", text, sizeof text - 1)] = '\0';
    assert_string_equal(
        text, "{\"iteration\":7,\"evaluation\":1,\"row\":1,\"cause\":\"timeout\",\"attempts\":2,"
              "\"lost\":false}\n"
              "{\"iteration\":7,\"evaluation\":3,\"parameter\":\"inflow\",\"side\":\"-\",\"row\":0,"
              "\"cause\":\"crash\",\"attempts\":3,\"lost\":true}\n"
              "{\"iteration\":7,\"evaluation\":8,\"parameter\":\"outlet\",\"side\":\"+\",\"row\":1,"
              "\"cause\":\"failed\",\"attempts\":2,\"lost\":true}\n");
}

/* An earlier start has spent the time of those from a journal. */
static void test_times_are_those_of_this_start(void **state)
{
    (void)state;
    struct evaluations *evaluations = &trainer.by_evaluations.evaluations;
    const struct evaluation_times *times = &trainer.recorder.times;
    evaluations->results[0].rank = evaluations->results[1].rank = -1;
    evaluations->results[5].seconds = 2;
    evaluations->sum = (struct evaluations_sum){.seconds = 3.75, .wall = 5};
    full_table_lose(&trainer, 6, OUTCOME_FAILED, 4);
    full_table_lose(&trainer, 7, OUTCOME_DONE, 2);
    evaluation_records_times(&trainer);
    assert_int_equal(times->count, 8);
    assert_int_equal(times->retried, 2);
    assert_int_equal(times->lost, 1);
    assert_near(times->sum, 7 * 0.25 + 2, 0);
    assert_near(times->wall, 5, 0);
    assert_near(times->longest[0].seconds, 2, 0);
    assert_string_equal(times->longest[0].name.parameter, "outlet");
    assert_int_equal(times->longest[0].name.side, -1);
    assert_int_equal(times->longest[0].name.iteration, 7);
    assert_int_equal(times->longest[0].name.number, 5);
    assert_near(trainer.recorder.progress.busy, 0.75, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lost_ones_are_lines_in_the_order_of_the_table, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_hits_are_lines_that_count_no_loss, begin, end),
        cmocka_unit_test_setup_teardown(test_times_are_those_of_this_start, begin, end),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
