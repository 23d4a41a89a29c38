/* SPDX-License-Identifier: MIT
 *
 * What comes with dtrain is found from where the program is. Tests are deeper in the build folder.
 */
#include "files/installed.h"
#include "files/path.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_files_and_folders_are_found(void **state)
{
    (void)state;
    char path[PATH_MAX];
    assert_true(installed_find("share/dtrain/mnist.h5", path));
    char *const source = realpath(DTRAIN_SOURCE_DATA, NULL);
    assert_string_equal(path, source);
    free(source);
    assert_true(installed_find("share/dtrain/python", path));
    assert_true(path_is_folder(path));
    assert_true(installed_find(DTRAIN_LIBEXEC "/dtrain-guard", path));
    assert_int_equal(access(path, X_OK), 0);
}

static void test_what_is_missing(void **state)
{
    (void)state;
    static char name[PATH_MAX];
    char path[PATH_MAX] = "before";
    assert_false(installed_find("share/dtrain/no-such-file", path));
    assert_string_equal(path, "");
    memset(name, 'x', sizeof name - 1);
    assert_false(installed_find(name, path));
    assert_string_equal(path, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_and_folders_are_found),
        cmocka_unit_test(test_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
