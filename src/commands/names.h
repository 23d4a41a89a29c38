/* SPDX-License-Identifier: MIT
 *
 * The names of classes and targets in the tables of commands: printable, and in columns of one
 * width. */
#ifndef DTRAIN_NAMES_H
#define DTRAIN_NAMES_H

#include "runs/recipe.h"

/* A longer name ends in "..."; escapes and UTF-8 take up to four bytes a column. */
enum { NAMES_COLUMNS_MAX = 24, NAMES_SIZE = 4 * NAMES_COLUMNS_MAX + 8 };

/* A name as the cell of a table. */
struct names_cell {
    char text[NAMES_SIZE];
    int columns; /* its width */
};

/* The name of an output; its number, if it has none. */
struct names_cell names_cell(const struct recipe *recipe, int output);

/* The columns of the longest name, at least 5, for the headings "name" and "class"; 0 if there are
 * no names. */
int names_width(const struct recipe *recipe);

/* Prints two blanks and a text, padded to that width. */
void names_print(int width, const char *text);

#endif
