/* SPDX-License-Identifier: MIT
 *
 * What a simulation prints comes out line by line, whatever it consists of. */
#include "engine/process/output_lines.h"
#include "folder.h"
#include "testing.h"

#include <fcntl.h>
#include <string.h>

static struct output_lines lines;
static int error_output = -1;

static void begin(bool drops_stdout)
{
    lines = (struct output_lines){.rank = 3, .drops_stdout = drops_stdout};
    fflush(stderr);
    error_output = dup(STDERR_FILENO);
    const int file = open("printed", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0 && error_output >= 0);
    dup2(file, STDERR_FILENO);
    close(file);
}

/* Compares what has been printed since begin(). */
static void expect(const char *expected)
{
    static char printed[100000];
    fflush(stderr);
    dup2(error_output, STDERR_FILENO);
    close(error_output);
    printed[folder_read("printed", printed, sizeof printed - 1)] = '\0';
    assert_string_equal(printed, expected);
}

static void add(enum output_stream stream, const char *text)
{
    output_lines_add(&lines, stream, text, strlen(text));
}

static void test_lines_of_both_streams(void **state)
{
    (void)state;
    begin(false);
    add(OUTPUT_OF_STDOUT, "one\ntw");
    add(OUTPUT_OF_STDERR, "fa");
    add(OUTPUT_OF_STDOUT, "o\n");
    add(OUTPUT_OF_STDERR, "ult\n\n");
    add(OUTPUT_OF_STDOUT, "half");
    output_lines_end(&lines);
    output_lines_end(&lines);
    expect("rank 3: one\nrank 3: two\nrank 3: fault\nrank 3: \nrank 3: half\n");
    assert_string_equal(lines.last, "half");
}

static void test_what_a_terminal_could_obey(void **state)
{
    (void)state;
    begin(false);
    add(OUTPUT_OF_STDOUT, "\x1b[2J\x07 \xc3\xa9 \xff \xc2\x9b\n");
    add(OUTPUT_OF_STDOUT, "a\tb\t\tc\nwindows\r\n10 %\r20 %\r");
    add(OUTPUT_OF_STDOUT, "30 %");
    add(OUTPUT_OF_STDOUT, "\r\n\r\r\n");
    output_lines_add(&lines, OUTPUT_OF_STDOUT, "a\0b\n", 4);
    expect("rank 3: \\x1b[2J\\x07 \xc3\xa9 \\xff \\xc2\\x9b\n"
           "rank 3: a       b               c\nrank 3: windows\nrank 3: 30 %\nrank 3: \n"
           "rank 3: a\\x00b\n");
}

static void test_long_lines_are_cut(void **state)
{
    (void)state;
    char text[3 * OUTPUT_LINE_MAX], expected[3 * OUTPUT_LINE_MAX];
    begin(false);
    memset(text, 'x', sizeof text);
    output_lines_add(&lines, OUTPUT_OF_STDERR, text, OUTPUT_LINE_MAX);
    add(OUTPUT_OF_STDERR, "\n");
    output_lines_add(&lines, OUTPUT_OF_STDERR, text, sizeof text);
    output_lines_add(&lines, OUTPUT_OF_STDERR, text, sizeof text);
    add(OUTPUT_OF_STDERR, "\nnext\n");
    snprintf(expected, sizeof expected, "rank 3: %.*s\nrank 3: %.*s\nrank 3: next\n",
             OUTPUT_LINE_MAX, text, OUTPUT_LINE_MAX, text);
    expect(expected);
    /* Escapes take more room. */
    begin(false);
    memset(text, '\x01', sizeof text);
    output_lines_add(&lines, OUTPUT_OF_STDERR, text, sizeof text);
    output_lines_end(&lines);
    char *at = expected + sprintf(expected, "rank 3: ");
    for (int i = 0; i < OUTPUT_LINE_MAX / 4; ++i)
        at += sprintf(at, "\\x01");
    sprintf(at, "\n");
    expect(expected);
}

static void test_lines_are_kept(void **state)
{
    (void)state;
    char line[20], expected[1000] = "rank 3: heard\n";
    begin(true);
    for (int i = 0; i < 25; ++i) {
        snprintf(line, sizeof line, "line %d\n", i);
        add(OUTPUT_OF_STDOUT, line);
    }
    add(OUTPUT_OF_STDERR, "heard\n");
    output_lines_show_kept(&lines);
    output_lines_show_kept(&lines);
    for (int i = 5; i < 25; ++i)
        snprintf(expected + strlen(expected), 20, "rank 3: line %d\n", i);
    expect(expected);
    begin(true);
    add(OUTPUT_OF_STDOUT, "only\n");
    output_lines_show_kept(&lines);
    expect("rank 3: only\n");
}

static void test_the_last_line_is_not_blank(void **state)
{
    (void)state;
    begin(true);
    add(OUTPUT_OF_STDOUT, "first\nthe last\n \n\t\n\n");
    assert_string_equal(lines.last, "the last");
    add(OUTPUT_OF_STDERR, "\x1b[0m\n");
    assert_string_equal(lines.last, "\\x1b[0m");
    add(OUTPUT_OF_STDOUT, "half");
    output_lines_clear(&lines);
    assert_string_equal(lines.last, "");
    output_lines_end(&lines);
    output_lines_show_kept(&lines);
    expect("rank 3: \\x1b[0m\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_of_both_streams),
        cmocka_unit_test(test_what_a_terminal_could_obey),
        cmocka_unit_test(test_long_lines_are_cut),
        cmocka_unit_test(test_lines_are_kept),
        cmocka_unit_test(test_the_last_line_is_not_blank),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
