/* SPDX-License-Identifier: MIT
 *
 * Ranges of rows, of positions in a batch, and of parts of the work. */
#ifndef DTRAIN_RANGE_H
#define DTRAIN_RANGE_H

#include <stdint.h>

/* The numbers from begin up to, but not including, end. */
struct range {
    int64_t begin, end;
};

/* Share `index` of `count` even shares of 0 .. total - 1. Pure. */
struct range range_split(int64_t total, int64_t index, int64_t count);

/* Parts of the work (network.h) from begin up to, but not including, end. */
struct part_range {
    int begin, end;
};

#endif
