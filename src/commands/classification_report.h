/* SPDX-License-Identifier: MIT
 *
 * What dtrain eval prints: loss, accuracy, each class's precision and recall, and the confusion
 * matrix. */
#ifndef DTRAIN_CLASSIFICATION_REPORT_H
#define DTRAIN_CLASSIFICATION_REPORT_H

#include "common/error.h"
#include "core/model/score_kind.h"
#include "runs/recipe.h"

#include <stdint.h>

struct classification_report {
    const char *split; /* "train" or "test" */
    int64_t rows;      /* the number of rows in it */
    struct score score;
    int classes;                 /* K; 0 leaves out all that is about single classes */
    const int64_t *counts;       /* (K, K): the number of rows by true and predicted class */
    const struct recipe *recipe; /* the names of the classes, if it has any */
};

/* Prints a table for people, on standard output. */
void classification_report_print(const struct classification_report *report);

/* Prints one JSON object for programs, on standard output. If memory runs out, it fails and prints
 * nothing. */
enum status classification_report_print_json(const struct classification_report *report,
                                             struct error *error);

#endif
