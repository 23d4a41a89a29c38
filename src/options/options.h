/* SPDX-License-Identifier: MIT
 *
 * The table of options and commands: what config.c parses and help.c describes. */
#ifndef DTRAIN_OPTIONS_H
#define DTRAIN_OPTIONS_H

#include "config.h"

enum option_kind { FLAG, INTEGER, REAL, DURATION, TEXT, CHOICE };

/* How the help arranges them. */
enum option_group { GROUP_DATA, GROUP_METHOD, GROUP_RUN, GROUP_OUTPUT, GROUP_GENERAL, GROUPS };
extern const char *const option_group_names[GROUPS];

/* Of options that every command has; they are no settings of a run. */
#define COMMAND_ANY (~0u)

struct option_spec {
    const char *name;
    enum option_group group;
    unsigned commands;
    enum option_kind kind;
    size_t offset;        /* of the value in struct config */
    const char *initial;  /* the default, as a user would write it; NULL: none */
    const char *argument; /* what the help calls the value, or the choices a|b */
    double minimum, maximum;
    bool shapes_run;
    const char *help;
};
extern const struct option_spec option_table[];
extern const int option_count;

struct command_spec {
    const char *name;
    enum command command;
    const char *operand, *help;
};
extern const struct command_spec command_table[];
extern const int command_count;

/* DTRAIN_RUN_DIR for --run-dir. */
void option_environment_name(const struct option_spec *spec, char *name, size_t size);

#endif
