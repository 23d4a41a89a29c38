/* SPDX-License-Identifier: MIT
 *
 * What dtrain eval prints of a model that predicts numbers: loss, RMSE, MAE and R2, over all and of
 * each. */
#ifndef DTRAIN_REGRESSION_REPORT_H
#define DTRAIN_REGRESSION_REPORT_H

#include "common/error.h"
#include "core/model/residuals.h"
#include "runs/recipe.h"

#include <stdint.h>

struct regression_report {
    const char *split; /* "train" or "test" */
    int64_t rows;      /* the number of rows in it */
    double loss;
    int outputs;                              /* M */
    const struct residuals_of_output *errors; /* (M + 1): the last is over all */
    const struct recipe *recipe;              /* names and units of the targets, if it has any */
};

/* Prints a table for people, on standard output. With a recipe, RMSE and MAE of a target are in its
 * own unit; those over several targets, which may have different units, in the dataset's numbers,
 * as the loss always is. */
void regression_report_print(const struct regression_report *report);

/* Prints one JSON object for programs, on standard output. If memory runs out, it fails and prints
 * nothing. */
enum status regression_report_print_json(const struct regression_report *report,
                                         struct error *error);

#endif
