/* SPDX-License-Identifier: MIT
 *
 * A panel is rows of a layer's weights, or of their sums, that are used for one sample after the
 * other: as many as a first-level cache of 48 KB holds. */
#ifndef DTRAIN_PANEL_H
#define DTRAIN_PANEL_H

#include <stddef.h>

enum { PANEL_BYTES = 48 * 1024, PANEL_ROWS_MAX = 256, PANEL_ROWS_MIN = 8 };

/* How many rows a panel has, of so many numbers of 8 bytes. */
static inline int panel_rows(size_t columns)
{
    const int rows = (int)(PANEL_BYTES / (columns * sizeof(double)));
    return rows < PANEL_ROWS_MIN ? PANEL_ROWS_MIN : rows < PANEL_ROWS_MAX ? rows : PANEL_ROWS_MAX;
}

#endif
