/* SPDX-License-Identifier: MIT
 *
 * Equal datasets are written as equal files, and no other file is changed. */
#include "data/dataset_writer.h"
#include "folder.h"
#include "testing.h"

#include <string.h>

/* Two images of 2 x 3. */
static const uint8_t images[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, labels[] = {0, 1};
static const struct split_content split = {2, 2, 3, images, labels};
static const struct dataset_description description = {"tiny", "here", "none", 2};

static void test_the_dataset_is_written_byte_for_byte_alike(void **state)
{
    (void)state;
    static char first[65536], second[65536];
    struct error error;
    uint8_t read_back[12];
    assert_int_equal(dataset_write("a.h5", &description, &split, &split, NULL, &error),
                     STATUS_DONE);
    assert_int_equal(dataset_write("b.h5", &description, &split, &split, NULL, &error),
                     STATUS_DONE);
    const size_t count = folder_read("a.h5", first, sizeof first);
    assert_int_equal(count, folder_read("b.h5", second, sizeof second));
    assert_memory_equal(first, second, count);
    const hid_t file = H5Fopen("a.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t array = H5Dopen2(file, "/test/images", H5P_DEFAULT);
    assert_true(H5Dread(array, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, read_back) >= 0);
    assert_memory_equal(read_back, images, sizeof read_back);
    H5Dclose(array);
    H5Fclose(file);
    assert_int_equal(dataset_write("absent/a.h5", &description, &split, &split, NULL, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "absent/a.h5"));
}

static void test_the_dataset_is_not_written_through_a_symbolic_link(void **state)
{
    (void)state;
    struct error error;
    folder_write("precious", "precious", 8);
    assert_int_equal(symlink("precious", folder_temporary("linked.h5")), 0);
    assert_int_equal(dataset_write("linked.h5", &description, &split, &split, NULL, &error),
                     STATUS_DONE);
    /* The link is replaced; the file that it points to is untouched. */
    folder_expect_precious("precious");
    folder_expect_regular("linked.h5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_dataset_is_written_byte_for_byte_alike),
        cmocka_unit_test(test_the_dataset_is_not_written_through_a_symbolic_link),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
