/* SPDX-License-Identifier: MIT
 *
 * Real files in a temporary folder: IDX, the dataset written from it, metrics; and what is never
 * overwritten. */
#include "files/atomic_file.h"
#include "files/dataset_writer.h"
#include "files/idx.h"
#include "files/metrics.h"
#include "files/run_directory.h"
#include "folder.h"
#include "testing.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/* Two images of 2 x 3. */
static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,  0,  0,
                                 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static void write_bytes(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static size_t read_bytes(const char *path, char *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t count = fread(bytes, 1, size, file);
    fclose(file);
    return count;
}

static void test_idx_plain_and_gzipped(void **state)
{
    (void)state;
    const char *const paths[] = {"images", "images.gz"};
    write_bytes(paths[0], images, sizeof images);
    gzFile packed = gzopen(paths[1], "wb");
    assert_int_equal(gzwrite(packed, images, sizeof images), sizeof images);
    gzclose(packed);
    for (int i = 0; i < 2; ++i) {
        struct idx idx;
        struct error error;
        assert_int_equal(idx_read(paths[i], 3, &idx, &error), STATUS_DONE);
        assert_int_equal(idx.extent[0], 2);
        assert_int_equal(idx.extent[1], 2);
        assert_int_equal(idx.extent[2], 3);
        assert_memory_equal(idx.bytes, images + 16, 12);
        idx_free(&idx);
    }
}

static void expect_refused(const char *path, int dimensions, const char *what)
{
    struct idx idx;
    struct error error = {0};
    assert_int_equal(idx_read(path, dimensions, &idx, &error), STATUS_FAILED);
    if (!strstr(error.text, path) || !strstr(error.text, what))
        fail_msg("'%s' does not name %s and '%s'", error.text, path, what);
}

static void test_damaged_idx_is_refused(void **state)
{
    (void)state;
    uint8_t damaged[sizeof images + 1];
    memcpy(damaged, images, sizeof images);
    expect_refused("absent", 3, "No such file");
    write_bytes("empty", "", 0);
    expect_refused("empty", 3, "too short");
    write_bytes("short", images, sizeof images - 1);
    expect_refused("short", 3, "shorter");
    write_bytes("header", images, 9);
    expect_refused("header", 3, "header");
    write_bytes("long", damaged, sizeof damaged);
    expect_refused("long", 3, "longer");
    write_bytes("good", images, sizeof images);
    expect_refused("good", 1, "dimensions");
    damaged[2] = 9;
    write_bytes("magic", damaged, sizeof images);
    expect_refused("magic", 3, "magic");
    damaged[2] = 8;
    memset(damaged + 4, 0xff, 12);
    write_bytes("huge", damaged, sizeof images);
    expect_refused("huge", 3, "impossible");
    memset(damaged + 4, 0, 4);
    write_bytes("none", damaged, sizeof images);
    expect_refused("none", 3, "empty");
}

static void test_damaged_gzip_is_refused(void **state)
{
    (void)state;
    char packed[256];
    gzFile file = gzopen("whole.gz", "wb");
    assert_int_equal(gzwrite(file, images, sizeof images), sizeof images);
    gzclose(file);
    const size_t count = read_bytes("whole.gz", packed, sizeof packed);
    /* Small files are unpacked, and found to be damaged, before the first byte is handed out. */
    packed[count - 6] ^= 1; /* in the checksum */
    write_bytes("checksum.gz", packed, count);
    expect_refused("checksum.gz", 3, "is damaged: its gzip data");
    packed[count - 6] ^= 1;
    for (size_t cut = 1; cut < count - 12; ++cut) {
        write_bytes("cut.gz", packed, count - cut);
        expect_refused("cut.gz", 3, "is cut off: its gzip data");
    }
}

static void test_the_dataset_is_written_byte_for_byte_alike(void **state)
{
    (void)state;
    static char first[65536], second[65536];
    const uint8_t labels[] = {0, 1};
    const struct dataset_part part = {2, 2, 3, images + 16, labels};
    const struct dataset_description description = {"tiny", "here", "none", 2};
    struct error error;
    uint8_t read_back[12];
    assert_int_equal(dataset_write("a.h5", &description, &part, &part, NULL, &error), STATUS_DONE);
    assert_int_equal(dataset_write("b.h5", &description, &part, &part, NULL, &error), STATUS_DONE);
    const size_t count = read_bytes("a.h5", first, sizeof first);
    assert_int_equal(count, read_bytes("b.h5", second, sizeof second));
    assert_memory_equal(first, second, count);
    const hid_t file = H5Fopen("a.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t array = H5Dopen2(file, "/test/images", H5P_DEFAULT);
    assert_true(H5Dread(array, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, read_back) >= 0);
    assert_memory_equal(read_back, images + 16, sizeof read_back);
    H5Dclose(array);
    H5Fclose(file);
    assert_int_equal(dataset_write("absent/a.h5", &description, &part, &part, NULL, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "absent/a.h5"));
}

static void test_a_file_is_renamed_or_stays(void **state)
{
    (void)state;
    struct error error;
    char text[8];
    write_bytes("old", "old", 3);
    assert_int_equal(atomic_file_commit("old", &error), STATUS_FAILED);
    assert_int_equal(read_bytes("old", text, sizeof text), 3);
    write_bytes("old.partial", "newer", 5);
    assert_int_equal(atomic_file_commit("old", &error), STATUS_DONE);
    assert_int_equal(read_bytes("old", text, sizeof text), 5);
    assert_int_not_equal(access("old.partial", F_OK), 0);
}

static void assert_untouched(const char *path)
{
    char text[16];
    assert_int_equal(read_bytes(path, text, sizeof text), 8);
    assert_memory_equal(text, "precious", 8);
}

static void assert_regular(const char *path)
{
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISREG(info.st_mode));
}

/* Whoever may write to the folder could else have a run overwrite any file of its owner. */
static void test_nothing_is_written_through_a_symbolic_link(void **state)
{
    (void)state;
    const uint8_t labels[] = {0, 1};
    const struct dataset_part part = {2, 2, 3, images + 16, labels};
    const struct dataset_description description = {"tiny", "here", "none", 2};
    struct error error;
    struct metrics metrics;
    bool evaluated;
    char text[8];
    assert_int_equal(mkdir("linked", 0777), 0);
    write_bytes("precious", "precious", 8);
    assert_int_equal(symlink("../precious", "linked/text.partial"), 0);
    assert_int_equal(atomic_file_write("linked/text", "new", 3, &error), STATUS_DONE);
    assert_int_equal(symlink("../precious", "linked/a.h5.partial"), 0);
    assert_int_equal(dataset_write("linked/a.h5", &description, &part, &part, NULL, &error),
                     STATUS_DONE);
    /* The one that a link stands for is what it was; the link itself gives way. */
    assert_untouched("precious");
    assert_regular("linked/text");
    assert_regular("linked/a.h5");
    assert_int_equal(read_bytes("linked/text", text, sizeof text), 3);

    const char *const names[] = {"linked/metrics.jsonl", "linked/timing.jsonl"};
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(symlink("../precious", names[i]), 0);
        assert_int_equal(metrics_open(&metrics, "linked", &error), STATUS_FAILED);
        assert_int_equal(access("linked/metrics.jsonl", F_OK), i == 0 ? 0 : -1);
        assert_int_equal(metrics_resume(&metrics, "linked", 0, true, &evaluated, &error),
                         STATUS_FAILED);
        assert_non_null(strstr(error.text, names[i]));
        assert_non_null(strstr(error.text, "symbolic link"));
        assert_untouched("precious");
        assert_int_equal(unlink(names[i]), 0);
    }
    assert_int_equal(symlink("../precious", "linked/lock"), 0);
    assert_int_equal(run_directory_lock("linked", &error), -1);
    assert_non_null(strstr(error.text, "linked/lock: is a symbolic link"));
    assert_untouched("precious");
}

static void test_what_is_no_file_is_not_replaced(void **state)
{
    (void)state;
    struct error error;
    /* A folder in the place of the temporary file, and one in that of a file to go on with. */
    assert_int_equal(mkdir("blocked.partial", 0777), 0);
    assert_int_equal(atomic_file_write("blocked", "new", 3, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "blocked.partial: "));
    assert_int_equal(mkfifo("fifo", 0666), 0);
    assert_int_equal(atomic_file_open("fifo", O_RDWR, &error), -1);
    assert_non_null(strstr(error.text, "fifo: is not a regular file"));
}

static void expect_output(const char *path, bool force, const char *reason)
{
    const char *const inputs[] = {"input", "missing", NULL};
    struct error error = {STATUS_DONE, ""};
    const enum status status = atomic_file_check_output(path, force, inputs, &error);
    if (!reason && status)
        fail_msg("%s is refused: %s", path, error.text);
    if (reason && (status != STATUS_FAILED || !strstr(error.text, reason)))
        fail_msg("%s: '%s' does not say '%s'", path, error.text, reason);
}

static void test_an_output_replaces_a_file_only_if_it_may(void **state)
{
    (void)state;
    write_bytes("input", "precious", 8);
    write_bytes("output", "old", 3);
    assert_int_equal(link("input", "hard"), 0);
    assert_int_equal(symlink("input", "soft"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    for (int force = 0; force < 2; ++force) {
        expect_output("new", force, NULL);
        expect_output("absent/new", force, "No such file");
        expect_output("output/new", force, "Not a directory");
        expect_output("output", force, force ? NULL : "exists already: replace it with --force");
        expect_output("input", force, "is read by this command");
        expect_output("hard", force, "is read by this command");
        expect_output("soft", force, "is not a regular file");
        expect_output("dangling", force, "is not a regular file");
        expect_output(".", force, "is not a regular file");
        expect_output("/dev/null", force, "is not a regular file");
    }
    assert_untouched("input");
}

static void test_metrics_are_lines_of_json(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    char text[512];
    assert_int_equal(mkdir("run", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "run", &error), STATUS_DONE);
    metrics_iteration(&metrics, 1, 2.290216012613064);
    metrics_evaluation(&metrics, 600, 1, (struct metrics_score){0.5, 0.25},
                       (struct metrics_score){1e-6, 1});
    assert_int_equal(metrics_sync(&metrics, &error), STATUS_DONE);
    metrics_close(&metrics);
    text[read_bytes("run/metrics.jsonl", text, sizeof text - 1)] = '\0';
    assert_string_equal(text, "{\"iteration\":1,\"loss\":2.2902160126130640}\n"
                              "{\"iteration\":600,\"epoch\":1,\"train_loss\":0.50000000000000000,"
                              "\"train_accuracy\":0.25000000000000000,"
                              "\"test_loss\":9.9999999999999995e-07,"
                              "\"test_accuracy\":1.0000000000000000}\n");
    /* A fresh start does not write over a run. */
    assert_int_equal(metrics_open(&metrics, "run", &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "run/metrics.jsonl"));
}

static void test_a_run_that_cannot_begin_leaves_nothing(void **state)
{
    (void)state;
    char path[PATH_MAX];
    struct metrics metrics;
    struct error error;
    for (int kept = 0; kept < 2; ++kept) {
        assert_int_equal(run_directory_create(NULL, false, path, sizeof path, &error), STATUS_DONE);
        assert_string_equal(path, "runs/0001");
        const int lock = run_directory_lock(path, &error);
        assert_true(lock >= 0);
        assert_int_equal(metrics_open(&metrics, path, &error), STATUS_DONE);
        /* What somebody put there stays. */
        if (kept)
            write_bytes("runs/0001/checkpoints/mine", "precious", 8);
        metrics_remove(&metrics);
        run_directory_remove(path);
        close(lock);
        assert_int_equal(access(path, F_OK), kept ? 0 : -1);
    }
    assert_untouched("runs/0001/checkpoints/mine");
    assert_int_equal(access("runs/0001/metrics.jsonl", F_OK), -1);
}

static void write_course(struct metrics *metrics, int64_t first, int64_t last)
{
    const struct metrics_score score = {0.5, 0.9};
    for (int64_t iteration = first; iteration <= last; ++iteration) {
        metrics_iteration(metrics, iteration, 1.0 / (double)iteration);
        if (iteration % 3 == 0)
            metrics_evaluation(metrics, iteration, 1, score, score);
    }
}

static void assert_same_file(const char *a, const char *b)
{
    char command[256];
    snprintf(command, sizeof command, "cmp %s %s", a, b);
    assert_int_equal(system(command), 0);
}

static void test_metrics_are_cut_back_and_go_on(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    bool evaluated;
    assert_int_equal(mkdir("straight", 0777), 0);
    assert_int_equal(mkdir("resumed", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "straight", &error), STATUS_DONE);
    write_course(&metrics, 1, 20);
    metrics_close(&metrics);

    /* Killed in the middle of line 13; the checkpoints are of 9, 6, 3 and 0. */
    for (int64_t checkpoint = 9; checkpoint >= 0; checkpoint -= 3) {
        unlink("resumed/metrics.jsonl");
        unlink("resumed/timing.jsonl");
        assert_int_equal(metrics_open(&metrics, "resumed", &error), STATUS_DONE);
        write_course(&metrics, 1, 12);
        fputs("{\"iteration\":13,\"los", metrics.course);
        metrics_close(&metrics);
        assert_int_equal(metrics_resume(&metrics, "resumed", checkpoint, true, &evaluated, &error),
                         STATUS_DONE);
        assert_int_equal(evaluated, checkpoint > 0);
        write_course(&metrics, checkpoint + 1, 20);
        metrics_close(&metrics);
        assert_same_file("straight/metrics.jsonl", "resumed/metrics.jsonl");
    }
}

/* A run that was killed before its first checkpoint begins again: it has learned nothing. Where
 * there are losses, their checkpoints were removed, and the record must not go the same way. */
static void test_metrics_without_a_checkpoint_stay(void **state)
{
    (void)state;
    static const char begun[] = "{\"iteration\":0,\"epoch\":0,\"train_loss\":2.3}\n{\"iterat";
    struct metrics metrics;
    struct error error;
    bool evaluated;
    assert_int_equal(mkdir("early", 0777), 0);
    write_bytes("early/metrics.jsonl", begun, sizeof begun - 1);
    assert_int_equal(metrics_resume(&metrics, "early", -1, true, &evaluated, &error), STATUS_DONE);
    write_course(&metrics, 1, 20);
    metrics_close(&metrics);
    assert_same_file("straight/metrics.jsonl", "early/metrics.jsonl");
    assert_int_equal(metrics_resume(&metrics, "early", -1, true, &evaluated, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "early/metrics.jsonl: holds 20 iterations, but there is no "
                                       "checkpoint"));
    assert_same_file("straight/metrics.jsonl", "early/metrics.jsonl");
}

static void test_metrics_that_lack_an_iteration_are_refused(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    bool evaluated;
    assert_int_equal(mkdir("lacking", 0777), 0);
    assert_int_equal(metrics_open(&metrics, "lacking", &error), STATUS_DONE);
    write_course(&metrics, 1, 5);
    metrics_close(&metrics);
    assert_int_equal(system("cp lacking/metrics.jsonl lacking/before"), 0);
    assert_int_equal(metrics_resume(&metrics, "lacking", 8, true, &evaluated, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "lacking/metrics.jsonl: holds 5 iterations"));
    assert_same_file("lacking/metrics.jsonl", "lacking/before");
    /* An evaluation that the longer run does not make there goes. */
    assert_int_equal(metrics_resume(&metrics, "lacking", 3, false, &evaluated, &error),
                     STATUS_DONE);
    assert_false(evaluated);
    metrics_close(&metrics);
    assert_int_equal(system("test $(wc -l <lacking/metrics.jsonl) -eq 3"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idx_plain_and_gzipped),
        cmocka_unit_test(test_damaged_idx_is_refused),
        cmocka_unit_test(test_damaged_gzip_is_refused),
        cmocka_unit_test(test_the_dataset_is_written_byte_for_byte_alike),
        cmocka_unit_test(test_a_file_is_renamed_or_stays),
        cmocka_unit_test(test_nothing_is_written_through_a_symbolic_link),
        cmocka_unit_test(test_what_is_no_file_is_not_replaced),
        cmocka_unit_test(test_an_output_replaces_a_file_only_if_it_may),
        cmocka_unit_test(test_metrics_are_lines_of_json),
        cmocka_unit_test(test_a_run_that_cannot_begin_leaves_nothing),
        cmocka_unit_test(test_metrics_are_cut_back_and_go_on),
        cmocka_unit_test(test_metrics_without_a_checkpoint_stay),
        cmocka_unit_test(test_metrics_that_lack_an_iteration_are_refused),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
