/* SPDX-License-Identifier: MIT
 *
 * Scratch folders are made, and removed with whatever a model has left in them. */
#include "files/scratch_folder.h"
#include "folder.h"
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static char scratch[PATH_MAX];

static void make(void)
{
    assert_int_equal(scratch_folder_make(".", 3, scratch), 0);
}

static void expect_removed(void)
{
    struct stat info;
    assert_int_equal(scratch_folder_remove(scratch), 0);
    assert_int_equal(lstat(scratch, &info), -1);
    assert_int_equal(errno, ENOENT);
}

/* Runs a shell's command in the folder. */
static void fill(const char *command)
{
    char line[PATH_MAX + 500];
    snprintf(line, sizeof line, "cd %s && %s", scratch, command);
    assert_int_equal(system(line), 0);
}

static void test_made_for_the_owner_alone(void **state)
{
    (void)state;
    struct stat info;
    make();
    assert_int_equal(scratch[0], '/');
    assert_non_null(strstr(scratch, "/dtrain-3-"));
    assert_int_equal(stat(scratch, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    expect_removed();
    assert_int_equal(scratch_folder_remove(scratch), 0);
    assert_int_equal(scratch_folder_make("nowhere", 3, scratch), ENOENT);
    assert_string_equal(scratch, "");
}

/* Links lead out of it. */
static void test_removed_with_all_that_is_in_it(void **state)
{
    (void)state;
    folder_write("precious", "precious", 8);
    make();
    fill("mkdir -p a/b/c 0/1/0 1 && echo x >a/b/c/d && echo x >0/1/0/2 && mkfifo a/pipe &&"
         "ln -s ../../precious a/link && ln -s ../.. a/up && ln ../precious a/same");
    expect_removed();
    folder_expect_precious("precious");
}

/* Deeper than there are descriptors, and than a path may be long. */
static void test_deep_folders(void **state)
{
    (void)state;
    enum { DEPTH = 3000 };
    make();
    int folder = open(scratch, O_RDONLY);
    for (int i = 0; i < DEPTH; ++i) {
        assert_int_equal(mkdirat(folder, "folder", 0700), 0);
        assert_int_equal(mkdirat(folder, "other", 0700), 0);
        const int inner = openat(folder, "folder", O_RDONLY);
        close(folder);
        folder = inner;
    }
    close(folder);
    expect_removed();
}

/* Root may do everything; others must give themselves the rights first. */
static void test_folders_without_rights(void **state)
{
    (void)state;
    make();
    fill("mkdir -p none/inner read && echo x >read/file && chmod 0 none && chmod 500 read . ");
    if (geteuid() == 0) {
        assert_int_equal(chmod(".", 0755), 0);
        assert_int_equal(chown(scratch, 65534, 65534), 0);
        fill("chown -R 65534:65534 none read");
        assert_int_equal(chmod(".", 0777), 0);
        assert_int_equal(seteuid(65534), 0);
    }
    expect_removed();
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void test_something_else_in_its_place(void **state)
{
    (void)state;
    assert_int_equal(mkdir("elsewhere", 0700), 0);
    folder_write("elsewhere/precious", "precious", 8);
    make();
    assert_int_equal(rmdir(scratch), 0);
    assert_int_equal(symlink("elsewhere", scratch), 0);
    expect_removed();
    folder_expect_precious("elsewhere/precious");
    folder_write(scratch, "a file", 6);
    expect_removed();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_for_the_owner_alone),
        cmocka_unit_test(test_removed_with_all_that_is_in_it),
        cmocka_unit_test(test_deep_folders),
        cmocka_unit_test(test_folders_without_rights),
        cmocka_unit_test(test_something_else_in_its_place),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
