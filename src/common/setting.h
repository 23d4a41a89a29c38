/* SPDX-License-Identifier: MIT
 *
 * The settings of a command as text, for modules that record, compare or print them without knowing
 * the options. */
#ifndef DTRAIN_SETTING_H
#define DTRAIN_SETTING_H

#include <stdbool.h>
#include <stddef.h>

struct setting {
    const char *name;   /* "learning-rate" */
    const char *value;  /* the text that gives this value on the command line */
    const char *origin; /* where the value comes from: "default", "command line", ... */
    /* What checkpoints record if the value is a word that stands for a number; NULL: the value. */
    const char *stands_for;
    bool shapes_run; /* whether the trajectory of a run depends on it */
    bool replaced; /* whether --weights or a model determines it; a resume may give another value */
    /* The value in a run whose checkpoints do not record the setting, as none do if it has this
     * value; NULL: all record it. */
    const char *unrecorded;
    const char *undecided; /* a recorded value that a resume may replace; NULL: there is none */
};

/* The longest text of numbers is a list of 16, of 24 characters each. */
enum { SETTINGS_MAX = 96, SETTING_NUMBER_SIZE = 16 * (24 + 1) };

/* All settings of a command. It must not be copied, since values point into `numbers`. */
struct settings {
    int count;
    struct setting list[SETTINGS_MAX];
    char numbers[SETTINGS_MAX][SETTING_NUMBER_SIZE];
    bool repeats_run; /* whether they repeat a run, so that nobody can give others */
};

/* What checkpoints record of its value. */
const char *setting_to_record(const struct setting *setting);

/* Finds a setting in texts that follow one another: name and value of each, both ending with \0.
 * Returns its value, or NULL if it is not among them. */
const char *settings_find_text(const char *texts, size_t bytes, const char *name);

#endif
