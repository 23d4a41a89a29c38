/* SPDX-License-Identifier: MIT
 *
 * The shapes of HDF5 arrays. */
#include "files/hdf5_array.h"
#include "testing.h"

static void test_the_values_of_a_row_are_counted(void **state)
{
    (void)state;
    static const struct {
        struct hdf5_array array;
        int64_t values;
    } cases[] = {
        {{.dimensions = 1, .shape = {5}}, 0},
        {{.dimensions = 2, .shape = {5, 7}}, 7},
        {{.dimensions = 4, .shape = {5, 2, 3, 4}}, 24},
        {{.dimensions = 3, .shape = {5, 0, 3}}, 0},
        {{.dimensions = 3, .shape = {5, UINT64_C(1) << 31, UINT64_C(1) << 31}}, INT64_C(1) << 62},
        {{.dimensions = 3, .shape = {5, UINT64_C(1) << 32, UINT64_C(1) << 32}}, INT64_MAX},
        {{.dimensions = 2, .shape = {5, UINT64_MAX}}, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_int_equal(hdf5_array_row_values(&cases[i].array), cases[i].values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_values_of_a_row_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
