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

/* Room for any path as a word of a command. */
enum { PRINTABLE_WORD_SIZE = PRINTABLE_PATH_SIZE + 8 };

/* Copies text to to[size], always terminated. Control characters, and bytes that are not UTF-8,
 * become escapes such as \x1b. If not all fits, the end is left out, by whole characters. */
void printable_copy(char *to, size_t size, const char *text);

/* The same for a cell of a table: at most `columns` characters, at least 3. Where the text is
 * longer, its end is replaced by "...". */
void printable_cell(char *to, size_t size, const char *text, int columns);

/* The columns that a printable text takes: the number of its characters. */
int printable_columns(const char *text);

/* Writes a path as one word of a shell's command, quoted only where it must be. A path that begins
 * with a dash, which would be read as an option, gets ./ before it. Control characters, and bytes
 * that are not UTF-8, are written as $'\x1b', which bash and zsh read. */
void printable_word(char to[PRINTABLE_WORD_SIZE], const char *path);

#endif
