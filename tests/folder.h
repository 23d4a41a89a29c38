/* SPDX-License-Identifier: MIT
 *
 * A temporary folder in which a group of tests works: cmocka's setup and teardown, and helpers for
 * the files in it. */
#ifndef DTRAIN_FOLDER_H
#define DTRAIN_FOLDER_H

#include "files/atomic_file.h"
#include "testing.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static inline int folder_enter(void **state)
{
    static char folder[] = "/tmp/dtrain-test-XXXXXX";
    *state = folder;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

/* The same, with a new HDF5 file in it, which folder_leave_file closes. */
static inline int folder_enter_file(void **state, hid_t *file)
{
    if (folder_enter(state))
        return -1;
    *file = H5Fcreate("a.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    return *file < 0;
}

static inline int folder_leave(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", (const char *)*state);
    return system(command);
}

static inline int folder_leave_file(void **state, hid_t file)
{
    H5Fclose(file);
    return folder_leave(state);
}

static inline void folder_write(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* Reads up to `size` bytes; returns their number. */
static inline size_t folder_read(const char *path, void *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t count = fread(bytes, 1, size, file);
    fclose(file);
    return count;
}

/* Fails unless the file holds the text "precious" as before. */
static inline void folder_expect_precious(const char *path)
{
    char text[16];
    assert_int_equal(folder_read(path, text, sizeof text), 8);
    assert_memory_equal(text, "precious", 8);
}

/* Returns the temporary name under which this process writes a file. */
static inline const char *folder_temporary(const char *path)
{
    static char name[256];
    snprintf(name, sizeof name, "%s.%ld.partial", path, atomic_file_number((long)getpid()));
    return name;
}

static inline void folder_expect_regular(const char *path)
{
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISREG(info.st_mode));
}

#endif
