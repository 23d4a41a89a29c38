/* SPDX-License-Identifier: MIT
 *
 * The run directory is made, refused, locked and removed. */
#include "runs/run_directory.h"
#include "folder.h"
#include "runs/metrics.h"
#include "testing.h"

#include <string.h>
#include <sys/stat.h>

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
        assert_int_equal(metrics_open(&metrics, path, false, &error), STATUS_DONE);
        /* A user's file in it stays. */
        if (kept)
            folder_write("runs/0001/checkpoints/mine", "precious", 8);
        metrics_remove(&metrics);
        run_directory_remove(path);
        close(lock);
        assert_int_equal(access(path, F_OK), kept ? 0 : -1);
    }
    folder_expect_precious("runs/0001/checkpoints/mine");
    assert_int_equal(access("runs/0001/metrics.jsonl", F_OK), -1);
}

/* This process, which lives, has the PID of the killed one. */
static void test_the_lock_removes_what_a_killed_job_left(void **state)
{
    (void)state;
    char path[PATH_MAX], checkpoint[PATH_MAX], record[PATH_MAX], odd[PATH_MAX];
    struct error error;
    assert_int_equal(run_directory_create("left", false, path, sizeof path, &error), STATUS_DONE);
    snprintf(checkpoint, sizeof checkpoint, "left/checkpoints/iteration-0000380.h5.%ld.partial",
             (long)getpid());
    snprintf(odd, sizeof odd, "left/checkpoints/mine.partial.%ld.partial", (long)getpid());
    snprintf(record, sizeof record, "left/run.json.%ld.partial", (long)getpid());
    const char *const kept[] = {"left/partial", "left/mine.partial", "left/4.partial",
                                "left/mine.4.partial.txt", "left/checkpoints/iteration-0000360.h5"};
    folder_write(checkpoint, "half", 4);
    folder_write(record, "half", 4);
    folder_write(odd, "half", 4);
    for (int i = 0; i < 5; ++i)
        folder_write(kept[i], "precious", 8);
    const int lock = run_directory_lock(path, &error);
    assert_true(lock >= 0);
    assert_int_equal(access(checkpoint, F_OK), -1);
    assert_int_equal(access(record, F_OK), -1);
    assert_int_equal(access(odd, F_OK), -1);
    for (int i = 0; i < 5; ++i)
        folder_expect_precious(kept[i]);
    close(lock);
}

static void test_the_lock_is_no_symbolic_link(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(mkdir("linked", 0777), 0);
    folder_write("precious", "precious", 8);
    assert_int_equal(symlink("../precious", "linked/lock"), 0);
    assert_int_equal(run_directory_lock("linked", &error), -1);
    assert_non_null(strstr(error.text, "linked/lock: is a symbolic link"));
    folder_expect_precious("precious");
}

static void expect_held(const char *run_dir, struct error *error)
{
    char path[PATH_MAX];
    assert_int_equal(run_directory_check(run_dir, false, error), STATUS_FAILED);
    assert_non_null(strstr(error->text, "holds a run already"));
    assert_int_equal(run_directory_create(run_dir, false, path, sizeof path, error), STATUS_FAILED);
    assert_int_equal(run_directory_check(run_dir, true, error), STATUS_DONE);
    assert_int_equal(run_directory_create(run_dir, true, path, sizeof path, error), STATUS_DONE);
}

static void test_a_directory_that_holds_a_run_is_only_resumed(void **state)
{
    (void)state;
    struct error error;
    char path[PATH_MAX];
    assert_int_equal(run_directory_check("above/run", false, &error), STATUS_DONE);
    assert_int_equal(access("above", F_OK), -1);
    assert_int_equal(run_directory_create("above/run", false, path, sizeof path, &error),
                     STATUS_DONE);
    assert_string_equal(path, "above/run");
    assert_int_equal(access("above/run/checkpoints", F_OK), 0);
    /* A user's files are not a run. */
    folder_write("above/run/notes", "precious", 8);
    assert_int_equal(run_directory_check("above/run", false, &error), STATUS_DONE);
    const char *const signs[] = {"above/run/run.json", "above/run/metrics.jsonl",
                                 "above/run/checkpoints/iteration-0000000.h5"};
    for (int i = 0; i < 3; ++i) {
        folder_write(signs[i], "precious", 8);
        expect_held("above/run", &error);
        folder_expect_precious(signs[i]);
        assert_int_equal(unlink(signs[i]), 0);
    }
    assert_int_equal(run_directory_create("above/run/notes", false, path, sizeof path, &error),
                     STATUS_FAILED);
}

static void test_a_request_to_stop_is_a_file(void **state)
{
    (void)state;
    assert_int_equal(mkdir("running", 0777), 0);
    assert_false(run_directory_stop_requested("running"));
    folder_write("running/stop", "", 0);
    assert_true(run_directory_stop_requested("running"));
    run_directory_clear_stop("running");
    assert_false(run_directory_stop_requested("running"));
    run_directory_clear_stop("running");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_that_cannot_begin_leaves_nothing),
        cmocka_unit_test(test_the_lock_removes_what_a_killed_job_left),
        cmocka_unit_test(test_the_lock_is_no_symbolic_link),
        cmocka_unit_test(test_a_directory_that_holds_a_run_is_only_resumed),
        cmocka_unit_test(test_a_request_to_stop_is_a_file),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
