/* SPDX-License-Identifier: MIT
 *
 * The metrics are lines of JSON. A resume cuts them back and appends, or leaves them alone. */
#include "runs/metrics.h"
#include "folder.h"
#include "testing.h"

#include <string.h>
#include <sys/stat.h>

/* An evaluation with the loss 0.5 on the training rows, and another score on those held out. */
static struct metrics_evaluation evaluation_of(int64_t iteration, const char *held_out,
                                               struct score score)
{
    static const struct tensors theta = {.count = 1, .list = {{.name = "theta"}}};
    struct metrics_evaluation evaluation = {.iteration = iteration,
                                            .epoch = 1,
                                            .kind = &score_of_classes,
                                            .gradient_norm = 0.125,
                                            .tensors = &theta,
                                            .weight_norms = {2}};
    metrics_scores_put(&evaluation.scores, "train", &(struct score){0.5, {0.25}});
    metrics_scores_put(&evaluation.scores, held_out, &score);
    return evaluation;
}

static struct metrics_evaluation evaluation_at(int64_t iteration)
{
    return evaluation_of(iteration, "test", (struct score){1e-6, {1}});
}

static void write_test(struct metrics *metrics, int64_t iteration, struct score score)
{
    struct metrics_scores scores = {0};
    metrics_scores_put(&scores, "test", &score);
    metrics_test(metrics, iteration, &score_of_classes, &scores);
}

static void test_metrics_are_lines_of_json(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    char text[1024];
    struct metrics_evaluation evaluation = evaluation_at(600);
    assert_int_equal(mkdir("run", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "run", &error), STATUS_DONE);
    metrics_iteration(&metrics, 1, 2.290216012613064);
    metrics_evaluation(&metrics, &evaluation);
    evaluation = evaluation_of(600, "validation", (struct score){1e-6, {1}});
    evaluation.gradient_norm = NAN;
    metrics_evaluation(&metrics, &evaluation);
    write_test(&metrics, 600, (struct score){0.25, {0.5}});
    assert_int_equal(metrics_sync(&metrics, &error), STATUS_DONE);
    metrics_close(&metrics);
    text[folder_read("run/metrics.jsonl", text, sizeof text - 1)] = '\0';
    assert_string_equal(text, "{\"iteration\":1,\"loss\":2.2902160126130640}\n"
                              "{\"iteration\":600,\"epoch\":1,\"train_loss\":0.50000000000000000,"
                              "\"train_accuracy\":0.25000000000000000,"
                              "\"test_loss\":9.9999999999999995e-07,"
                              "\"test_accuracy\":1.0000000000000000,"
                              "\"gradient_norm\":0.12500000000000000,"
                              "\"weight_norms\":{\"theta\":2.0000000000000000}}\n"
                              "{\"iteration\":600,\"epoch\":1,\"train_loss\":0.50000000000000000,"
                              "\"train_accuracy\":0.25000000000000000,"
                              "\"validation_loss\":9.9999999999999995e-07,"
                              "\"validation_accuracy\":1.0000000000000000,"
                              "\"gradient_norm\":null,"
                              "\"weight_norms\":{\"theta\":2.0000000000000000}}\n"
                              "{\"iteration\":600,\"test_loss\":0.25000000000000000,"
                              "\"test_accuracy\":0.50000000000000000}\n");
    /* A new run does not overwrite the metrics of another. */
    assert_int_equal(metrics_open(&metrics, "run", &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "run/metrics.jsonl"));
}

static void test_nothing_is_written_through_a_symbolic_link(void **state)
{
    (void)state;
    struct error error;
    struct metrics metrics;
    const char *const names[] = {"linked/metrics.jsonl", "linked/timing.jsonl"};
    assert_int_equal(mkdir("linked", 0777), 0);
    folder_write("precious", "precious", 8);
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(symlink("../precious", names[i]), 0);
        assert_int_equal(metrics_open(&metrics, "linked", &error), STATUS_FAILED);
        assert_int_equal(access("linked/metrics.jsonl", F_OK), i == 0 ? 0 : -1);
        assert_int_equal(metrics_resume(&metrics, "linked", 0, METRICS_EVALUATION, &error),
                         STATUS_FAILED);
        assert_non_null(strstr(error.text, names[i]));
        assert_non_null(strstr(error.text, "symbolic link"));
        folder_expect_precious("precious");
        assert_int_equal(unlink(names[i]), 0);
    }
}

static void write_evaluation(struct metrics *metrics, int64_t iteration)
{
    const struct metrics_evaluation evaluation = evaluation_at(iteration);
    metrics_evaluation(metrics, &evaluation);
}

static void write_course(struct metrics *metrics, int64_t first, int64_t last)
{
    for (int64_t iteration = first; iteration <= last; ++iteration) {
        metrics_iteration(metrics, iteration, 1.0 / (double)iteration);
        if (iteration % 3 == 0)
            write_evaluation(metrics, iteration);
    }
}

static void assert_same_file(const char *a, const char *b)
{
    char command[256];
    snprintf(command, sizeof command, "cmp %s %s", a, b);
    assert_int_equal(system(command), 0);
}

static void test_metrics_are_cut_back_and_go_on(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    assert_int_equal(mkdir("straight", 0777), 0);
    assert_int_equal(mkdir("resumed", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "straight", &error), STATUS_DONE);
    write_course(&metrics, 1, 20);
    metrics_close(&metrics);

    /* The run is killed while it writes line 13, and resumed from iteration 9, 6, 3 or 0. */
    for (int64_t checkpoint = 9; checkpoint >= 0; checkpoint -= 3) {
        unlink("resumed/metrics.jsonl");
        unlink("resumed/timing.jsonl");
        assert_int_equal(metrics_open(&metrics, "resumed", &error), STATUS_DONE);
        write_course(&metrics, 1, 12);
        fputs("{\"iteration\":13,\"los", metrics.learning);
        metrics_close(&metrics);
        assert_int_equal(
            metrics_resume(&metrics, "resumed", checkpoint, METRICS_EVALUATION, &error),
            STATUS_DONE);
        write_course(&metrics, checkpoint + 1, 20);
        metrics_close(&metrics);
        assert_same_file("straight/metrics.jsonl", "resumed/metrics.jsonl");
    }
}

/* The times of the score on the test set are cut back with that score. */
static void test_times_are_cut_back(void **state)
{
    (void)state;
    const enum metrics_kind kept[] = {METRICS_EVALUATION, METRICS_TEST};
    const struct metrics_seconds seconds[PHASES] = {{0}};
    struct metrics metrics;
    struct error error;
    assert_int_equal(mkdir("timed", 0777), 0);
    for (int n = 0; n < 2; ++n) {
        unlink("timed/metrics.jsonl");
        unlink("timed/timing.jsonl");
        assert_int_equal(metrics_open(&metrics, "timed", &error), STATUS_DONE);
        metrics_timing(&metrics, 3, METRICS_EVALUATION, seconds);
        const long evaluation = ftell(metrics.timing);
        metrics_timing(&metrics, 3, METRICS_TEST, seconds);
        const long both = ftell(metrics.timing);
        metrics_close(&metrics);
        assert_int_equal(metrics_resume(&metrics, "timed", 3, kept[n], &error), STATUS_DONE);
        assert_int_equal(fseek(metrics.timing, 0, SEEK_END), 0);
        assert_int_equal(ftell(metrics.timing), n == 0 ? evaluation : both);
        metrics_close(&metrics);
    }
}

/* A run that was killed before its first checkpoint begins again, as it has learned nothing. If
 * there are losses, somebody removed the checkpoints, and the metrics must not be lost as well. */
static void test_metrics_without_a_checkpoint_stay(void **state)
{
    (void)state;
    static const char begun[] = "{\"iteration\":0,\"epoch\":0,\"train_loss\":2.3}\n{\"iterat";
    struct metrics metrics;
    struct metrics_history history;
    struct error error;
    assert_int_equal(mkdir("early", 0777), 0);
    folder_write("early/metrics.jsonl", begun, sizeof begun - 1);
    assert_int_equal(metrics_read_history("early", -1, &history, &error), STATUS_DONE);
    assert_int_equal(history.count, 1);
    free(history.scores);
    assert_int_equal(metrics_resume(&metrics, "early", -1, METRICS_LOSS, &error), STATUS_DONE);
    write_course(&metrics, 1, 20);
    metrics_close(&metrics);
    assert_same_file("straight/metrics.jsonl", "early/metrics.jsonl");
    assert_int_equal(metrics_read_history("early", -1, &history, &error), STATUS_FAILED);
    assert_null(history.scores);
    assert_non_null(strstr(error.text, "early/metrics.jsonl: holds 20 iterations, but there is no "
                                       "checkpoint"));
    assert_same_file("straight/metrics.jsonl", "early/metrics.jsonl");
}

static void test_metrics_that_lack_an_iteration_are_refused(void **state)
{
    (void)state;
    struct metrics metrics;
    struct metrics_history history;
    struct error error;
    assert_int_equal(mkdir("lacking", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "lacking", &error), STATUS_DONE);
    write_course(&metrics, 1, 5);
    metrics_close(&metrics);
    assert_int_equal(system("cp lacking/metrics.jsonl lacking/before"), 0);
    assert_int_equal(metrics_read_history("lacking", 8, &history, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "lacking/metrics.jsonl: holds 5 iterations"));
    assert_same_file("lacking/metrics.jsonl", "lacking/before");
    /* An evaluation that the longer run does not make is removed. */
    assert_int_equal(metrics_resume(&metrics, "lacking", 3, METRICS_LOSS, &error), STATUS_DONE);
    metrics_close(&metrics);
    assert_int_equal(system("test $(wc -l <lacking/metrics.jsonl) -eq 3"), 0);
}

static const struct score *find(const struct metrics_line *line, const char *name)
{
    return metrics_scores_find(&line->scores, name);
}

/* Scores are read back to the bit, of whatever sets there are. */
static void test_the_history_is_what_was_written(void **state)
{
    (void)state;
    struct metrics metrics;
    struct metrics_history history;
    struct error error;
    struct metrics_evaluation evaluation = evaluation_of(0, "test", (struct score){1.0 / 3, {0.1}});
    assert_int_equal(mkdir("history", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "history", &error), STATUS_DONE);
    metrics_evaluation(&metrics, &evaluation);
    metrics_iteration(&metrics, 1, 2.5);
    metrics_iteration(&metrics, 2, 2.5);
    evaluation = evaluation_of(2, "validation", (struct score){0x1.23456789abcdfp-3, {2.0 / 3}});
    metrics_evaluation(&metrics, &evaluation);
    write_test(&metrics, 2, (struct score){0.7, {0.3}});
    metrics_close(&metrics);
    assert_int_equal(metrics_read_history("history", 1, &history, &error), STATUS_DONE);
    assert_int_equal(history.count, 1);
    assert_true(find(&history.scores[0], "test")->loss == 1.0 / 3);
    assert_null(find(&history.scores[0], "validation"));
    free(history.scores);
    assert_int_equal(metrics_read_history("history", 2, &history, &error), STATUS_DONE);
    assert_int_equal(history.count, 3);
    assert_int_equal(history.scores[1].kind, METRICS_EVALUATION);
    assert_true(find(&history.scores[1], "validation")->loss == 0x1.23456789abcdfp-3);
    assert_true(find(&history.scores[1], "validation")->measures[0] == 2.0 / 3);
    assert_int_equal(history.scores[2].kind, METRICS_TEST);
    assert_true(find(&history.scores[2], "test")->loss == 0.7);
    free(history.scores);
    /* What a resume keeps of an iteration: its loss, its evaluation, its score on the test set. */
    for (enum metrics_kind kept = METRICS_TEST;; --kept) {
        assert_int_equal(metrics_resume(&metrics, "history", 2, kept, &error), STATUS_DONE);
        metrics_close(&metrics);
        assert_int_equal(metrics_read_history("history", 2, &history, &error), STATUS_DONE);
        assert_int_equal(history.count, 1 + kept);
        free(history.scores);
        if (kept == METRICS_LOSS)
            break;
    }
}

static void test_a_line_that_is_no_object_ends_the_metrics(void **state)
{
    (void)state;
    static const char *const second[] = {"{\"iteration\":2,\"loss\":2.5",
                                         "{\"iteration\":2,\"lo",
                                         "{\"iteration\":2,\"loss\":2.5}}",
                                         "{\"iteration\":2,\"iteration\":2,\"loss\":2.5}",
                                         "[2]",
                                         ""};
    struct metrics_history history;
    struct error error;
    char text[256];
    assert_int_equal(mkdir("broken", 0777), 0);
    for (size_t i = 0; i < sizeof second / sizeof *second; ++i) {
        const int length = snprintf(text, sizeof text,
                                    "{\"iteration\":1,\"loss\":2.5}\n%s\n"
                                    "{\"iteration\":3,\"loss\":2.5}\n",
                                    second[i]);
        folder_write("broken/metrics.jsonl", text, (size_t)length);
        assert_int_equal(metrics_read_history("broken", 3, &history, &error), STATUS_FAILED);
        assert_non_null(strstr(error.text, "broken/metrics.jsonl: holds 1 iterations"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics_are_lines_of_json),
        cmocka_unit_test(test_nothing_is_written_through_a_symbolic_link),
        cmocka_unit_test(test_metrics_are_cut_back_and_go_on),
        cmocka_unit_test(test_times_are_cut_back),
        cmocka_unit_test(test_metrics_without_a_checkpoint_stay),
        cmocka_unit_test(test_metrics_that_lack_an_iteration_are_refused),
        cmocka_unit_test(test_the_history_is_what_was_written),
        cmocka_unit_test(test_a_line_that_is_no_object_ends_the_metrics),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
