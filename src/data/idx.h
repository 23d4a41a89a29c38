/* SPDX-License-Identifier: MIT
 *
 * IDX is the format of MNIST and similar datasets: arrays of numbers, plain or gzipped. dtrain
 * takes those that are whole numbers from 0 to 255, of whatever type. */
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

/* Reads a file whose array must have that many dimensions (3: images, 1: labels, also the first
 * column of QMNIST's). The caller frees *idx with idx_free; on failure there is nothing to free.
 * Not collective. */
enum status idx_read(const char *path, int dimensions, struct idx *idx, struct error *error);
void idx_free(struct idx *idx);

#endif
