/* SPDX-License-Identifier: MIT
 *
 * Small networks with random data and weights, for the self-test and the tests of gradients; the
 * same on every machine. */
#ifndef DTRAIN_PROBLEM_H
#define DTRAIN_PROBLEM_H

#include "core/gradient/gradient.h"

#include <stdbool.h>

enum { PROBLEM_ROWS = 6 };

struct problem {
    struct model model;
    size_t parameters;
    struct samples samples; /* rows 100 to 105 of some dataset */
    uint8_t *bytes;
    float *floats;
    int32_t *labels;
    double *targets;            /* (rows, K) */
    int64_t rows[PROBLEM_ROWS]; /* their numbers */
    double *theta;              /* (P) */
};

/* A network with that activation, head and widths (network_make). Inputs are pixels or floats, two
 * thirds of them zero; theta is normal with that deviation. False where memory is short. Free with
 * problem_free. */
bool problem_make(struct problem *problem, const struct activation *activation,
                  const struct head *head, int layers, const int *widths, bool pixels,
                  double deviation);
void problem_free(struct problem *problem);

#endif
