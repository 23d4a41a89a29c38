/* SPDX-License-Identifier: MIT
 *
 * What journals record is read again: all of it, or up to where a file is cut or damaged, and never
 * anything else. Whether and when records are written follows from their seconds. */
#include "engine/journal.h"
#include "folder.h"
#include "runs/failing_calls.h"
#include "testing.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

enum { HEADER = 64, WIDTH_MAX = 5, RECORDS_MAX = 10000, THETA = 4711 };
static const uint64_t run_hash = 42;
static const double slow = 0.2, fast = 1e-6;

static size_t record_bytes(int width)
{
    return 40 + 8 * (size_t)(width - 1);
}

/* In an empty folder. */
static int begin_test(void **state)
{
    (void)state;
    failing_calls_set(FAULT_NONE, 0);
    return system("rm -rf journal");
}

static struct journal open_journal(enum journal_mode mode, int start, int rank, int width)
{
    struct journal journal;
    struct error error;
    assert_int_equal(journal_open(&journal, mode, "journal", start, rank, run_hash, width, &error),
                     STATUS_DONE);
    return journal;
}

static double value_of(uint32_t evaluation, int i)
{
    return 1.0 / (evaluation + 1) + 1000 * i;
}

static void add(struct journal *journal, uint32_t evaluation, double seconds)
{
    const struct journal_record record = {.evaluation = evaluation,
                                          .outcome = OUTCOME_DONE,
                                          .attempts = (uint8_t)(1 + evaluation % 3),
                                          .seconds = seconds};
    double values[WIDTH_MAX];
    for (int i = 0; i < journal->width; ++i)
        values[i] = value_of(evaluation, i);
    journal_add(journal, &record, values);
}

static void flush(struct journal *journal)
{
    struct error error;
    assert_int_equal(journal_flush(journal, &error), STATUS_DONE);
}

static size_t file_size(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (size_t)info.st_size : 0;
}

/* What journal_past_take gives. */
struct taken {
    int width;
    size_t count;
    struct journal_record records[RECORDS_MAX];
};

static void take(void *context, const struct journal_record *record, const double *values)
{
    struct taken *taken = context;
    assert_true(taken->count < RECORDS_MAX);
    for (int i = 0; i < taken->width; ++i)
        assert_true(values[i] == value_of(record->evaluation, i));
    assert_int_equal(record->outcome, OUTCOME_DONE);
    assert_int_equal(record->attempts, 1 + record->evaluation % 3);
    taken->records[taken->count++] = *record;
}

static struct journal_past read_past(int width)
{
    struct journal_past past;
    struct error error;
    assert_int_equal(journal_past_read(&past, "journal", run_hash, width, &error), STATUS_DONE);
    return past;
}

static const struct taken *take_iteration(struct journal_past *past, int64_t iteration,
                                          uint64_t theta_hash)
{
    static struct taken taken;
    taken.width = past->width;
    taken.count = 0;
    journal_past_take(past, iteration, theta_hash, take, &taken);
    for (size_t i = 0; i < taken.count; ++i)
        assert_int_equal(taken.records[i].iteration, iteration);
    return &taken;
}

/* The records of one iteration that are in the folder. */
static const struct taken *read_iteration(int width, int64_t iteration)
{
    struct journal_past past = read_past(width);
    const struct taken *taken = take_iteration(&past, iteration, THETA);
    journal_past_destroy(&past);
    return taken;
}

/* Fails unless these are evaluations first, first + 1 and so on. */
static void expect_evaluations(const struct taken *taken, size_t count, uint32_t first)
{
    assert_int_equal(taken->count, count);
    for (size_t i = 0; i < count; ++i)
        assert_int_equal(taken->records[i].evaluation, first + i);
}

static void test_modes_have_names(void **state)
{
    (void)state;
    assert_int_equal(journal_mode_find("auto"), JOURNAL_AUTO);
    assert_int_equal(journal_mode_find("on"), JOURNAL_ON);
    assert_int_equal(journal_mode_find("off"), JOURNAL_OFF);
}

/* Three evaluations by each rank of each start, in iterations 1 to 3. */
static void write_history(int starts, int ranks, int width)
{
    for (int start = 0; start < starts; ++start)
        for (int rank = 0; rank < ranks; ++rank) {
            struct journal journal = open_journal(JOURNAL_ON, start, rank, width);
            for (int64_t iteration = 1; iteration <= 3; ++iteration) {
                journal_begin(&journal, iteration, THETA + (uint64_t)iteration, 100);
                for (int i = 0; i < 3; ++i)
                    add(&journal, (uint32_t)(10 * (ranks * start + rank) + i), slow);
            }
            flush(&journal);
            journal_close(&journal);
        }
}

static void expect_history(int starts, int ranks, int width)
{
    struct journal_past past = read_past(width);
    assert_int_equal(past.count, starts * ranks);
    assert_int_equal(past.last, 3);
    /* The records of iteration 1 are not asked for. */
    for (int64_t iteration = 2; iteration <= 3; ++iteration) {
        const struct taken *taken = take_iteration(&past, iteration, THETA + (uint64_t)iteration);
        assert_int_equal(taken->count, 3 * starts * ranks);
        for (size_t i = 0; i < taken->count; ++i) {
            assert_int_equal(taken->records[i].evaluation, 10 * (i / 3) + i % 3);
            assert_true(taken->records[i].seconds == slow);
        }
    }
    assert_int_equal(take_iteration(&past, 4, THETA + 4)->count, 0);
    journal_past_destroy(&past);
}

static void test_ranks_and_starts_are_read_again(void **state)
{
    for (int width = 1; width <= WIDTH_MAX; width += WIDTH_MAX - 1) {
        begin_test(state);
        write_history(3, 4, width);
        expect_history(3, 4, width);
        assert_int_equal(file_size("journal/0002-0003"), HEADER + 9 * record_bytes(width));
        assert_int_equal(journal_next_start("journal"), 3);
    }
}

/* The bytes of a file are those of the corpus in tests/fuzz, and stay so: a run may be continued by
 * a later version. */
static void test_the_bytes_are_as_ever(void **state)
{
    (void)state;
    static const char header[HEADER] = "dtrain journal\n\0\1\0\0\0\x30\0\0\0\2";
    static const uint64_t header_hash = 0x50a878c9252f02fa, record_hash = 0x3e2251daca4eec43;
    const struct journal_record record = {
        .evaluation = 1, .outcome = OUTCOME_DONE, .attempts = 1, .seconds = 0.5};
    const double values[] = {2, 1};
    char bytes[HEADER + 48 + 1];
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 2);
    journal_begin(&journal, 1, 7, 100);
    journal_add(&journal, &record, values);
    journal_close(&journal);
    assert_int_equal(folder_read("journal/0000-0000", bytes, sizeof bytes), HEADER + 48);
    assert_memory_equal(bytes, header, 48);
    assert_memory_equal(bytes + 48, &run_hash, sizeof run_hash);
    assert_memory_equal(bytes + 56, &header_hash, sizeof header_hash);
    assert_memory_equal(bytes + HEADER, "\1\0\0\0\0\0\0\0\1\0\0\0\1\1\0\0", 16);
    assert_memory_equal(bytes + HEADER + 16, &record.seconds, sizeof record.seconds);
    assert_memory_equal(bytes + HEADER + 24, values, sizeof values);
    assert_memory_equal(bytes + HEADER + 40, &record_hash, sizeof record_hash);
}

static void take_lost(void *context, const struct journal_record *record, const double *values)
{
    assert_int_equal(record->outcome, OUTCOME_FAILED);
    assert_true(isnan(values[0]) && isnan(values[1]));
    ++*(int *)context;
}

static void test_a_lost_evaluation_has_no_values(void **state)
{
    (void)state;
    const struct journal_record record = {.outcome = OUTCOME_FAILED, .seconds = slow};
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 2);
    int count = 0;
    journal_begin(&journal, 1, THETA, 100);
    journal_add(&journal, &record, NULL);
    journal_close(&journal);
    struct journal_past past = read_past(2);
    journal_past_take(&past, 1, THETA, take_lost, &count);
    journal_past_destroy(&past);
    assert_int_equal(count, 1);
}

/* In whatever order the files are listed. */
static void test_the_last_iteration_may_be_in_any_file(void **state)
{
    for (int longest = 0; longest < 3; ++longest) {
        begin_test(state);
        for (int rank = 0; rank < 3; ++rank) {
            struct journal journal = open_journal(JOURNAL_ON, 0, rank, 1);
            for (int64_t iteration = 7; iteration <= 7 + (rank == longest); ++iteration) {
                journal_begin(&journal, iteration, THETA, 100);
                add(&journal, 0, slow);
            }
            journal_close(&journal);
        }
        struct journal_past past = read_past(1);
        assert_int_equal(past.last, 8);
        journal_past_destroy(&past);
    }
}

/* Returns the bytes of a file with `count` records of iteration 1. */
static size_t make_file(int width, uint32_t count, char bytes[1024])
{
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, width);
    journal_begin(&journal, 1, THETA, 100);
    for (uint32_t i = 0; i < count; ++i)
        add(&journal, i, slow);
    journal_close(&journal);
    return folder_read("journal/0000-0000", bytes, 1024);
}

static void test_a_file_is_read_up_to_where_it_is_cut(void **state)
{
    (void)state;
    char bytes[1024];
    const size_t size = make_file(2, 3, bytes);
    assert_int_equal(size, HEADER + 3 * record_bytes(2));
    for (size_t length = 0; length <= size; ++length) {
        const size_t whole = length < HEADER ? 0 : (length - HEADER) / record_bytes(2);
        folder_write("journal/0000-0000", bytes, length);
        struct journal_past past = read_past(2);
        assert_int_equal(past.last, whole > 0 ? 1 : -1);
        expect_evaluations(take_iteration(&past, 1, THETA), whole, 0);
        journal_past_destroy(&past);
    }
}

/* Record 1 of 3 is damaged. The last is still given only if the damage has made it one of an older
 * iteration, which nobody looks at. */
static void expect_without_second(const struct taken *taken, bool names_another_iteration)
{
    assert_true(taken->count == 1 || (taken->count == 2 && names_another_iteration));
    assert_int_equal(taken->records[0].evaluation, 0);
    assert_true(taken->count == 1 || taken->records[1].evaluation == 2);
}

static void test_every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    char bytes[1024];
    const size_t size = make_file(2, 3, bytes), second = HEADER + record_bytes(2);
    for (size_t bit = 0; bit < 8 * (second + record_bytes(2)); ++bit) {
        const size_t at = bit / 8;
        if (at >= HEADER && at < second)
            continue;
        bytes[at] = (char)(bytes[at] ^ 1 << bit % 8);
        folder_write("journal/0000-0000", bytes, size);
        bytes[at] = (char)(bytes[at] ^ 1 << bit % 8);
        if (at < HEADER)
            assert_int_equal(read_iteration(2, 1)->count, 0);
        else
            expect_without_second(read_iteration(2, 1), at < second + sizeof(int64_t));
    }
}

static void test_a_damaged_record_ends_its_file_for_good(void **state)
{
    (void)state;
    char bytes[1024];
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 1);
    for (int64_t iteration = 1; iteration <= 2; ++iteration) {
        journal_begin(&journal, iteration, THETA, 100);
        add(&journal, 0, slow);
        add(&journal, 1, slow);
    }
    journal_close(&journal);
    const size_t size = folder_read("journal/0000-0000", bytes, sizeof bytes);
    expect_evaluations(read_iteration(1, 2), 2, 0);
    bytes[HEADER + 2 * record_bytes(1) - 1] ^= 1;
    folder_write("journal/0000-0000", bytes, size);
    struct journal_past past = read_past(1);
    expect_evaluations(take_iteration(&past, 1, THETA), 1, 0);
    assert_int_equal(take_iteration(&past, 2, THETA)->count, 0);
    journal_past_destroy(&past);
}

static void test_nothing_is_taken_of_another_theta_or_run(void **state)
{
    (void)state;
    char bytes[1024];
    struct journal_past past;
    struct error error;
    const size_t size = make_file(1, 3, bytes);
    past = read_past(1);
    assert_int_equal(take_iteration(&past, 1, THETA + 1)->count, 0);
    journal_past_destroy(&past);
    assert_int_equal(journal_past_read(&past, "journal", run_hash + 1, 1, &error), STATUS_DONE);
    assert_int_equal(past.count, 0);
    assert_int_equal(past.last, -1);
    journal_past_destroy(&past);
    past = read_past(2);
    assert_int_equal(past.count, 0);
    journal_past_destroy(&past);
    /* Nor of a file that somebody has renamed, or whose records belong behind another header. */
    folder_write("journal/0001-0000", bytes, size);
    expect_evaluations(read_iteration(1, 1), 3, 0);
    struct journal journal = open_journal(JOURNAL_ON, 0, 1, 1);
    journal_begin(&journal, 1, THETA, 100);
    add(&journal, 0, slow);
    journal_close(&journal);
    folder_read("journal/0000-0001", bytes, HEADER);
    folder_write("journal/0000-0001", bytes, size);
    expect_evaluations(read_iteration(1, 1), 3, 0);
}

static void test_a_short_iteration_leaves_nothing(void **state)
{
    (void)state;
    struct journal journal = open_journal(JOURNAL_AUTO, 0, 0, 1);
    /* 5 s, and then what fills the buffer more than once. */
    for (int64_t iteration = 1; iteration <= 2; ++iteration) {
        journal_begin(&journal, iteration, THETA, iteration == 1 ? 100 : 3000);
        for (uint32_t i = 0; i < (iteration == 1 ? 100 : 3000); ++i)
            add(&journal, i, iteration == 1 ? 0.05 : 0.002);
    }
    journal_begin(&journal, 3, THETA, 100);
    flush(&journal);
    journal_close(&journal);
    assert_int_equal(access("journal/0000-0000", F_OK), -1);
}

static void test_an_iteration_that_turns_out_long_is_written(void **state)
{
    (void)state;
    struct journal journal = open_journal(JOURNAL_AUTO, 0, 0, 1);
    journal_begin(&journal, 1, THETA, 100);
    for (uint32_t i = 0; i < 10; ++i)
        add(&journal, i, 0.05);
    assert_int_equal(access("journal/0000-0000", F_OK), -1);
    /* Now the mean is 0.14 s. */
    add(&journal, 10, 1);
    assert_int_equal(file_size("journal/0000-0000"), HEADER + 11 * record_bytes(1));
    add(&journal, 11, 0.2);
    assert_int_equal(file_size("journal/0000-0000"), HEADER + 12 * record_bytes(1));
    /* The next iteration is short again, and the one after it long from its beginning. */
    journal_begin(&journal, 2, THETA, 100);
    for (uint32_t i = 0; i < 10; ++i)
        add(&journal, i, 0.05);
    journal_begin(&journal, 3, THETA, 100);
    add(&journal, 0, 0.2);
    assert_int_equal(file_size("journal/0000-0000"), HEADER + 13 * record_bytes(1));
    journal_close(&journal);
    expect_evaluations(read_iteration(1, 1), 12, 0);
    assert_int_equal(read_iteration(1, 2)->count, 0);
    expect_evaluations(read_iteration(1, 3), 1, 0);
}

/* Many fast evaluations take long, too. What is left of them in memory is written when the next
 * iteration begins. */
static void test_the_rest_of_a_long_iteration_is_written(void **state)
{
    (void)state;
    struct journal journal = open_journal(JOURNAL_AUTO, 0, 0, 1);
    journal.flushed = 1e12;
    journal_begin(&journal, 1, THETA, 100000000);
    for (uint32_t i = 0; i < 100; ++i)
        add(&journal, i, fast);
    assert_int_equal(access("journal/0000-0000", F_OK), -1);
    journal_begin(&journal, 2, THETA, 100000000);
    journal_close(&journal);
    expect_evaluations(read_iteration(1, 1), 100, 0);
}

/* Of a short iteration that does not end, what is in the buffer is kept. */
static void test_a_stop_writes_what_is_in_memory(void **state)
{
    (void)state;
    const size_t room = 65536 / record_bytes(1);
    struct journal journal = open_journal(JOURNAL_AUTO, 0, 0, 1);
    journal_begin(&journal, 1, THETA, 3000);
    for (uint32_t i = 0; i < 3000; ++i)
        add(&journal, i, 0.002);
    flush(&journal);
    journal_close(&journal);
    expect_evaluations(read_iteration(1, 1), 3000 - room, (uint32_t)room);
}

static void test_slow_evaluations_are_written_at_once(void **state)
{
    (void)state;
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 5);
    journal_begin(&journal, 1, THETA, 100);
    for (uint32_t i = 0; i < 20; ++i) {
        add(&journal, i, 0.001);
        assert_int_equal(file_size("journal/0000-0000"), HEADER + (i + 1) * record_bytes(5));
    }
    journal_close(&journal);
}

static void test_fast_evaluations_are_gathered(void **state)
{
    (void)state;
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 1);
    assert_true(journal.flushed > 0);
    /* As if the last write were still to come. */
    journal.flushed = 1e12;
    journal_begin(&journal, 1, THETA, 100000);
    for (uint32_t i = 0; i < 100; ++i)
        add(&journal, i, fast);
    assert_int_equal(access("journal/0000-0000", F_OK), -1);
    /* And as if it were long ago. */
    journal.flushed = 0;
    add(&journal, 100, fast);
    assert_int_equal(file_size("journal/0000-0000"), HEADER + 101 * record_bytes(1));
    journal.flushed = 1e12;
    add(&journal, 101, fast);
    assert_int_equal(file_size("journal/0000-0000"), HEADER + 101 * record_bytes(1));
    journal_begin(&journal, 2, THETA, 100000);
    assert_int_equal(file_size("journal/0000-0000"), HEADER + 102 * record_bytes(1));
    journal_close(&journal);
}

static void test_many_records_are_written_in_pieces(void **state)
{
    (void)state;
    const size_t room = 65536 / record_bytes(1);
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 1);
    journal.flushed = 1e12;
    journal_begin(&journal, 1, THETA, RECORDS_MAX);
    for (uint32_t i = 0; i < RECORDS_MAX; ++i) {
        add(&journal, i, fast);
        journal.flushed = 1e12;
        if (i == room)
            assert_int_equal(file_size("journal/0000-0000"), HEADER + room * record_bytes(1));
        if (i % 3000 == 2999)
            flush(&journal);
    }
    flush(&journal);
    journal_close(&journal);
    expect_evaluations(read_iteration(1, 1), RECORDS_MAX, 0);
}

/* A record that is larger than the buffer usually is. */
static void test_a_record_may_be_large(void **state)
{
    (void)state;
    enum { WIDE = 20000 };
    static double values[WIDE];
    const struct journal_record record = {.outcome = OUTCOME_DONE, .seconds = fast};
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, WIDE);
    journal_begin(&journal, 1, THETA, 100);
    for (int i = 0; i < 3; ++i)
        journal_add(&journal, &record, values);
    flush(&journal);
    journal_close(&journal);
    assert_int_equal(file_size("journal/0000-0000"), HEADER + 3 * record_bytes(WIDE));
}

/* One sync for the folder and one for the first write, and then none before a second is over. */
static void test_records_are_synced_once_a_second(void **state)
{
    (void)state;
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 1);
    journal_begin(&journal, 1, THETA, 100);
    add(&journal, 0, slow);
    assert_true(journal.synced > 0);
    journal.synced = 1e12;
    failing_calls_set(FAULT_NONE, 0);
    add(&journal, 1, slow);
    assert_int_equal(failing_calls_made(), 1);
    journal.synced = 0;
    add(&journal, 2, slow);
    assert_int_equal(failing_calls_made(), 3);
    journal_close(&journal);
}

static void test_what_a_checkpoint_has_is_forgotten(void **state)
{
    (void)state;
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 1);
    journal_forget(&journal);
    journal_begin(&journal, 1, THETA, 100);
    for (uint32_t i = 0; i < 5; ++i)
        add(&journal, i, slow);
    journal_forget(&journal);
    assert_int_equal(file_size("journal/0000-0000"), HEADER);
    journal_begin(&journal, 2, THETA, 100000);
    journal.flushed = 1e12;
    add(&journal, 0, fast);
    journal_forget(&journal);
    add(&journal, 1, fast);
    flush(&journal);
    journal_close(&journal);
    assert_int_equal(file_size("journal/0000-0000"), HEADER + record_bytes(1));
    assert_int_equal(read_iteration(1, 1)->count, 0);
    expect_evaluations(read_iteration(1, 2), 1, 1);
}

static const char *const foreign[] = {"0000-0000.txt", "0-0",       "00000-0000",
                                      "-001-0000",     "0000--001", "0000 0000",
                                      "0000-",         "notes",     "2147483647-0000"};
enum { FOREIGN = sizeof foreign / sizeof *foreign };

static void test_only_journals_are_removed(void **state)
{
    (void)state;
    char path[256];
    struct error error;
    write_history(3, 2, 1);
    for (int i = 0; i < FOREIGN; ++i) {
        snprintf(path, sizeof path, "journal/%s", foreign[i]);
        folder_write(path, "precious", 8);
    }
    assert_int_equal(journal_remove("journal", 2, &error), STATUS_DONE);
    assert_int_equal(access("journal/0001-0001", F_OK), -1);
    assert_int_equal(access("journal/0002-0001", F_OK), 0);
    assert_int_equal(journal_next_start("journal"), 3);
    assert_int_equal(journal_remove("journal", INT_MAX, &error), STATUS_DONE);
    assert_int_equal(access("journal/0002-0000", F_OK), -1);
    assert_int_equal(access("journal/0002-0001", F_OK), -1);
    assert_int_equal(journal_next_start("journal"), 0);
    for (int i = 0; i < FOREIGN; ++i) {
        snprintf(path, sizeof path, "journal/%s", foreign[i]);
        folder_expect_precious(path);
    }
}

static void test_an_empty_folder_is_removed(void **state)
{
    (void)state;
    struct error error;
    write_history(1, 1, 1);
    assert_int_equal(journal_remove("journal", 1, &error), STATUS_DONE);
    assert_int_equal(access("journal", F_OK), 0);
    assert_int_equal(journal_remove("journal", INT_MAX, &error), STATUS_DONE);
    assert_int_equal(access("journal", F_OK), -1);
    assert_int_equal(journal_remove("journal", INT_MAX, &error), STATUS_DONE);
}

static void test_large_numbers_have_names(void **state)
{
    (void)state;
    struct journal journal = open_journal(JOURNAL_ON, 12345, 1234567, 1);
    journal_begin(&journal, 1, THETA, 100);
    add(&journal, 0, slow);
    journal_close(&journal);
    assert_int_equal(access("journal/12345-1234567", F_OK), 0);
    assert_int_equal(journal_next_start("journal"), 12346);
    expect_evaluations(read_iteration(1, 1), 1, 0);
}

static void expect_cannot_be_written(struct journal *journal, const char *why)
{
    char line[256];
    struct error error;
    snprintf(line, sizeof line, "journal/0000-0000: cannot be written: %s", why);
    assert_int_equal(journal_flush(journal, &error), STATUS_FAILED);
    assert_string_equal(error.text, line);
}

static void test_a_full_disk_is_told_and_ends_the_file(void **state)
{
    (void)state;
    struct rlimit before, limit;
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 1);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = HEADER + 5 * record_bytes(1) / 2;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    journal_begin(&journal, 1, THETA, 100);
    for (uint32_t i = 0; i < 5; ++i)
        add(&journal, i, slow);
    setrlimit(RLIMIT_FSIZE, &before);
    expect_cannot_be_written(&journal, strerror(EFBIG));
    assert_int_equal(file_size("journal/0000-0000"), limit.rlim_cur);
    /* Now there is room again, but what follows half a record could not be read. */
    journal.synced = 0;
    failing_calls_set(FAULT_NONE, 0);
    add(&journal, 5, slow);
    journal_begin(&journal, 2, THETA, 100);
    add(&journal, 0, slow);
    assert_int_equal(failing_calls_made(), 0);
    expect_cannot_be_written(&journal, strerror(EFBIG));
    journal_close(&journal);
    assert_int_equal(file_size("journal/0000-0000"), limit.rlim_cur);
    expect_evaluations(read_iteration(1, 1), 2, 0);
}

/* Writes three records while one system call goes wrong. Returns whether the fault came into play;
 * *failed tells whether the journal says so. */
static bool survives(enum fault fault, int call, bool *failed)
{
    struct error error = {STATUS_DONE, ""};
    assert_int_equal(system("rm -rf journal"), 0);
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 1);
    journal_begin(&journal, 1, THETA, 100);
    failing_calls_set(fault, call);
    for (uint32_t i = 0; i < 3; ++i)
        add(&journal, i, slow);
    *failed = journal_flush(&journal, &error) != STATUS_DONE;
    const bool reached = failing_calls_made() > call;
    failing_calls_set(FAULT_NONE, 0);
    journal_close(&journal);
    const struct taken *taken = read_iteration(1, 1);
    expect_evaluations(taken, *failed ? taken->count : 3, 0);
    if (*failed)
        assert_int_equal(strncmp(error.text, "journal/0000-0000: cannot be written: ", 38), 0);
    return reached;
}

static void test_whatever_call_fails_is_told(void **state)
{
    (void)state;
    bool failed;
    /* Only the close of the folder may fail. */
    for (enum fault fault = FAULT_NO_SPACE; fault <= FAULT_IO; ++fault) {
        int untold = 0, call = 0;
        for (; survives(fault, call, &failed); ++call)
            untold += !failed;
        assert_int_equal(untold, 1);
        assert_true(call > 8);
    }
    for (int call = 0; survives(FAULT_SHORT_WRITE, call, &failed); ++call)
        assert_false(failed);
    /* An open of a file is not interrupted; a write and a sync are. */
    int failures = 0;
    for (int call = 0; survives(FAULT_INTERRUPTED, call, &failed); ++call)
        failures += failed;
    assert_int_equal(failures, 2);
}

static void test_a_file_of_somebody_else_is_kept(void **state)
{
    (void)state;
    struct journal journal = open_journal(JOURNAL_ON, 0, 0, 1);
    folder_write("journal/0000-0000", "precious", 8);
    journal_begin(&journal, 1, THETA, 100);
    add(&journal, 0, slow);
    expect_cannot_be_written(&journal, strerror(EEXIST));
    journal_forget(&journal);
    journal_close(&journal);
    folder_expect_precious("journal/0000-0000");
}

static void test_a_folder_that_cannot_be_written_to(void **state)
{
    (void)state;
    struct journal journal;
    struct error error;
    folder_write("journal", "precious", 8);
    assert_int_equal(journal_open(&journal, JOURNAL_AUTO, "journal", 0, 0, 1, 1, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "journal: cannot be written to: Not a directory: "));
    assert_non_null(strstr(error.text, "--journal off"));
    journal_close(&journal);
    assert_int_equal(journal_open(&journal, JOURNAL_ON, "no/journal", 0, 0, 1, 1, &error),
                     STATUS_FAILED);
    journal_close(&journal);
    folder_expect_precious("journal");
}

static void expect_cannot_be_read(const char *line)
{
    struct journal_past past;
    struct error error;
    assert_int_equal(journal_past_read(&past, "journal", run_hash, 1, &error), STATUS_FAILED);
    assert_string_equal(error.text, line);
    journal_past_destroy(&past);
}

static void test_no_folder_holds_no_records(void **state)
{
    (void)state;
    struct journal_past past = read_past(1);
    assert_int_equal(past.count, 0);
    assert_int_equal(past.last, -1);
    assert_int_equal(take_iteration(&past, 1, THETA)->count, 0);
    journal_past_destroy(&past);
    assert_int_equal(journal_next_start("journal"), 0);
    folder_write("journal", "precious", 8);
    expect_cannot_be_read("journal: cannot be read: Not a directory");
}

static void test_a_file_that_cannot_be_read_is_a_failure(void **state)
{
    (void)state;
    write_history(1, 1, 1);
    /* readdir for ".", ".." and the file, in any order; open, realloc, close, and the end. */
    int named = 0, listed = 0;
    for (int call = 0; call < 7; ++call) {
        struct journal_past past;
        struct error error = {STATUS_DONE, ""};
        failing_calls_set(FAULT_IO, call);
        journal_past_read(&past, "journal", run_hash, 1, &error);
        failing_calls_set(FAULT_NONE, 0);
        journal_past_destroy(&past);
        named += strcmp(error.text, "journal/0000-0000: Input/output error") == 0;
        listed += strcmp(error.text, "journal: cannot be read: Input/output error") == 0;
    }
    assert_int_equal(named, 1);
    assert_int_equal(listed, 4);
    assert_int_equal(mkdir("journal/0000-0001", 0777), 0);
    expect_cannot_be_read("journal/0000-0001: is a folder, not a file");
}

static void test_a_journal_that_is_off_does_nothing(void **state)
{
    (void)state;
    struct journal journal = {0};
    for (int i = 0; i < 2; ++i) {
        journal_begin(&journal, 1, THETA, 100);
        add(&journal, 0, 1000);
        flush(&journal);
        journal_forget(&journal);
        journal_close(&journal);
        journal = open_journal(JOURNAL_OFF, 0, 0, 1);
    }
    assert_int_equal(access("journal", F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_modes_have_names, begin_test),
        cmocka_unit_test_setup(test_ranks_and_starts_are_read_again, begin_test),
        cmocka_unit_test_setup(test_the_last_iteration_may_be_in_any_file, begin_test),
        cmocka_unit_test_setup(test_the_bytes_are_as_ever, begin_test),
        cmocka_unit_test_setup(test_a_lost_evaluation_has_no_values, begin_test),
        cmocka_unit_test_setup(test_a_file_is_read_up_to_where_it_is_cut, begin_test),
        cmocka_unit_test_setup(test_every_flipped_bit_is_noticed, begin_test),
        cmocka_unit_test_setup(test_a_damaged_record_ends_its_file_for_good, begin_test),
        cmocka_unit_test_setup(test_nothing_is_taken_of_another_theta_or_run, begin_test),
        cmocka_unit_test_setup(test_a_short_iteration_leaves_nothing, begin_test),
        cmocka_unit_test_setup(test_an_iteration_that_turns_out_long_is_written, begin_test),
        cmocka_unit_test_setup(test_the_rest_of_a_long_iteration_is_written, begin_test),
        cmocka_unit_test_setup(test_a_stop_writes_what_is_in_memory, begin_test),
        cmocka_unit_test_setup(test_slow_evaluations_are_written_at_once, begin_test),
        cmocka_unit_test_setup(test_fast_evaluations_are_gathered, begin_test),
        cmocka_unit_test_setup(test_many_records_are_written_in_pieces, begin_test),
        cmocka_unit_test_setup(test_a_record_may_be_large, begin_test),
        cmocka_unit_test_setup(test_records_are_synced_once_a_second, begin_test),
        cmocka_unit_test_setup(test_what_a_checkpoint_has_is_forgotten, begin_test),
        cmocka_unit_test_setup(test_only_journals_are_removed, begin_test),
        cmocka_unit_test_setup(test_an_empty_folder_is_removed, begin_test),
        cmocka_unit_test_setup(test_large_numbers_have_names, begin_test),
        cmocka_unit_test_setup(test_a_full_disk_is_told_and_ends_the_file, begin_test),
        cmocka_unit_test_setup(test_whatever_call_fails_is_told, begin_test),
        cmocka_unit_test_setup(test_a_file_of_somebody_else_is_kept, begin_test),
        cmocka_unit_test_setup(test_a_folder_that_cannot_be_written_to, begin_test),
        cmocka_unit_test_setup(test_no_folder_holds_no_records, begin_test),
        cmocka_unit_test_setup(test_a_file_that_cannot_be_read_is_a_failure, begin_test),
        cmocka_unit_test_setup(test_a_journal_that_is_off_does_nothing, begin_test),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
