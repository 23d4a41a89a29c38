/* SPDX-License-Identifier: MIT
 *
 * The man page of a table of options whose texts begin like commands of roff. */
#include "options/help.h"
#include "options/options.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

const struct option_spec option_table[] = {
    {"data", GROUP_DATA, COMMAND_TRAIN, TEXT, 0, ".h5", ".FILE", 0, 0, false, ".h5 files only"},
    {"rows", GROUP_DATA, COMMAND_TRAIN, FLAG, 0, NULL, NULL, 0, 0, false, "'all' but-one"},
};
const int option_count = 2;
const struct command_spec command_table[] = {{"train", COMMAND_TRAIN, NULL, NULL, ".train"}};
const int command_count = 1;
const char *const option_group_names[GROUPS] = {"Data", "", "", "", "General"};

static void test_no_text_is_a_roff_command(void **state)
{
    (void)state;
    char *page;
    size_t size;
    FILE *out = open_memstream(&page, &size);
    help_print_man(out);
    fclose(out);
    assert_non_null(strstr(page, "\n\\&.train.\n"));
    assert_non_null(strstr(page, "\n\\&.h5 files only; default: "));
    assert_non_null(strstr(page, "\n\\&'all' but\\-one.\n"));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_text_is_a_roff_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
