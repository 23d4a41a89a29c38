/* SPDX-License-Identifier: MIT
 *
 * Kept tables are read as they were written, equal ones are equal files, and what is not such a
 * file is refused with a line that names it. */
#include "runs/kept_values.h"

#include "core/differences/outcome.h"
#include "files/hdf5_file.h"
#include "folder.h"
#include "testing.h"

#include <math.h>
#include <string.h>

enum { PARAMETERS = 2, COUNT = 5, WIDTH = 3, BYTES_MAX = 1 << 20 };
#define FILE_12 "values/iteration-0000012.h5"

/* Two losses of the batch before, one of which is lost, and three sides, one of which was not
 * evaluated. */
static void make(struct kept_values *kept, int64_t iteration)
{
    static const uint8_t outcomes[COUNT] = {OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_DONE,
                                            OUTCOME_DONE, OUTCOME_NONE};
    static const uint8_t attempts[COUNT] = {1, 3, 1, 2, 0};
    static const int64_t rows[COUNT] = {7, 1000000000000, 4, 4, 5};
    static const int32_t moved[COUNT] = {-1, -1, 0, 1, 1};
    static const int8_t sides[COUNT] = {0, 0, 1, -1, 1};
    assert_true(kept_values_create(kept, PARAMETERS, COUNT, WIDTH));
    kept->iteration = iteration;
    kept->before = 2;
    kept->theta[0] = 0.1;
    kept->theta[1] = -0x1.23456789abcdfp-3;
    for (int i = 0; i < COUNT * WIDTH; ++i)
        kept->values[i] = outcomes[i / WIDTH] == OUTCOME_DONE ? i / 7.0 : (double)NAN;
    memcpy(kept->outcomes, outcomes, sizeof outcomes);
    memcpy(kept->attempts, attempts, sizeof attempts);
    memcpy(kept->rows, rows, sizeof rows);
    memcpy(kept->moved, moved, sizeof moved);
    memcpy(kept->sides, sides, sizeof sides);
}

static void write_one(int64_t iteration)
{
    struct kept_values kept;
    struct error error;
    make(&kept, iteration);
    assert_int_equal(kept_values_write(".", &kept, &error), STATUS_DONE);
    kept_values_destroy(&kept);
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    struct kept_values kept, read;
    struct error error;
    make(&kept, 12);
    assert_int_equal(kept_values_write(".", &kept, &error), STATUS_DONE);
    assert_int_equal(kept_values_read(".", 12, &read, &error), STATUS_DONE);
    assert_int_equal(read.iteration, 12);
    assert_int_equal(read.before, 2);
    assert_int_equal(read.parameters, PARAMETERS);
    assert_int_equal(read.count, COUNT);
    assert_int_equal(read.width, WIDTH);
    assert_memory_equal(read.theta, kept.theta, PARAMETERS * sizeof *kept.theta);
    assert_memory_equal(read.values, kept.values, kept.count * kept.width * sizeof *kept.values);
    assert_memory_equal(read.outcomes, kept.outcomes, COUNT);
    assert_memory_equal(read.attempts, kept.attempts, COUNT);
    assert_memory_equal(read.rows, kept.rows, COUNT * sizeof *kept.rows);
    assert_memory_equal(read.moved, kept.moved, COUNT * sizeof *kept.moved);
    assert_memory_equal(read.sides, kept.sides, COUNT);
    kept_values_destroy(&read);
    kept_values_destroy(&kept);
}

/* No iteration has such a table, but another program may write one. */
static void test_an_empty_table_is_kept(void **state)
{
    (void)state;
    struct kept_values kept, read;
    struct error error;
    assert_true(kept_values_create(&kept, PARAMETERS, 0, 1));
    kept.iteration = 1;
    assert_int_equal(kept_values_write(".", &kept, &error), STATUS_DONE);
    assert_int_equal(kept_values_read(".", 1, &read, &error), STATUS_DONE);
    assert_int_equal(read.count, 0);
    kept_values_destroy(&read);
    kept_values_destroy(&kept);
}

static void test_equal_tables_are_equal_files(void **state)
{
    (void)state;
    static unsigned char first[BYTES_MAX], second[BYTES_MAX];
    write_one(12);
    const size_t size = folder_read(FILE_12, first, BYTES_MAX);
    sleep(1); /* a time stamp would differ */
    write_one(12);
    assert_int_equal(folder_read(FILE_12, second, BYTES_MAX), size);
    assert_memory_equal(first, second, size);
    assert_true((double)size <= kept_values_bytes(PARAMETERS, COUNT, WIDTH));
}

static void test_a_table_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    struct kept_values kept;
    struct error error;
    make(&kept, 12);
    assert_int_equal(kept_values_write("missing", &kept, &error), STATUS_FAILED);
    assert_string_equal(error.text, "missing/values: cannot be created: No such file or directory");
    folder_write("run", "", 0);
    assert_int_equal(kept_values_write("run", &kept, &error), STATUS_FAILED);
    assert_string_equal(error.text, "run/values: cannot be created: Not a directory");
    assert_int_equal(mkdir("other", 0777), 0);
    folder_write("other/values", "precious", 8);
    assert_int_equal(kept_values_write("other", &kept, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "other/values/iteration-0000012.h5"));
    assert_non_null(strstr(error.text, ": cannot be written: Not a directory"));
    folder_expect_precious("other/values");
    kept_values_destroy(&kept);
}

static void expect_refusal(const char *line)
{
    struct kept_values read;
    struct error error;
    assert_int_equal(kept_values_read(".", 12, &read, &error), STATUS_FAILED);
    assert_null(read.theta);
    assert_null(strchr(error.text, '\n'));
    if (!strstr(error.text, line))
        fail_msg("not '%s' but '%s'", line, error.text);
}

/* Puts another array in the place of one; dimensions < 0: none. */
static void replace(const char *name, hid_t type, int dimensions, hsize_t rows, hsize_t columns)
{
    const hsize_t shape[2] = {rows, columns};
    write_one(12);
    const hid_t file = H5Fopen(FILE_12, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
    if (dimensions >= 0) {
        const hid_t space = H5Screate_simple(dimensions, shape, NULL);
        H5Dclose(H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        H5Sclose(space);
    }
    H5Fclose(file);
}

static void test_arrays_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"/theta", "/values",     "/outcomes", "/attempts",
                                        "/rows",  "/parameters", "/sides"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        char line[64];
        replace(names[i], -1, -1, 0, 0);
        snprintf(line, sizeof line, FILE_12 ": %s is missing", names[i]);
        expect_refusal(line);
    }
    replace("/theta", H5T_IEEE_F64LE, 2, PARAMETERS, 1);
    expect_refusal(FILE_12 ": /theta is float64 (2, 1): it is no list of parameters");
    replace("/theta", H5T_STD_I64LE, 1, PARAMETERS, 0);
    expect_refusal(FILE_12 ": /theta is int64 (2): it does not fit");
    replace("/values", H5T_IEEE_F64LE, 1, COUNT, 0);
    expect_refusal(FILE_12 ": /values is float64 (5): it is no table of values");
    replace("/values", H5T_IEEE_F64LE, 2, COUNT - 1, WIDTH);
    expect_refusal(FILE_12 ": /outcomes is uint8 (5): it does not fit /theta and /values");
    replace("/rows", H5T_STD_I64LE, 1, COUNT + 1, 0);
    expect_refusal(FILE_12 ": /rows is int64 (6): it does not fit /theta and /values");
    replace("/sides", H5T_IEEE_F64LE, 1, COUNT, 0);
    expect_refusal(FILE_12 ": /sides is float64 (5): it does not fit /theta and /values");
}

static void test_unknown_outcomes_are_refused(void **state)
{
    (void)state;
    struct kept_values kept;
    struct error error;
    make(&kept, 12);
    kept.outcomes[3] = OUTCOMES;
    assert_int_equal(kept_values_write(".", &kept, &error), STATUS_DONE);
    expect_refusal(FILE_12 ": /outcomes has 7 for evaluation 3, which dtrain does not know");
    kept_values_destroy(&kept);
}

static void test_other_files_are_refused(void **state)
{
    (void)state;
    write_one(12);
    const hid_t file = H5Fopen(FILE_12, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Adelete(file, "before") >= 0);
    H5Fclose(file);
    expect_refusal(FILE_12 ": is no kept table: it lacks the attributes iteration and before");
    write_one(13);
    assert_int_equal(rename("values/iteration-0000013.h5", FILE_12), 0);
    expect_refusal(FILE_12 ": is of iteration 13");
    folder_write(FILE_12, "precious", 8);
    expect_refusal(FILE_12 ": ");
    unlink(FILE_12);
    expect_refusal(FILE_12 ": ");
}

static void test_files_that_are_cut_off_are_refused(void **state)
{
    (void)state;
    static unsigned char bytes[BYTES_MAX];
    write_one(12);
    const size_t size = folder_read(FILE_12, bytes, BYTES_MAX);
    for (size_t cut = 0; cut < size; cut += 61) {
        folder_write(FILE_12, bytes, cut);
        expect_refusal(FILE_12 ": ");
    }
}

static void test_files_after_an_iteration_are_removed(void **state)
{
    (void)state;
    struct iteration_list list;
    struct error error;
    assert_int_equal(kept_values_list("missing", &list, &error), STATUS_DONE);
    assert_int_equal(list.count, 0);
    assert_int_equal(kept_values_remove_after("missing", 0, &error), STATUS_DONE);
    assert_int_equal(kept_values_remove_after(".", 0, &error), STATUS_DONE);
    for (int64_t iteration = 9; iteration <= 12; ++iteration)
        write_one(iteration);
    folder_write("values/notes", "precious", 8);
    assert_int_equal(kept_values_remove_after(".", 10, &error), STATUS_DONE);
    assert_int_equal(kept_values_list(".", &list, &error), STATUS_DONE);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.iterations[0], 10);
    assert_int_equal(list.iterations[1], 9);
    free(list.iterations);
    folder_expect_precious("values/notes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_an_empty_table_is_kept),
        cmocka_unit_test(test_equal_tables_are_equal_files),
        cmocka_unit_test(test_a_table_that_cannot_be_written_is_an_error),
        cmocka_unit_test(test_arrays_that_do_not_fit_are_refused),
        cmocka_unit_test(test_unknown_outcomes_are_refused),
        cmocka_unit_test(test_other_files_are_refused),
        cmocka_unit_test(test_files_that_are_cut_off_are_refused),
        cmocka_unit_test(test_files_after_an_iteration_are_removed),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
