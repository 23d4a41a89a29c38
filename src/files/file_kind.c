/* SPDX-License-Identifier: MIT */
#include "file_kind.h"

#include "regular_file.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { BEGIN_MAX = 64 };

#define IMAGE  "convert it to a binary PGM (P5) of 8-bit grey, white on black as MNIST is"
#define PYTHON "data/README.md shows how Python makes an HDF5 file of it"

static const struct kind {
    const char *magic; /* the first bytes of the file */
    size_t length;     /* of magic */
    const char *name, *cure;
} kinds[] = {
    {"\x89PNG", 4, "a PNG image", IMAGE},
    {"\xff\xd8\xff", 3, "a JPEG image", IMAGE},
    {"GIF8", 4, "a GIF image", IMAGE},
    {"BM", 2, "a BMP image", IMAGE},
    {"II*\0", 4, "a TIFF image", IMAGE},
    {"MM\0*", 4, "a TIFF image", IMAGE},
    {"RIFF", 4, "a WebP image or a sound", IMAGE},
    {"P1\n", 3, "a bitmap (PBM)", IMAGE},
    {"P2\n", 3, "a PGM in plain text (P2)", IMAGE},
    {"P3\n", 3, "a colour image (PPM)", IMAGE},
    {"P4\n", 3, "a bitmap (PBM)", IMAGE},
    {"P5", 2, "a PGM image", "dtrain predict reads it; for a dataset " PYTHON},
    {"P6", 2, "a colour image (PPM)", IMAGE},
    {"\x89HDF", 4, "an HDF5 file", "name it with --data, if it is a dataset"},
    {"\x93NUMPY", 6, "a NumPy file (.npy)", PYTHON},
    {"PK", 2, "a zip file, such as NumPy's .npz or a PyTorch file",
     "of arrays " PYTHON "; dtrain import-weights takes weights"},
    {"\x80\2", 2, "a Python pickle", PYTHON},
    {"\x80\3", 2, "a Python pickle", PYTHON},
    {"\x80\4", 2, "a Python pickle", PYTHON},
    {"\x80\5", 2, "a Python pickle", PYTHON},
    {"MATLAB 5", 8, "a MATLAB file older than 7.3", "save it with -v7.3, which is HDF5"},
    {"CDF", 3, "a netCDF file of the classic format", "nccopy -k nc4 makes HDF5 of it"},
    {"PAR1", 4, "a Parquet file", PYTHON},
    {"SQLite", 6, "an SQLite file", PYTHON},
    {"\x1f\x8b", 2, "packed by gzip", "unpack it first; dtrain import takes IDX files packed"},
    {"\xfd"
     "7zXZ",
     5, "packed by xz", "unpack it first"},
    {"BZh", 3, "packed by bzip2", "unpack it first"},
    {"\0\0\x08", 3, "an IDX file", "dtrain import makes a dataset of it"},
    {"\0\0\x0c", 3, "an IDX file", "dtrain import makes a dataset of it"},
};

/* Whether a file that begins so is a text, such as CSV. */
static bool is_text(const unsigned char *begin, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (begin[i] == 127 || (begin[i] < ' ' && !strchr("\t\n\r\f", begin[i])))
            return false;
    return true;
}

static const struct kind *find_kind(const unsigned char *begin, size_t count)
{
    static const struct kind empty = {"", 0, "empty", "was it copied completely?"};
    static const struct kind text = {"", 0, "a text, such as CSV", PYTHON};
    static const struct kind unknown = {"", 0, "of no known format", "data/README.md lists those"};
    /* A text may begin with any two letters. */
    const size_t shortest = is_text(begin, count) ? 3 : 1;
    if (count == 0)
        return &empty;
    for (const struct kind *kind = kinds; kind < kinds + sizeof kinds / sizeof *kinds; ++kind)
        if (kind->length >= shortest && count >= kind->length &&
            memcmp(begin, kind->magic, kind->length) == 0)
            return kind;
    return shortest > 1 ? &text : &unknown;
}

enum status file_kind_refuse(const char *path, const char *expected, struct error *error)
{
    unsigned char begin[BEGIN_MAX];
    const int descriptor = regular_file_open(path, error);
    if (descriptor < 0)
        return error->status;
    const ssize_t count = read(descriptor, begin, sizeof begin);
    close(descriptor);
    const struct kind *kind = find_kind(begin, count > 0 ? (size_t)count : 0);
    return error_set(error, STATUS_FAILED, "%s: is %s, not %s: %s", path, kind->name, expected,
                     kind->cure);
}
