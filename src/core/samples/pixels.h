/* SPDX-License-Identifier: MIT
 *
 * Inputs that are pixels: bytes, most of which are 0 in images of digits. */
#ifndef DTRAIN_PIXELS_H
#define DTRAIN_PIXELS_H

#include <stdint.h>

enum { PIXELS_LEVELS = 256 };

/* The value of each pixel v: (float)v / 255 in single precision, then widened, as in the book. */
extern const double pixels_value[PIXELS_LEVELS];

/* Lists the pixels begin .. end - 1 that are not zero: their indices, ascending. Returns how many
 * there are. */
int pixels_list(const uint8_t *pixels, int begin, int end, int *index);

/* Writes a byte for each eight pixels: bit n is set where pixel n of them is not zero. Returns how
 * many there are: count / 8, rounded up. */
int pixels_mask(const uint8_t *pixels, int count, uint8_t *mask);

#endif
