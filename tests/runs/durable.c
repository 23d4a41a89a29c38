/* SPDX-License-Identifier: MIT
 *
 * File systems that cannot sync, or have no locks, are written to; full and broken disks are
 * failures. The linker puts the calls below in place of the system's. */
#include "files/durable.h"
#include "files/atomic_file.h"
#include "folder.h"
#include "runs/metrics.h"
#include "runs/run_directory.h"
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int __real_fsync(int descriptor);
int __wrap_fsync(int descriptor);
int __wrap_fcntl(int descriptor, int command, ...);

/* What the calls answer; 0: what the system does. */
static struct {
    int sync_file, sync_folder, lock;
} answers;

/* How many files were synced. */
static int files_synced;

static const int unsupported[] = {EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP, ENOLCK};
static const int failures[] = {ENOSPC, EIO, EDQUOT};
enum { UNSUPPORTED = sizeof unsupported / sizeof *unsupported };
enum { FAILURES = sizeof failures / sizeof *failures };

int __wrap_fsync(int descriptor)
{
    struct stat info;
    const bool is_folder = fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode);
    files_synced += !is_folder;
    errno = is_folder ? answers.sync_folder : answers.sync_file;
    return errno ? -1 : __real_fsync(descriptor);
}

/* Only for locks. */
int __wrap_fcntl(int descriptor, int command, ...)
{
    (void)descriptor;
    (void)command;
    errno = answers.lock;
    return errno ? -1 : 0;
}

static void expect_written(int cause, bool written)
{
    struct error error = {STATUS_DONE, ""};
    assert_int_equal(atomic_file_write("text", "new", 3, &error),
                     written ? STATUS_DONE : STATUS_FAILED);
    if (!written)
        assert_non_null(strstr(error.text, strerror(cause)));
    assert_int_not_equal(access(folder_temporary("text"), F_OK), 0);
}

static void test_what_cannot_be_synced_is_written(void **state)
{
    (void)state;
    for (int i = 0; i < UNSUPPORTED; ++i) {
        answers.sync_folder = unsupported[i];
        expect_written(unsupported[i], true);
        answers.sync_file = unsupported[i];
        expect_written(unsupported[i], true);
        answers.sync_file = answers.sync_folder = 0;
    }
}

static void test_a_full_or_broken_disk_is_a_failure(void **state)
{
    (void)state;
    for (int i = 0; i < FAILURES; ++i) {
        answers.sync_folder = failures[i];
        expect_written(failures[i], false);
        answers.sync_folder = 0;
        answers.sync_file = failures[i];
        expect_written(failures[i], false);
        answers.sync_file = 0;
    }
}

static void test_metrics_are_written_where_nothing_is_synced(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    assert_int_equal(metrics_open(&metrics, ".", false, &error), STATUS_DONE);
    answers.sync_file = EINVAL;
    assert_int_equal(metrics_sync(&metrics, &error), STATUS_DONE);
    answers.sync_file = EIO;
    assert_int_equal(metrics_sync(&metrics, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "./metrics.jsonl: cannot be written: "));
    answers.sync_file = 0;
    metrics_remove(&metrics);
}

/* A checkpoint needs the failures as it needs the metrics, but not the times. */
static void test_failures_are_durable_like_metrics(void **state)
{
    (void)state;
    struct metrics metrics;
    struct error error;
    for (int keeps = 0; keeps < 2; ++keeps) {
        assert_int_equal(metrics_open(&metrics, ".", keeps, &error), STATUS_DONE);
        files_synced = 0;
        assert_int_equal(metrics_sync(&metrics, &error), STATUS_DONE);
        assert_int_equal(files_synced, 1 + keeps);
        metrics_remove(&metrics);
    }
}

/* Locks the directory with standard error in the file "said". */
static int lock_and_listen(struct error *error)
{
    const int before = dup(STDERR_FILENO);
    assert_non_null(freopen("said", "w", stderr));
    const int lock = run_directory_lock(".", error);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    return lock;
}

static void test_a_run_goes_on_without_locks_and_says_so(void **state)
{
    (void)state;
    struct error error;
    for (int i = 0; i < UNSUPPORTED; ++i) {
        char said[512] = "";
        answers.lock = unsupported[i];
        folder_write("run.json.1.partial", "precious", 8);
        const int lock = lock_and_listen(&error);
        assert_true(lock >= 0);
        close(lock);
        folder_read("said", said, sizeof said - 1);
        assert_int_equal(strncmp(said, "dtrain: .: its file system has no locks (", 41), 0);
        assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
        /* It may be that of a job that is at work. */
        folder_expect_precious("run.json.1.partial");
        assert_false(run_directory_is_at_work("."));
    }
    answers.lock = EIO;
    assert_int_equal(lock_and_listen(&error), -1);
    assert_non_null(strstr(error.text, "./lock: cannot be locked: "));
    answers.lock = EAGAIN;
    assert_int_equal(lock_and_listen(&error), -1);
    assert_non_null(strstr(error.text, "another job is at work"));
    answers.lock = 0;
}

static void test_a_folder_that_cannot_be_synced(void **state)
{
    (void)state;
    assert_true(durable_sync_folder("."));
    assert_false(durable_sync_folder("missing"));
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_be_synced_is_written),
        cmocka_unit_test(test_a_full_or_broken_disk_is_a_failure),
        cmocka_unit_test(test_metrics_are_written_where_nothing_is_synced),
        cmocka_unit_test(test_failures_are_durable_like_metrics),
        cmocka_unit_test(test_a_run_goes_on_without_locks_and_says_so),
        cmocka_unit_test(test_a_folder_that_cannot_be_synced),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
