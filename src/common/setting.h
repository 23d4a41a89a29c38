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
    /* What checkpoints record where the value is a word for a number; NULL: the value. */
    const char *stands_for;
    bool shapes_run; /* whether the trajectory of a run depends on it */
    bool replaced; /* whether --weights or a model determines it; a resume may give another value */
    /* The value of a run whose checkpoints do not record the setting; NULL: all do. Checkpoints do
     * not record it where it has this value. */
    const char *unrecorded;
};

/* A text of numbers is at most a list of 16, of 24 characters each. */
enum { SETTINGS_MAX = 96, SETTING_NUMBER_SIZE = 16 * (24 + 1) };

/* All settings of a command. It must not be copied, since values point into `numbers`. */
struct settings {
    int count;
    struct setting list[SETTINGS_MAX];
    char numbers[SETTINGS_MAX][SETTING_NUMBER_SIZE];
    bool repeats_run; /* whether a run is repeated with them, and nobody can give others */
};

/* Texts of settings one after the other: name and value of each, both ending with \0. Returns the
 * value of a setting, or NULL where it is not among them. */
const char *settings_find_text(const char *texts, size_t bytes, const char *name);

#endif
