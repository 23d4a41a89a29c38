/* SPDX-License-Identifier: MIT
 *
 * IDX, the format in which MNIST and its relatives come: unsigned bytes, plain or gzipped. */
#ifndef DTRAIN_IDX_H
#define DTRAIN_IDX_H

#include "common/error.h"

#include <stdint.h>

enum { IDX_DIMENSIONS_MAX = 3 };

struct idx {
    int dimensions;
    int64_t extent[IDX_DIMENSIONS_MAX];
    uint8_t *bytes; /* (extent[0], extent[1], ...) */
};

/* Reads a file of that many dimensions (3: images, 1: labels). The line of a failure names the
 * file; nothing is allocated then. Free with idx_free. Not collective. */
enum status idx_read(const char *path, int dimensions, struct idx *idx, struct error *error);
void idx_free(struct idx *idx);

#endif
