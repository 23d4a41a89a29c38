/* SPDX-License-Identifier: MIT
 *
 * What the files of dtrain gradcheck share: one check, from its options to the numbers it prints.
 */
#ifndef DTRAIN_GRADCHECK_H
#define DTRAIN_GRADCHECK_H

#include "core/gradient/gradient.h"
#include "core/gradient/kinks.h"
#include "data/dataset.h"
#include "options/config.h"
#include "ranks/world.h"

enum { GRADCHECK_METHODS_MAX = 3, GRADCHECK_STEPS_MAX = 16 };

struct gradcheck {
    const struct world *world;
    const struct config *config;

    int method_count;
    const struct gradient_method *methods[GRADCHECK_METHODS_MAX];
    int step_count;
    double steps[GRADCHECK_STEPS_MAX];
    struct range rows; /* the rows of the training set that are checked, over all ranks */

    struct dataset dataset;
    struct model model;
    double *theta;          /* (P) */
    struct samples samples; /* this rank's share of the rows */

    int variant_count; /* the number of methods; with one method 2, see struct gradcheck_variant */
    double *gradients; /* (variant_count, P): the mean gradients at the current step */
    double *scratch;   /* (2, P) */
    /* How many rows meet a kink (core/gradient/kinks.h), at the current step: (P, and all hidden
     * units). NULL where the network has none, or nothing is compared that parts at one. */
    int64_t *kinks;
    /* The relative difference of each variant from variant 0; NaN at a step that failed. */
    double differences[GRADCHECK_STEPS_MAX][GRADCHECK_METHODS_MAX];
};

/* What is compared with what: each method with the first; one method alone, as a user's model has,
 * with itself at half the step. */
struct gradcheck_variant {
    const struct gradient_method *method;
    double step_factor;
    const char *title, *column; /* its names in a comparison and in the table of several steps */
};

struct gradcheck_variant gradcheck_variant(const struct gradcheck *check, int which);

/* Whether a variant and variant 0 part at a kink, though both are right: the one is a difference
 * and the other the derivative, or a difference at another step. */
bool gradcheck_parts_at_kinks(const struct gradcheck *check, int which);

/* The mean gradient (P) by a variant. */
double *gradcheck_gradient(const struct gradcheck *check, int which);

/* gradcheck_options.c. These set and check what the options name. Not collective: all ranks have
 * the same options and return the same status and error line. */

/* --methods and --step. */
enum status gradcheck_parse(struct gradcheck *check, struct error *error);

/* --rows, once the dataset is open. */
enum status gradcheck_parse_rows(struct gradcheck *check, struct error *error);

/* Drops the default methods that the model does not support, once it is open; fails where the user
 * has named such a method. */
enum status gradcheck_restrict_methods(struct gradcheck *check, struct error *error);

/* gradcheck_report.c. These print on standard output; rank 0 calls them. */

/* Prints the comparisons at steps[at], whose gradients are computed, and stores the differences.
 * Fails where two methods differ by more than --tolerance. What half the step changes is for the
 * user to judge. */
enum status gradcheck_report_step(struct gradcheck *check, int at, struct error *error);

/* Prints the differences at all steps as one table. */
void gradcheck_report_steps(const struct gradcheck *check);

#endif
