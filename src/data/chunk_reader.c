/* SPDX-License-Identifier: MIT */
#include "chunk_reader.h"

/* The chunk's extents, if its rows are whole rows of the array. */
static bool find_chunk(const struct hdf5_array *array, hid_t creation,
                       hsize_t chunk[HDF5_ARRAY_DIMENSIONS_MAX])
{
    if (H5Pget_layout(creation) != H5D_CHUNKED ||
        H5Pget_chunk(creation, HDF5_ARRAY_DIMENSIONS_MAX, chunk) != array->dimensions)
        return false;
    for (int d = 1; d < array->dimensions; ++d)
        if (chunk[d] != array->shape[d])
            return false;
    return true;
}

int64_t chunk_reader_rows(const struct hdf5_array *array)
{
    hsize_t chunk[HDF5_ARRAY_DIMENSIONS_MAX];
    const hid_t creation = H5Dget_create_plist(array->id);
    const bool found = find_chunk(array, creation, chunk);
    H5Pclose(creation);
    return found && chunk[0] <= array->shape[0] ? (int64_t)chunk[0] : 1;
}

#ifndef DTRAIN_HAS_LIBDEFLATE

bool chunk_reader_read(const struct hdf5_array *array, int64_t begin, int64_t count,
                       uint8_t *values)
{
    (void)array;
    (void)begin;
    (void)count;
    (void)values;
    return false;
}

#else

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKSUM_BYTES = 4 };

/* What a chunk is read with. */
struct reader {
    const struct hdf5_array *array;
    bool has_checksums;
    size_t chunk_rows, row_bytes;
    size_t stored_max; /* the room for a chunk as it is stored */
    uint8_t *stored;
    uint8_t *inflated; /* a chunk of which some rows are wanted */
    struct libdeflate_decompressor *decompressor;
};

static bool filter_is(hid_t creation, int number, H5Z_filter_t filter)
{
    unsigned flags, config;
    size_t values = 0;
    return number < H5Pget_nfilters(creation) &&
           H5Pget_filter2(creation, (unsigned)number, &flags, &values, NULL, 0, NULL, &config) ==
               filter;
}

/* Whether each chunk is compressed by gzip, and then perhaps has a checksum, and that is all.
 * Shuffling does nothing to single bytes. */
static bool find_filters(hid_t creation, bool *has_checksums)
{
    const int deflate = filter_is(creation, 0, H5Z_FILTER_SHUFFLE) ? 1 : 0;
    *has_checksums = filter_is(creation, deflate + 1, H5Z_FILTER_FLETCHER32);
    return filter_is(creation, deflate, H5Z_FILTER_DEFLATE) &&
           H5Pget_nfilters(creation) == deflate + 1 + *has_checksums;
}

/* HDF5 would convert bytes of fewer bits. */
static bool holds_plain_bytes(hid_t array)
{
    const hid_t type = H5Dget_type(array);
    const bool plain = H5Tequal(type, H5T_NATIVE_UINT8) > 0;
    H5Tclose(type);
    return plain;
}

static void close_reader(struct reader *reader)
{
    free(reader->stored);
    free(reader->inflated);
    if (reader->decompressor)
        libdeflate_free_decompressor(reader->decompressor);
}

static bool open_reader(struct reader *reader, const struct hdf5_array *array)
{
    hsize_t chunk[HDF5_ARRAY_DIMENSIONS_MAX];
    const hid_t creation = H5Dget_create_plist(array->id);
    *reader = (struct reader){.array = array, .row_bytes = 1};
    const bool suits = holds_plain_bytes(array->id) && find_chunk(array, creation, chunk) &&
                       find_filters(creation, &reader->has_checksums);
    H5Pclose(creation);
    if (!suits)
        return false;
    for (int d = 1; d < array->dimensions; ++d)
        reader->row_bytes *= (size_t)chunk[d];
    reader->chunk_rows = (size_t)chunk[0];
    const size_t bytes = reader->chunk_rows * reader->row_bytes;
    reader->stored_max = libdeflate_zlib_compress_bound(NULL, bytes) + CHECKSUM_BYTES;
    reader->stored = malloc(reader->stored_max);
    reader->inflated = malloc(bytes);
    reader->decompressor = libdeflate_alloc_decompressor();
    return reader->stored && reader->inflated && reader->decompressor;
}

/* Fletcher's checksum of 16-bit numbers, high byte first, as HDF5 has it (H5checksum.c): sums
 * modulo 65535, folded before they can overflow. */
static uint32_t fletcher32(const uint8_t *bytes, size_t size)
{
    enum { SUMS_BEFORE_OVERFLOW = 360 };
    uint32_t sum = 0, sum_of_sums = 0;
    for (size_t i = 0; i < size; i += 2) {
        sum += (uint32_t)bytes[i] << 8 | (i + 1 < size ? bytes[i + 1] : 0U);
        sum_of_sums += sum;
        if (i / 2 % SUMS_BEFORE_OVERFLOW == SUMS_BEFORE_OVERFLOW - 1 || i + 2 >= size) {
            sum = (sum & 0xffff) + (sum >> 16);
            sum_of_sums = (sum_of_sums & 0xffff) + (sum_of_sums >> 16);
        }
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum_of_sums = (sum_of_sums & 0xffff) + (sum_of_sums >> 16);
    return sum_of_sums << 16 | sum;
}

/* Whether the last four bytes are the checksum of the others, low byte first. */
static bool checksum_is_right(const uint8_t *stored, size_t size)
{
    uint32_t recorded = 0;
    for (size_t i = 0; i < CHECKSUM_BYTES; ++i)
        recorded |= (uint32_t)stored[size + i] << (8 * i);
    return fletcher32(stored, size) == recorded;
}

/* Inflates all rows of the chunk that begins with that row. */
static bool inflate_chunk(const struct reader *reader, hsize_t row, uint8_t *values)
{
    const hsize_t offset[HDF5_ARRAY_DIMENSIONS_MAX] = {row};
    const size_t checksum = reader->has_checksums ? CHECKSUM_BYTES : 0;
    hsize_t stored = 0;
    uint32_t skipped_filters = 0;
    if (H5Dget_chunk_storage_size(reader->array->id, offset, &stored) < 0 || stored <= checksum ||
        stored > reader->stored_max ||
        H5Dread_chunk(reader->array->id, H5P_DEFAULT, offset, &skipped_filters, reader->stored) <
            0 ||
        skipped_filters != 0)
        return false;
    const size_t size = (size_t)stored - checksum;
    return (!reader->has_checksums || checksum_is_right(reader->stored, size)) &&
           libdeflate_zlib_decompress(reader->decompressor, reader->stored, size, values,
                                      reader->chunk_rows * reader->row_bytes,
                                      NULL) == LIBDEFLATE_SUCCESS;
}

/* Reads rows [begin, end) of one chunk. A chunk of which all rows are wanted is inflated in place.
 */
static bool read_from_chunk(const struct reader *reader, int64_t begin, int64_t end,
                            uint8_t *values)
{
    const int64_t rows = (int64_t)reader->chunk_rows, first = begin / rows * rows;
    if (end - begin == rows)
        return inflate_chunk(reader, (hsize_t)first, values);
    if (!inflate_chunk(reader, (hsize_t)first, reader->inflated))
        return false;
    memcpy(values, reader->inflated + (size_t)(begin - first) * reader->row_bytes,
           (size_t)(end - begin) * reader->row_bytes);
    return true;
}

bool chunk_reader_read(const struct hdf5_array *array, int64_t begin, int64_t count,
                       uint8_t *values)
{
    struct reader reader;
    bool read = open_reader(&reader, array);
    for (int64_t row = begin; read && row < begin + count;) {
        const int64_t next = (row / (int64_t)reader.chunk_rows + 1) * (int64_t)reader.chunk_rows;
        const int64_t end = next < begin + count ? next : begin + count;
        read =
            read_from_chunk(&reader, row, end, values + (size_t)(row - begin) * reader.row_bytes);
        row = end;
    }
    close_reader(&reader);
    return read;
}

#endif
