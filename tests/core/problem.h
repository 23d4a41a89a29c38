/* SPDX-License-Identifier: MIT
 *
 * Small networks with random data and weights, for the tests of gradients; the same on every
 * machine. */
#ifndef DTRAIN_PROBLEM_H
#define DTRAIN_PROBLEM_H

#include "core/gradient.h"

#include <stdbool.h>

enum { PROBLEM_ROWS = 6 };

struct problem {
    struct model model;
    size_t parameters;
    struct samples samples; /* rows 100 to 105 of some dataset */
    uint8_t *bytes;
    float *floats;
    int32_t *labels;
    int64_t rows[PROBLEM_ROWS]; /* their numbers */
    double *theta;              /* (P) */
};

/* Inputs are pixels or floats, two thirds of them zero; theta is normal with that deviation.
 * Free with problem_free. */
struct problem problem_make(int inputs, int hidden, int classes, bool pixels, double deviation);
void problem_free(struct problem *problem);

/* The mean gradient over the first `rows` rows, in an array (P) that the caller frees. The test
 * fails where a quotient overflows the grid. */
double *problem_gradient(const struct problem *problem, const struct gradient_method *method,
                         double step, int rows);

#endif
