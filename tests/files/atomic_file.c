/* SPDX-License-Identifier: MIT
 *
 * A file is written whole or not at all, and replaces only what it may replace. */
#include "files/atomic_file.h"
#include "folder.h"
#include "testing.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void test_a_file_is_renamed_or_stays(void **state)
{
    (void)state;
    struct error error;
    char text[8];
    folder_write("old", "old", 3);
    assert_int_equal(atomic_file_commit("old", &error), STATUS_FAILED);
    assert_int_equal(folder_read("old", text, sizeof text), 3);
    folder_write(folder_temporary("old"), "newer", 5);
    assert_int_equal(atomic_file_commit("old", &error), STATUS_DONE);
    assert_int_equal(folder_read("old", text, sizeof text), 5);
    assert_int_not_equal(access(folder_temporary("old"), F_OK), 0);
}

/* Otherwise anyone who may write to the folder could make a run overwrite any file of its owner. */
static void test_nothing_is_written_through_a_symbolic_link(void **state)
{
    (void)state;
    struct error error;
    char text[8];
    folder_write("precious", "precious", 8);
    assert_int_equal(symlink("precious", folder_temporary("text")), 0);
    assert_int_equal(atomic_file_write("text", "new", 3, &error), STATUS_DONE);
    /* The link is replaced; the file that it points to is untouched. */
    folder_expect_precious("precious");
    folder_expect_regular("text");
    assert_int_equal(folder_read("text", text, sizeof text), 3);
    assert_int_equal(symlink("precious", "link"), 0);
    assert_int_equal(atomic_file_open("link", O_RDWR, &error), -1);
    assert_non_null(strstr(error.text, "link: is a symbolic link"));
}

static void test_what_is_no_file_is_not_replaced(void **state)
{
    (void)state;
    struct error error;
    /* A folder has the name of the temporary file; a FIFO has that of a file to append to. */
    assert_int_equal(mkdir(folder_temporary("blocked"), 0777), 0);
    assert_int_equal(atomic_file_write("blocked", "new", 3, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, folder_temporary("blocked")));
    assert_int_equal(mkfifo("fifo", 0666), 0);
    assert_int_equal(atomic_file_open("fifo", O_RDWR, &error), -1);
    assert_non_null(strstr(error.text, "fifo: is not a regular file"));
}

/* Another process begins a file, waits to be told, and commits it, unless it is killed before. */
static pid_t begin_elsewhere(const char *path, int told, int begun)
{
    const pid_t child = fork();
    if (child != 0)
        return child;
    char temporary[PATH_MAX], letter = 0;
    struct error error;
    if (atomic_file_begin(path, temporary, &error))
        _exit(1);
    FILE *file = fopen(temporary, "wx");
    const bool ready = file && fputs("theirs", file) > 0 && fclose(file) == 0 &&
                       write(begun, &letter, 1) == 1 && read(told, &letter, 1) == 1;
    _exit(ready && atomic_file_commit(path, &error) == STATUS_DONE ? 0 : 1);
}

static void test_two_processes_do_not_mix_what_they_write(void **state)
{
    (void)state;
    struct error error;
    char text[8], letter = 0;
    int told[2], begun[2], status;
    assert_int_equal(pipe(told) + pipe(begun), 0);
    const pid_t child = begin_elsewhere("shared", told[0], begun[1]);
    assert_int_equal(read(begun[0], &letter, 1), 1);
    assert_int_equal(atomic_file_write("shared", "ours", 4, &error), STATUS_DONE);
    assert_int_equal(folder_read("shared", text, sizeof text), 4);
    assert_int_equal(write(told[1], &letter, 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(folder_read("shared", text, sizeof text), 6);
    assert_memory_equal(text, "theirs", 6);
}

static void test_what_a_killed_process_left_is_removed(void **state)
{
    (void)state;
    struct error error;
    char left[64], other[64], foreign[64], letter = 0;
    int told[2], begun[2];
    assert_int_equal(pipe(told) + pipe(begun), 0);
    const pid_t child = begin_elsewhere("killed", told[0], begun[1]);
    assert_int_equal(read(begun[0], &letter, 1), 1);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    const long number = atomic_file_number((long)child), elsewhere = number ^ (2L << 22);
    snprintf(left, sizeof left, "killed.%ld.partial", number);
    snprintf(other, sizeof other, "killed.h5.%ld.partial", number);
    /* The same PID on another host, where the process may be alive. */
    snprintf(foreign, sizeof foreign, "killed.%ld.partial", elsewhere);
    folder_write(other, "precious", 8);
    folder_write(foreign, "precious", 8);
    folder_write("killed.mine.partial", "precious", 8);
    assert_int_equal(access(left, F_OK), 0);
    assert_int_equal(atomic_file_write("killed", "new", 3, &error), STATUS_DONE);
    assert_int_equal(access(left, F_OK), -1);
    folder_expect_precious(other);
    folder_expect_precious(foreign);
    folder_expect_precious("killed.mine.partial");
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
    folder_write("input", "precious", 8);
    folder_write("output", "old", 3);
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
    folder_expect_precious("input");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_renamed_or_stays),
        cmocka_unit_test(test_nothing_is_written_through_a_symbolic_link),
        cmocka_unit_test(test_what_is_no_file_is_not_replaced),
        cmocka_unit_test(test_two_processes_do_not_mix_what_they_write),
        cmocka_unit_test(test_what_a_killed_process_left_is_removed),
        cmocka_unit_test(test_an_output_replaces_a_file_only_if_it_may),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
