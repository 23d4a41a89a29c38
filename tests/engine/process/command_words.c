/* SPDX-License-Identifier: MIT
 *
 * Command lines are split as sh splits them. */
#include "engine/process/command_words.h"
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Those of which a shell, too, expands nothing. */
static const char *const commands[] = {
    "a",
    "a b",
    " a  b\tc ",
    "python3 pond.py --fast",
    "'a b' c",
    "\"a b\" c",
    "a' 'b",
    "a\" \"b",
    "''",
    "\"\"",
    "a '' b",
    "'' ''",
    "a''b",
    "'a\"b'",
    "\"a'b\"",
    "\"a\\\"b\"",
    "\"a\\\\b\"",
    "\"a\\nb\"",
    "\"a\\'b\"",
    "'a\\'b",
    "'a\\\\b'",
    "\\a\\b",
    "a\\ b",
    "a\\\tb",
    "\\'a\\'",
    "\\\"a",
    "a\\\\b",
    "\"\\$HOME\"",
    "\\$HOME",
    "'$HOME'",
    "\"a\\`b\"",
    "'a\nb'",
    "\"a\nb\"",
    "a\\\nb",
    "a \\\n b",
    "\"a\\\nb\"",
    "'a\\\nb'",
    "\\\n a",
    "a\\\n",
    "'a'\"b\"c\\d",
    "a=b c='d e'",
    "-x --y=z",
    "'\xc3\xa9t\xc3\xa9' \xff",
    "'*' \\* \"~\" \\~",
    "'a;b' \\; \\& \"|\"",
    "'   '",
    "a\\\n\\\nb",
};

/* Compares the words, each in brackets, with what sh makes of the command. */
static void expect_as_sh(const char *command)
{
    char script[1000], expected[1000], got[1000] = "";
    const char *fault;
    snprintf(script, sizeof script, "printf '[%%s]' %s", command);
    assert_int_equal(setenv("SCRIPT", script, 1), 0);
    FILE *const shell = popen("exec sh -c \"$SCRIPT\"", "r");
    assert_non_null(shell);
    const size_t size = fread(expected, 1, sizeof expected - 1, shell);
    expected[size] = '\0';
    assert_int_equal(pclose(shell), 0);
    char **const words = command_words_split(command, &fault);
    assert_non_null(words);
    assert_null(fault);
    for (size_t i = 0; words[i]; ++i)
        snprintf(got + strlen(got), sizeof got - strlen(got), "[%s]", words[i]);
    free(words);
    assert_string_equal(got, expected);
}

static void test_as_a_shell_splits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i)
        expect_as_sh(commands[i]);
}

/* What a shell would expand, or end the command at. */
static void test_nothing_is_expanded(void **state)
{
    (void)state;
    const char *fault;
    static const char *const expected[] = {"$HOME", "*", "~",   ";", "&",    "|",
                                           ">",     "#", "`a`", "b", "$(c)", "{d,e}"};
    char **const words =
        command_words_split("$HOME * ~ ; & | > #\n`a`\nb \"$(c)\" {d,e}\n", &fault);
    assert_non_null(words);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; ++i)
        assert_string_equal(words[i], expected[i]);
    assert_null(words[sizeof expected / sizeof *expected]);
    free(words);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *command, *fault;
    } cases[] = {
        {"", "it has no words"},
        {" \t\n", "it has no words"},
        {"\\\n", "it has no words"},
        {"a 'b", "a ' is not closed"},
        {"a '", "a ' is not closed"},
        {"'a\\'b'", "a ' is not closed"},
        {"a \"b'", "a \" is not closed"},
        {"\"a\\\"", "a \" is not closed"},
        {"a\\", "its last character is a backslash"},
        {"\\", "its last character is a backslash"},
        {"\"a\\", "its last character is a backslash"},
    };
    const char *fault;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_null(command_words_split(cases[i].command, &fault));
        assert_string_equal(fault, cases[i].fault);
    }
}

/* Words of one character take the most memory beside the command. */
static void test_many_words(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    static char command[2 * COUNT];
    const char *fault;
    for (int i = 0; i < COUNT; ++i)
        memcpy(command + 2 * i, "a ", 2);
    command[sizeof command - 1] = '\0';
    char **const words = command_words_split(command, &fault);
    assert_non_null(words);
    for (int i = 0; i < COUNT; ++i)
        assert_string_equal(words[i], "a");
    assert_null(words[COUNT]);
    free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_a_shell_splits),
        cmocka_unit_test(test_nothing_is_expanded),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_many_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
