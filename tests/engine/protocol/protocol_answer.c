/* SPDX-License-Identifier: MIT */
#include "engine/protocol/protocol.h"
#include "malformed.h"
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 2 };

/* What an answer is read to. */
static double values[COUNT];
static int class_of_row;
static char text[PROTOCOL_TEXT_SIZE];

/* In memory that ends with the line, so that a sanitizer sees who reads beyond it. */
static enum protocol_answer read_bytes(const char *line, size_t length,
                                       enum protocol_question question)
{
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, line, length);
    text[0] = '\0';
    const enum protocol_answer answer =
        protocol_read_answer(copy, length, question, COUNT, values, &class_of_row, text);
    free(copy);
    return answer;
}

static enum protocol_answer read_line(const char *line, enum protocol_question question)
{
    return read_bytes(line, strlen(line), question);
}

static void test_values(void **state)
{
    static const struct {
        const char *line;
        double values[COUNT];
    } answers[] = {
        {"{\"values\":[0.0123,-1e-5]}", {0.0123, -1e-5}},
        {" { \"values\" : [ 1 , 2.5E+3 ] , \"seconds\" : [1,2,3] } ", {1, 2500}},
        {"{\"values\":[-0.0,-0]}", {-0.0, -0.0}},
        {"{\"values\":[0.10000000000000001,5e-324]}", {0.1, 5e-324}},
        {"{\"values\":[9007199254740993,123456789012345678901234567890]}",
         {9007199254740992, 123456789012345677877719597056.0}},
        {"{\"values\":[1,2],\"failed\":null,\"class\":null,\"bytes\":null}", {1, 2}},
        {"{\"values\":[Infinity,-Infinity]}", {(double)INFINITY, -(double)INFINITY}},
        {"{\"values\":[\"Infinity\",\"-Infinity\"]}", {(double)INFINITY, -(double)INFINITY}},
        {"{\"note\":\"NaN \\\" NaN\",\"values\":[-Infinity,2]}", {-(double)INFINITY, 2}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; ++i) {
        assert_int_equal(read_line(answers[i].line, PROTOCOL_EVALUATE), PROTOCOL_VALUES);
        assert_memory_equal(values, answers[i].values, sizeof values);
    }
}

static void test_values_that_are_none(void **state)
{
    static const char *const lines[] = {"{\"values\":[1,NaN]}", "{\"values\":[1,null]}",
                                        "{\"values\":[1,\"NaN\"]}"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        assert_int_equal(read_line(lines[i], PROTOCOL_EVALUATE), PROTOCOL_VALUES);
        assert_true(values[0] == 1 && isnan(values[1]));
    }
}

static void test_bytes(void **state)
{
    static const double sent[COUNT] = {-0.0, (double)NAN};
    struct message message = {0};
    double taken[COUNT] = {0};
    (void)state;
    protocol_write_values(&message, sent, COUNT);
    const char *const end = memchr(message.bytes, '\n', message.used);
    assert_non_null(end);
    const size_t length = (size_t)(end - message.bytes);
    assert_int_equal(message.used, length + 1 + sizeof sent);
    assert_int_equal(read_bytes(message.bytes, length, PROTOCOL_EVALUATE), PROTOCOL_BYTES);
    protocol_take_doubles(end + 1, COUNT, taken);
    assert_memory_equal(taken, sent, sizeof sent);
    message_free(&message);
    assert_int_equal(read_line("{\"bytes\":16.0}", PROTOCOL_EVALUATE), PROTOCOL_BYTES);
}

static void test_classes(void **state)
{
    static const int classes[] = {0, 9, -1, INT32_MAX, INT32_MIN};
    static const char *const others[] = {"{\"class\":1.5}",
                                         "{\"class\":\"1\"}",
                                         "{\"class\":1e10}",
                                         "{\"class\":[1]}",
                                         "{\"values\":[1,2]}",
                                         "{\"bytes\":16}",
                                         "{\"class\":1,\"failed\":\"\"}",
                                         "{}"};
    (void)state;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; ++i) {
        struct message message = {0};
        protocol_write_class(&message, classes[i]);
        assert_int_equal(read_bytes(message.bytes, message.used - 1, PROTOCOL_PREDICT),
                         PROTOCOL_CLASS);
        assert_int_equal(class_of_row, classes[i]);
        message_free(&message);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
        assert_int_equal(read_line(others[i], PROTOCOL_PREDICT), PROTOCOL_NONSENSE);
    assert_int_equal(read_line("{\"failed\":\"no\"}", PROTOCOL_PREDICT), PROTOCOL_FAILED);
}

static void test_failures(void **state)
{
    static const struct {
        const char *line, *text;
    } failures[] = {
        {"{\"failed\":\"no convergence after 200 steps\"}", "no convergence after 200 steps"},
        {"{\"failed\":\"\"}", ""},
        {"{\"failed\":\"\\u001b[2J\\na\\u0000b\"}", "\\x1b[2J\\x0aa\\x00b"},
        {"{\"failed\":\"NaN, caf\xc3\xa9 \\\"x\\\"\"}", "NaN, caf\xc3\xa9 \"x\""},
        {"{\"failed\":\"\xc2\x9b\"}", "\\xc2\\x9b"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; ++i) {
        assert_int_equal(read_line(failures[i].line, PROTOCOL_EVALUATE), PROTOCOL_FAILED);
        assert_string_equal(text, failures[i].text);
    }
}

static void test_a_failure_is_written_and_read(void **state)
{
    struct message message = {0};
    (void)state;
    protocol_write_failed(&message, "the \"solver\" \\ has \xe9nded");
    assert_int_equal(read_bytes(message.bytes, message.used - 1, PROTOCOL_EVALUATE),
                     PROTOCOL_FAILED);
    assert_string_equal(text, "the \"solver\" \\ has \\xe9nded");
    message_free(&message);
}

static void test_a_long_reason_is_cut(void **state)
{
    enum { LONG = 100000 };
    char *line = malloc(LONG + 1);
    (void)state;
    assert_non_null(line);
    memset(line, ',', LONG);
    memcpy(line, "{\"failed\":\"", 11);
    memcpy(line + LONG - 2, "\"}", 3);
    assert_int_equal(read_line(line, PROTOCOL_EVALUATE), PROTOCOL_FAILED);
    assert_int_equal(strlen(text), PROTOCOL_TEXT_SIZE - 1);
    free(line);
}

static void test_everything_else_is_nonsense(void **state)
{
    int count = 0;
    (void)state;
    for (const struct malformed *at = malformed_answers; at->line; ++at, ++count) {
        const enum protocol_answer answer = read_line(at->line, PROTOCOL_EVALUATE);
        if (answer != PROTOCOL_NONSENSE || !strstr(text, at->words))
            print_error("%s: not \"%s\", but %d, \"%s\"\n", at->line, at->words, (int)answer, text);
        assert_int_equal(answer, PROTOCOL_NONSENSE);
        assert_non_null(strstr(text, at->words));
        assert_null(strpbrk(text, "\n\x1b"));
    }
    assert_true(count >= 60);
    assert_int_equal(read_bytes("{\"values\":[1,2]}\0", 17, PROTOCOL_EVALUATE), PROTOCOL_NONSENSE);
    assert_non_null(strstr(text, "]}\\x00"));
}

static void test_a_long_list_is_not_read(void **state)
{
    enum { LONG = 1 << 20 };
    char *line = malloc(LONG + 1);
    (void)state;
    assert_non_null(line);
    for (int i = 0; i < LONG; ++i)
        line[i] = i % 2 == 0 ? '0' : ',';
    memcpy(line, "{\"values\":[", 11);
    line[LONG] = '\0';
    assert_int_equal(read_line(line, PROTOCOL_EVALUATE), PROTOCOL_NONSENSE);
    assert_non_null(strstr(text, "has more than 1002 values: {\"values\":["));
    assert_non_null(strstr(text, "..."));
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_values_that_are_none),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_a_failure_is_written_and_read),
        cmocka_unit_test(test_a_long_reason_is_cut),
        cmocka_unit_test(test_everything_else_is_nonsense),
        cmocka_unit_test(test_a_long_list_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
