/* SPDX-License-Identifier: MIT
 *
 * Text from outside (paths, names) as it may stand in a line for people: no name can move the
 * cursor of a terminal or begin a line of its own. */
#ifndef DTRAIN_PRINTABLE_H
#define DTRAIN_PRINTABLE_H

#include <limits.h>
#include <stddef.h>

/* Room for any path: each byte may become four. */
enum { PRINTABLE_PATH_SIZE = 4 * PATH_MAX };

/* Copies text to to[size], always terminated. Control characters and bytes that are not UTF-8 are
 * written as \x1b; other text stays as it is. What does not fit is left out at the end. */
void printable_copy(char *to, size_t size, const char *text);

#endif
