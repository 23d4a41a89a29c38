/* SPDX-License-Identifier: MIT
 *
 * What a user's model says about its parameters: names, where a run begins, bounds, units, and the
 * steps of their differences. */
#ifndef DTRAIN_PARAMETERS_H
#define DTRAIN_PARAMETERS_H

#include "core/numbers/arena.h"
#include "dtrain/dtrain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest name, in bytes. */
enum { PARAMETERS_NAME_MAX = 100 };

/* All zeros: nothing is described. */
struct parameters {
    size_t count; /* P */
    bool named;   /* whether the model gives them names; otherwise they are theta[0] and so on */
    const char **names;    /* (P) */
    double *initial;       /* (P) */
    double *lower, *upper; /* (P): infinite where there are no bounds */
    double *scale;         /* (P): the unit of each */
    double *step;          /* (P): h of each difference */
    struct arena arena;    /* holds all of them, names too */
};

enum { PARAMETERS_FAULT_SIZE = 256 };

/* Copies `list` (P), which a model's describe() returned; NULL: no bounds, initial values of 0,
 * units of 1. `step` is h in units of a parameter's scale, for parameters without a step of their
 * own. Names must differ, and need no escapes in a file or on a terminal: no quote or backslash, no
 * control characters, UTF-8. Numbers must be finite, except for bounds. False if a name or number
 * is no good, or memory is short: fault[PARAMETERS_FAULT_SIZE] then says in one line what is wrong,
 * and nothing is left behind. Free with parameters_destroy. */
bool parameters_create(struct parameters *parameters, const struct dtrain_parameter *list,
                       size_t count, double step, char *fault);
void parameters_destroy(struct parameters *parameters);

/* Whether it may move: its bounds leave room. */
bool parameters_is_free(const struct parameters *parameters, size_t p);

/* The first parameter of theta (P) that is outside its bounds, or not finite; P if none is. */
size_t parameters_first_outside(const struct parameters *parameters, const double *theta);

/* Moves what an update has carried out of bounds back to the nearest bound. A number that is not
 * finite stays, so that the search for such numbers finds it. */
void parameters_clip(const struct parameters *parameters, double *theta);

/* A hash of names, bounds, units and steps: runs with different ones are different runs. */
uint64_t parameters_hash(const struct parameters *parameters);

#endif
