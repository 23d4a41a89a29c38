/* SPDX-License-Identifier: MIT
 *
 * Subcommands that are scripts in Python, such as dtrain plot. They need no MPI, and are run before
 * it starts. */
#ifndef DTRAIN_SCRIPT_H
#define DTRAIN_SCRIPT_H

#include "common/error.h"
#include "options/scripts.h"

/* The script that the command line asks for, by its name as the first word, or by "help" and its
 * name; NULL if it asks for something else. */
const struct script_spec *script_of(int argc, char *const *argv);

/* Replaces this process by Python, which runs the script with the words after its name, or with
 * --help. Returns only if that fails: the script, Python or a package that it needs is missing. */
enum status script_run(const struct script_spec *script, char *const *argv, struct error *error);

#endif
