/* SPDX-License-Identifier: MIT
 *
 * PGM files, strictly by the format: every pixel is in its place, or a line says what is wrong. */
#include "data/pgm.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

/* Reads a file of a header and pixels; the pixels look like blanks and comments. */
static enum status read_image(const char *header, size_t pixels, struct pgm *pgm,
                              struct error *error)
{
    static const char first[] = "\n#\r\n ab\t";
    FILE *file = tmpfile();
    assert_non_null(file);
    fputs(header, file);
    assert_int_equal(fwrite(first, 1, pixels, file), pixels);
    const enum status status = pgm_read(file, "image", pgm, error);
    fclose(file);
    return status;
}

static void expect_read(const char *header, const uint8_t expected[6])
{
    struct pgm pgm;
    struct error error;
    assert_int_equal(read_image(header, 6, &pgm, &error), STATUS_DONE);
    assert_int_equal(pgm.width, 3);
    assert_int_equal(pgm.height, 2);
    assert_memory_equal(pgm.pixels, expected, 6);
    free(pgm.pixels);
}

static void expect_refused(const char *header, size_t pixels, const char *what)
{
    struct pgm pgm;
    struct error error = {0};
    assert_int_equal(read_image(header, pixels, &pgm, &error), STATUS_FAILED);
    assert_null(pgm.pixels);
    if (strncmp(error.text, "image: ", 7) != 0 || !strstr(error.text, what))
        fail_msg("'%s' does not say '%s'", error.text, what);
}

static void test_pixels_follow_one_blank(void **state)
{
    (void)state;
    const uint8_t pixels[] = {'\n', '#', '\r', '\n', ' ', 'a'};
    const char *const headers[] = {
        "P5\n3 2\n255\n",  "P5 3 2 255 ",          "P5\n# one\n3 # two\n2 255\n",
        "P5\r3\t2\r255\r", "P5\r\n3 2\r\n255\r\n", "P5\r\n#\r\n3 2\r\n255\r\n"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; ++i)
        expect_read(headers[i], pixels);
    /* Here the length says that the line feed is a pixel. */
    expect_read("P5 3 2 255\r", pixels);
}

static void test_pixels_are_scaled(void **state)
{
    (void)state;
    const uint8_t scaled[] = {25, 89, 33, 25, 81, 247};
    expect_read("P5 3 2 100\n", scaled);
}

static void test_what_is_not_exact_is_refused(void **state)
{
    (void)state;
    expect_refused("P5\n3 2\n255\n", 5, "must hold");
    expect_refused("P5\n3 2\n255\n", 7, "must hold");
    expect_refused("P5\n3 2\n255", 6, "must hold"); /* the separator is missing */
    expect_refused("P5\r\n3 2\r\n255\r\n", 4, "must hold");
    expect_refused("P5\n3 2\n255\n# digit\n", 6, "no comment before the pixels");
    expect_refused("P5\n3 2\n255 # digit\n", 6, "no comment before the pixels");
    expect_refused("P5\n3 2\n255\n\n", 6, "must hold");
    expect_refused("P5\n3 2\n255x", 6, "must hold");
    expect_refused("P5\n3 2\n", 0, "8-bit");
    expect_refused("P5\n3 2\n65535\n", 6, "8-bit");
    expect_refused("P5\n3 2\n0\n", 6, "8-bit");
    expect_refused("P5\n-3 2\n255\n", 6, "8-bit");
    expect_refused("P5\n99999999999999999999 2\n255\n", 6, "8-bit");
    expect_refused("P5\n3.0 2\n255\n", 6, "8-bit");
    expect_refused("P2\n3 2\n255\n", 6, "binary PGM");
    expect_refused("P5 16777216 16777216 255\n", 6, "must hold");
    expect_refused("P5\n3 2\n90\n", 6, "a pixel is 97");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels_follow_one_blank),
        cmocka_unit_test(test_pixels_are_scaled),
        cmocka_unit_test(test_what_is_not_exact_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
