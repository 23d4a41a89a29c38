/* SPDX-License-Identifier: MIT */
#include "idx.h"

#include "files/file_kind.h"
#include "files/regular_file.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* Memory is allocated step by step as the file is read, so that a damaged header, which may claim
 * any size, does not exhaust it. */
#define STEP ((int64_t)1 << 20)
/* A header that claims more is taken to be damaged. */
#define BYTES_MAX ((int64_t)1 << 40)

static enum status bad(const char *path, struct error *error, const char *what)
{
    return error_set(error, STATUS_FAILED, "%s: %s", path, what);
}

static bool read_bytes(gzFile file, uint8_t *bytes, int64_t count)
{
    return gzread(file, bytes, (unsigned)count) == (int)count;
}

/* Returns why reading stopped: an error of the disk or in the compressed data. If there was none,
 * the file simply ended, and the return value is `otherwise`. */
static const char *explain_end(gzFile file, const char *otherwise)
{
    int code;
    gzerror(file, &code);
    switch (code) {
    case Z_OK:
        return otherwise;
    case Z_ERRNO:
        return strerror(errno);
    case Z_MEM_ERROR:
        return "not enough memory for unpacking"; /* as error_memory has it */
    case Z_BUF_ERROR:
        return "is cut off: its gzip data has no end";
    default:
        return "is damaged: its gzip data does not fit its checksum, or cannot be unpacked";
    }
}

/* The types of values that an IDX file can have. */
static const struct type {
    const char *name;
    int bytes;
    uint8_t code; /* the third byte of the file */
    bool is_real;
} types[] = {
    {.name = "unsigned bytes", .bytes = 1, .code = 0x08},
    {.name = "signed bytes", .bytes = 1, .code = 0x09},
    {.name = "16-bit integers", .bytes = 2, .code = 0x0b},
    {.name = "32-bit integers", .bytes = 4, .code = 0x0c},
    {.name = "32-bit floats", .bytes = 4, .code = 0x0d, .is_real = true},
    {.name = "64-bit floats", .bytes = 8, .code = 0x0e, .is_real = true},
};
enum { UNSIGNED_BYTE = 0x08, VALUE_BYTES_MAX = 8 };

/* A file that is being read. */
struct reader {
    gzFile file;
    const char *path;
    const struct type *type;
    int64_t values;  /* that are stored */
    int64_t columns; /* stored for each value that is wanted, which is the first of them */
};

static const struct type *find_type(uint8_t code)
{
    for (const struct type *type = types; type < types + sizeof types / sizeof *types; ++type)
        if (type->code == code)
            return type;
    return NULL;
}

static uint64_t big_endian(const uint8_t *bytes, int count)
{
    uint64_t number = 0;
    for (int i = 0; i < count; ++i)
        number = number << 8 | bytes[i];
    return number;
}

/* The value of a type that has a sign. */
static double signed_value(const struct type *type, const uint8_t *bytes)
{
    const uint64_t bits = big_endian(bytes, type->bytes);
    const uint32_t half = (uint32_t)bits;
    float single;
    double real;
    if (type->is_real && type->bytes == sizeof real) {
        memcpy(&real, &bits, sizeof real);
        return real;
    }
    if (type->is_real) {
        memcpy(&single, &half, sizeof single);
        return (double)single;
    }
    const double range = ldexp(1, 8 * type->bytes);
    return (double)bits < range / 2 ? (double)bits : (double)bits - range;
}

/* QMNIST's labels are a line of eight 32-bit integers each, of which the first is the class. */
static bool is_table_of_labels(const struct reader *reader, const struct idx *idx)
{
    enum { QMNIST_COLUMNS = 8 };
    return idx->dimensions == 1 && (reader->columns == 1 || (reader->columns == QMNIST_COLUMNS &&
                                                             reader->type->code == 0x0c));
}

static enum status refuse_dimensions(const struct reader *reader, const struct idx *idx,
                                     const uint8_t *magic, struct error *error)
{
    return error_set(error, STATUS_FAILED,
                     "%s: has %d dimensions of %s, not %d: are images and labels exchanged?",
                     reader->path, magic[3], reader->type->name, idx->dimensions);
}

/* Reads the first four bytes: what the values are, and how many dimensions they have. */
static enum status read_magic(struct reader *reader, uint8_t magic[4], struct error *error)
{
    if (!read_bytes(reader->file, magic, 4))
        return bad(reader->path, error, explain_end(reader->file, "is too short for an IDX file"));
    reader->type = find_type(magic[2]);
    if (magic[0] == 0 && magic[1] == 0 && reader->type)
        return STATUS_DONE;
    return gzdirect(reader->file)
               ? file_kind_refuse(reader->path, "an IDX file", error)
               : bad(reader->path, error, "is packed by gzip, but what is in it is no IDX file");
}

/* Reads the extents from the header. */
static enum status read_header(struct reader *reader, struct idx *idx, struct error *error)
{
    uint8_t magic[4], word[4];
    if (read_magic(reader, magic, error))
        return error->status;
    const bool is_table = idx->dimensions == 1 && magic[3] == 2;
    if (magic[3] != idx->dimensions && !is_table)
        return refuse_dimensions(reader, idx, magic, error);
    reader->values = 1;
    reader->columns = 1;
    for (int d = 0; d < magic[3]; ++d) {
        if (!read_bytes(reader->file, word, 4))
            return bad(reader->path, error, explain_end(reader->file, "ends within its header"));
        const int64_t extent = (int64_t)big_endian(word, 4);
        if (extent == 0)
            return bad(reader->path, error, "is empty: an extent in its header is 0");
        if (extent > BYTES_MAX / VALUE_BYTES_MAX / reader->values)
            return bad(reader->path, error, "claims an impossible size in its header");
        *(d < idx->dimensions ? &idx->extent[d] : &reader->columns) = extent;
        reader->values *= extent;
    }
    return !is_table || is_table_of_labels(reader, idx)
               ? STATUS_DONE
               : refuse_dimensions(reader, idx, magic, error);
}

/* Makes bytes of `count` stored values, from value number `first` on. */
static enum status convert(const struct reader *reader, const uint8_t *stored, int64_t first,
                           int64_t count, uint8_t *bytes, struct error *error)
{
    const int64_t columns = reader->columns;
    for (int64_t i = (columns - first % columns) % columns; i < count; i += columns) {
        const double value = signed_value(reader->type, stored + i * reader->type->bytes);
        if (!(value >= 0 && value <= UINT8_MAX && value == floor(value)))
            return error_set(error, STATUS_FAILED,
                             "%s: holds %s, and one of them is %.6g: dtrain import takes whole "
                             "numbers from 0 to 255; data/README.md shows how Python makes a "
                             "dataset of others",
                             reader->path, reader->type->name, value);
        bytes[(first + i) / columns] = (uint8_t)value;
    }
    return STATUS_DONE;
}

/* Reads values first .. first + count - 1; those that are bytes go straight to `bytes`, others by
 * way of `stored`. */
static enum status read_values(const struct reader *reader, int64_t first, int64_t count,
                               uint8_t *stored, uint8_t *bytes, struct error *error)
{
    const bool direct = reader->type->code == UNSIGNED_BYTE && reader->columns == 1;
    if (!read_bytes(reader->file, direct ? bytes + first : stored, count * reader->type->bytes))
        return bad(reader->path, error,
                   explain_end(reader->file, "is shorter than its header says"));
    return direct ? STATUS_DONE : convert(reader, stored, first, count, bytes, error);
}

static enum status read_contents(const struct reader *reader, struct idx *idx, struct error *error)
{
    uint8_t beyond;
    uint8_t *stored = malloc((size_t)STEP * VALUE_BYTES_MAX);
    enum status status = stored ? STATUS_DONE : error_memory(error, reader->path, "its values");
    for (int64_t done = 0; !status && done < reader->values;) {
        const int64_t left = reader->values - done, count = left < STEP ? left : STEP;
        uint8_t *longer = realloc(idx->bytes, (size_t)(done + count));
        if (longer)
            idx->bytes = longer;
        status = longer ? read_values(reader, done, count, stored, idx->bytes, error)
                        : error_memory(error, reader->path, "its values");
        done += count;
    }
    free(stored);
    if (status)
        return status;
    /* Reading to the end also makes zlib check the checksum. */
    if (gzread(reader->file, &beyond, 1) > 0)
        return bad(reader->path, error, "is longer than its header says");
    const char *wrong = explain_end(reader->file, NULL);
    return wrong ? bad(reader->path, error, wrong) : STATUS_DONE;
}

/* Inflates one part of a gzip file from its first byte on, and discards what it holds. Returns the
 * number of bytes that the part takes in the file; 0 if it is not one. */
static int64_t skip_part(int descriptor, int64_t begin)
{
    enum { GZIP_WINDOW = 15 + 16, PIECE = 1 << 16 };
    static uint8_t in[PIECE], out[PIECE];
    z_stream stream = {0};
    int64_t at = begin;
    int code = inflateInit2(&stream, GZIP_WINDOW);
    while (code == Z_OK) {
        if (stream.avail_in == 0) {
            const ssize_t count = pread(descriptor, in, PIECE, at);
            if (count <= 0)
                break;
            stream.next_in = in;
            stream.avail_in = (uInt)count;
            at += count;
        }
        stream.next_out = out;
        stream.avail_out = PIECE;
        code = inflate(&stream, Z_NO_FLUSH);
    }
    const int64_t end = at - stream.avail_in;
    inflateEnd(&stream);
    return code == Z_STREAM_END ? end - begin : 0;
}

/* Whether a gzip file has bytes after its end, which zlib skips silently. */
static bool has_rest(const char *path)
{
    struct error error;
    const int descriptor = regular_file_open(path, &error);
    if (descriptor < 0)
        return false;
    const off_t length = lseek(descriptor, 0, SEEK_END);
    int64_t begin = 0, part = 0;
    do {
        part = skip_part(descriptor, begin);
        begin += part;
    } while (part > 0 && begin < length);
    close(descriptor);
    return begin < length;
}

/* Reads an open file from its beginning to its end. */
static enum status read_file(struct reader *reader, struct idx *idx, struct error *error)
{
    if (read_header(reader, idx, error) || read_contents(reader, idx, error))
        return error->status;
    if (!gzdirect(reader->file) && has_rest(reader->path))
        return bad(reader->path, error,
                   "has bytes behind the end of its gzip data: was it copied correctly?");
    return STATUS_DONE;
}

enum status idx_read(const char *path, int dimensions, struct idx *idx, struct error *error)
{
    struct reader reader = {.path = path};
    *idx = (struct idx){.dimensions = dimensions};
    const int descriptor = regular_file_open(path, error);
    if (descriptor < 0)
        return error->status;
    reader.file = gzdopen(descriptor, "rb");
    if (!reader.file) {
        close(descriptor);
        return error_memory(error, path, "the file");
    }
    const enum status status = read_file(&reader, idx, error);
    gzclose(reader.file);
    if (status)
        idx_free(idx);
    return status;
}

void idx_free(struct idx *idx)
{
    free(idx->bytes);
    idx->bytes = NULL;
}
