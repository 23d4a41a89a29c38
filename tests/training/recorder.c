/* SPDX-License-Identifier: MIT
 *
 * An evaluation stands behind the loss of its iteration, which may be measured later than it. */
#include "training/recorder.h"

#include "folder.h"
#include "testing.h"

#include <string.h>

enum { MANY = METRICS_THETA_MAX + 1 };

static const struct config config;
static const struct world world = {.size = 1};
static struct model model = {.kind = &evaluated_model_kind};
static struct recorder recorder;
static const char *names[MANY];
static struct parameters parameters = {.names = names};
static double theta[MANY];

/* The recorder of rank 0, which has files in the folder. */
static int begin(void **state)
{
    struct error error;
    (void)state;
    recorder_open_verification(&recorder, &world, &config, &model, 0);
    for (int p = 0; p < MANY; ++p) {
        names[p] = "x";
        theta[p] = 0.5;
    }
    parameters.count = 1;
    return system("rm -f *.jsonl") ||
           metrics_open(&recorder.metrics, ".", true, &error) != STATUS_DONE;
}

static int end(void **state)
{
    (void)state;
    recorder_close(&recorder);
    return 0;
}

/* Records an evaluation with the training loss of a fourth of its iteration. */
static void evaluate(struct recorder *of, int64_t iteration)
{
    static const struct tensors tensors;
    struct metrics_evaluation evaluation = {.iteration = iteration,
                                            .epoch = iteration,
                                            .kind = &score_of_losses,
                                            .gradient_norm = 1,
                                            .tensors = &tensors,
                                            .parameters = &parameters,
                                            .theta = theta};
    const struct score score = {.loss = (double)iteration / 4};
    metrics_scores_put(&evaluation.scores, "train", &score);
    recorder_evaluation(of, &evaluation, false);
}

static void expect_lines(const char *expected)
{
    char text[2048];
    struct error error;
    assert_int_equal(metrics_sync(&recorder.metrics, &error), STATUS_DONE);
    text[folder_read("metrics.jsonl", text, sizeof text - 1)] = '\0';
    assert_string_equal(text, expected);
}

#define LOSS(iteration) "{\"iteration\":" iteration ",\"loss\":2.0000000000000000}\n"
#define EVALUATION(iteration, loss, theta)                                                         \
    "{\"iteration\":" iteration ",\"epoch\":" iteration ",\"train_loss\":" loss                    \
    ",\"train_accuracy\":0.0000000000000000,\"gradient_norm\":1.0000000000000000,"                 \
    "\"weight_norms\":{},\"theta\":{\"x\":" theta "}}\n"

static double train_loss(void)
{
    const struct score *score = metrics_scores_find(&recorder.scores, "train");
    return score ? score->loss : (double)NAN;
}

/* By the time the loss is known, theta is that of the next iteration. */
static void test_an_evaluation_waits_for_the_loss_of_its_iteration(void **state)
{
    (void)state;
    recorder_loss(&recorder, 1, 2, 0);
    theta[0] = 0.25;
    evaluate(&recorder, 2);
    theta[0] = 0.75;
    expect_lines(LOSS("1"));
    assert_true(isnan(train_loss()));
    recorder_loss(&recorder, 2, 2, 0);
    const char *lines =
        LOSS("1") LOSS("2") EVALUATION("2", "0.50000000000000000", "0.25000000000000000");
    expect_lines(lines);
    assert_near(train_loss(), 0.5, 0);
    /* It is written once. */
    recorder_loss(&recorder, 3, 2, 0);
    char all[1024];
    snprintf(all, sizeof all, "%s%s", lines, LOSS("3"));
    expect_lines(all);
}

static void test_an_evaluation_is_written_where_the_loss_is_there(void **state)
{
    (void)state;
    evaluate(&recorder, 0);
    const char *first = EVALUATION("0", "0.0000000000000000", "0.50000000000000000");
    expect_lines(first);
    recorder_loss(&recorder, 1, 2, 0);
    evaluate(&recorder, 1);
    char all[1024];
    snprintf(all, sizeof all, "%s%s", first,
             LOSS("1") EVALUATION("1", "0.25000000000000000", "0.50000000000000000"));
    expect_lines(all);
}

/* More parameters than a line shows are neither listed nor copied. */
static void test_many_parameters_are_not_kept(void **state)
{
    (void)state;
    parameters.count = MANY;
    evaluate(&recorder, 1);
    recorder_loss(&recorder, 1, 2, 3);
    expect_lines("{\"iteration\":1,\"loss\":2.0000000000000000,\"failures\":3}\n"
                 "{\"iteration\":1,\"epoch\":1,\"train_loss\":0.25000000000000000,"
                 "\"train_accuracy\":0.0000000000000000,\"gradient_norm\":1.0000000000000000,"
                 "\"weight_norms\":{}}\n");
}

static void test_other_ranks_record_nothing(void **state)
{
    (void)state;
    const struct world second = {.rank = 1, .size = 2};
    struct recorder other;
    recorder_open_verification(&other, &second, &config, &model, 0);
    evaluate(&other, 1);
    assert_false(other.waiting.is_there);
    recorder_loss(&other, 1, 2, 0);
    recorder_lost(&other, NULL);
    recorder_time(&other, NULL, 1, false);
    recorder_time_iteration(&other, 1, 1);
    assert_int_equal(other.times.count, 0);
    recorder_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_evaluation_waits_for_the_loss_of_its_iteration,
                                        begin, end),
        cmocka_unit_test_setup_teardown(test_an_evaluation_is_written_where_the_loss_is_there,
                                        begin, end),
        cmocka_unit_test_setup_teardown(test_many_parameters_are_not_kept, begin, end),
        cmocka_unit_test_setup_teardown(test_other_ranks_record_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
