/* SPDX-License-Identifier: MIT
 *
 * The gradient of a model at one point, with all that it was computed from: what `dtrain gradient`
 * writes as HDF5 (gradient_file.h) or JSON (gradient_json.h). A number that is missing, because an
 * evaluation has failed or a parameter cannot move, is NaN, and never 0. */
#ifndef DTRAIN_GRADIENT_RESULT_H
#define DTRAIN_GRADIENT_RESULT_H

#include "core/model/parameters.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gradient_result {
    const char *model;                   /* its name; the caller's, as the next one */
    const struct parameters *parameters; /* names and steps */
    int64_t rows;                        /* B */
    size_t width;         /* W, numbers that an evaluation gives: 1, or the model's residuals */
    size_t count;         /* E, of evaluations */
    size_t lost;          /* how many of these have failed */
    double value;         /* the mean of the losses at theta */
    double *theta;        /* (P) */
    double *gradient;     /* (P) */
    int64_t *differences; /* (P): of how many rows each element of the gradient is the mean */
    double *values;       /* (B, W), at theta */
    double *jacobian;     /* (B, W, P), of the values */
    uint8_t *outcomes;    /* (E): enum outcome, as all that follows by the numbers of the table */
    double *seconds;      /* (E) */
    int64_t *numbered;    /* (E): the row of the data, or the replicate */
    int32_t *moved;       /* (E): which parameter is moved; -1: none */
    int8_t *sides;        /* (E): +1 or -1, where it is moved to; 0: it is not */
};

/* Room for a result of that size, all zeros. False where memory is short; nothing is left behind
 * then. Free with gradient_result_destroy, which accepts all zeros, too. */
bool gradient_result_create(struct gradient_result *result, const struct parameters *parameters,
                            int64_t rows, size_t width, size_t count);
void gradient_result_destroy(struct gradient_result *result);

#endif
