/* SPDX-License-Identifier: MIT */
#include "idx.h"

#include "regular_file.h"

#include <errno.h>
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
        return "does not fit into memory";
    case Z_BUF_ERROR:
        return "is cut off: its gzip data has no end";
    default:
        return "is damaged: its gzip data does not fit its checksum, or cannot be unpacked";
    }
}

static int64_t big_endian(const uint8_t *bytes)
{
    return (int64_t)bytes[0] << 24 | (int64_t)bytes[1] << 16 | (int64_t)bytes[2] << 8 | bytes[3];
}

/* Reads the extents from the header; sets *total to their product. */
static enum status read_header(gzFile file, const char *path, struct idx *idx, int64_t *total,
                               struct error *error)
{
    uint8_t word[4];
    if (!read_bytes(file, word, 4))
        return bad(path, error, explain_end(file, "is too short for an IDX file"));
    if (word[0] != 0 || word[1] != 0 || word[2] != 8)
        return bad(path, error, "is not an IDX file of unsigned bytes (magic 00 00 08)");
    if (word[3] != idx->dimensions)
        return error_set(error, STATUS_FAILED,
                         "%s: has %d dimensions, not %d: are images and labels exchanged?", path,
                         word[3], idx->dimensions);
    *total = 1;
    for (int d = 0; d < idx->dimensions; ++d) {
        if (!read_bytes(file, word, 4))
            return bad(path, error, explain_end(file, "ends within its header"));
        idx->extent[d] = big_endian(word);
        if (idx->extent[d] == 0)
            return bad(path, error, "is empty: an extent in its header is 0");
        if (idx->extent[d] > BYTES_MAX / *total)
            return bad(path, error, "claims an impossible size in its header");
        *total *= idx->extent[d];
    }
    return STATUS_DONE;
}

static enum status read_contents(gzFile file, const char *path, struct idx *idx, int64_t total,
                                 struct error *error)
{
    uint8_t beyond;
    for (int64_t done = 0; done < total;) {
        const int64_t count = total - done < STEP ? total - done : STEP;
        uint8_t *longer = realloc(idx->bytes, (size_t)(done + count));
        if (!longer)
            return bad(path, error, "does not fit into memory");
        idx->bytes = longer;
        if (!read_bytes(file, idx->bytes + done, count))
            return bad(path, error, explain_end(file, "is shorter than its header says"));
        done += count;
    }
    /* Reading to the end also makes zlib check the checksum. */
    if (gzread(file, &beyond, 1) > 0)
        return bad(path, error, "is longer than its header says");
    const char *wrong = explain_end(file, NULL);
    return wrong ? bad(path, error, wrong) : STATUS_DONE;
}

enum status idx_read(const char *path, int dimensions, struct idx *idx, struct error *error)
{
    int64_t total = 0;
    *idx = (struct idx){.dimensions = dimensions};
    const int descriptor = regular_file_open(path, error);
    if (descriptor < 0)
        return error->status;
    gzFile file = gzdopen(descriptor, "rb");
    if (!file) {
        close(descriptor);
        return bad(path, error, "does not fit into memory");
    }
    enum status status = read_header(file, path, idx, &total, error);
    if (!status)
        status = read_contents(file, path, idx, total, error);
    gzclose(file);
    if (status)
        idx_free(idx);
    return status;
}

void idx_free(struct idx *idx)
{
    free(idx->bytes);
    idx->bytes = NULL;
}
