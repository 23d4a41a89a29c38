/* SPDX-License-Identifier: MIT
 *
 * Options, commands and variables that dtrain does not know, with a guess at what was meant. */
#ifndef DTRAIN_MISSPELT_H
#define DTRAIN_MISSPELT_H

#include "config.h"

#include <stdio.h>

/* Refuses an option, given with or without "=VALUE", and suggests the command's option that other
 * programs call by that name, or that is most like it, if any is. Returns STATUS_USAGE. */
enum status misspelt_option(enum command command, const char *given, struct error *error);

/* Refuses a word in the place of a command, and suggests the command that is most like it, if any
 * is. Returns STATUS_USAGE. */
enum status misspelt_command(const char *word, struct error *error);

/* Refuses a word that is neither a command nor an operand. `has_command`: whether the command line
 * begins with a command. Returns STATUS_USAGE. */
enum status misspelt_word(const char *word, bool has_command, struct error *error);

/* Prints a warning for each DTRAIN_ variable of the environment that is not a setting of any
 * command and is therefore ignored. */
void misspelt_variables(FILE *out);

#endif
