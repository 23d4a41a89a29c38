/* SPDX-License-Identifier: MIT
 *
 * The man page of a table of options whose texts begin like commands of roff. */
#include "options/help.h"
#include "options/options.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

const struct option_spec option_table[] = {
    {"data", GROUP_DATA, COMMAND_TRAIN, TEXT, 0, ".h5", ".FILE", 0, 0, NOT_RECORDED,
     ".h5 files only"},
    {"rows", GROUP_DATA, COMMAND_TRAIN, FLAG, 0, NULL, NULL, 0, 0, NOT_RECORDED, "'all' but-one"},
    {"size", GROUP_DATA, COMMAND_TRAIN, REAL_OR_WORD, 0, "1", "X|small|large", 0, 9, NOT_RECORDED,
     "a number or a word"},
    {"every", GROUP_DATA, COMMAND_TRAIN, INTEGER_OR_WORD, 0, "1", "N|auto", 0, 9, NOT_RECORDED,
     "a whole number or a word"},
};
const int option_count = 4;
const struct command_spec command_table[] = {{"train", COMMAND_TRAIN, NULL, NULL, ".train"}};
const int command_count = 1;
const char *const option_group_names[GROUPS] = {"Data", "", "", "", "General"};

/* What a function prints; the caller frees it. */
static char *printed_by(void (*print)(FILE *out))
{
    char *page;
    size_t size;
    FILE *out = open_memstream(&page, &size);
    print(out);
    fclose(out);
    return page;
}

static void test_no_text_is_a_roff_command(void **state)
{
    (void)state;
    char *page = printed_by(help_print_man);
    assert_non_null(strstr(page, "\n\\&.train.\n"));
    assert_non_null(strstr(page, "\n\\&.h5 files only; default: "));
    assert_non_null(strstr(page, "\n\\&'all' but\\-one.\n"));
    free(page);
}

static void test_words_are_completed(void **state)
{
    (void)state;
    char *page = printed_by(help_print_completion);
    assert_non_null(strstr(page, "--size) COMPREPLY=($(compgen -W \"small large\" "));
    assert_non_null(strstr(page, "--every) COMPREPLY=($(compgen -W \"auto\" "));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_text_is_a_roff_command),
        cmocka_unit_test(test_words_are_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
