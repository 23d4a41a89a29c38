/* SPDX-License-Identifier: MIT
 *
 * What dtrain gradcheck prints on standard output of the gradients that it has computed. Rank 0
 * calls these functions. */
#ifndef DTRAIN_GRADCHECK_REPORT_H
#define DTRAIN_GRADCHECK_REPORT_H

#include "common/error.h"
#include "common/range.h"
#include "core/model/model.h"

#include <stdbool.h>

enum { GRADCHECK_VARIANTS_MAX = 3 };

/* A gradient, which is compared with that of variant 0. */
struct gradcheck_variant {
    const char *title, *column; /* its names in a comparison and in the table of several steps */
    const double *gradient;     /* (P): the mean over the rows */
    bool parts_at_kinks;        /* whether it and that of variant 0 part at a kink, though both are
                                   right */
};

/* The gradients at one step, each by another method; or by one method alone, as a user's model has,
 * at this step and at half of it. */
struct gradcheck_result {
    const struct model *model;
    struct range rows; /* the rows of the training set that are checked, over all ranks */
    double step, tolerance;
    bool one_method;
    int count;
    struct gradcheck_variant variants[GRADCHECK_VARIANTS_MAX];
    /* How many rows meet a kink (core/gradient/kinks.h): (P, and all hidden units). NULL where the
     * network has none, or nothing is compared that parts at one. */
    const int64_t *kinks;
    double *scratch; /* (2, P) */
    /* The relative difference of each variant from variant 0; NaN at a step that failed. */
    double differences[GRADCHECK_VARIANTS_MAX];
};

/* Prints the comparisons at a step, and stores the differences. Fails where two methods differ by
 * more than the tolerance. What half the step changes is for the user to judge. */
enum status gradcheck_report_step(struct gradcheck_result *result, struct error *error);

/* Prints the differences at all steps as one table. */
void gradcheck_report_steps(const struct gradcheck_result *results, int steps);

#endif
