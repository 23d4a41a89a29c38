/* SPDX-License-Identifier: MIT
 *
 * IDX files, plain and gzipped, are read; damaged ones are refused with the true reason. */
#include "files/idx.h"
#include "folder.h"
#include "testing.h"

#include <string.h>
#include <zlib.h>

/* Two images of 2 x 3. */
static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,  0,  0,
                                 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static void test_idx_plain_and_gzipped(void **state)
{
    (void)state;
    const char *const paths[] = {"images", "images.gz"};
    folder_write(paths[0], images, sizeof images);
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
    folder_write("empty", "", 0);
    expect_refused("empty", 3, "too short");
    folder_write("short", images, sizeof images - 1);
    expect_refused("short", 3, "shorter");
    folder_write("header", images, 9);
    expect_refused("header", 3, "header");
    folder_write("long", damaged, sizeof damaged);
    expect_refused("long", 3, "longer");
    folder_write("good", images, sizeof images);
    expect_refused("good", 1, "dimensions");
    damaged[2] = 9;
    folder_write("magic", damaged, sizeof images);
    expect_refused("magic", 3, "magic");
    damaged[2] = 8;
    memset(damaged + 4, 0xff, 12);
    folder_write("huge", damaged, sizeof images);
    expect_refused("huge", 3, "impossible");
    memset(damaged + 4, 0, 4);
    folder_write("none", damaged, sizeof images);
    expect_refused("none", 3, "empty");
}

static void test_damaged_gzip_is_refused(void **state)
{
    (void)state;
    char packed[256];
    gzFile file = gzopen("whole.gz", "wb");
    assert_int_equal(gzwrite(file, images, sizeof images), sizeof images);
    gzclose(file);
    const size_t count = folder_read("whole.gz", packed, sizeof packed);
    /* A small file is unpacked, and its damage found, before the first byte is returned. */
    packed[count - 6] ^= 1; /* in the checksum */
    folder_write("checksum.gz", packed, count);
    expect_refused("checksum.gz", 3, "is damaged: its gzip data");
    packed[count - 6] ^= 1;
    for (size_t cut = 1; cut < count - 12; ++cut) {
        folder_write("cut.gz", packed, count - cut);
        expect_refused("cut.gz", 3, "is cut off: its gzip data");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idx_plain_and_gzipped),
        cmocka_unit_test(test_damaged_idx_is_refused),
        cmocka_unit_test(test_damaged_gzip_is_refused),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
