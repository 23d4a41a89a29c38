/* SPDX-License-Identifier: MIT
 *
 * The gradient of a model at one point, on the screen. */
#ifndef DTRAIN_GRADIENT_REPORT_H
#define DTRAIN_GRADIENT_REPORT_H

#include "runs/gradient_result.h"

/* Prints a table on standard output, with a line for each parameter: its value, its derivative, and
 * the number of rows that this is the mean of. */
void gradient_report_print(const struct gradient_result *result);

#endif
