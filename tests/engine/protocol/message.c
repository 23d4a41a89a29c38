/* SPDX-License-Identifier: MIT */
#include "engine/protocol/message.h"
#include "testing.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool memory_is_short;

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_realloc(void *memory, size_t size)
{
    return memory_is_short ? NULL : __real_realloc(memory, size);
}

/* Checks that the message is this text, and frees it. */
static void check(struct message *message, const char *text)
{
    assert_false(message->is_short);
    assert_int_equal(message->used, strlen(text));
    assert_memory_equal(message->bytes, text, message->used);
    message_free(message);
    assert_null(message->bytes);
}

static void test_it_grows_as_it_is_written(void **state)
{
    struct message message = {0};
    char *whole = malloc(100001), *at = whole;
    (void)state;
    assert_non_null(whole);
    for (int i = 0; i < 10000; ++i, at += 10) {
        snprintf(at, 11, "%08d, ", i);
        message_print(&message, "%08d, ", i);
    }
    check(&message, whole);
    /* One piece that is longer than what is kept ready for one. */
    message_print(&message, "<%s>", whole);
    assert_int_equal(message.used, 100002);
    assert_memory_equal(message.bytes + 1, whole, 100000);
    message_free(&message);
    free(whole);
}

static void test_its_memory_serves_the_next_message(void **state)
{
    struct message message = {0};
    (void)state;
    message_print(&message, "first");
    const char *bytes = message.bytes;
    message_clear(&message);
    assert_int_equal(message.used, 0);
    message_add(&message, "", 0);
    message_add(&message, "2nd", 3);
    assert_ptr_equal(message.bytes, bytes);
    check(&message, "2nd");
}

static void test_a_string_is_escaped(void **state)
{
    static const struct {
        const char *text, *json;
    } strings[] = {
        {"", "\"\""},
        {"a \"b\" \\", "\"a \\\"b\\\" \\\\\""},
        {"line\nand\ttab\x01", "\"line\\nand\\ttab\\u0001\""},
        {"\xc3\xa9\xf0\x9f\x8c\x8d", "\"\xc3\xa9\xf0\x9f\x8c\x8d\""},
        {"\xe9t\xc3", "\"\\\\xe9t\\\\xc3\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; ++i) {
        struct message message = {0};
        message_add_string(&message, strings[i].text);
        check(&message, strings[i].json);
    }
}

static void test_doubles_are_little_endian(void **state)
{
    static const double numbers[] = {1, -2.5, (double)NAN};
    static const unsigned char bytes[] = {0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 4, 0xc0};
    struct message message = {0};
    (void)state;
    message_add_doubles(&message, numbers, 3);
    assert_int_equal(message.used, 24);
    assert_memory_equal(message.bytes, bytes, sizeof bytes);
    assert_int_equal((unsigned char)message.bytes[23] & 0x7f, 0x7f);
    message_free(&message);
    message_add_doubles(&message, NULL, 0);
    check(&message, "");
}

static void test_lists_have_17_digits(void **state)
{
    static const double numbers[] = {1, 2.5, 0.1, -0.0, 1e300, (double)NAN, -(double)INFINITY};
    struct message message = {0};
    (void)state;
    message_add_list(&message, numbers, 7);
    check(&message, "[1,2.5,0.10000000000000001,-0.0,1.0000000000000001e+300,null,null]");
    message_add_list(&message, numbers, 0);
    check(&message, "[]");
}

static void test_a_short_memory_is_told(void **state)
{
    static const double numbers[200] = {0};
    struct message message = {0};
    (void)state;
    message_print(&message, "begun");
    memory_is_short = true;
    message_add_doubles(&message, numbers, 200);
    assert_true(message.is_short);
    /* What comes later does not hide that something is missing. */
    message_add(&message, "end", 3);
    assert_true(message.is_short);
    assert_int_equal(message.used, 5);
    memory_is_short = false;
    message_clear(&message);
    message_add(&message, "end", 3);
    check(&message, "end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_grows_as_it_is_written),
        cmocka_unit_test(test_its_memory_serves_the_next_message),
        cmocka_unit_test(test_a_string_is_escaped),
        cmocka_unit_test(test_doubles_are_little_endian),
        cmocka_unit_test(test_lists_have_17_digits),
        cmocka_unit_test(test_a_short_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
