/* SPDX-License-Identifier: MIT
 *
 * A panel is a block of rows of a layer's weights, or of their sums, that is used for one sample
 * after another: as many rows as a first-level cache of 48 KB holds. */
#ifndef DTRAIN_PANEL_H
#define DTRAIN_PANEL_H

#include <stddef.h>

enum { PANEL_BYTES = 48 * 1024, PANEL_ROWS_MAX = 256, PANEL_ROWS_MIN = 8 };

/* How many rows of `columns` numbers of 8 bytes a panel has. */
static inline int panel_rows(size_t columns)
{
    const int rows = (int)(PANEL_BYTES / (columns * sizeof(double)));
    return rows < PANEL_ROWS_MIN ? PANEL_ROWS_MIN : rows < PANEL_ROWS_MAX ? rows : PANEL_ROWS_MAX;
}

#endif
