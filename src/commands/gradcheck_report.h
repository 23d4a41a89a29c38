/* SPDX-License-Identifier: MIT
 *
 * What dtrain gradcheck prints on standard output about the gradients that it has computed. Rank 0
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
    bool parts_at_kinks;        /* whether it may differ from that of variant 0 at a kink, though
                                   both are right */
};

/* The gradients at one step, each by another method; or by a single method, as for a user's model,
 * at this step and at half of it. */
struct gradcheck_result {
    const struct model *model;
    struct range rows; /* the rows of the training set that are checked, over all ranks */
    double step, tolerance;
    bool one_method;
    int count;
    struct gradcheck_variant variants[GRADCHECK_VARIANTS_MAX];
    /* How many rows meet a kink (core/gradient/kinks.h): (P, then all hidden units). NULL if the
     * network has none, or no variant differs at one. */
    const int64_t *kinks;
    double *scratch; /* (2, P) */
    /* The relative difference of each variant from variant 0; NaN at a step that failed. */
    double differences[GRADCHECK_VARIANTS_MAX];
};

/* Prints the comparisons at a step, and stores the differences. Fails if two methods differ by more
 * than the tolerance. Whether a change at half the step is acceptable is for the user to judge. */
enum status gradcheck_report_step(struct gradcheck_result *result, struct error *error);

/* Prints the differences at all steps as one table. */
void gradcheck_report_steps(const struct gradcheck_result *results, int steps);

#endif
