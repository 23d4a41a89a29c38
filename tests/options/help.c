/* SPDX-License-Identifier: MIT
 *
 * The man page of a table of options whose texts begin like commands of roff. */
#include "options/help.h"
#include "options/options.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

const struct option_spec option_table[] = {
    {.name = "data",
     .commands = COMMAND_TRAIN,
     .kind = TEXT,
     .initial = ".h5",
     .argument = ".FILE",
     .help = ".h5 files only"},
    {.name = "rows", .commands = COMMAND_TRAIN, .kind = FLAG, .help = "'all' but-one"},
    {.name = "size",
     .commands = COMMAND_TRAIN,
     .kind = REAL_OR_WORD,
     .argument = "X|small|large",
     .help = "a number or a word"},
    {.name = "every",
     .commands = COMMAND_TRAIN,
     .kind = INTEGER_OR_WORD,
     .argument = "N|auto",
     .help = "a whole number or a word"},
    {.name = "methods",
     .commands = COMMAND_TRAIN,
     .kind = WORDS,
     .argument = "LIST",
     .words = "literal|backprop",
     .help = "some of the words"},
};
const int option_count = sizeof option_table / sizeof *option_table;
const struct command_spec command_table[] = {
    {.name = "train", .command = COMMAND_TRAIN, .help = ".train"}};
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

static void test_every_exit_code_is_explained(void **state)
{
    (void)state;
    static const enum status codes[] = {STATUS_DONE,
                                        STATUS_FAILED,
                                        STATUS_USAGE,
                                        STATUS_DIVERGED,
                                        STATUS_REPLICAS_DIFFER,
                                        STATUS_STALLED,
                                        STATUS_EVALUATIONS_FAILED,
                                        STATUS_STOPPED,
                                        STATUS_INTERRUPTED};
    char *page = printed_by(help_print_man);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; ++i) {
        char entry[16];
        snprintf(entry, sizeof entry, "\n\\fB%d\\fR\n", codes[i]);
        assert_non_null(strstr(page, entry));
    }
    free(page);
}

static void test_words_are_completed(void **state)
{
    (void)state;
    char *page = printed_by(help_print_completion);
    assert_non_null(strstr(page, "--size) COMPREPLY=($(compgen -W \"small large\" "));
    assert_non_null(strstr(page, "--every) COMPREPLY=($(compgen -W \"auto\" "));
    assert_non_null(strstr(page, "--methods) COMPREPLY=($(compgen -W \"literal backprop\" "));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_text_is_a_roff_command),
        cmocka_unit_test(test_every_exit_code_is_explained),
        cmocka_unit_test(test_words_are_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
