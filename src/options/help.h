/* SPDX-License-Identifier: MIT
 *
 * Prints the table of options for people: as help, man page, and completion for bash. */
#ifndef DTRAIN_HELP_H
#define DTRAIN_HELP_H

#include "config.h"

#include <stdio.h>

/* The help text of the program, with the options of that command. */
void help_print(FILE *out, enum command command);

/* The man page dtrain(1) of all commands, in roff. */
void help_print_man(FILE *out);

/* Completion for bash, of all commands. */
void help_print_completion(FILE *out);

#endif
