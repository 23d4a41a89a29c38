/* SPDX-License-Identifier: MIT
 *
 * Text from outside (paths, names) made safe to print: no name can move the cursor of a terminal or
 * start a new line. */
#ifndef DTRAIN_PRINTABLE_H
#define DTRAIN_PRINTABLE_H

#include <limits.h>
#include <stddef.h>

/* Room for any path: each byte may become four. */
enum { PRINTABLE_PATH_SIZE = 4 * PATH_MAX };

/* Copies text to to[size], always terminated. Control characters, and bytes that are not UTF-8,
 * become escapes such as \x1b. If not all fits, the end is left out, by whole characters. */
void printable_copy(char *to, size_t size, const char *text);

#endif
