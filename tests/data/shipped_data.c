/* SPDX-License-Identifier: MIT
 *
 * The shipped dataset is found from where the program is. */
#include "data/shipped_data.h"
#include "testing.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Tests are deeper in the build folder than the program. */
static void test_found_above_the_program(void **state)
{
    (void)state;
    char path[PATH_MAX];
    struct error error;
    assert_int_equal(shipped_data_path(path, sizeof path, &error), STATUS_DONE);
    char *source = realpath(DTRAIN_SOURCE_DATA, NULL);
    assert_string_equal(path, source);
    free(source);
}

static void test_too_long_is_refused(void **state)
{
    (void)state;
    char path[8];
    struct error error;
    assert_int_equal(shipped_data_path(path, sizeof path, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "mnist.h5"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_above_the_program),
        cmocka_unit_test(test_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
