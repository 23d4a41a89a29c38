/* SPDX-License-Identifier: MIT
 *
 * Chunks of every kind that dtrain reads by itself give the bytes that HDF5 gives; all others, and
 * damaged ones, are left to HDF5. */
#include "data/chunk_reader.h"
#include "folder.h"
#include "testing.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 23, HEIGHT = 3, WIDTH = 100, ROW = HEIGHT * WIDTH, CHUNK_ROWS = 7 };

#ifdef DTRAIN_HAS_LIBDEFLATE
static const bool reads_chunks = true;
#else
static const bool reads_chunks = false;
#endif

static uint8_t pixels[ROWS * ROW];

/* How an array is stored. */
struct storage {
    int chunk_rows, chunk_width; /* 0: contiguous */
    bool shuffle, deflate, checksum;
    hid_t type;
};

static hid_t create_array(const struct storage *storage, const char *path)
{
    const hsize_t shape[] = {ROWS, HEIGHT, WIDTH};
    const hsize_t chunk[] = {(hsize_t)storage->chunk_rows, HEIGHT, (hsize_t)storage->chunk_width};
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(3, shape, NULL), creation = H5Pcreate(H5P_DATASET_CREATE);
    /* Numbers that gzip cannot compress: a checksum of as many bytes must fold its sums. */
    for (int i = 0; i < ROWS * ROW; ++i)
        pixels[i] = (uint8_t)((unsigned)i * 2654435761U >> 13);
    if (storage->chunk_rows > 0)
        H5Pset_chunk(creation, 3, chunk);
    if (storage->shuffle)
        H5Pset_shuffle(creation);
    if (storage->deflate)
        H5Pset_deflate(creation, 9);
    if (storage->checksum)
        H5Pset_fletcher32(creation);
    const hid_t array =
        H5Dcreate2(file, "images", storage->type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(H5Dwrite(array, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels) >= 0);
    H5Dclose(array);
    H5Pclose(creation);
    H5Sclose(space);
    H5Fclose(file);
    return H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
}

static void open_array(hid_t file, struct hdf5_array *array)
{
    struct error error;
    assert_int_equal(hdf5_array_open(file, "a.h5", "images", array, &error), STATUS_DONE);
}

/* Every range of rows. */
static void expect_pixels(hid_t file)
{
    struct hdf5_array array;
    open_array(file, &array);
    for (int begin = 0; begin < ROWS; ++begin)
        for (int end = begin + 1; end <= ROWS; ++end) {
            uint8_t read[ROWS * ROW] = {0};
            const int count = end - begin;
            assert_int_equal(chunk_reader_read(&array, begin, count, read), reads_chunks);
            if (reads_chunks)
                assert_memory_equal(read, pixels + (size_t)begin * ROW, (size_t)count * ROW);
        }
    hdf5_array_close(&array);
}

static void expect_refusal(hid_t file)
{
    uint8_t read[ROWS * ROW];
    struct hdf5_array array;
    open_array(file, &array);
    assert_false(chunk_reader_read(&array, 0, ROWS, read));
    hdf5_array_close(&array);
}

static void expect_reading(const struct storage *storage)
{
    struct hdf5_array array;
    const hid_t file = create_array(storage, "a.h5");
    expect_pixels(file);
    open_array(file, &array);
    assert_int_equal(chunk_reader_rows(&array), storage->chunk_rows);
    hdf5_array_close(&array);
    H5Fclose(file);
}

static void test_chunks_of_gzip(void **state)
{
    (void)state;
    const int chunk_rows[] = {1, CHUNK_ROWS, ROWS};
    for (int shuffle = 0; shuffle < 2; ++shuffle)
        for (int checksum = 0; checksum < 2; ++checksum)
            for (int i = 0; i < 3; ++i)
                expect_reading(&(struct storage){chunk_rows[i], WIDTH, shuffle == 1, true,
                                                 checksum == 1, H5T_STD_U8LE});
}

static void test_other_storage_is_left_to_hdf5(void **state)
{
    (void)state;
    const struct storage others[] = {
        {0, 0, false, false, false, H5T_STD_U8LE},
        {CHUNK_ROWS, WIDTH, false, false, false, H5T_STD_U8LE},
        {CHUNK_ROWS, WIDTH, false, false, true, H5T_STD_U8LE},
        {CHUNK_ROWS, WIDTH, true, false, false, H5T_STD_U8LE},
        {CHUNK_ROWS, WIDTH - 1, false, true, false, H5T_STD_U8LE},
        {CHUNK_ROWS, WIDTH, false, true, false, H5T_STD_U16LE},
        {CHUNK_ROWS, WIDTH, false, true, false, H5T_STD_I8LE},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i) {
        const hid_t file = create_array(&others[i], "a.h5");
        expect_refusal(file);
        H5Fclose(file);
    }
}

/* A chunk that was written without its filters. */
static void test_a_chunk_without_filters_is_left_to_hdf5(void **state)
{
    (void)state;
    const struct storage storage = {CHUNK_ROWS, WIDTH, false, true, false, H5T_STD_U8LE};
    const hsize_t offset[] = {CHUNK_ROWS, 0, 0};
    struct hdf5_array array;
    const hid_t file = create_array(&storage, "a.h5");
    open_array(file, &array);
    assert_true(
        H5Dwrite_chunk(array.id, H5P_DEFAULT, 1, offset, (size_t)(CHUNK_ROWS * ROW), pixels) >= 0);
    hdf5_array_close(&array);
    expect_refusal(file);
    H5Fclose(file);
}

/* Any byte of a chunk with a checksum that is not as it was written. */
static void test_a_damaged_chunk_is_refused(void **state)
{
    (void)state;
    const struct storage storage = {CHUNK_ROWS, WIDTH, false, true, true, H5T_STD_U8LE};
    const hsize_t offset[] = {CHUNK_ROWS, 0, 0};
    const hid_t file = create_array(&storage, "a.h5");
    struct hdf5_array array;
    uint8_t stored[4096];
    hsize_t size = 0;
    uint32_t mask = 0;
    open_array(file, &array);
    assert_true(H5Dget_chunk_storage_size(array.id, offset, &size) >= 0 && size < sizeof stored);
    assert_true(H5Dread_chunk(array.id, H5P_DEFAULT, offset, &mask, stored) >= 0);
    for (size_t i = 0; i < size; ++i) {
        stored[i] ^= 0x10;
        assert_true(H5Dwrite_chunk(array.id, H5P_DEFAULT, 0, offset, size, stored) >= 0);
        expect_refusal(file);
        stored[i] ^= 0x10;
    }
    assert_true(H5Dwrite_chunk(array.id, H5P_DEFAULT, 0, offset, size - 1, stored) >= 0);
    expect_refusal(file);
    assert_true(H5Dwrite_chunk(array.id, H5P_DEFAULT, 0, offset, size, stored) >= 0);
    hdf5_array_close(&array);
    expect_pixels(file);
    H5Fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunks_of_gzip),
        cmocka_unit_test(test_other_storage_is_left_to_hdf5),
        cmocka_unit_test(test_a_chunk_without_filters_is_left_to_hdf5),
        cmocka_unit_test(test_a_damaged_chunk_is_refused),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
