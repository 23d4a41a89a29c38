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
    metrics_scores_put(&evaluation.scores, "train",
                       &(struct score){.loss = 0.5, .measures = {0.25}});
    metrics_scores_put(&evaluation.scores, held_out, &score);
    return evaluation;
}

static struct metrics_evaluation evaluation_at(int64_t iteration)
{
    return evaluation_of(iteration, "test", (struct score){.loss = 1e-6, .measures = {1}});
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
    assert_int_equal(metrics_open(&metrics, "run", false, &error), STATUS_DONE);
    metrics_iteration(&metrics, 1, 2.290216012613064, 0);
    metrics_evaluation(&metrics, &evaluation);
    evaluation = evaluation_of(600, "validation", (struct score){.loss = 1e-6, .measures = {1}});
    evaluation.gradient_norm = NAN;
    metrics_evaluation(&metrics, &evaluation);
    write_test(&metrics, 600, (struct score){.loss = 0.25, .measures = {0.5}});
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
    assert_int_equal(metrics_open(&metrics, "run", false, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "run/metrics.jsonl"));
}

static void test_nothing_is_written_through_a_symbolic_link(void **state)
{
    (void)state;
    struct error error;
    struct metrics metrics;
    const char *const names[] = {"linked/metrics.jsonl", "linked/timing.jsonl",
                                 "linked/failures.jsonl"};
    assert_int_equal(mkdir("linked", 0777), 0);
    folder_write("precious", "precious", 8);
    for (int i = 0; i < 3; ++i) {
        assert_int_equal(symlink("../precious", names[i]), 0);
        assert_int_equal(metrics_open(&metrics, "linked", true, &error), STATUS_FAILED);
        assert_int_equal(access("linked/metrics.jsonl", F_OK), i == 0 ? 0 : -1);
        assert_int_equal(metrics_resume(&metrics, "linked", true, 0, METRICS_EVALUATION, 0, &error),
                         STATUS_FAILED);
        assert_non_null(strstr(error.text, names[i]));
        assert_non_null(strstr(error.text, "symbolic link"));
        folder_expect_precious("precious");
        assert_int_equal(unlink(names[i]), 0);
        /* What the resume made before it came to the link. */
        for (int made = 0; made < i; ++made)
            assert_int_equal(unlink(names[made]), 0);
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
        metrics_iteration(metrics, iteration, 1.0 / (double)iteration, 0);
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
    assert_int_equal(metrics_open(&metrics, "straight", false, &error), STATUS_DONE);
    write_course(&metrics, 1, 20);
    metrics_close(&metrics);

    /* The run is killed while it writes line 13, and resumed from iteration 9, 6, 3 or 0. */
    for (int64_t checkpoint = 9; checkpoint >= 0; checkpoint -= 3) {
        unlink("resumed/metrics.jsonl");
        unlink("resumed/timing.jsonl");
        assert_int_equal(metrics_open(&metrics, "resumed", false, &error), STATUS_DONE);
        write_course(&metrics, 1, 12);
        fputs("{\"iteration\":13,\"los", metrics.learning);
        metrics_close(&metrics);
        assert_int_equal(metrics_resume(&metrics, "resumed", false, checkpoint, METRICS_EVALUATION,
                                        checkpoint, &error),
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
        assert_int_equal(metrics_open(&metrics, "timed", false, &error), STATUS_DONE);
        metrics_timing(&metrics, 3, METRICS_EVALUATION, seconds, NULL);
        const long evaluation = ftell(metrics.timing);
        metrics_timing(&metrics, 3, METRICS_TEST, seconds, NULL);
        const long both = ftell(metrics.timing);
        metrics_close(&metrics);
        assert_int_equal(metrics_resume(&metrics, "timed", false, 3, kept[n], 3, &error),
                         STATUS_DONE);
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
    assert_int_equal(metrics_read_history("early", -1, false, &history, &error), STATUS_DONE);
    assert_int_equal(history.count, 1);
    free(history.scores);
    assert_int_equal(metrics_resume(&metrics, "early", false, -1, METRICS_LOSS, -1, &error),
                     STATUS_DONE);
    write_course(&metrics, 1, 20);
    metrics_close(&metrics);
    assert_same_file("straight/metrics.jsonl", "early/metrics.jsonl");
    assert_int_equal(metrics_read_history("early", -1, false, &history, &error), STATUS_FAILED);
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
    assert_int_equal(metrics_open(&metrics, "lacking", false, &error), STATUS_DONE);
    write_course(&metrics, 1, 5);
    metrics_close(&metrics);
    assert_int_equal(system("cp lacking/metrics.jsonl lacking/before"), 0);
    assert_int_equal(metrics_read_history("lacking", 8, false, &history, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "lacking/metrics.jsonl: holds 5 iterations"));
    assert_same_file("lacking/metrics.jsonl", "lacking/before");
    /* An evaluation that the longer run does not make is removed. */
    assert_int_equal(metrics_resume(&metrics, "lacking", false, 3, METRICS_LOSS, 3, &error),
                     STATUS_DONE);
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
    struct metrics_evaluation evaluation =
        evaluation_of(0, "test", (struct score){.loss = 1.0 / 3, .measures = {0.1}});
    assert_int_equal(mkdir("history", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "history", false, &error), STATUS_DONE);
    metrics_evaluation(&metrics, &evaluation);
    metrics_iteration(&metrics, 1, 2.5, 0);
    metrics_iteration(&metrics, 2, 2.5, 0);
    evaluation = evaluation_of(2, "validation",
                               (struct score){.loss = 0x1.23456789abcdfp-3, .measures = {2.0 / 3}});
    metrics_evaluation(&metrics, &evaluation);
    write_test(&metrics, 2, (struct score){.loss = 0.7, .measures = {0.3}});
    metrics_close(&metrics);
    assert_int_equal(metrics_read_history("history", 1, false, &history, &error), STATUS_DONE);
    assert_int_equal(history.count, 1);
    assert_true(find(&history.scores[0], "test")->loss == 1.0 / 3);
    assert_null(find(&history.scores[0], "validation"));
    free(history.scores);
    assert_int_equal(metrics_read_history("history", 2, false, &history, &error), STATUS_DONE);
    assert_int_equal(history.count, 3);
    assert_int_equal(history.scores[1].kind, METRICS_EVALUATION);
    assert_true(find(&history.scores[1], "validation")->loss == 0x1.23456789abcdfp-3);
    assert_true(find(&history.scores[1], "validation")->measures[0] == 2.0 / 3);
    assert_int_equal(history.scores[2].kind, METRICS_TEST);
    assert_true(find(&history.scores[2], "test")->loss == 0.7);
    free(history.scores);
    /* What a resume keeps of an iteration: its loss, its evaluation, its score on the test set. */
    for (enum metrics_kind kept = METRICS_TEST;; --kept) {
        assert_int_equal(metrics_resume(&metrics, "history", false, 2, kept, 2, &error),
                         STATUS_DONE);
        metrics_close(&metrics);
        assert_int_equal(metrics_read_history("history", 2, false, &history, &error), STATUS_DONE);
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
        assert_int_equal(metrics_read_history("broken", 3, false, &history, &error), STATUS_FAILED);
        assert_non_null(strstr(error.text, "broken/metrics.jsonl: holds 1 iterations"));
    }
}

/* A model of two parameters, one of which has a name that JSON cannot hold as it is. */
static const struct parameters *two_parameters(void)
{
    static const char *names[] = {"inflow", "a\"b\\\n\xff"};
    static const struct parameters parameters = {.count = 2, .named = true, .names = names};
    return &parameters;
}

/* The evaluation of a run without data: it has norms and parameters, and no scores. */
static struct metrics_evaluation evaluation_without_data(int64_t iteration, const double theta[2])
{
    struct metrics_evaluation evaluation = evaluation_at(iteration);
    evaluation.scores.count = 0;
    evaluation.kind = NULL;
    evaluation.parameters = two_parameters();
    evaluation.theta = theta;
    return evaluation;
}

static void write_failure(struct metrics *metrics, int64_t iteration, const char *parameter,
                          int side, bool is_lost)
{
    const struct metrics_failure failure = {
        .name = {iteration, .number = 17, .parameter = parameter, .side = side, .row = 5},
        .cause = "not finite",
        .attempts = 2,
        .is_lost = is_lost};
    metrics_failure(metrics, &failure);
}

static void expect_text(const char *path, const char *expected)
{
    char text[2048];
    text[folder_read(path, text, sizeof text - 1)] = '\0';
    assert_string_equal(text, expected);
}

static void test_a_model_that_evaluates_records_theta_and_failures(void **state)
{
    (void)state;
    const double theta[] = {1.5, -0.25};
    struct metrics metrics;
    struct error error;
    struct metrics_evaluation evaluation = evaluation_without_data(5, theta);
    assert_int_equal(mkdir("model", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "model", true, &error), STATUS_DONE);
    metrics_iteration(&metrics, 4, (double)NAN, 0);
    metrics_iteration(&metrics, 5, 0.5, 2);
    metrics_evaluation(&metrics, &evaluation);
    write_failure(&metrics, 5, NULL, 0, false);
    write_failure(&metrics, 5, two_parameters()->names[1], -1, true);
    assert_int_equal(metrics_sync(&metrics, &error), STATUS_DONE);
    metrics_close(&metrics);
    expect_text("model/metrics.jsonl",
                "{\"iteration\":4,\"loss\":null}\n"
                "{\"iteration\":5,\"loss\":0.50000000000000000,\"failures\":2}\n"
                "{\"iteration\":5,\"epoch\":1,\"gradient_norm\":0.12500000000000000,"
                "\"weight_norms\":{\"theta\":2.0000000000000000},"
                "\"theta\":{\"inflow\":1.5000000000000000,"
                "\"a\\\"b\\\\\\\\x0a\\\\xff\":-0.25000000000000000}}\n");
    expect_text(
        "model/failures.jsonl",
        "{\"iteration\":5,\"evaluation\":17,\"row\":5,\"cause\":\"not finite\","
        "\"attempts\":2,\"lost\":false}\n"
        "{\"iteration\":5,\"evaluation\":17,\"parameter\":\"a\\\"b\\\\\\\\x0a\\\\xff\","
        "\"side\":\"-\",\"row\":5,\"cause\":\"not finite\",\"attempts\":2,\"lost\":true}\n");
}

/* Of more parameters than a line can show, none is listed. */
static void test_many_parameters_are_not_listed(void **state)
{
    (void)state;
    const char *names[METRICS_THETA_MAX + 1];
    double theta[METRICS_THETA_MAX + 1] = {0};
    struct parameters parameters = {.names = names};
    struct metrics metrics;
    struct error error;
    struct metrics_evaluation evaluation = evaluation_without_data(0, theta);
    for (size_t p = 0; p < sizeof names / sizeof *names; ++p)
        names[p] = "x";
    evaluation.parameters = &parameters;
    assert_int_equal(mkdir("many", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "many", false, &error), STATUS_DONE);
    for (parameters.count = METRICS_THETA_MAX; parameters.count <= METRICS_THETA_MAX + 1;
         ++parameters.count)
        metrics_evaluation(&metrics, &evaluation);
    metrics_close(&metrics);
    assert_int_equal(system("test $(grep -c '\"theta\":{\"x\"' <many/metrics.jsonl) -eq 1"), 0);
}

/* The lines of a run without data that is killed, and of one that is not, up to iteration `last`.
 */
static void write_course_of_model(struct metrics *metrics, int64_t first, int64_t last)
{
    const double theta[] = {1.5, -0.25};
    for (int64_t iteration = first; iteration <= last; ++iteration) {
        const struct metrics_evaluation evaluation = evaluation_without_data(iteration, theta);
        if (iteration % 2 == 1)
            write_failure(metrics, iteration, "inflow", 1, true);
        metrics_iteration(metrics, iteration, 0.5, iteration % 2);
        metrics_evaluation(metrics, &evaluation);
    }
}

static void test_failures_are_cut_back_to_the_checkpoint(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    const char *const folders[] = {"unbroken", "cut"};
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(mkdir(folders[i], 0777), 0);
        assert_int_equal(metrics_open(&metrics, folders[i], true, &error), STATUS_DONE);
        write_course_of_model(&metrics, 1, i == 0 ? 9 : 7);
        metrics_close(&metrics);
    }
    for (int64_t checkpoint = 5; checkpoint >= 4; --checkpoint) {
        assert_int_equal(metrics_resume(&metrics, "cut", true, checkpoint, METRICS_EVALUATION,
                                        checkpoint, &error),
                         STATUS_DONE);
        write_course_of_model(&metrics, checkpoint + 1, 9);
        metrics_close(&metrics);
        assert_same_file("unbroken/metrics.jsonl", "cut/metrics.jsonl");
        assert_same_file("unbroken/failures.jsonl", "cut/failures.jsonl");
    }
    /* Whatever is kept of the metrics: a checkpoint follows all failures of its iteration. */
    assert_int_equal(metrics_resume(&metrics, "cut", true, 9, METRICS_LOSS, 9, &error),
                     STATUS_DONE);
    metrics_close(&metrics);
    assert_same_file("unbroken/failures.jsonl", "cut/failures.jsonl");
    assert_int_equal(metrics_resume(&metrics, "cut", true, -1, METRICS_LOSS, -1, &error),
                     STATUS_DONE);
    metrics_close(&metrics);
    expect_text("cut/failures.jsonl", "");
}

static void test_failures_have_a_digest(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    struct digest before, after;
    assert_false(metrics_has_failures("straight"));
    assert_true(metrics_has_failures("unbroken"));
    assert_int_equal(metrics_digest_failures("unbroken", &before, &error), STATUS_DONE);
    assert_int_equal(metrics_resume(&metrics, "unbroken", true, 9, METRICS_EVALUATION, 9, &error),
                     STATUS_DONE);
    write_failure(&metrics, 10, NULL, 0, true);
    metrics_close(&metrics);
    assert_int_equal(metrics_digest_failures("unbroken", &after, &error), STATUS_DONE);
    assert_false(digest_equal(before, after));
}

/* A run that cannot begin leaves the folder as it was, whichever file is in the way. */
static void test_a_run_that_cannot_begin_leaves_no_file(void **state)
{
    (void)state;
    const char *const names[] = {"timing.jsonl", "failures.jsonl"};
    struct metrics metrics;
    struct error error;
    for (int i = 0; i < 2; ++i) {
        char path[64];
        assert_int_equal(mkdir(i == 0 ? "blocked-0" : "blocked-1", 0777), 0);
        snprintf(path, sizeof path, "blocked-%d/%s", i, names[i]);
        folder_write(path, "precious", 8);
        path[strlen("blocked-0")] = '\0';
        assert_int_equal(metrics_open(&metrics, path, true, &error), STATUS_FAILED);
        assert_non_null(strstr(error.text, names[i]));
        path[strlen("blocked-0")] = '/';
        folder_expect_precious(path);
        assert_int_equal(unlink(path), 0);
        path[strlen("blocked-0")] = '\0';
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(mkdir("removed", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "removed", true, &error), STATUS_DONE);
    metrics_remove(&metrics);
    assert_int_equal(rmdir("removed"), 0);
}

/* Where a loss is measured with the next gradient, a checkpoint may be one ahead of the losses. */
static void test_the_loss_may_follow_its_checkpoint(void **state)
{
    (void)state;
    struct metrics metrics;
    struct metrics_history history;
    struct error error;
    assert_int_equal(mkdir("ahead", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "ahead", true, &error), STATUS_DONE);
    write_course_of_model(&metrics, 1, 5);
    metrics_iteration(&metrics, 6, (double)NAN, 0);
    metrics_close(&metrics);
    for (int64_t checkpoint = 0; checkpoint <= 7; ++checkpoint) {
        assert_int_equal(metrics_read_history("ahead", checkpoint, true, &history, &error),
                         STATUS_DONE);
        assert_int_equal(history.losses, checkpoint < 6 ? checkpoint : 6);
        assert_int_equal(history.count, checkpoint < 5 ? checkpoint : 5);
        for (size_t i = 0; i < history.count; ++i)
            assert_int_equal(history.scores[i].kind, METRICS_EVALUATION);
        free(history.scores);
    }
    assert_int_equal(metrics_read_history("ahead", 7, false, &history, &error), STATUS_FAILED);
    assert_int_equal(metrics_read_history("ahead", 8, true, &history, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "holds 6 iterations, but the checkpoint is of iteration 8"));
    assert_int_equal(metrics_read_history("ahead", -1, true, &history, &error), STATUS_FAILED);
}

/* Where the loss is still to be recorded, so is how many of its evaluations were lost. */
static void test_lost_evaluations_are_counted_for_a_loss_that_follows(void **state)
{
    (void)state;
    struct metrics metrics;
    struct metrics_history history;
    struct error error;
    assert_int_equal(mkdir("counted", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "counted", true, &error), STATUS_DONE);
    write_course_of_model(&metrics, 1, 4);
    for (int i = 0; i < 5; ++i)
        write_failure(&metrics, 5, "inflow", 1, i % 2 == 0);
    write_failure(&metrics, 6, NULL, 0, true);
    metrics_close(&metrics);
    for (int64_t checkpoint = 3; checkpoint <= 5; ++checkpoint) {
        static const int64_t lost[] = {1, 0, 3};
        assert_int_equal(metrics_read_history("counted", checkpoint, true, &history, &error),
                         STATUS_DONE);
        assert_int_equal(history.lost, lost[checkpoint - 3]);
        free(history.scores);
    }
    /* A network has no such file, and none is made for it. */
    assert_int_equal(metrics_read_history("straight", 3, false, &history, &error), STATUS_DONE);
    assert_int_equal(history.lost, 0);
    free(history.scores);
    assert_false(metrics_has_failures("straight"));
}

/* What fails when the last losses are measured belongs to the iteration behind the last. */
static void test_failures_are_kept_up_to_an_iteration_of_their_own(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    char text[2048];
    assert_int_equal(mkdir("behind", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "behind", true, &error), STATUS_DONE);
    write_course_of_model(&metrics, 1, 2);
    write_failure(&metrics, 3, NULL, 0, true);
    metrics_close(&metrics);
    const size_t all = folder_read("behind/failures.jsonl", text, sizeof text);
    assert_int_equal(metrics_resume(&metrics, "behind", true, 2, METRICS_TEST, 3, &error),
                     STATUS_DONE);
    metrics_close(&metrics);
    assert_int_equal(folder_read("behind/failures.jsonl", text, sizeof text), all);
    assert_int_equal(metrics_resume(&metrics, "behind", true, 2, METRICS_TEST, 2, &error),
                     STATUS_DONE);
    metrics_close(&metrics);
    text[folder_read("behind/failures.jsonl", text, sizeof text - 1)] = '\0';
    assert_non_null(strstr(text, "{\"iteration\":1,"));
    assert_null(strstr(text, "{\"iteration\":3,"));
}

static void test_times_of_evaluations_are_a_member(void **state)
{
    (void)state;
    const struct metrics_seconds seconds[PHASES] = {{0}};
    struct evaluation_times times = {0};
    struct metrics metrics;
    struct error error;
    assert_int_equal(mkdir("evaluated", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "evaluated", true, &error), STATUS_DONE);
    metrics_timing(&metrics, 0, METRICS_EVALUATION, seconds, &times);
    evaluation_times_add(&times, &(struct evaluation_time){{1, 0, NULL, 0, 3}, 0.5}, 1, false);
    metrics_timing(&metrics, 1, METRICS_EVALUATION, seconds, &times);
    metrics_close(&metrics);
    assert_int_equal(system("test \"$(grep -n evaluations evaluated/timing.jsonl | cut -c 1-15)\" "
                            "= '2:{\"iteration\":'"),
                     0);
    assert_int_equal(system("grep -q ',\"evaluations\":{\"count\":1,.*}}$' evaluated/timing.jsonl"),
                     0);
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
        cmocka_unit_test(test_a_model_that_evaluates_records_theta_and_failures),
        cmocka_unit_test(test_many_parameters_are_not_listed),
        cmocka_unit_test(test_failures_are_cut_back_to_the_checkpoint),
        cmocka_unit_test(test_failures_have_a_digest),
        cmocka_unit_test(test_a_run_that_cannot_begin_leaves_no_file),
        cmocka_unit_test(test_the_loss_may_follow_its_checkpoint),
        cmocka_unit_test(test_lost_evaluations_are_counted_for_a_loss_that_follows),
        cmocka_unit_test(test_failures_are_kept_up_to_an_iteration_of_their_own),
        cmocka_unit_test(test_times_of_evaluations_are_a_member),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
