/* SPDX-License-Identifier: MIT
 *
 * The help of each command fits into a terminal and says what the commands do, and "dtrain help" is
 * another way to ask for it. */
#include "options/help.h"
#include "options/options.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

/* The help of a command; the caller frees it. */
static char *help_of(enum command command)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    help_print(out, command);
    fclose(out);
    return text;
}

static void test_lines_fit_into_a_terminal(void **state)
{
    (void)state;
    for (int i = 0; i < command_count; ++i) {
        char *const text = help_of(command_table[i].command);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
            if (strlen(line) > 79)
                fail_msg("dtrain help %s: %zu columns: %s", command_table[i].name, strlen(line),
                         line);
            assert_true(line[strlen(line) - 1] != ' ');
        }
        free(text);
    }
}

/* The words of a text that are printed in one line or several. */
static void expect_words(const char *text, const char *begin, const char *words)
{
    const char *at = strstr(text, begin);
    assert_non_null(at);
    at += strlen(begin);
    while (*words) {
        at += strspn(at, " \n");
        const size_t length = strcspn(words, " ");
        assert_int_equal(strncmp(at, words, length), 0);
        at += length;
        words += length + strspn(words + length, " ");
    }
}

static void test_no_word_is_lost(void **state)
{
    (void)state;
    char begin[128];
    for (int i = 0; i < command_count; ++i) {
        char *const text = help_of(command_table[i].command);
        for (int j = 0; j < option_count; ++j) {
            const struct option_spec *spec = option_table + j;
            if (!(spec->commands & (unsigned)command_table[i].command))
                continue;
            snprintf(begin, sizeof begin, "\n  --%s%s%s", spec->name, spec->argument ? " " : "",
                     spec->argument ? spec->argument : "");
            expect_words(text, begin, spec->help);
        }
        free(text);
    }
}

/* Within the 24 lines of a small terminal. */
static void test_the_first_screen_says_what_each_command_does(void **state)
{
    (void)state;
    char begin[128];
    char *const text = help_of(COMMAND_TRAIN);
    char *end = text;
    for (int line = 0; line < 24; ++line)
        end = strchr(end, '\n') + 1;
    *end = '\0';
    for (int i = 0; i < command_count; ++i) {
        const struct command_spec *command = command_table + i;
        snprintf(begin, sizeof begin, "\n  %s%s%s", command->name, command->operand ? " " : "",
                 command->operand ? command->operand : "");
        expect_words(text, begin, command->help);
    }
    free(text);
}

static enum status parse(int count, const char *first, const char *second, struct config *config,
                         struct error *error)
{
    char words[][16] = {"dtrain", "help", "", ""};
    char *argv[] = {words[0], words[1], words[2], words[3], NULL};
    snprintf(words[2], sizeof words[2], "%s", first);
    snprintf(words[3], sizeof words[3], "%s", second);
    argv[count] = NULL;
    return config_parse(count, argv, config, error);
}

static void test_help_is_a_command(void **state)
{
    (void)state;
    struct config config;
    struct error error;
    assert_int_equal(parse(2, "", "", &config, &error), STATUS_DONE);
    assert_true(config.help);
    assert_int_equal(config.command, COMMAND_TRAIN);
    for (int i = 0; i < command_count; ++i) {
        assert_int_equal(parse(3, command_table[i].name, "", &config, &error), STATUS_DONE);
        assert_true(config.help);
        assert_int_equal(config.command, command_table[i].command);
    }
    assert_int_equal(parse(3, "evla", "", &config, &error), STATUS_USAGE);
    assert_string_equal(error.text, "unknown command 'evla'; did you mean eval?");
    assert_int_equal(parse(4, "eval", "mine", &config, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "unexpected argument 'mine'"));
}

static void test_commands_are_completed_behind_help(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    help_print_completion(out);
    fclose(out);
    const char *const behind = strstr(text, "    help) options=\"");
    assert_non_null(behind);
    for (int i = 0; i < command_count; ++i) {
        const char *const found = strstr(behind, command_table[i].name);
        assert_true(found && found < strchr(behind, ';'));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_fit_into_a_terminal),
        cmocka_unit_test(test_no_word_is_lost),
        cmocka_unit_test(test_the_first_screen_says_what_each_command_does),
        cmocka_unit_test(test_help_is_a_command),
        cmocka_unit_test(test_commands_are_completed_behind_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
