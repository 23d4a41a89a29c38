/* SPDX-License-Identifier: MIT */
#include "file_kind.h"

#include "regular_file.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { BEGIN_MAX = 64 };

#define PYTHON "data/README.md shows how Python makes an HDF5 file of it"
#define ROWS   "dtrain predict --rows takes it"
/* Followed by the file's name, and IMPORTED_TO. */
#define IMPORTED    "dtrain import"
#define IMPORTED_TO "OUT.h5 makes a dataset of it, and " ROWS

/* clang-format would give each member a line of its own. */
/* clang-format off */
static const struct kind {
    const char *magic; /* the first bytes of the file */
    size_t length;     /* of magic */
    const char *name, *cure;
} kinds[] = {
    {.magic = "\x89PNG", .length = 4, .name = "a PNG image",
     .cure = "dtrain predict --images takes it; dtrain import makes a dataset of a folder of them"},
    {.magic = "\xff\xd8\xff", .length = 3, .name = "a JPEG image", .cure = ROWS},
    {.magic = "GIF8", .length = 4, .name = "a GIF image", .cure = ROWS},
    {.magic = "BM", .length = 2, .name = "a BMP image", .cure = ROWS},
    {.magic = "II*\0", .length = 4, .name = "a TIFF image", .cure = ROWS},
    {.magic = "MM\0*", .length = 4, .name = "a TIFF image", .cure = ROWS},
    {.magic = "RIFF", .length = 4, .name = "a WebP image or a sound", .cure = ROWS},
    {.magic = "P1\n", .length = 3, .name = "a bitmap (PBM)", .cure = ROWS},
    {.magic = "P2\n", .length = 3, .name = "a PGM in plain text (P2)", .cure = ROWS},
    {.magic = "P3\n", .length = 3, .name = "a colour image (PPM)", .cure = ROWS},
    {.magic = "P4\n", .length = 3, .name = "a bitmap (PBM)", .cure = ROWS},
    {.magic = "P5\n", .length = 3, .name = "a PGM image", .cure = ROWS},
    {.magic = "P5", .length = 2, .name = "a PGM image", .cure = ROWS},
    {.magic = "P6", .length = 2, .name = "a colour image (PPM)", .cure = ROWS},
    {.magic = "\x89HDF", .length = 4, .name = "an HDF5 file",
     .cure = "name it with --data, if it is a dataset"},
    {.magic = "\x93NUMPY", .length = 6, .name = "a NumPy file (.npy)", .cure = IMPORTED},
    {.magic = "PK", .length = 2, .name = "a zip file, such as NumPy's .npz or a PyTorch file",
     .cure = "dtrain import makes a dataset of arrays, dtrain import-weights takes weights"},
    {.magic = "\x80\2", .length = 2, .name = "a Python pickle", .cure = PYTHON},
    {.magic = "\x80\3", .length = 2, .name = "a Python pickle", .cure = PYTHON},
    {.magic = "\x80\4", .length = 2, .name = "a Python pickle", .cure = PYTHON},
    {.magic = "\x80\5", .length = 2, .name = "a Python pickle", .cure = PYTHON},
    {.magic = "MATLAB 5", .length = 8, .name = "a MATLAB file older than 7.3",
     .cure = "save it with -v7.3, which is HDF5"},
    {.magic = "CDF", .length = 3, .name = "a netCDF file of the classic format",
     .cure = "nccopy -k nc4 makes HDF5 of it"},
    {.magic = "PAR1", .length = 4, .name = "a Parquet file", .cure = IMPORTED},
    {.magic = "SQLite", .length = 6, .name = "an SQLite file", .cure = PYTHON},
    {.magic = "\x1f\x8b", .length = 2, .name = "packed by gzip",
     .cure = "unpack it first; dtrain import takes it packed"},
    {.magic = "\xfd" "7zXZ", .length = 5, .name = "packed by xz", .cure = "unpack it first"},
    {.magic = "BZh", .length = 3, .name = "packed by bzip2", .cure = "unpack it first"},
    {.magic = "\0\0\x08", .length = 3, .name = "an IDX file",
     .cure = "dtrain import makes a dataset of it"},
    {.magic = "\0\0\x0c", .length = 3, .name = "an IDX file",
     .cure = "dtrain import makes a dataset of it"},
};
/* clang-format on */

/* Whether a file that begins like this is text, such as CSV. */
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
    static const struct kind text = {"", 0, "a text table", IMPORTED};
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
    if (strcmp(kind->cure, IMPORTED) == 0)
        return error_set(error, STATUS_FAILED, "%s: is %s, not %s: " IMPORTED " %s " IMPORTED_TO,
                         path, kind->name, expected, path);
    return error_set(error, STATUS_FAILED, "%s: is %s, not %s: %s", path, kind->name, expected,
                     kind->cure);
}
