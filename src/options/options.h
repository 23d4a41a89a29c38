/* SPDX-License-Identifier: MIT
 *
 * The table of options and commands: what config.c parses and help.c describes. */
#ifndef DTRAIN_OPTIONS_H
#define DTRAIN_OPTIONS_H

#include "config.h"

/* The largest number of iterations or of rows; sums over them stay far below 2^63. */
#define COUNT_MAX 1e12

enum option_kind {
    FLAG,
    INTEGER,
    INTEGER_OR_WORD,
    INTEGERS,
    RANGE, /* A:B, whole numbers with A < B */
    REAL,
    REAL_OR_WORD,
    REALS,
    DURATION,
    TEXT,
    CHOICE,
    WORDS /* a list of choices */
};

/* The headings under which the help lists the options. */
enum option_group {
    GROUP_DATA,
    GROUP_METHOD,
    GROUP_EVALUATIONS,
    GROUP_RUN,
    GROUP_OUTPUT,
    GROUP_GENERAL,
    GROUPS
};
extern const char *const option_group_names[GROUPS];

/* The commands of an option that every command has. Such options are not settings of a run. */
#define COMMAND_ANY (~0u)

/* How long a value lasts, in rising order. ONE_START: only for the start that it was given for.
 * NOT_RECORDED: --like takes it over to another run, but a resume may change it. RECORDED: the
 * trajectory of a run depends on it; checkpoints record it, and a resume insists on it.
 * RECORDED_IF_CHANGED, for options that older versions lack: as RECORDED, but checkpoints omit the
 * default, and so stay as they were. */
enum option_record { ONE_START, NOT_RECORDED, RECORDED, RECORDED_IF_CHANGED };

struct option_spec {
    const char *name;
    enum option_group group;
    unsigned commands; /* the bits of enum command that take it */
    enum option_kind kind;
    size_t offset;        /* where struct config keeps the value */
    const char *initial;  /* the default, as a user would write it; NULL: none */
    const char *argument; /* what the help calls the value, or the choices a|b; or X|a|b: a number
                             or these */
    const char *words;    /* the choices a|b of a list of WORDS */
    double minimum, maximum; /* the bounds of a number */
    enum option_record record;
    const char *undecided; /* a recorded value that a resume may replace by another; NULL: none */
    const char *help;
};
extern const struct option_spec option_table[];
extern const int option_count;

struct command_spec {
    const char *name;
    enum command command;
    const char *operand; /* what the help calls its operands, a word for each of up to two; NULL: it
                            takes none */
    const char *needed;  /* what a line says about missing operands; NULL: check_command does */
    const char *help;
};
extern const struct command_spec command_table[];
extern const int command_count;

/* Whether the option sets that member of struct config. */
#define OPTION_SETS(spec, member) ((spec)->offset == offsetof(struct config, member))

struct option_name {
    char text[64];
};

/* The option's name as the user writes it: "DTRAIN_RUN_DIR" in the environment, else "--run-dir".
 */
struct option_name option_name(const struct option_spec *spec, enum config_origin origin);

#endif
