/* SPDX-License-Identifier: MIT
 *
 * Lines of at most 79 columns: a label, and what it is about, from column 12 on. What does not fit
 * is continued below. */
#ifndef DTRAIN_COLUMNS_H
#define DTRAIN_COLUMNS_H

#include <stddef.h>

/* A line that is being printed. */
struct columns {
    size_t used;
};

/* Begins a line with a label of at most nine columns; the other one begins with that very text. */
struct columns columns_begin(const char *label);
struct columns columns_of(const char *beginning);

/* Adds pieces, which stay whole: `text` is divided behind each comma and semicolon that a space
 * follows. */
void columns_add(struct columns *columns, const char *text);
void columns_end(struct columns *columns);

#endif
