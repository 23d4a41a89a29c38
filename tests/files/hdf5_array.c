/* SPDX-License-Identifier: MIT
 *
 * The shapes of HDF5 arrays, and why an array cannot be opened. */
#include "files/hdf5_array.h"
#include "folder.h"
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

static void expect_refused(hid_t file, const char *name, const char *line)
{
    struct hdf5_array array;
    struct error error = {0};
    assert_int_equal(hdf5_array_open(file, "a.h5", name, &array, &error), STATUS_FAILED);
    assert_string_equal(error.text, line);
}

static void test_an_array_that_cannot_be_opened_is_explained(void **state)
{
    (void)state;
    const hid_t file = H5Fcreate("a.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    assert_true(H5Lcreate_soft("/absent", file, "soft", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_external("b.h5", "/x", file, "external", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    /* The value of an external link is a version, a file and an object; this one has no object. */
    assert_true(
        H5Lcreate_ud(file, "damaged", H5L_TYPE_EXTERNAL, "\0b", 3, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    expect_refused(file, "group", "a.h5: group is no array, or is damaged");
    expect_refused(file, "group/absent",
                   "a.h5: group/absent is missing (data/README.md describes the format)");
    expect_refused(file, "soft", "a.h5: soft is a link to /absent, which is not there");
    expect_refused(file, "external",
                   "a.h5: external is a link to /x in the file b.h5, which cannot be opened or "
                   "lacks it");
    expect_refused(file, "damaged", "a.h5: damaged is a link that leads nowhere");
    H5Fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_values_of_a_row_are_counted),
        cmocka_unit_test(test_an_array_that_cannot_be_opened_is_explained),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
