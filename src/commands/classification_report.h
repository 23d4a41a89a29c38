/* SPDX-License-Identifier: MIT
 *
 * What dtrain eval prints: loss, accuracy, each class's precision and recall, and which classes
 * are taken for which. */
#ifndef DTRAIN_CLASSIFICATION_REPORT_H
#define DTRAIN_CLASSIFICATION_REPORT_H

#include "files/metrics.h"

struct classification_report {
    const char *split;
    int64_t rows;
    struct metrics_score score;
    int classes;           /* K; 0: without classes */
    const int64_t *counts; /* (K, K): rows of a true class by predicted class */
};

/* Prints a table for people, on standard output. */
void classification_report_print(const struct classification_report *report);

/* Prints one JSON object for programs, on standard output. Fails where memory is short, and then
 * prints nothing. */
enum status classification_report_print_json(const struct classification_report *report,
                                             struct error *error);

#endif
