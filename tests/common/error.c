/* SPDX-License-Identifier: MIT
 *
 * The text of an error line: nothing in a name reaches the terminal as a command, and a line that
 * is too long is shortened in the middle of its names, so that the reason stays. */
#include "common/error.h"
#include "common/printable.h"
#include "testing.h"

#include <stdio.h>
#include <string.h>

static void expect_shown(const char *text, const char *shown)
{
    struct error error;
    char copy[256];
    printable_copy(copy, sizeof copy, text);
    assert_string_equal(copy, shown);
    assert_int_equal(error_set(&error, STATUS_USAGE, "%s: absent", text), STATUS_USAGE);
    snprintf(copy, sizeof copy, "%s: absent", shown);
    assert_string_equal(error.text, copy);
}

static void test_control_characters_are_escaped(void **state)
{
    (void)state;
    expect_shown("data/mnist.h5", "data/mnist.h5");
    expect_shown("a\nb\tc\033[2Jd\177", "a\\x0ab\\x09c\\x1b[2Jd\\x7f");
    expect_shown("\302\2332J", "\\xc2\\x9b2J");
    /* Latin, Greek, Chinese and an emoji stay readable. */
    const char *const readable = "r\303\251sum\303\251 \316\261 \346\225\260\345\255\227 "
                                 "\360\237\230\200";
    expect_shown(readable, readable);
}

static void test_bytes_that_are_not_utf8_are_escaped(void **state)
{
    (void)state;
    expect_shown("r\351sum\351", "r\\xe9sum\\xe9");
    expect_shown("\303", "\\xc3");
    expect_shown("\346\225", "\\xe6\\x95");
    /* Two encodings longer than necessary, half of a surrogate pair, a number beyond U+10FFFF. */
    expect_shown("\300\257", "\\xc0\\xaf");
    expect_shown("\340\200\257", "\\xe0\\x80\\xaf");
    expect_shown("\355\240\200", "\\xed\\xa0\\x80");
    expect_shown("\364\220\200\200", "\\xf4\\x90\\x80\\x80");
}

static void test_what_does_not_fit_is_left_out_whole(void **state)
{
    (void)state;
    char copy[7];
    printable_copy(copy, sizeof copy, "abc\n\n");
    assert_string_equal(copy, "abc");
    printable_copy(copy, sizeof copy, "abcde\303\251");
    assert_string_equal(copy, "abcde");
}

/* A cell has its width in characters, not bytes; an escape is four of them. */
static void expect_cell(const char *text, const char *expected, int columns)
{
    char cell[64];
    printable_cell(cell, sizeof cell, text, 8);
    assert_string_equal(cell, expected);
    assert_int_equal(printable_columns(cell), columns);
}

static void test_a_cell_has_a_bounded_width(void **state)
{
    (void)state;
    expect_cell("", "", 0);
    expect_cell("abcdefgh", "abcdefgh", 8);
    expect_cell("abcdefghi", "abcde...", 8);
    expect_cell("caf\303\251\303\251\303\251\303\251", "caf\303\251\303\251\303\251\303\251", 7);
    expect_cell("\346\274\242\345\255\227\346\274\242\345\255\227\346\274\242\345\255\227abc",
                "\346\274\242\345\255\227\346\274\242\345\255\227\346\274\242...", 8);
    expect_cell("ab\n\n", "ab\\x0...", 8);
}

static void expect_word(const char *path, const char *word)
{
    static char written[PRINTABLE_WORD_SIZE];
    printable_word(written, path);
    assert_string_equal(written, word);
}

/* bash gives the path again for each of these words. */
static void test_a_path_is_one_word_of_a_shell(void **state)
{
    (void)state;
    static char quotes[PATH_MAX];
    static char written[PRINTABLE_WORD_SIZE];
    expect_word("runs/0001", "runs/0001");
    expect_word("my runs/a", "'my runs/a'");
    expect_word("it's $HOME", "'it'\\''s $HOME'");
    expect_word("~/r\303\251sum\303\251", "'~/r\303\251sum\303\251'");
    expect_word("-x", "./-x");
    expect_word("-x y", "./'-x y'");
    expect_word("a\nb'c\\\351d", "$'a\\x0ab\\'c\\\\\\xe9d'");
    expect_word("", "''");
    memset(quotes, '\'', sizeof quotes - 1);
    printable_word(written, quotes);
    assert_int_equal(strlen(written), 4 * (sizeof quotes - 1) + 2);
}

static void fill(char *text, size_t size, char letter, const char *end)
{
    memset(text, letter, size - 1);
    text[size - 1] = '\0';
    memcpy(text + size - 1 - strlen(end), end, strlen(end));
    text[0] = '/';
}

static void test_a_long_name_loses_its_middle(void **state)
{
    (void)state;
    static char first[4033], second[4033];
    struct error error;
    fill(first, sizeof first, 'a', "/images");
    fill(second, sizeof second, 'b', "/labels");
    error_set(&error, STATUS_FAILED, "%s: has 5 images, but %s has 7: bring both", first, second);
    assert_memory_equal(error.text, "/aaaaaaaaa", 10);
    assert_non_null(strstr(error.text, "aaa...aaa"));
    assert_non_null(strstr(error.text, "aaa/images: has 5 images, but /bbb"));
    assert_non_null(strstr(error.text, "bbb/labels has 7: bring both"));
    /* " (rank 17 on HOST)" still fits. */
    assert_true(strlen(error.text) + 200 < sizeof error.text);

    /* A name of nothing but control characters, and one of many short words. */
    fill(first, sizeof first, '\033', "");
    error_set(&error, STATUS_FAILED, "%s: cannot be read: No such file", first);
    assert_non_null(strstr(error.text, "x1b: cannot be read: No such file"));
    for (size_t i = 1; i < sizeof first - 1; i += 2)
        first[i] = ' ';
    error_set(&error, STATUS_FAILED, "%s: cannot be read: No such file", first);
    assert_non_null(strstr(error.text, ": cannot be read: No such file"));
}

static void test_a_character_is_not_cut_in_two(void **state)
{
    (void)state;
    char path[1025] = "", copy[1025];
    struct error error;
    for (int shift = 0; shift < 3; ++shift) {
        memset(path, 'a', (size_t)shift);
        for (size_t i = (size_t)shift; i + 3 < sizeof path; i += 3)
            memcpy(path + i, "\346\225\260", 4);
        error_set(&error, STATUS_FAILED, "%s: absent", path);
        printable_copy(copy, sizeof copy, error.text);
        assert_string_equal(copy, error.text);
        assert_non_null(strstr(error.text, "..."));
    }
}

static void test_memory(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_memory(&error, NULL, "the gradient"), STATUS_FAILED);
    assert_int_equal(error.status, STATUS_FAILED);
    assert_string_equal(error.text, "not enough memory for the gradient");
    error_memory(&error, "digits.h5", "/train/images");
    assert_string_equal(error.text, "digits.h5: not enough memory for /train/images");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control_characters_are_escaped),
        cmocka_unit_test(test_bytes_that_are_not_utf8_are_escaped),
        cmocka_unit_test(test_what_does_not_fit_is_left_out_whole),
        cmocka_unit_test(test_a_cell_has_a_bounded_width),
        cmocka_unit_test(test_a_path_is_one_word_of_a_shell),
        cmocka_unit_test(test_a_long_name_loses_its_middle),
        cmocka_unit_test(test_a_character_is_not_cut_in_two),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
