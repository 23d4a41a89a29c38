/* SPDX-License-Identifier: MIT
 *
 * A row is found by its whole name, the first of equals, in an array and among pointers. */
#include "common/named.h"
#include "testing.h"

struct row {
    const char *name;
    double number;
    char rest[3];
};

static const struct row rows[] = {
    {.name = "one", .number = 1},
    {.name = "two", .number = 2},
    {.name = "one more", .number = 3},
    {.name = "two", .number = 4},
};

static void test_array(void **state)
{
    (void)state;
    assert_ptr_equal(FIND_NAMED(rows, "one"), &rows[0]);
    assert_ptr_equal(FIND_NAMED(rows, "two"), &rows[1]);
    assert_ptr_equal(FIND_NAMED(rows, "one more"), &rows[2]);
    assert_null(FIND_NAMED(rows, "on"));
    assert_null(FIND_NAMED(rows, "Two"));
    assert_null(FIND_NAMED(rows, ""));
    assert_null(find_named(rows, 2, sizeof *rows, "one more"));
    assert_null(find_named(NULL, 0, sizeof *rows, "one"));
}

static void test_pointers(void **state)
{
    const void *const pointers[] = {&rows[2], &rows[1]};
    (void)state;
    assert_ptr_equal(find_named_pointer(pointers, 2, "two"), &rows[1]);
    assert_ptr_equal(find_named_pointer(pointers, 2, "one more"), &rows[2]);
    assert_null(find_named_pointer(pointers, 1, "two"));
    assert_null(find_named_pointer(pointers, 2, "one"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_array),
        cmocka_unit_test(test_pointers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
