/* SPDX-License-Identifier: MIT
 *
 * Prints lines of at most 79 columns: a label, then text from column 12 on, which continues on the
 * next line if it does not fit. */
#ifndef DTRAIN_COLUMNS_H
#define DTRAIN_COLUMNS_H

#include <stddef.h>

/* A line that is being printed. */
struct columns {
    size_t used;
};

/* columns_begin: begins a line with a label of at most nine columns. columns_of: begins it with
 * `beginning` as it stands. */
struct columns columns_begin(const char *label);
struct columns columns_of(const char *beginning);

/* Adds `text` in pieces that are never broken: they end at each comma or semicolon that a space
 * follows. */
void columns_add(struct columns *columns, const char *text);
void columns_end(struct columns *columns);

#endif
