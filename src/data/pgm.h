/* SPDX-License-Identifier: MIT
 *
 * PGM is a simple format for grey images. dtrain reads binary files ("P5") of one image with 8 bits
 * a pixel. */
#ifndef DTRAIN_PGM_H
#define DTRAIN_PGM_H

#include "common/error.h"

#include <stdint.h>
#include <stdio.h>

struct pgm {
    int width, height;
    uint8_t *pixels; /* (height, width), scaled to 0 .. 255 */
};

/* Reads an open file from its beginning. One space or line end must separate the header from the
 * pixels, and nothing may follow them. `source` names the file in error lines. The caller frees the
 * pixels; on failure there is nothing to free. Not collective. */
enum status pgm_read(FILE *file, const char *source, struct pgm *pgm, struct error *error);

#endif
