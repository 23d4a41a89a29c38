/* SPDX-License-Identifier: MIT
 *
 * Rows of pixels in compact form: the numbers of the pixels that are not zero, and the pixels. A
 * training run looks at each row hundreds of times; this finds those pixels once.
 *
 * A row of n such pixels takes 2 + 3 n bytes: 452 for a digit of MNIST on average, whose pixels are
 * 784. Rows that would take more than all of their pixels are kept as they are. */
#ifndef DTRAIN_COMPACT_H
#define DTRAIN_COMPACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers of pixels are 16 bits: rows of more pixels are kept as they are. */
enum { COMPACT_INPUTS_MAX = UINT16_MAX - 1 };

/* Rows in the making, and made. */
struct compact {
    int inputs;      /* D */
    int64_t rows;    /* the number of rows so far */
    size_t *begins;  /* (rows + 1): where each row begins in words */
    uint16_t *words; /* the rows */
};

/* A row: n pixels that are not zero; or all of them, where `pixels` is set. */
struct compact_row {
    int count;              /* n */
    const uint16_t *number; /* (n): the numbers of the pixels, ascending */
    const uint8_t *level;   /* (n): the pixels */
    const uint8_t *pixels;  /* (D), or NULL */
};

/* Makes room for so many rows. False where memory is short; nothing is left behind then. Free with
 * compact_destroy. */
bool compact_create(struct compact *compact, int inputs, int64_t rows);
void compact_destroy(struct compact *compact);

/* Appends rows, of which there is room for so many: pixels (rows, D). */
void compact_append(struct compact *compact, const uint8_t *pixels, int64_t rows);

/* Gives back what memory the rows have not taken. */
void compact_finish(struct compact *compact);

struct compact_row compact_row(const struct compact *compact, int64_t row);

#endif
