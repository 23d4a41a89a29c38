/* SPDX-License-Identifier: MIT
 *
 * The format of an image file is recognised by its first bytes; the file is read or refused. */
#include "data/image_formats.h"
#include "folder.h"
#include "testing.h"

#include <math.h>
#include <png.h>
#include <string.h>
#include <zlib.h>

/* Two images of 2 x 3 as IDX. */
static const uint8_t idx[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,  0,  0,
                              0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static void write_array(hid_t file, const char *name, hid_t type, const void *values)
{
    const hsize_t shape[] = {2, 2, 3};
    const hid_t space = H5Screate_simple(3, shape, NULL);
    const hid_t array = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(array);
    H5Sclose(space);
}

static int write_files(void **state)
{
    static const float floats[12] = {0.5f};
    static const float infinite[12] = {[7] = INFINITY};
    if (folder_enter(state) != 0)
        return -1;
    folder_write("idx", idx, sizeof idx);
    png_image png = {
        .version = PNG_IMAGE_VERSION, .width = 3, .height = 2, .format = PNG_FORMAT_GRAY};
    if (!png_image_write_to_file(&png, "png", 0, idx + 16, 0, NULL))
        return -1;
    gzFile packed = gzopen("idx.gz", "wb");
    gzwrite(packed, idx, sizeof idx);
    gzclose(packed);
    const hid_t file = H5Fcreate("h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "test", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    write_array(file, "test/images", H5T_NATIVE_UINT8, idx + 16);
    write_array(file, "floats", H5T_NATIVE_FLOAT, floats);
    write_array(file, "infinite", H5T_NATIVE_FLOAT, infinite);
    return H5Fclose(file) >= 0 ? 0 : -1;
}

static void expect_read(const char *source, int64_t rows, const void *bytes)
{
    struct image_set images;
    struct error error = {0};
    if (image_formats_read(source, 6, &images, &error))
        fail_msg("%s", error.text);
    assert_int_equal(images.rows, rows);
    assert_int_equal(images.height * images.width, 6);
    assert_null(images.floats);
    assert_memory_equal(images.bytes, bytes, (size_t)rows * 6);
    image_set_free(&images);
}

static void test_each_format_is_known_by_its_beginning(void **state)
{
    (void)state;
    struct image_set images;
    struct error error;
    expect_read("idx", 2, idx + 16);
    expect_read("idx.gz", 2, idx + 16);
    expect_read("png", 1, idx + 16);
    expect_read("h5", 2, idx + 16);
    expect_read("h5:/test/images", 2, idx + 16);
    assert_int_equal(image_formats_read("h5:/floats", 6, &images, &error), STATUS_DONE);
    assert_null(images.bytes);
    assert_near(images.floats[0], 0.5, 0);
    image_set_free(&images);
}

static void expect_refused(const char *source, int64_t values, const char *line)
{
    struct image_set images;
    struct error error = {0};
    assert_int_equal(image_formats_read(source, values, &images, &error), STATUS_FAILED);
    assert_string_equal(error.text, line);
    assert_true(!images.bytes && !images.floats);
}

static void test_what_cannot_be_classified_is_refused(void **state)
{
    (void)state;
    static const char *const sources[] = {"idx", "idx.gz", "png", "h5"};
    char line[128];
    for (int i = 0; i < 4; ++i) {
        snprintf(line, sizeof line, "%s: %san image has 6 values, the network takes 5", sources[i],
                 i == 3 ? "/test/images is uint8 (2, 2, 3): " : "");
        expect_refused(sources[i], 5, line);
    }
    folder_write("text", "hello, world", 12);
    folder_write("P5", "P5\n3 2 255\nabcdef", 17);
    folder_write("cut", "\x89PNG", 4);
    expect_refused(
        "text", 6,
        "text: is a text table, not an IDX file: dtrain import text OUT.h5 makes a dataset of it, "
        "and dtrain predict --rows takes it");
    expect_refused("P5", 6, "P5: is a PGM image, not an IDX file: dtrain predict --rows takes it");
    expect_refused("cut", 6,
                   "cut: is not an intact PNG image (the file ends too early): was it copied "
                   "completely?");
    expect_refused("absent", 6, "absent: No such file or directory");
    expect_refused("h5:/infinite", 6, "h5: image 1 is not finite in float32");
    expect_refused(":/infinite", 6, "--images :/infinite: is not FILE or FILE:/NAME");
}

static void test_import_takes_what_holds_sets(void **state)
{
    (void)state;
    static const char *const others[] = {"png", "h5"};
    struct image_set images;
    struct error error;
    assert_int_equal(image_formats_import("idx.gz", &images, &error), STATUS_DONE);
    assert_int_equal(images.rows, 2);
    assert_int_equal(images.height, 2);
    assert_int_equal(images.width, 3);
    image_set_free(&images);
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(image_formats_import(others[i], &images, &error), STATUS_FAILED);
        assert_non_null(strstr(error.text, "not an IDX file"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_format_is_known_by_its_beginning),
        cmocka_unit_test(test_what_cannot_be_classified_is_refused),
        cmocka_unit_test(test_import_takes_what_holds_sets),
    };
    return cmocka_run_group_tests(tests, write_files, folder_leave);
}
