/* SPDX-License-Identifier: MIT
 *
 * The settings of a command as texts: for those who record, compare or print them, and need not
 * know what options there are. */
#ifndef DTRAIN_SETTING_H
#define DTRAIN_SETTING_H

#include <stdbool.h>

struct setting {
    const char *name;   /* "learning-rate" */
    const char *value;  /* its text, ready to be parsed again */
    const char *origin; /* where it comes from: "default", "command line", ... */
    bool shapes_run;    /* whether the trajectory of a run depends on it */
    bool replaced; /* whether --weights or a model decides it: a resume need not insist on it */
};

enum { SETTINGS_MAX = 48, SETTING_NUMBER_SIZE = 32 };

/* All settings of a command. Values of numbers point into `numbers`: a list is passed by address,
 * and must not be copied. */
struct settings {
    int count;
    struct setting list[SETTINGS_MAX];
    char numbers[SETTINGS_MAX][SETTING_NUMBER_SIZE];
};

#endif
