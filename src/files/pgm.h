/* SPDX-License-Identifier: MIT
 *
 * PGM, a simple format of grey images: binary ("P5"), 8 bits, one image a file. */
#ifndef DTRAIN_PGM_H
#define DTRAIN_PGM_H

#include "common/error.h"

#include <stdint.h>
#include <stdio.h>

struct pgm {
    int width, height;
    uint8_t *pixels; /* (height, width), scaled to 0 .. 255 */
};

/* Reads an open file from its beginning. It must be exactly as long as its header says: after the
 * header's last number comes one blank or line end, and then the pixels. On failure the line
 * begins with `source`, and there is nothing to free; otherwise the caller frees the pixels. Not
 * collective. */
enum status pgm_read(FILE *file, const char *source, struct pgm *pgm, struct error *error);

#endif
