/* SPDX-License-Identifier: MIT
 *
 * The gradient of a model at one point as JSON: the arrays of its HDF5 file (gradient_file.h) by
 * the same names, but for those that have an element for each evaluation. Instead, `evaluations`
 * and `lost` say how many there were, and how many have failed. A number that is missing is null.
 * Not collective. */
#ifndef DTRAIN_GRADIENT_JSON_H
#define DTRAIN_GRADIENT_JSON_H

#include "common/error.h"
#include "gradient_result.h"

#include <stdio.h>

/* Writes one object, in a line for each of its members. */
void gradient_json_print(FILE *out, const struct gradient_result *result);

/* Writes a file with it completely or not at all. */
enum status gradient_json_write(const char *path, const struct gradient_result *result,
                                struct error *error);

#endif
