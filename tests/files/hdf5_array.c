/* SPDX-License-Identifier: MIT
 *
 * The shapes and chunks of HDF5 arrays, why one cannot be opened, and some rows of one read. */
#include "files/hdf5_array.h"
#include "folder.h"
#include "testing.h"

#include <string.h>

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
    expect_refused(file, "group", "a.h5: group is a group, not an array");
    expect_refused(file, "group/absent",
                   "a.h5: group/absent is missing: there is only damaged, external, group, soft "
                   "(data/README.md describes the format)");
    expect_refused(file, "soft", "a.h5: soft is a link to /absent, which is not there");
    expect_refused(file, "external",
                   "a.h5: external is a link to /x in the file b.h5, which cannot be opened or "
                   "lacks it");
    expect_refused(file, "damaged", "a.h5: damaged is a link that leads nowhere");
    H5Fclose(file);
}

enum { ROWS = 11, HEIGHT = 2, WIDTH = 3, VALUES = ROWS * HEIGHT * WIDTH };

static void write_array(hid_t file, const char *name, int dimensions, hid_t creation,
                        const int32_t *values)
{
    const hsize_t shape[] = {dimensions > 1 ? ROWS : VALUES, HEIGHT, WIDTH};
    const hid_t space = H5Screate_simple(dimensions, shape, NULL);
    const hid_t array =
        H5Dcreate2(file, name, H5T_STD_I16BE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(H5Dwrite(array, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(array);
    H5Sclose(space);
}

/* Reads all rows but the first and the last, and compares each value with its number. */
static void check_rows(const struct hdf5_array *array)
{
    const int64_t row = array->dimensions > 1 ? HEIGHT * WIDTH : 1;
    const int64_t count = (int64_t)array->shape[0] - 2;
    double values[VALUES + 1] = {0};
    struct error error = {0};
    assert_int_equal(hdf5_array_read_rows(array, 0, H5T_NATIVE_DOUBLE, 1, count, values, &error),
                     STATUS_DONE);
    for (int64_t i = 0; i < count * row; ++i)
        assert_near(values[i], (double)(row + i), 0);
    assert_near(values[count * row], 0, 0);
}

static void test_some_rows_are_read(void **state)
{
    (void)state;
    int32_t values[VALUES];
    const hid_t file = H5Fcreate("rows.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < VALUES; ++i)
        values[i] = i;
    for (int dimensions = 1; dimensions <= 3; dimensions += 2) {
        struct hdf5_array array;
        struct error error = {0};
        write_array(file, dimensions > 1 ? "images" : "labels", dimensions, H5P_DEFAULT, values);
        assert_int_equal(
            hdf5_array_open(file, "rows.h5", dimensions > 1 ? "images" : "labels", &array, &error),
            STATUS_DONE);
        check_rows(&array);
        hdf5_array_close(&array);
    }
    H5Fclose(file);
}

static void test_rows_that_are_not_there_are_an_error(void **state)
{
    (void)state;
    int32_t values[VALUES + HEIGHT * WIDTH] = {0};
    struct hdf5_array array;
    struct error error = {0};
    const hid_t file = H5Fcreate("short.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    write_array(file, "images", 3, H5P_DEFAULT, values);
    assert_int_equal(hdf5_array_open(file, "short.h5", "images", &array, &error), STATUS_DONE);
    assert_int_equal(hdf5_array_read_rows(&array, 0, H5T_NATIVE_INT32, 0, ROWS + 1, values, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "short.h5: images"));
    hdf5_array_close(&array);
    H5Fclose(file);
}

static void test_the_rows_of_a_chunk_are_counted(void **state)
{
    (void)state;
    static const struct {
        hsize_t chunk[3];
        int64_t rows;
    } cases[] = {{{1, HEIGHT, WIDTH}, 1},
                 {{4, HEIGHT, WIDTH}, 4},
                 {{ROWS, HEIGHT, WIDTH}, ROWS},
                 {{4, HEIGHT, WIDTH - 1}, 4},
                 {{0}, 1}};
    const int32_t values[VALUES] = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct hdf5_array array;
        struct error error;
        const hid_t file = H5Fcreate("chunks.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
        if (cases[i].chunk[0] > 0)
            H5Pset_chunk(creation, 3, cases[i].chunk);
        write_array(file, "images", 3, creation, values);
        H5Pclose(creation);
        assert_int_equal(hdf5_array_open(file, "chunks.h5", "images", &array, &error), STATUS_DONE);
        assert_int_equal(hdf5_array_chunk_rows(&array), cases[i].rows);
        hdf5_array_close(&array);
        H5Fclose(file);
    }
}

static hid_t create_array(hid_t file, const char *name, hid_t type, hsize_t rows)
{
    const hid_t space = H5Screate_simple(1, &rows, NULL);
    const hid_t array = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Sclose(space);
    assert_true(array >= 0);
    return array;
}

static void expect_description(hid_t type, const char *description)
{
    char found[HDF5_DESCRIPTION_SIZE];
    struct hdf5_array array;
    struct error error;
    const hid_t file = H5Fcreate("b.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(create_array(file, "a", type, 3));
    assert_int_equal(hdf5_array_open(file, "b.h5", "a", &array, &error), STATUS_DONE);
    hdf5_array_describe(&array, found);
    assert_string_equal(found, description);
    hdf5_array_close(&array);
    H5Fclose(file);
}

static void test_types_have_the_names_that_numpy_gives_them(void **state)
{
    (void)state;
    static const char *const words[] = {"FALSE", "TRUE", "OTHER"};
    const hid_t enumerations[] = {H5Tenum_create(H5T_NATIVE_INT8), H5Tenum_create(H5T_NATIVE_INT8)};
    for (int8_t i = 0; i < 3; ++i)
        for (int which = i < 2 ? 0 : 1; which < 2; ++which)
            assert_true(H5Tenum_insert(enumerations[which], words[i], &i) >= 0);
    expect_description(H5T_STD_U8LE, "uint8 (3)");
    expect_description(H5T_STD_I16BE, "int16 (3)");
    expect_description(H5T_IEEE_F64BE, "float64 (3)");
    expect_description(enumerations[0], "bool (3)");
    expect_description(enumerations[1], "an enumeration (3)");
    expect_description(H5T_C_S1, "text (3)");
    expect_description(H5T_NATIVE_OPAQUE, "no numbers (3)");
    for (int which = 0; which < 2; ++which)
        H5Tclose(enumerations[which]);
}

static void test_attributes_of_packed_values_are_listed(void **state)
{
    (void)state;
    char text[HDF5_DESCRIPTION_SIZE];
    const hid_t file = H5Fcreate("c.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const struct hdf5_array array = {.id = create_array(file, "a", H5T_STD_U8LE, 3)};
    const hid_t scalar = H5Screate(H5S_SCALAR);
    hdf5_array_list_packing(&array, text);
    assert_string_equal(text, "");
    static const char *const names[] = {"units", "_FillValue", "scale_factor"};
    for (int i = 0; i < 3; ++i)
        H5Aclose(H5Acreate2(array.id, names[i], H5T_IEEE_F32LE, scalar, H5P_DEFAULT, H5P_DEFAULT));
    hdf5_array_list_packing(&array, text);
    assert_string_equal(text, "scale_factor, _FillValue");
    H5Sclose(scalar);
    H5Dclose(array.id);
    H5Fclose(file);
}

int main(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_values_of_a_row_are_counted),
        cmocka_unit_test(test_an_array_that_cannot_be_opened_is_explained),
        cmocka_unit_test(test_some_rows_are_read),
        cmocka_unit_test(test_the_rows_of_a_chunk_are_counted),
        cmocka_unit_test(test_rows_that_are_not_there_are_an_error),
        cmocka_unit_test(test_types_have_the_names_that_numpy_gives_them),
        cmocka_unit_test(test_attributes_of_packed_values_are_listed),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
