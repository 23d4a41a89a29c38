/* SPDX-License-Identifier: MIT
 *
 * The image formats that dtrain reads are the rows of a table: how the files of a format begin, and
 * a function that reads one. predict takes every format, import those that hold a whole set of byte
 * images. Not collective. */
#ifndef DTRAIN_IMAGE_FORMATS_H
#define DTRAIN_IMAGE_FORMATS_H

#include "common/error.h"

#include <stdint.h>

/* Images of one size. Exactly one of bytes and floats is set. */
struct image_set {
    int64_t rows;
    int64_t height, width; /* 1 and D if the file tells only the number of values, D */
    uint8_t *bytes;        /* (rows, height, width) */
    float *floats;         /* (rows, height, width) */
    struct error remark;   /* a line that a user should see about the values; otherwise empty */
};

/* Reads all images of `source`, FILE or FILE:/NAME; /NAME is an array in an HDF5 file, by default
 * /test/images, or one image. Each image must have `values` values. The caller frees the images
 * with image_set_free; on failure there is nothing to free. */
enum status image_formats_read(const char *source, int64_t values, struct image_set *images,
                               struct error *error);

/* Reads byte images of any size. Freeing and failure are as for image_formats_read. */
enum status image_formats_import(const char *path, struct image_set *images, struct error *error);

void image_set_free(struct image_set *images);

#endif
