/* SPDX-License-Identifier: MIT
 *
 * What dtrain eval prints: loss, accuracy, each class's precision and recall, and which classes
 * are taken for which. */
#ifndef DTRAIN_SCORE_SHEET_H
#define DTRAIN_SCORE_SHEET_H

#include "files/metrics.h"

struct score_sheet {
    const char *split;
    int64_t rows;
    struct metrics_score score;
    int classes;           /* K; 0: without classes */
    const int64_t *counts; /* (K, K): rows of a true class by predicted class */
};

/* A table for people; one JSON object for programs. On standard output. */
void score_sheet_print(const struct score_sheet *sheet);
void score_sheet_print_json(const struct score_sheet *sheet);

#endif
