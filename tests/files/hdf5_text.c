/* SPDX-License-Identifier: MIT
 *
 * A text is read from a scalar string of either kind, and refused with one line where it is
 * anything else. What is written has the same bytes each time. */
#include "files/hdf5_text.h"
#include "files/hdf5_file.h"
#include "folder.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

enum { PADDED = 32, TOO_LONG = 65 << 20 };

static hid_t file;

/* Puts an object of that type and space, with that content (NULL: none), at /recipe. */
static void put(hid_t type, hid_t space, const void *content)
{
    if (H5Lexists(file, HDF5_TEXT_RECIPE, H5P_DEFAULT) > 0)
        assert_true(H5Ldelete(file, HDF5_TEXT_RECIPE, H5P_DEFAULT) >= 0);
    const hid_t dataset =
        H5Dcreate2(file, HDF5_TEXT_RECIPE, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(dataset >= 0);
    if (content)
        assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, content) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Tclose(type);
}

static hid_t string_type(size_t size, H5T_str_t padding)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    if (size != H5T_VARIABLE)
        H5Tset_strpad(type, padding);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static hid_t scalar(void)
{
    return H5Screate(H5S_SCALAR);
}

static void expect(const char *expected)
{
    struct error error;
    char *text;
    assert_int_equal(hdf5_text_read(file, "a.h5", HDF5_TEXT_RECIPE, &text, &error), STATUS_DONE);
    if (expected)
        assert_string_equal(text, expected);
    else
        assert_null(text);
    free(text);
}

static void expect_refusal(const char *line)
{
    struct error error;
    char *text;
    assert_int_equal(hdf5_text_read(file, "a.h5", HDF5_TEXT_RECIPE, &text, &error), STATUS_FAILED);
    assert_string_equal(error.text, line);
    assert_null(text);
}

static void test_strings_of_both_kinds_are_read(void **state)
{
    (void)state;
    static const char text[PADDED] = "{\"a\":\"\303\251\"}";
    const char *const pointer = text, *const empty = "";
    expect(NULL);
    put(string_type(H5T_VARIABLE, 0), scalar(), &pointer);
    expect(text);
    put(string_type(H5T_VARIABLE, 0), scalar(), &empty);
    expect("");
    put(string_type(H5T_VARIABLE, 0), scalar(), NULL);
    expect("");
    put(string_type(strlen(text), H5T_STR_NULLPAD), scalar(), text);
    expect(text);
    put(string_type(PADDED, H5T_STR_NULLPAD), scalar(), text);
    expect(text);
    put(string_type(PADDED, H5T_STR_NULLTERM), scalar(), text);
    expect(text);
}

static void test_anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const no_text =
        "a.h5: /recipe is no single text: it must be a scalar string of UTF-8";
    const hsize_t one = 1;
    const char *const text = "{}";
    const int number = 3;
    put(H5Tcopy(H5T_NATIVE_INT), scalar(), &number);
    expect_refusal(no_text);
    put(string_type(H5T_VARIABLE, 0), H5Screate_simple(1, &one, NULL), &text);
    expect_refusal(no_text);
    put(string_type(2, H5T_STR_NULLPAD), H5Screate(H5S_NULL), NULL);
    expect_refusal(no_text);
    H5Ldelete(file, HDF5_TEXT_RECIPE, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, HDF5_TEXT_RECIPE, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    expect_refusal("a.h5: /recipe cannot be opened: it must be a scalar string of UTF-8");
}

static void test_a_nul_within_is_refused(void **state)
{
    (void)state;
    static const char text[PADDED] = "{}\0{}";
    put(string_type(PADDED, H5T_STR_NULLPAD), scalar(), text);
    expect_refusal("a.h5: /recipe has a NUL byte within, which no text has");
}

/* Of both kinds. The one of variable length is there in full. */
static void test_a_text_of_65_mib_is_refused(void **state)
{
    (void)state;
    static const char *const line =
        "a.h5: /recipe is longer than 64 MiB: dtrain reads no text as long as that";
    char *text = calloc(TOO_LONG + 1, 1);
    const char *const pointer = text;
    assert_non_null(text);
    memset(text, ' ', TOO_LONG);
    put(string_type(TOO_LONG, H5T_STR_NULLPAD), scalar(), NULL);
    expect_refusal(line);
    put(string_type(H5T_VARIABLE, 0), scalar(), &pointer);
    expect_refusal(line);
    text[HDF5_TEXT_MAX] = '\0';
    put(string_type(H5T_VARIABLE, 0), scalar(), &pointer);
    expect(text);
    free(text);
}

static void write_file(const char *path, const char *text)
{
    const hid_t created = hdf5_file_create();
    const bool written = created >= 0 && hdf5_text_write(created, HDF5_TEXT_RECIPE, text);
    assert_true(hdf5_file_finish(created, written, path));
}

static void test_what_is_written_is_read_and_equal(void **state)
{
    (void)state;
    enum { LENGTH = 100000, ROOM = 2 * LENGTH };
    static char text[LENGTH + 1], bytes[2][ROOM];
    struct error error;
    char *read;
    memset(text, 'x', LENGTH);
    write_file("first.h5", text);
    /* HDF5 counts time in seconds. */
    sleep(1);
    write_file("second.h5", text);
    const size_t length = folder_read("first.h5", bytes[0], ROOM);
    assert_int_equal(folder_read("second.h5", bytes[1], ROOM), length);
    assert_memory_equal(bytes[0], bytes[1], length);
    const hid_t written = hdf5_file_open("first.h5", &error);
    assert_int_equal(hdf5_text_read(written, "first.h5", HDF5_TEXT_RECIPE, &read, &error),
                     STATUS_DONE);
    assert_string_equal(read, text);
    free(read);
    H5Fclose(written);
}

static int enter(void **state)
{
    return folder_enter_file(state, &file);
}

static int leave(void **state)
{
    return folder_leave_file(state, file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings_of_both_kinds_are_read),
        cmocka_unit_test(test_anything_else_is_refused),
        cmocka_unit_test(test_a_nul_within_is_refused),
        cmocka_unit_test(test_a_text_of_65_mib_is_refused),
        cmocka_unit_test(test_what_is_written_is_read_and_equal),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
