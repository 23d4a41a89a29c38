/* SPDX-License-Identifier: MIT
 *
 * Paths are joined, shortened and cut off. */
#include "files/path.h"
#include "folder.h"
#include "testing.h"

#include <string.h>

static void test_a_path_is_shortened_to_its_folder(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"a/b/c", "a/b"}, {"a/b", "a"}, {"a", "."},
                                           {"/a", "/"},      {"/", "/"},   {".", "."}};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        snprintf(path, sizeof path, "%s", cases[i][0]);
        path_to_folder(path);
        assert_string_equal(path, cases[i][1]);
    }
}

static void test_what_does_not_fit_is_cut_off(void **state)
{
    (void)state;
    static char folder[PATH_MAX];
    char path[PATH_MAX];
    path_join(path, "folder", "name");
    assert_string_equal(path, "folder/name");
    memset(folder, 'x', sizeof folder - 1);
    path_join(path, folder, "name");
    assert_int_equal(strlen(path), PATH_MAX - 1);
}

static void test_a_file_of_a_folder_is_removed(void **state)
{
    (void)state;
    assert_int_equal(mkdir("folder", 0777), 0);
    folder_write("folder/a", "a", 1);
    folder_write("folder/precious", "precious", 8);
    assert_true(path_exists("folder", "a"));
    assert_false(path_exists("folder", "b"));
    assert_false(path_exists(".", "folder"));
    path_remove("folder", "a");
    path_remove("folder", "a");
    assert_int_equal(access("folder/a", F_OK), -1);
    folder_expect_precious("folder/precious");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_path_is_shortened_to_its_folder),
        cmocka_unit_test(test_what_does_not_fit_is_cut_off),
        cmocka_unit_test(test_a_file_of_a_folder_is_removed),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
