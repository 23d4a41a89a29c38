/* SPDX-License-Identifier: MIT
 *
 * Attributes as other programs write them: one integer or one text is read, anything else is
 * refused, and nothing is written behind the value. Files are opened without locks. */
#include "files/hdf5_file.h"
#include "files/hdf5_array.h"
#include "folder.h"
#include "testing.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNT_MAX = 8000 };

static hid_t file;
static int64_t values[COUNT_MAX];

/* Gives the file an attribute "a" of `count` elements, 0 for a scalar. */
static void write_attribute(hid_t type, hid_t memory_type, hsize_t count, const void *data)
{
    const hid_t space = count ? H5Screate_simple(1, &count, NULL) : H5Screate(H5S_SCALAR);
    if (H5Aexists(file, "a") > 0)
        assert_true(H5Adelete(file, "a") >= 0);
    const hid_t attribute = H5Acreate2(file, "a", type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0 && H5Awrite(attribute, memory_type, data) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

/* Reads the value, and checks that nothing is written behind it. */
static bool read_integer(int64_t *value)
{
    int64_t guarded[3] = {0, 77, 77};
    const bool read = hdf5_file_read_integer(file, "a", H5T_NATIVE_INT64, guarded);
    assert_true(guarded[1] == 77 && guarded[2] == 77);
    *value = guarded[0];
    return read;
}

static void test_one_integer_of_any_kind_is_read(void **state)
{
    (void)state;
    const hid_t types[] = {H5T_STD_I8BE, H5T_STD_U8LE, H5T_STD_I32BE, H5T_STD_U64LE, H5T_STD_I64LE};
    int64_t value;
    for (size_t i = 0; i < sizeof types / sizeof *types; ++i)
        for (hsize_t count = 0; count < 2; ++count) {
            values[0] = 3 + (int64_t)i;
            write_attribute(types[i], H5T_NATIVE_INT64, count, values);
            assert_true(read_integer(&value));
            assert_int_equal(value, values[0]);
        }
}

static void test_numbers_do_not_wrap(void **state)
{
    (void)state;
    const uint64_t huge = UINT64_MAX;
    int64_t value;
    uint64_t read = 0;
    write_attribute(H5T_STD_U64LE, H5T_NATIVE_UINT64, 0, &huge);
    assert_true(read_integer(&value));
    assert_true(value == INT64_MAX);
    assert_true(hdf5_file_read_integer(file, "a", H5T_NATIVE_UINT64, &read));
    assert_true(read == huge);
    values[0] = ((int64_t)1 << 32) + 3;
    write_attribute(H5T_STD_I64LE, H5T_NATIVE_INT64, 0, values);
    assert_true(read_integer(&value));
    assert_true(value == values[0]);
}

static void test_what_is_not_one_integer_is_refused(void **state)
{
    (void)state;
    const double real = 3.7;
    int64_t value;
    const hsize_t counts[] = {2, 3, 40, COUNT_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i) {
        write_attribute(H5T_STD_I64LE, H5T_NATIVE_INT64, counts[i], values);
        assert_false(read_integer(&value));
        assert_null(hdf5_file_read_text(file, "a"));
    }
    write_attribute(H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 0, &real);
    assert_false(read_integer(&value));
    write_attribute(H5T_C_S1, H5T_C_S1, 0, "3");
    assert_false(read_integer(&value));
    assert_true(H5Adelete(file, "a") >= 0);
    assert_false(read_integer(&value));
}

static void test_one_text_is_read(void **state)
{
    (void)state;
    const char *const text = "0.1", *variable = "0.2";
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 4);
    write_attribute(type, type, 0, text);
    char *read = hdf5_file_read_text(file, "a");
    assert_string_equal(read, text);
    free(read);
    write_attribute(type, type, 2,
                    "0.1\0"
                    "0.2");
    assert_null(hdf5_file_read_text(file, "a"));
    H5Tset_size(type, H5T_VARIABLE);
    write_attribute(type, type, 0, &variable);
    read = hdf5_file_read_text(file, "a");
    assert_string_equal(read, variable);
    free(read);
    variable = NULL;
    write_attribute(type, type, 1, &variable);
    read = hdf5_file_read_text(file, "a");
    assert_string_equal(read, "");
    free(read);
    H5Tclose(type);
    assert_null(hdf5_file_read_text(file, "b"));
}

static void expect_texts(const char *const *wanted, size_t count)
{
    const char **read = hdf5_file_read_texts(file, "a", count);
    assert_non_null(read);
    for (size_t i = 0; i < count; ++i)
        assert_string_equal(read[i], wanted[i]);
    free(read);
}

/* Texts that fill their place, are padded in any way, or have a variable length. */
static void test_a_list_of_texts_is_read(void **state)
{
    (void)state;
    const char *const wanted[] = {"abc", "d", ""}, *variable[] = {"abc", "d", NULL};
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 3);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    write_attribute(type, type, 3, "abcd\0\0\0\0");
    expect_texts(wanted, 3);
    assert_null(hdf5_file_read_texts(file, "a", 2));
    assert_null(hdf5_file_read_texts(file, "a", 4));
    assert_null(hdf5_file_read_texts(file, "b", 3));
    H5Tset_strpad(type, H5T_STR_SPACEPAD);
    write_attribute(type, type, 3, "abcd     ");
    expect_texts(wanted, 3);
    H5Tset_size(type, H5T_VARIABLE);
    write_attribute(type, type, 3, variable);
    expect_texts(wanted, 3);
    H5Tclose(type);
    write_attribute(H5T_STD_I64LE, H5T_NATIVE_INT64, 3, values);
    assert_null(hdf5_file_read_texts(file, "a", 3));
}

static void test_a_list_of_texts_is_written(void **state)
{
    (void)state;
    const char *const texts[] = {"inflow",
                                 "d\xc3\xa9"
                                 "bit",
                                 "x"};
    assert_true(H5Adelete(file, "a") >= 0);
    assert_int_equal(hdf5_file_texts_bytes(texts, 3), 18);
    assert_true(hdf5_file_write_texts(file, "a", texts, 3));
    expect_texts(texts, 3);
    assert_false(hdf5_file_write_texts(file, "a", texts, 3));
}

static void expect_split(const char *source, const char *wanted, const char *name)
{
    char path[16];
    const char *found;
    assert_true(hdf5_file_split(source, path, sizeof path, &found));
    assert_string_equal(path, wanted);
    assert_string_equal(found, name);
}

static void test_a_name_within_a_file_is_split_off(void **state)
{
    (void)state;
    char path[16];
    const char *name;
    expect_split("a.h5", "a.h5", "/");
    expect_split("a.h5:/b", "a.h5", "/b");
    expect_split("c:/a.h5:/b/d", "c:/a.h5", "/b/d");
    assert_false(hdf5_file_split(":/b", path, sizeof path, &name));
    assert_false(hdf5_file_split("sixteen-letters-.h5", path, sizeof path, &name));
    /* What exists as a whole is a path. */
    expect_split("c:/a.h5", "c", "/a.h5");
    assert_int_equal(mkdir("c:", 0777), 0);
    expect_split("c:/", "c:/", "/");
    fclose(fopen("c:/a.h5", "w"));
    expect_split("c:/a.h5", "c:/a.h5", "/");
    unlink("c:/a.h5");
    rmdir("c:");
}

/* Others may lock a file that is being read, and one that it links to. */
static void test_locks_do_not_matter(void **state)
{
    (void)state;
    struct error error;
    const char *const names[] = {"locked.h5", "linked.h5"};
    int locks[2];
    for (int i = 0; i < 2; ++i) {
        const hid_t created = hdf5_file_create();
        assert_true(created >= 0);
        H5Gclose(hdf5_file_create_group(created, "group"));
        H5Lcreate_external(names[1], "/group", created, "link", H5P_DEFAULT, H5P_DEFAULT);
        assert_true(hdf5_file_finish(created, true, names[i]));
        locks[i] = open(names[i], O_RDWR);
        assert_int_equal(flock(locks[i], LOCK_EX | LOCK_NB), 0);
    }
    const hid_t opened = hdf5_file_open(names[0], &error);
    assert_true(opened >= 0);
    const hid_t access = hdf5_file_link_access(H5P_GROUP_ACCESS);
    const hid_t linked = H5Gopen2(opened, "link", access);
    assert_true(linked >= 0);
    H5Gclose(linked);
    H5Pclose(access);
    H5Fclose(opened);
    for (int i = 0; i < 2; ++i)
        close(locks[i]);
}

/* A child process whose files may be no longer than 1000 bytes writes one, and ends HDF5 as at the
 * end of a process. */
static void write_too_much(void)
{
    enum { NUMBERS = 1000 };
    static const double numbers[NUMBERS];
    const hsize_t count = NUMBERS;
    const int64_t one = 1;
    hdf5_file_silence();
    H5Fclose(file);
    signal(SIGXFSZ, SIG_IGN);
    const hid_t created = hdf5_file_create();
    const bool written =
        hdf5_file_write_number(created, "one", H5T_STD_I64LE, H5T_NATIVE_INT64, &one) &&
        hdf5_array_write(created, "/numbers", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1, &count,
                         numbers);
    if (!written || setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000}) != 0)
        _exit(2);
    _exit(hdf5_file_finish(created, written, "full.h5") ? 3 : H5close() < 0 ? 4 : 0);
}

static void test_a_file_that_cannot_be_written(void **state)
{
    (void)state;
    int status = -1;
    const pid_t child = fork();
    if (child == 0)
        write_too_much();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_a_file_that_exists_is_kept(void **state)
{
    (void)state;
    close(creat("kept.h5", 0600));
    assert_false(hdf5_file_finish(hdf5_file_create(), true, "kept.h5"));
    assert_false(hdf5_file_finish(hdf5_file_create(), false, "none.h5"));
    assert_int_equal(access("none.h5", F_OK), -1);
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
        cmocka_unit_test(test_one_integer_of_any_kind_is_read),
        cmocka_unit_test(test_numbers_do_not_wrap),
        cmocka_unit_test(test_what_is_not_one_integer_is_refused),
        cmocka_unit_test(test_one_text_is_read),
        cmocka_unit_test(test_a_list_of_texts_is_read),
        cmocka_unit_test(test_a_list_of_texts_is_written),
        cmocka_unit_test(test_a_name_within_a_file_is_split_off),
        cmocka_unit_test(test_locks_do_not_matter),
        cmocka_unit_test(test_a_file_that_cannot_be_written),
        cmocka_unit_test(test_a_file_that_exists_is_kept),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
