/* SPDX-License-Identifier: MIT
 *
 * Two vectors of parameters, compared bit by bit. */
#ifndef DTRAIN_COMPARISON_H
#define DTRAIN_COMPARISON_H

#include "tensors.h"

#include <stdint.h>

struct comparison {
    size_t different; /* how many parameters differ in their bits */
    size_t first;     /* the first of them */
    size_t farthest;  /* the one whose values are the most units in the last place apart */
};

struct comparison comparison_make(const double *a, const double *b, size_t parameters);

/* How many doubles lie between a and b, plus 1: 0 where the bits are equal; 1 between 0 and -0. */
uint64_t comparison_units(double a, double b);

/* Writes a line about a difference into text[size]: the first parameter with both values, how many
 * others differ, and how far. */
void comparison_describe(const struct comparison *comparison, const struct tensors *tensors,
                         const double *a, const double *b, char *text, size_t size);

#endif
