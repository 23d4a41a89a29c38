/* SPDX-License-Identifier: MIT */
#include "training/progress.h"

#include "common/clock.h"
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static double now;

/* The name that the linker gives to this function (--wrap). */
double __wrap_clock_seconds(void);

double __wrap_clock_seconds(void)
{
    return now;
}

/* Standard output goes to a file, or to a terminal, between these two. Returns what it was before.
 */
static int redirect(int file)
{
    fflush(stdout);
    const int before = dup(STDOUT_FILENO);
    assert_true(before >= 0 && file >= 0 && dup2(file, STDOUT_FILENO) >= 0);
    return before;
}

static void put_back(int before)
{
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
}

/* What is written to standard output between these two. */
static struct {
    int file, before;
    char text[1 << 14];
} capture;

static void capture_begin(void)
{
    char name[] = "/tmp/dtrain-test-XXXXXX";
    capture.file = mkstemp(name);
    unlink(name);
    capture.before = redirect(capture.file);
}

static const char *capture_end(void)
{
    put_back(capture.before);
    const ssize_t length = pread(capture.file, capture.text, sizeof capture.text - 1, 0);
    assert_true(length >= 0 && (size_t)length < sizeof capture.text - 1);
    capture.text[length] = '\0';
    close(capture.file);
    return capture.text;
}

static const struct recipe no_recipe;

static struct metrics_evaluation evaluation_of(int64_t iteration, const char *held_out)
{
    struct metrics_evaluation evaluation = {.iteration = iteration, .kind = &score_of_classes};
    metrics_scores_put(&evaluation.scores, "train",
                       &(struct score){.loss = 0.5, .measures = {0.75}});
    metrics_scores_put(&evaluation.scores, held_out,
                       &(struct score){.loss = 0.625, .measures = {0.875}});
    return evaluation;
}

static void evaluate(struct progress *progress, int64_t iteration, bool is_last)
{
    const struct metrics_evaluation evaluation = evaluation_of(iteration, "test");
    progress_evaluation(progress, &evaluation, is_last);
}

static void iterate_at(double seconds, struct progress *progress, int64_t iteration, double loss)
{
    now = seconds;
    progress_iteration(progress, iteration, loss);
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; (text = strchr(text, '\n')); ++text)
        ++lines;
    return lines;
}

static void test_none_shows_nothing(void **state)
{
    (void)state;
    struct progress progress;
    capture_begin();
    progress_start(&progress, "none", 0, 1000, 100, &no_recipe);
    now += 100;
    progress_iteration(&progress, 1, 2.0);
    evaluate(&progress, 1000, true);
    progress_end(&progress);
    assert_string_equal(capture_end(), "");
}

static void test_a_plain_line_of_an_evaluation(void **state)
{
    (void)state;
    struct progress progress;
    const struct metrics_evaluation evaluation = evaluation_of(20, "validation");
    capture_begin();
    progress_start(&progress, "plain", 0, 1000, 100, &no_recipe);
    now += 2;
    evaluate(&progress, 0, false);
    progress_evaluation(&progress, &evaluation, false);
    progress_end(&progress);
    assert_string_equal(
        capture_end(),
        "iteration      0 of 1000  train loss 0.5000 accuracy 0.7500  test loss 0.6250 accuracy "
        "0.8750  2.0 s\n"
        "iteration     20 of 1000  train loss 0.5000 accuracy 0.7500  validation loss 0.6250 "
        "accuracy 0.8750  2.0 s\n");
}

/* Of a single number with a recipe, the error is shown in its own unit. */
static void test_a_plain_line_in_the_targets_unit(void **state)
{
    (void)state;
    struct recipe_output mpg = {.name = (char[]){"mpg"}, .mean = 20, .deviation = 4};
    const struct recipe recipe = {1, &mpg};
    struct progress progress;
    struct metrics_evaluation evaluation = {.iteration = 20, .kind = &score_of_numbers};
    metrics_scores_put(&evaluation.scores, "train",
                       &(struct score){.loss = 0.5, .measures = {0.75, 0.5}});
    capture_begin();
    progress_start(&progress, "plain", 0, 1000, 100, &recipe);
    now += 2;
    progress_evaluation(&progress, &evaluation, false);
    progress_end(&progress);
    assert_string_equal(capture_end(),
                        "iteration     20 of 1000  train loss 0.5000 rmse 3 r2 0.5000  2.0 s\n");
}

/* A run of so many iterations is evaluated every `period` iterations, and at its end. Returns the
 * number of lines; the last of them must be that of the end. */
static int lines_of_evaluations(int64_t first, int64_t iterations, int64_t period)
{
    struct progress progress;
    char end[32];
    capture_begin();
    progress_start(&progress, "plain", first, iterations, 100, &no_recipe);
    for (int64_t iteration = first; iteration <= iterations; ++iteration)
        if (iteration % period == 0 || iteration == iterations)
            evaluate(&progress, iteration, iteration == iterations);
    progress_end(&progress);
    const char *text = capture_end();
    const int lines = count_lines(text);
    for (int line = 1; line < lines; ++line)
        text = strchr(text, '\n') + 1;
    snprintf(end, sizeof end, "iteration %6lld of ", (long long)iterations);
    assert_memory_equal(text, end, strlen(end));
    return lines;
}

/* The first and the last are shown in any case. */
static void test_about_50_plain_lines_of_many_evaluations(void **state)
{
    (void)state;
    assert_int_equal(lines_of_evaluations(0, 1000, 100), 11);
    assert_int_equal(lines_of_evaluations(0, 1000, 20), 51);
    assert_int_equal(lines_of_evaluations(0, 1000, 1), 51);
    assert_int_equal(lines_of_evaluations(0, 10000, 7), 51);
    assert_int_equal(lines_of_evaluations(0, 1001, 1), 52);
    assert_int_equal(lines_of_evaluations(995, 1000, 1), 2);
    assert_int_equal(lines_of_evaluations(0, 3, 1), 4);
}

/* Where evaluations are rare, a line every half a minute; in long runs twenty or so. */
static void test_plain_lines_between_evaluations(void **state)
{
    (void)state;
    struct progress progress;
    now = 0;
    capture_begin();
    progress_start(&progress, "plain", 0, 100000, 100, &no_recipe);
    for (int second = 1; second <= 29; ++second, now = second)
        progress_iteration(&progress, second, 2.0);
    assert_int_equal(progress.printed, -1);
    iterate_at(30, &progress, 300, 2.0);
    iterate_at(59, &progress, 590, 2.0);
    iterate_at(60, &progress, 600, 2.0);
    iterate_at(6000, &progress, 60000, 2.0);
    iterate_at(6299, &progress, 62990, 2.0);
    iterate_at(6320, &progress, 63200, 2.0);
    progress_end(&progress);
    assert_string_equal(capture_end(),
                        "iteration    300 of 100000  loss 2.0000  10/s, 2:46:10 left\n"
                        "iteration    600 of 100000  loss 2.0000  10/s, 2:45:40 left\n"
                        "iteration  60000 of 100000  loss 2.0000  10/s, 1:06:40 left\n"
                        "iteration  63200 of 100000  loss 2.0000  10/s, 1:01:20 left\n");
}

/* Of a resumed run, only the iterations of this start count for its speed. */
static void test_the_speed_is_that_of_this_start(void **state)
{
    (void)state;
    struct progress progress;
    now = 0;
    capture_begin();
    progress_start(&progress, "plain", 900, 1000, 100, &no_recipe);
    iterate_at(40, &progress, 920, 1.0);
    assert_string_equal(capture_end(), "iteration    920 of 1000  loss 1.0000  0.5/s, 2:40 left\n");
}

/* The moving mean begins with the first loss, and after 50 iterations 1 / e of it is left. */
static void test_the_loss_is_a_moving_mean(void **state)
{
    (void)state;
    struct progress progress;
    progress_start(&progress, "plain", 0, 1000, 100, &no_recipe);
    progress_iteration(&progress, 1, 3.0);
    assert_near(progress.loss, 3, 0);
    for (int i = 0; i < 50; ++i)
        progress_iteration(&progress, 2 + i, 2.0);
    assert_near(progress.loss, 2 + exp(-1), 0.005);
}

static void test_times(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } times[] = {{0, "0:00"},        {6.6, "0:07"},         {59.6, "1:00"},
                 {754, "12:34"},     {3599.4, "59:59"},     {3599.6, "1:00:00"},
                 {12345, "3:25:45"}, {360000, "100:00:00"}, {(double)INFINITY, "0:00"}};
    char text[32];
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; ++i) {
        progress_format_time(times[i].seconds, text, sizeof text);
        assert_string_equal(text, times[i].text);
    }
}

/* Without a terminal the bar is as wide as on one of 80 columns. */
static void test_a_bar_is_redrawn_in_its_line(void **state)
{
    (void)state;
    struct progress progress;
    now = 0;
    capture_begin();
    progress_start(&progress, "bar", 0, 1000, 100, &no_recipe);
    iterate_at(0.0625, &progress, 1, 2.0);
    iterate_at(0.125, &progress, 250, 2.0);
    iterate_at(0.1875, &progress, 251, 2.0);
    now = 10;
    evaluate(&progress, 500, false);
    progress_end(&progress);
    progress_end(&progress);
    assert_string_equal(capture_end(),
                        "\r[######...................] 250/1000  epoch 2.5  loss 2.0000  "
                        "2000/s  0:00 left\033[K"
                        "\r[#####.....] 500/1000  epoch 5.0  loss 2.0000  accuracy 0.8750  "
                        "50/s  0:10 left\033[K\n");
}

/* A bar of which nothing was drawn leaves no empty line. */
static void test_a_run_that_ends_at_once_shows_no_bar(void **state)
{
    (void)state;
    struct progress progress;
    capture_begin();
    progress_start(&progress, "bar", 0, 1000, 100, &no_recipe);
    progress_end(&progress);
    assert_string_equal(capture_end(), "");
}

/* What an evaluation shows on a terminal of that many columns. */
static const char *shown_on_terminal(const char *choice, unsigned short columns)
{
    static char text[1024];
    struct progress progress;
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    const int own = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(own >= 0 && grantpt(own) == 0 && unlockpt(own) == 0);
    const int its = open(ptsname(own), O_RDWR | O_NOCTTY);
    assert_true(its >= 0 && ioctl(its, TIOCSWINSZ, &size) == 0);
    const int before = redirect(its);
    now = 0;
    progress_start(&progress, choice, 0, 1000, 100, &no_recipe);
    now = 10;
    evaluate(&progress, 500, false);
    progress_end(&progress);
    put_back(before);
    close(its);
    ssize_t length = 0, more;
    while ((more = read(own, text + length, sizeof text - 1 - (size_t)length)) > 0)
        length += more;
    text[length] = '\0';
    close(own);
    return text;
}

/* The least important parts go first. A terminal of 0 columns does not say how wide it is: 80. */
static void test_a_bar_on_terminals_of_any_width(void **state)
{
    (void)state;
    static const struct {
        unsigned short columns;
        const char *text;
    } widths[] = {
        {0, "\r[###########............] 500/1000  epoch 5.0  accuracy 0.8750  "
            "50/s  0:10 left\033[K\r\n"},
        {120, "\r[####################....................] 500/1000  epoch 5.0  accuracy 0.8750  "
              "50/s  0:10 left\033[K\r\n"},
        {40, "\r[#####......] 500/1000  50/s  0:10 left\033[K\r\n"},
        {15, "\r[#..] 500/1000\033[K\r\n"},
        {8, "\r50%\033[K\r\n"},
        {3, "\r50\033[K\r\n"},
    };
    setenv("TERM", "xterm", 1);
    for (size_t i = 0; i < sizeof widths / sizeof *widths; ++i)
        assert_string_equal(shown_on_terminal("auto", widths[i].columns), widths[i].text);
    for (unsigned short columns = 1; columns < 130; ++columns) {
        const char *text = shown_on_terminal("auto", columns);
        const char *end = strstr(text, "\033[K");
        assert_true(text[0] == '\r' && end && end - text - 1 < columns);
    }
}

static bool is_bar(const char *text)
{
    return text[0] == '\r' && strstr(text, "\033[K");
}

static void test_auto_is_a_bar_on_a_terminal_only(void **state)
{
    (void)state;
    struct progress progress;
    setenv("TERM", "xterm", 1);
    assert_true(is_bar(shown_on_terminal("auto", 80)));
    assert_false(is_bar(shown_on_terminal("plain", 80)));
    setenv("TERM", "dumb", 1);
    assert_false(is_bar(shown_on_terminal("auto", 80)));
    assert_true(is_bar(shown_on_terminal("bar", 80)));
    unsetenv("TERM");
    assert_false(is_bar(shown_on_terminal("auto", 80)));
    setenv("TERM", "xterm", 1);
    capture_begin();
    progress_start(&progress, "auto", 0, 1000, 100, &no_recipe);
    evaluate(&progress, 500, false);
    progress_end(&progress);
    assert_false(is_bar(capture_end()));
}

/* Evaluations that lie far apart are shown while an iteration is at work: lines every 30 seconds,
 * and a part of the bar. */
static void test_an_iteration_at_work(void **state)
{
    (void)state;
    struct progress progress;
    capture_begin();
    progress_start(&progress, "plain", 0, 300, 1, &no_recipe);
    now += 29;
    progress_table(&progress, 1, 100, 640, 29);
    now += 2;
    progress_table(&progress, 1, 124, 640, 31);
    now += 29;
    progress_table(&progress, 1, 240, 640, 60);
    progress_end(&progress);
    assert_string_equal(capture_end(),
                        "iteration      1 of 300  evaluation 124 of 640, 4/s, 2:09 left\n");
    capture_begin();
    progress_start(&progress, "bar", 0, 300, 1, &no_recipe);
    now += 1;
    progress_table(&progress, 1, 124, 640, 31);
    assert_non_null(strstr(progress.table, "evaluation 124/640"));
    progress_iteration(&progress, 1, 0.5);
    assert_string_equal(progress.table, "");
    progress_end(&progress);
    assert_non_null(strstr(capture_end(), "evaluation 124/640"));
}

/* What a line without scores says of evaluations: one that took ten times as long as usual, and a
 * second or more, is named. */
static void test_a_plain_line_of_evaluations(void **state)
{
    (void)state;
    struct progress progress;
    const struct metrics_evaluation evaluation = {.iteration = 20, .kind = &score_of_loss_alone};
    struct evaluation_times times = {0};
    struct evaluation_time time = {.name = {.iteration = 12, .number = 7}, .seconds = 0.09};
    for (int i = 0; i < 99; ++i)
        evaluation_times_add(&times, &time, 1, i == 0);
    capture_begin();
    progress_start(&progress, "plain", 0, 20, 1, &no_recipe);
    progress_iteration(&progress, 20, 22.96);
    progress_evaluations(&progress, &times, 0.714);
    progress_evaluation(&progress, &evaluation, true);
    time.seconds = 1.25;
    evaluation_times_add(&times, &time, 1, false);
    progress_evaluations(&progress, &times, 0.714);
    progress_evaluation(&progress, &evaluation, true);
    progress_end(&progress);
    assert_string_equal(capture_end(),
                        "iteration     20 of 20  loss 22.96  99 evaluations, 1 lost, ranks 71 % "
                        "busy  0.0 s\n"
                        "iteration     20 of 20  loss 22.96  100 evaluations, 1 lost, ranks 71 % "
                        "busy, the longest 1.25 s (evaluation 7 of iteration 12)  0.0 s\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_shows_nothing),
        cmocka_unit_test(test_a_plain_line_of_an_evaluation),
        cmocka_unit_test(test_a_plain_line_in_the_targets_unit),
        cmocka_unit_test(test_about_50_plain_lines_of_many_evaluations),
        cmocka_unit_test(test_plain_lines_between_evaluations),
        cmocka_unit_test(test_the_speed_is_that_of_this_start),
        cmocka_unit_test(test_the_loss_is_a_moving_mean),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_an_iteration_at_work),
        cmocka_unit_test(test_a_plain_line_of_evaluations),
        cmocka_unit_test(test_a_bar_is_redrawn_in_its_line),
        cmocka_unit_test(test_a_run_that_ends_at_once_shows_no_bar),
        cmocka_unit_test(test_a_bar_on_terminals_of_any_width),
        cmocka_unit_test(test_auto_is_a_bar_on_a_terminal_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
