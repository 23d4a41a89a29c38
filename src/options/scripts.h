/* SPDX-License-Identifier: MIT
 *
 * The table of subcommands that are scripts in Python: what commands/script.c runs, and help.c and
 * misspelt.c list beside the program's own commands. */
#ifndef DTRAIN_SCRIPTS_H
#define DTRAIN_SCRIPTS_H

#include <stdbool.h>

struct script_spec {
    const char *name;
    const char *operand;  /* what the help calls its operands */
    const char *file;     /* in share/dtrain/scripts */
    const char *packages; /* of Python, that it always needs, separated by blanks; "": none */
    const char *optional; /* others, needed for only part of what it does; or NULL */
    const char *help;
    /* Of a script that shares its name with a command: an option with which the script is meant,
     * or with which the command is; NULL: none. The name of the option may be longer. */
    const char *meant_with, *not_meant_with;
};
/* Whether a command has the script's name, too. */
static inline bool script_shares_name(const struct script_spec *script)
{
    return script->meant_with || script->not_meant_with;
}

extern const struct script_spec script_table[];
extern const int script_count;

/* The script of that subcommand, or NULL. words are those after the name; NULL behind the last. */
const struct script_spec *script_find(const char *name, char *const *words);

#endif
