/* SPDX-License-Identifier: MIT
 *
 * A PNG file of one grey image, read by libpng. */
#ifndef DTRAIN_PNG_H
#define DTRAIN_PNG_H

#include "common/error.h"

#include <stdint.h>
#include <stdio.h>

struct png {
    int64_t width, height;
    uint8_t *pixels; /* (height, width) */
};

/* Reads an open file from its beginning. The image must have `values` pixels, all of them opaque
 * and grey; it may be stored as a grey, palette or colour image of any depth, interlaced or not.
 * Pixels of fewer than 8 bits are scaled to 0 .. 255, those of 16 bits to the nearest value of 8.
 * Gamma and colour profiles are not applied. A damaged or incomplete file is refused.
 *
 * `source` names the file in error lines. The caller frees the pixels; on failure there is nothing
 * to free. Not collective. */
enum status png_read(FILE *file, const char *source, int64_t values, struct png *png,
                     struct error *error);

#endif
