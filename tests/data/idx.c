/* SPDX-License-Identifier: MIT
 *
 * IDX files, plain and gzipped, are read; damaged ones are refused with the true reason. */
#include "data/idx.h"
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
    damaged[2] = 0x0a;
    folder_write("magic", damaged, sizeof images);
    expect_refused("magic", 3, "magic: is of no known format, not an IDX file");
    damaged[2] = 8;
    memset(damaged + 4, 0xff, 12);
    folder_write("huge", damaged, sizeof images);
    expect_refused("huge", 3, "impossible");
    memset(damaged + 4, 0, 4);
    folder_write("none", damaged, sizeof images);
    expect_refused("none", 3, "empty");
}

static void test_nothing_may_follow_gzip_data(void **state)
{
    (void)state;
    char packed[256];
    struct idx idx;
    struct error error;
    gzFile file = gzopen("first.gz", "wb");
    gzwrite(file, images, 20);
    gzclose(file);
    file = gzopen("second.gz", "wb");
    gzwrite(file, images + 20, sizeof images - 20);
    gzclose(file);
    size_t count = folder_read("first.gz", packed, sizeof packed);
    count += folder_read("second.gz", packed + count, sizeof packed - count);
    /* A file may consist of several parts. */
    folder_write("parts.gz", packed, count);
    assert_int_equal(idx_read("parts.gz", 3, &idx, &error), STATUS_DONE);
    assert_memory_equal(idx.bytes, images + 16, 12);
    idx_free(&idx);
    packed[count] = 'x';
    folder_write("rest.gz", packed, count + 1);
    expect_refused("rest.gz", 3, "has bytes behind the end of its gzip data");
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

/* Four values of each type: 0, 1, 7 and 255, or 127 of signed bytes. */
static void test_whole_numbers_of_any_type_are_bytes(void **state)
{
    (void)state;
    static const struct {
        uint8_t code, bytes, values[32];
    } types[] = {
        {8, 1, {0, 1, 7, 255}},
        {9, 1, {0, 1, 7, 127}},
        {11, 2, {0, 0, 0, 1, 0, 7, 0, 255}},
        {12, 4, {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 255}},
        {13, 4, {0, 0, 0, 0, 0x3f, 0x80, 0, 0, 0x40, 0xe0, 0, 0, 0x43, 0x7f, 0, 0}},
        {14, 8, {[8] = 0x3f, 0xf0, [16] = 0x40, 0x1c, [24] = 0x40, 0x6f, 0xe0}},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; ++i) {
        uint8_t file[40] = {0, 0, types[i].code, 1, 0, 0, 0, 4};
        const uint8_t bytes[] = {0, 1, 7, types[i].code == 9 ? 127 : 255};
        struct idx idx;
        struct error error;
        memcpy(file + 8, types[i].values, 32);
        folder_write("typed", file, 8 + 4U * types[i].bytes);
        assert_int_equal(idx_read("typed", 1, &idx, &error), STATUS_DONE);
        assert_int_equal(idx.extent[0], 4);
        assert_memory_equal(idx.bytes, bytes, 4);
        idx_free(&idx);
    }
    static const uint8_t half[] = {0, 0, 13, 1, 0, 0, 0, 1, 0x3f, 0, 0, 0};
    static const uint8_t negative[] = {0, 0, 9, 1, 0, 0, 0, 1, 255};
    folder_write("half", half, sizeof half);
    expect_refused("half", 1, "holds 32-bit floats, and one of them is 0.5");
    folder_write("negative", negative, sizeof negative);
    expect_refused("negative", 1, "holds signed bytes, and one of them is -1");
}

/* Two lines of eight integers; what is not the class is no byte. */
static void test_labels_of_qmnist_are_its_first_column(void **state)
{
    (void)state;
    uint8_t file[12 + 64] = {0, 0, 12, 2, 0, 0, 0, 2, 0, 0, 0, 8, [15] = 5, [18] = 9, [47] = 3};
    struct idx idx;
    struct error error;
    folder_write("qmnist", file, sizeof file);
    assert_int_equal(idx_read("qmnist", 1, &idx, &error), STATUS_DONE);
    assert_int_equal(idx.extent[0], 2);
    assert_memory_equal(idx.bytes, "\5\3", 2);
    idx_free(&idx);
    file[11] = 4;
    folder_write("table", file, 12 + 32);
    expect_refused("table", 1, "has 2 dimensions of 32-bit integers, not 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idx_plain_and_gzipped),
        cmocka_unit_test(test_damaged_idx_is_refused),
        cmocka_unit_test(test_damaged_gzip_is_refused),
        cmocka_unit_test(test_whole_numbers_of_any_type_are_bytes),
        cmocka_unit_test(test_labels_of_qmnist_are_its_first_column),
        cmocka_unit_test(test_nothing_may_follow_gzip_data),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
