/* SPDX-License-Identifier: MIT
 *
 * Options, commands and variables that dtrain does not know, and which one the user may have
 * meant. */
#ifndef DTRAIN_MISSPELT_H
#define DTRAIN_MISSPELT_H

#include "config.h"

/* Refuses an option, with or without "=VALUE", and names the command's option that is most like it,
 * if there is one. Returns STATUS_USAGE. */
enum status misspelt_option(enum command command, const char *given, struct error *error);

/* Refuses a word that is neither command nor operand. `named`: whether the line has a command
 * already. Returns STATUS_USAGE. */
enum status misspelt_word(const char *word, bool named, struct error *error);

#endif
