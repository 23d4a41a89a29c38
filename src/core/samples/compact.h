/* SPDX-License-Identifier: MIT
 *
 * Rows of pixels in compact form: the indices of the pixels that are not zero, and these pixels. A
 * training run looks at each row hundreds of times; this finds those pixels once.
 *
 * A row of n such pixels takes 2 + 3 n bytes: on average 452 for a digit of MNIST, which has 784
 * pixels. Rows that would take more than all of their pixels are kept as they are. */
#ifndef DTRAIN_COMPACT_H
#define DTRAIN_COMPACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Indices have 16 bits: rows with more pixels are kept as they are. */
enum { COMPACT_INPUTS_MAX = UINT16_MAX - 1 };

/* Rows, while they are being appended and afterwards. */
struct compact {
    int inputs;      /* D */
    int64_t rows;    /* the number of rows so far */
    size_t *begins;  /* (rows + 1): where each row begins in words */
    uint16_t *words; /* the rows */
};

/* A row: the n pixels that are not zero or, if `pixels` is set, all pixels. */
struct compact_row {
    int count;              /* n */
    const uint16_t *number; /* (n): the indices of the pixels, ascending */
    const uint8_t *level;   /* (n): the pixels */
    const uint8_t *pixels;  /* (D), or NULL */
};

/* Makes room for `rows` rows. False where memory is short; nothing is left behind then. Free with
 * compact_destroy. */
bool compact_create(struct compact *compact, int inputs, int64_t rows);
void compact_destroy(struct compact *compact);

/* Appends rows, for which there must be room: pixels (rows, D). */
void compact_append(struct compact *compact, const uint8_t *pixels, int64_t rows);

/* Frees the memory that the rows have not taken. */
void compact_finish(struct compact *compact);

struct compact_row compact_row(const struct compact *compact, int64_t row);

#endif
