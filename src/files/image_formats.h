/* SPDX-License-Identifier: MIT
 *
 * The formats of images that dtrain reads: one table, from which predict takes any, and import
 * those that hold a whole set of byte images. A format is a row of it: how its files begin, and a
 * function that reads one. Not collective. */
#ifndef DTRAIN_IMAGE_FORMATS_H
#define DTRAIN_IMAGE_FORMATS_H

#include "common/error.h"

#include <stdint.h>

/* Images of one size: of bytes, or else of floats. */
struct image_set {
    int64_t rows;
    int64_t height, width; /* 1 x D where the file tells only the number of values D */
    uint8_t *bytes;        /* (rows, height, width) */
    float *floats;         /* (rows, height, width) */
};

/* Reads all images of `source`, FILE or FILE:/NAME; NAME is an array in an HDF5 file, by default
 * /test/images. `values` is the number of values that an image must have. On success free with
 * image_set_free; on failure there is nothing to free. */
enum status image_formats_read(const char *source, int64_t values, struct image_set *images,
                               struct error *error);

/* Reads a file for import: byte images of any size. Failure and freeing are as above. */
enum status image_formats_import(const char *path, struct image_set *images, struct error *error);

void image_set_free(struct image_set *images);

#endif
