/* SPDX-License-Identifier: MIT */
#include "engine/protocol/protocol.h"
#include "malformed.h"
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_same_bits(double a, double b)
{
    assert_memory_equal(&a, &b, sizeof a);
}

/* Reads a line that must be good. */
static struct protocol_hello read_good(const char *line)
{
    struct protocol_hello hello;
    char text[PROTOCOL_TEXT_SIZE] = "";
    if (!protocol_read_hello(line, strlen(line), &hello, text))
        print_error("%s: %s\n", line, text);
    assert_non_null(hello.memory);
    return hello;
}

static void test_the_example_of_the_documents(void **state)
{
    struct protocol_hello hello = read_good(
        "{\"dtrain_model\":1,\"name\":\"pond\",\"residuals\":0,\"numbers\":\"binary\","
        "\"parameters\":[{\"name\":\"inflow\",\"initial\":1,\"lower\":0,\"upper\":5,\"step\":1e-4},"
        "{\"name\":\"outlet\",\"scale\":2}]}");
    (void)state;
    assert_string_equal(hello.name, "pond");
    assert_int_equal(hello.residuals, 0);
    assert_false(hello.text);
    assert_false(hello.predicts);
    assert_int_equal(hello.count, 2);
    assert_string_equal(hello.list[0].name, "inflow");
    assert_true(hello.list[0].initial == 1 && hello.list[0].lower == 0 && hello.list[0].upper == 5);
    assert_true(hello.list[0].step == 1e-4 && hello.list[0].scale == 0);
    assert_string_equal(hello.list[1].name, "outlet");
    assert_true(hello.list[1].lower == 0 && hello.list[1].upper == 0 && hello.list[1].scale == 2);
    protocol_hello_free(&hello);
    assert_null(hello.list);
}

static void test_members_may_be_null_or_unknown(void **state)
{
    struct protocol_hello hello =
        read_good(" {\"colour\":[1,{\"a\":null}],\"parameters\":[{\"name\":null,\"initial\":null,"
                  "\"lower\":null,\"upper\":null,\"scale\":null,\"step\":null,\"unit\":\"m\"}],"
                  "\"residuals\":null,\"numbers\":null,\"predicts\":null,\"failed\":null,"
                  "\"name\":\"\",\"dtrain_model\":1.0} \t");
    static const struct dtrain_parameter nothing;
    (void)state;
    assert_string_equal(hello.name, "");
    assert_memory_equal(&hello.list[0], &nothing, sizeof nothing);
    protocol_hello_free(&hello);
}

static void test_one_bound_makes_the_other_infinite(void **state)
{
    static const struct {
        const char *members;
        double lower, upper;
    } bounds[] = {
        {"\"lower\":0", 0, (double)INFINITY},
        {"\"lower\":-3,\"upper\":null", -3, (double)INFINITY},
        {"\"upper\":0", -(double)INFINITY, 0},
        {"\"lower\":-Infinity,\"upper\":2", -(double)INFINITY, 2},
        {"\"lower\":-1,\"upper\":Infinity", -1, (double)INFINITY},
        {"\"lower\":\"-Infinity\",\"upper\":\"Infinity\"", 0, 0},
        {"\"lower\":-Infinity", 0, 0},
        {"\"lower\":2,\"upper\":2", 2, 2},
        {"\"scale\":1", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; ++i) {
        char line[200];
        snprintf(line, sizeof line, "{\"dtrain_model\":1,\"name\":\"a\",\"parameters\":[{%s}]}",
                 bounds[i].members);
        struct protocol_hello hello = read_good(line);
        assert_true(hello.list[0].lower == bounds[i].lower);
        assert_true(hello.list[0].upper == bounds[i].upper);
        protocol_hello_free(&hello);
    }
}

static void check_round_trip(const struct protocol_hello *hello)
{
    struct message message = {0};
    struct protocol_hello read;
    char text[PROTOCOL_TEXT_SIZE] = "";
    protocol_write_hello(&message, hello);
    assert_false(message.is_short);
    assert_int_equal(message.bytes[message.used - 1], '\n');
    assert_null(memchr(message.bytes, '\n', message.used - 1));
    if (!protocol_read_hello(message.bytes, message.used - 1, &read, text))
        print_error("%.*s%s\n", (int)message.used, message.bytes, text);
    assert_non_null(read.memory);
    assert_string_equal(read.name, hello->name);
    assert_int_equal(read.residuals, hello->residuals);
    assert_int_equal(read.text, hello->text);
    assert_int_equal(read.predicts, hello->predicts);
    assert_int_equal(read.count, hello->count);
    for (size_t p = 0; p < read.count; ++p) {
        const struct dtrain_parameter *a = &read.list[p], *b = &hello->list[p];
        assert_int_equal(a->name == NULL, b->name == NULL);
        if (a->name)
            assert_string_equal(a->name, b->name);
        assert_same_bits(a->initial, b->initial);
        assert_same_bits(a->lower, b->lower);
        assert_same_bits(a->upper, b->upper);
        assert_same_bits(a->scale, b->scale);
        assert_same_bits(a->step, b->step);
    }
    assert_true(protocol_hello_hash(&read) == protocol_hello_hash(hello));
    protocol_hello_free(&read);
    message_free(&message);
}

static void test_what_is_written_is_read_to_the_bit(void **state)
{
    struct dtrain_parameter list[] = {
        {.name = "k \"1\" \\ / \xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\x8d",
         .initial = 0.1,
         .step = 1e-300},
        {.initial = -0.0, .lower = -5e-324, .upper = 1.7976931348623157e308},
        {.name = "", .initial = 1e17, .lower = 0, .upper = (double)INFINITY},
        {.initial = 99999999999999984, .lower = -(double)INFINITY, .upper = 0, .scale = 3e-5},
        {.name = "line\nbreak", .initial = -1.0 / 3, .lower = -1, .upper = -1},
    };
    struct protocol_hello hello = {.name = (char[]){"caf\xc3\xa9"}, .count = 5, .list = list};
    (void)state;
    check_round_trip(&hello);
    hello.residuals = PROTOCOL_RESIDUALS_MAX;
    hello.text = hello.predicts = true;
    hello.count = 1;
    check_round_trip(&hello);
}

static void test_the_hash_sees_each_difference(void **state)
{
    struct dtrain_parameter list[] = {{.name = "a", .upper = 1}, {.name = "b"}};
    struct protocol_hello hello = {.name = (char[]){"m"}, .count = 2, .list = list};
    const uint64_t hash = protocol_hello_hash(&hello);
    (void)state;
    const struct protocol_hello others[] = {
        {.name = (char[]){"n"}, .count = 2, .list = list},
        {.name = (char[]){"m"}, .count = 1, .list = list},
        {.name = (char[]){"m"}, .count = 2, .list = list, .residuals = 1},
        {.name = (char[]){"m"}, .count = 2, .list = list, .text = true},
        {.name = (char[]){"m"}, .count = 2, .list = list, .predicts = true},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
        assert_true(protocol_hello_hash(&others[i]) != hash);
    const struct dtrain_parameter changed[] = {{.name = "c"},
                                               {.name = NULL},
                                               {.name = ""},
                                               {.name = "b", .initial = 1},
                                               {.name = "b", .lower = -1},
                                               {.name = "b", .upper = 1},
                                               {.name = "b", .scale = 1},
                                               {.name = "b", .step = 1},
                                               {.name = "b", .initial = -0.0}};
    for (size_t i = 0; i < sizeof changed / sizeof *changed; ++i) {
        list[1] = changed[i];
        assert_true(protocol_hello_hash(&hello) != hash);
    }
    list[1] = (struct dtrain_parameter){.name = "b"};
    assert_true(protocol_hello_hash(&hello) == hash);
}

/* In memory that ends with the line, so that a sanitizer sees who reads beyond it. */
static void check_refused(const char *line, size_t length, const char *words)
{
    struct protocol_hello hello;
    char text[PROTOCOL_TEXT_SIZE] = "", *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, line, length);
    const bool is_read = protocol_read_hello(copy, length, &hello, text);
    if (is_read || !strstr(text, words))
        print_error("%.100s: not \"%s\", but \"%s\"\n", line, words, text);
    assert_false(is_read);
    assert_non_null(strstr(text, words));
    assert_null(strpbrk(text, "\n\x1b"));
    assert_null(hello.memory);
    free(copy);
}

static void test_what_is_no_hello_is_refused(void **state)
{
    int count = 0;
    (void)state;
    for (const struct malformed *at = malformed_hellos; at->line; ++at, ++count)
        check_refused(at->line, strlen(at->line), at->words);
    assert_true(count >= 60);
    check_refused("{\"a\":\0}", 7, "{\"a\":\\x00}");
}

/* `count` times `piece` between two texts. */
static char *repeat(const char *before, const char *piece, size_t count, const char *after)
{
    const size_t size = strlen(piece);
    char *line = malloc(strlen(before) + count * size + strlen(after) + 1);
    assert_non_null(line);
    char *at = line + sprintf(line, "%s", before);
    for (size_t i = 0; i < count; ++i, at += size)
        memcpy(at, piece, size);
    strcpy(at, after);
    return line;
}

static void test_depth_and_size_are_bounded(void **state)
{
    static const struct {
        const char *before, *piece;
        size_t count;
        const char *after, *words;
    } lines[] = {
        {"", "[", 1000000, "", "maximum parsing depth reached"},
        {"", "{\"a\":", 1000000, "", "maximum parsing depth reached"},
        {"{\"a\":", "[", 2000, "", "its first line is not an object of JSON"},
        {"{\"a\":[0", ",0", (size_t)PROTOCOL_PARAMETERS_MAX * 11, "]}", "has more than"},
        {"[{}", ",{}", (size_t)PROTOCOL_PARAMETERS_MAX * 6, "]", "has more than"},
        {"{\"dtrain_model\":1,\"name\":\"", "x", 1000000, "\"}", "has no list"},
        {"{\"dtrain_model\":1,\"name\":\"a\",\"parameters\":[{}", ",{}", PROTOCOL_PARAMETERS_MAX,
         "]}", "has 1048577 parameters, more than 1048576"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        char *line = repeat(lines[i].before, lines[i].piece, lines[i].count, lines[i].after);
        check_refused(line, strlen(line), lines[i].words);
        free(line);
    }
}

static void test_commas_in_texts_are_no_values(void **state)
{
    (void)state;
    char *line = repeat("{\"dtrain_model\":1,\"parameters\":[{}],\"name\":\"\\\"", ",[{",
                        (size_t)PROTOCOL_PARAMETERS_MAX * 5, "\"}");
    struct protocol_hello hello = read_good(line);
    assert_int_equal(strlen(hello.name), 1 + 3 * (size_t)PROTOCOL_PARAMETERS_MAX * 5);
    protocol_hello_free(&hello);
    free(line);
}

static void test_a_line_is_shown_in_part_and_by_whole_characters(void **state)
{
    struct protocol_hello hello;
    char text[PROTOCOL_TEXT_SIZE];
    (void)state;
    char *line = repeat("abc", "\xc3\xa9", 1000, "");
    assert_false(protocol_read_hello(line, strlen(line), &hello, text));
    assert_non_null(strstr(text, "\xc3\xa9..."));
    assert_null(strstr(text, "\\x"));
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_example_of_the_documents),
        cmocka_unit_test(test_members_may_be_null_or_unknown),
        cmocka_unit_test(test_one_bound_makes_the_other_infinite),
        cmocka_unit_test(test_what_is_written_is_read_to_the_bit),
        cmocka_unit_test(test_the_hash_sees_each_difference),
        cmocka_unit_test(test_what_is_no_hello_is_refused),
        cmocka_unit_test(test_depth_and_size_are_bounded),
        cmocka_unit_test(test_commas_in_texts_are_no_values),
        cmocka_unit_test(test_a_line_is_shown_in_part_and_by_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
