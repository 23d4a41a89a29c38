/* SPDX-License-Identifier: MIT */
#include "runs/failures_file.h"

#include "folder.h"
#include "runs/metrics.h"
#include "testing.h"

#include <errno.h>
#include <string.h>

#define LINE(iteration, number)                                                                    \
    "{\"iteration\":" #iteration ",\"evaluation\":" #number                                        \
    ",\"row\":0,\"cause\":\"timeout\",\"attempts\":2,\"lost\":true}\n"

static void expect_record(const struct outcome_record *record, int64_t iteration, int64_t number,
                          enum outcome cause, int attempts, bool is_lost)
{
    assert_int_equal(record->iteration, iteration);
    assert_int_equal(record->number, number);
    assert_int_equal(record->cause, cause);
    assert_int_equal(record->attempts, attempts);
    assert_int_equal(record->is_lost, is_lost);
}

static struct outcome_records read_after(int64_t iteration)
{
    struct outcome_records records;
    struct error error;
    assert_int_equal(failures_file_read(".", iteration, &records, &error), STATUS_DONE);
    return records;
}

/* Reads a file of `text`, and expects so many of its lines. */
static void expect_count(const char *text, size_t count)
{
    folder_write(FAILURES_FILE_NAME, text, strlen(text));
    const struct outcome_records records = read_after(0);
    assert_int_equal(records.count, count);
    free(records.list);
}

/* All that dtrain writes comes back. */
static void test_what_is_written_is_read(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    char name[PARAMETERS_NAME_MAX + 1];
    memset(name, '\x1b', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(system("rm -f *.jsonl"), 0);
    assert_int_equal(metrics_open(&metrics, ".", true, &error), STATUS_DONE);
    for (int cause = OUTCOME_FAILED; cause < OUTCOMES; ++cause)
        for (int lost = outcome_repeats((enum outcome)cause); lost < 2; ++lost) {
            const struct metrics_failure failure = {.name = {INT64_MAX - 10 + cause,
                                                             (int64_t)UINT32_MAX - 1 + lost, name,
                                                             -1, INT64_MAX},
                                                    .cause = outcome_name((enum outcome)cause),
                                                    .attempts = 201,
                                                    .is_lost = lost};
            metrics_failure(&metrics, &failure);
        }
    assert_int_equal(metrics_sync(&metrics, &error), STATUS_DONE);
    metrics_close(&metrics);
    const struct outcome_records records = read_after(INT64_MAX - 10 + OUTCOME_NOT_FINITE - 1);
    assert_int_equal(records.count, 7);
    size_t at = 0;
    for (int cause = OUTCOME_NOT_FINITE; cause < OUTCOMES; ++cause)
        for (int lost = outcome_repeats((enum outcome)cause); lost < 2; ++lost)
            expect_record(&records.list[at++], INT64_MAX - 10 + cause,
                          (int64_t)UINT32_MAX - 1 + lost, (enum outcome)cause, 201, lost);
    free(records.list);
}

static void test_no_file_has_no_lines(void **state)
{
    (void)state;
    assert_int_equal(system("rm -f *.jsonl"), 0);
    assert_int_equal(read_after(0).count, 0);
    expect_count("", 0);
}

static void test_a_file_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct outcome_records records;
    struct error error;
    assert_int_equal(system("rm -f *.jsonl && mkdir " FAILURES_FILE_NAME), 0);
    assert_int_equal(failures_file_read(".", 0, &records, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "./" FAILURES_FILE_NAME));
    assert_null(records.list);
    assert_int_equal(rmdir(FAILURES_FILE_NAME), 0);
}

static void test_only_later_iterations_are_wanted(void **state)
{
    (void)state;
    const char *const text = LINE(1, 5) LINE(3, 0) LINE(3, 7) LINE(4, 2);
    folder_write(FAILURES_FILE_NAME, text, strlen(text));
    struct outcome_records records = read_after(1);
    assert_int_equal(records.count, 3);
    expect_record(&records.list[0], 3, 0, OUTCOME_TIMED_OUT, 2, true);
    expect_record(&records.list[2], 4, 2, OUTCOME_TIMED_OUT, 2, true);
    free(records.list);
    records = read_after(4);
    assert_int_equal(records.count, 0);
    free(records.list);
}

/* More than what the first pieces of memory hold. */
static void test_many_lines(void **state)
{
    (void)state;
    enum { LINES = 5000 };
    FILE *file = fopen(FAILURES_FILE_NAME, "w");
    assert_non_null(file);
    for (int i = 0; i < LINES; ++i)
        fprintf(file,
                "{\"iteration\":%d,\"evaluation\":%d,\"row\":0,\"cause\":\"crash\",\"attempts\":1,"
                "\"lost\":false}\n",
                1 + i / 100, i % 100);
    fclose(file);
    const struct outcome_records records = read_after(0);
    assert_int_equal(records.count, LINES);
    for (int i = 0; i < LINES; ++i)
        expect_record(&records.list[i], 1 + i / 100, i % 100, OUTCOME_CRASHED, 1, false);
    free(records.list);
}

/* A kill may cut the last line, and a power cut leave zeros. */
static void test_what_is_behind_a_torn_line_does_not_count(void **state)
{
    (void)state;
    char text[512];
    const char *const whole = LINE(1, 1) LINE(1, 2);
    for (size_t length = strlen(LINE(1, 1)) + 1; length < strlen(whole); ++length) {
        snprintf(text, sizeof text, "%.*s", (int)length, whole);
        expect_count(text, 1);
        snprintf(text, sizeof text, "%.*s\n%s", (int)length, whole, LINE(1, 3));
        expect_count(text, length + 1 == strlen(whole) ? 3 : 1);
    }
    static const char zeros[] = LINE(1, 1) "\0\0\0\0\n" LINE(1, 2);
    folder_write(FAILURES_FILE_NAME, zeros, sizeof zeros - 1);
    const struct outcome_records records = read_after(0);
    assert_int_equal(records.count, 1);
    free(records.list);
}

#define REST ",\"row\":0,\"cause\":\"timeout\",\"attempts\":2,\"lost\":true}\n"

static void test_lines_that_dtrain_does_not_write(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "\n",
        "[]\n",
        "null\n",
        "{\"iteration\":1}\n",
        "{\"iteration\":0,\"evaluation\":3" REST,
        "{\"iteration\":-1,\"evaluation\":3" REST,
        "{\"iteration\":1.0,\"evaluation\":3" REST,
        "{\"iteration\":\"1\",\"evaluation\":3" REST,
        "{\"iteration\":9223372036854775808,\"evaluation\":3" REST,
        "{\"iteration\":1,\"iteration\":1,\"evaluation\":3" REST,
        "{\"iteration\":1,\"evaluation\":-1" REST,
        "{\"iteration\":1,\"evaluation\":4294967296" REST,
        "{\"iteration\":1,\"evaluation\":3,\"cause\":\"timeout\",\"attempts\":0,\"lost\":true}\n",
        "{\"iteration\":1,\"evaluation\":3,\"cause\":\"timeout\",\"attempts\":256,\"lost\":true}\n",
        "{\"iteration\":1,\"evaluation\":3,\"cause\":\"timeout\",\"attempts\":1,\"lost\":1}\n",
        "{\"iteration\":1,\"evaluation\":3,\"cause\":\"timeout\",\"attempts\":1}\n",
        "{\"iteration\":1,\"evaluation\":3,\"cause\":\"done\",\"attempts\":1,\"lost\":true}\n",
        "{\"iteration\":1,\"evaluation\":3,\"cause\":\"hail\",\"attempts\":1,\"lost\":true}\n",
        "{\"iteration\":1,\"evaluation\":3,\"cause\":7,\"attempts\":1,\"lost\":true}\n",
        "{\"iteration\":1,\"evaluation\":3,\"cause\":\"failed\",\"attempts\":1,\"lost\":false}\n",
        "{\"iteration\":1,\"evaluation\":3" REST "x",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        char text[1024];
        struct outcome_record record;
        const bool has_tail = i + 1 == sizeof lines / sizeof *lines;
        assert_false(failures_file_parse(lines[i], strlen(lines[i]), &record));
        snprintf(text, sizeof text, "%s%s%s", LINE(1, 1), lines[i], LINE(1, 4));
        expect_count(text, 1 + has_tail);
    }
}

/* So that an evaluation can be found, and has one line. */
static void test_lines_out_of_order_end_the_reading(void **state)
{
    (void)state;
    expect_count(LINE(2, 1) LINE(2, 2) LINE(1, 3) LINE(2, 4), 2);
    expect_count(LINE(2, 1) LINE(2, 2) LINE(2, 2) LINE(2, 4), 2);
    expect_count(LINE(2, 3) LINE(2, 2) LINE(3, 1), 1);
    expect_count(LINE(2, 3) LINE(3, 2) LINE(3, 3), 3);
}

/* Memory does not grow with the length of a line. */
static void test_a_line_that_is_too_long(void **state)
{
    (void)state;
    enum { MEGABYTES = 64 };
    static char piece[1 << 20];
    FILE *file = fopen(FAILURES_FILE_NAME, "w");
    assert_non_null(file);
    memset(piece, ' ', sizeof piece);
    fputs(LINE(1, 1) "{\"iteration\":1,", file);
    for (int i = 0; i < MEGABYTES; ++i)
        assert_int_equal(fwrite(piece, sizeof piece, 1, file), 1);
    fputs("\"evaluation\":2" REST LINE(1, 3), file);
    fclose(file);
    const struct outcome_records records = read_after(0);
    assert_int_equal(records.count, 1);
    free(records.list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_no_file_has_no_lines),
        cmocka_unit_test(test_a_file_that_cannot_be_read_is_named),
        cmocka_unit_test(test_only_later_iterations_are_wanted),
        cmocka_unit_test(test_many_lines),
        cmocka_unit_test(test_what_is_behind_a_torn_line_does_not_count),
        cmocka_unit_test(test_lines_that_dtrain_does_not_write),
        cmocka_unit_test(test_lines_out_of_order_end_the_reading),
        cmocka_unit_test(test_a_line_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
